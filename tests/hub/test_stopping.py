"""A server that is stopped, by its user or by a culler, takes no run with it."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.hub.hub import Hub, User, wait_for

CELLS = [("import time; time.sleep(6)\nn = 1", ["step:wait"]), ("print(n)", ["step:after"])]


def started(user: User) -> str:
    """Start a run and wait until its first step works."""
    run = user.run(user.write("outlives.ipynb", *CELLS))
    wait_for("the step", lambda: user.api(f"/runs/{run}")["steps"][0]["status"] == "running")
    return run


def is_runner(process: psutil.Process, home: Path) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return "jupyter_mlops.runs" in words and str(home) in words


def runner_of(home: Path) -> psutil.Process:
    (found,) = [process for process in psutil.process_iter() if is_runner(process, home)]
    return found


@pytest.mark.parametrize("is_container", [False, True], ids=["the machine stays", "the container goes too"])
def test_a_run_outlives_its_server(hub: Hub, is_container: bool) -> None:
    name = "judy" if is_container else "ken"
    user = hub.user(name)
    home = Path(user.api("/status")["home"])
    run = started(user)
    runner = runner_of(home)
    hub.stop_server(name)
    if is_container:
        for process in [runner, *runner.children(recursive=True)]:
            process.kill()
    else:
        assert runner.is_running()
    again = hub.user(name)
    ended = again.wait(run)
    assert ended["status"] == "succeeded", ended
    assert [step["attempts"] for step in ended["steps"]] == ([2, 1] if is_container else [1, 1])
