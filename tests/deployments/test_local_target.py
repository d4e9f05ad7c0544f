"""Fronts as processes: exactly one for each deployment, whoever starts it, whoever is killed."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.deployments.target import Observed
from jupyter_mlops.deployments.targets import local
from jupyter_mlops.deployments.targets.local import LocalTarget, environment, log_of
from tests.deployments.front_process import DIGEST, TOKEN, TWIN
from tests.deployments.shop import until
from tests.deployments.wanted import wanted
from tests.pace import PATIENCE_S

# A front lives on when the target that started it is forgotten.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
COMMAND = (sys.executable, "-P", "-m", local.MODULE, "--worker", str(TWIN))
STARTER = """
import sys, pathlib
from jupyter_mlops.deployments.targets.local import LocalTarget
target = LocalTarget(sys.argv[2:])
input()
print(target.ensure(pathlib.Path(sys.argv[1])), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    from jupyter_mlops.deployments.plan import plan

    found = tmp_path / "d"
    LocalTarget(COMMAND).apply(found, plan(wanted(tmp_path, port=0), {}, 1))
    yield found
    for pid in fronts(found):
        for process in (*psutil.Process(pid).children(recursive=True), psutil.Process(pid)):
            process.kill()


def fronts(folder: Path) -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if local.MODULE in words and str(folder) in words and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def test_one_is_started_adopted_told_and_ended(folder: Path) -> None:
    target = LocalTarget(COMMAND)
    assert target.ensure(folder)
    until(lambda: target.observed(folder))
    (pid,) = fronts(folder)
    other = LocalTarget(COMMAND)
    assert not other.ensure(folder)
    identity = other.identity(folder)
    assert identity is not None
    assert identity.pid == pid
    plan = {**__import__("json").loads((folder / "plan.json").read_text()), "revision": 2}
    other.apply(folder, plan)
    until(lambda: (seen := other.observed(folder)) is not None and seen.revision == 2)
    assert other.stop(folder)
    assert fronts(folder) == []
    assert other.stop(folder)
    assert other.observed(folder) is None


def test_many_that_start_one_at_once_start_one(folder: Path) -> None:
    command = [sys.executable, "-P", "-c", STARTER, str(folder), *COMMAND]
    starters = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    answers = []
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    for starter in starters:
        answers.append(starter.communicate(timeout=PATIENCE_S)[0].strip())
    assert sorted(answers) == ["False"] * 5 + ["True"]
    assert len(fronts(folder)) == 1


def test_a_front_whose_starter_wrote_nothing_down_is_found(folder: Path) -> None:
    target = LocalTarget(COMMAND)
    target.ensure(folder)
    (folder / local.RECORD).unlink()
    (pid,) = fronts(folder)
    identity = LocalTarget(COMMAND).identity(folder)
    assert identity is not None
    assert identity.pid == pid
    assert (folder / local.RECORD).exists()


def test_a_record_of_another_process_is_not_believed(folder: Path) -> None:
    (folder / local.RECORD).write_text(f'{{"pid": {os.getpid()}, "started": 1, "boot_id": "x"}}')
    target = LocalTarget(COMMAND)
    assert target.identity(folder) is None
    assert target.stop(folder)


def test_one_that_was_killed_is_started_again(folder: Path) -> None:
    target = LocalTarget(COMMAND)
    target.ensure(folder)
    until(lambda: target.observed(folder))
    (pid,) = fronts(folder)
    os.kill(pid, signal.SIGKILL)
    until(lambda: target.ensure(folder))
    until(lambda: target.observed(folder))
    assert fronts(folder) != [pid]
    assert len(fronts(folder)) == 1


@pytest.mark.short
def test_who_calls_while_a_front_is_replaced_waits_and_a_template_is_there_already(folder: Path) -> None:
    model = folder / "model.json"
    model.write_text("{}")
    version = {"folder": str(model), "python": sys.executable}
    target = LocalTarget(COMMAND)
    plan = {"name": "m", "revision": 2, "token_sha256": [DIGEST], "versions": {"1": version}, "live": "1"}
    target.apply(folder, plan)
    target.ensure(folder)
    until(lambda: seen(target, folder).is_serving and seen(target, folder).data["spares"])
    port, spare = seen(target, folder).data["port"], seen(target, folder).data["spares"][sys.executable]
    target.ensure(folder)  # keeps them
    (pid,) = fronts(folder)
    assert holders(pid, port) <= {pid, *guardians(pid)}
    os.kill(pid, signal.SIGKILL)
    target.wait(PATIENCE_S)
    assert fronts(folder) == []
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asked, port)
        time.sleep(0.2)
        assert not answer.done()
        assert target.ensure(folder)
        assert answer.result(PATIENCE_S) == 200
    assert seen(target, folder).data["port"] == port
    assert seen(target, folder).data["templates"] == [spare]
    # A manager that begins anew has nothing, asks the front that lives, and can replace it just so.
    other = LocalTarget(COMMAND)
    until(lambda: seen(other, folder).data["spares"])
    assert not other.ensure(folder)
    target._keep.drop(folder)
    (pid,) = fronts(folder)
    os.kill(pid, signal.SIGKILL)
    other.wait(PATIENCE_S)
    assert other.ensure(folder)
    assert asked(port) == 200
    # A manager that comes when the front and whoever kept things for it were killed: the guardian has them.
    until(lambda: seen(other, folder).data["spares"])
    time.sleep(0.3)
    (pid,) = fronts(folder)
    os.kill(pid, signal.SIGKILL)
    other._keep.drop(folder)
    other = LocalTarget(COMMAND)
    until(lambda: other.ensure(folder))
    assert asked(port) == 200
    assert other.stop(folder)
    with pytest.raises(ConnectionError):
        asked(port)


def guardians(front: int) -> list[int]:
    return [each.pid for each in psutil.Process(front).children() if "guardian.py" in " ".join(each.cmdline())]


def holders(front: int, port: int) -> set[int]:
    """Return which of a front and its descendants could answer in its place: no template and no worker."""
    found = set()
    for process in (psutil.Process(front), *psutil.Process(front).children(recursive=True)):
        if any(each.laddr.port == port for each in process.net_connections("tcp")):
            found.add(process.pid)
    return found


def seen(target: LocalTarget, folder: Path) -> Observed:
    return target.observed(folder) or Observed()


def asked(port: int) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        line.request("POST", "/invocations", b"{}", {"Authorization": f"Bearer {TOKEN}"})
        return line.getresponse().status
    finally:
        line.close()


def test_one_that_hangs_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "SILENCE_S", 0.5)
    monkeypatch.setattr(local, "STATUS_S", 0.2)
    target = LocalTarget(COMMAND)
    target.ensure(folder)
    until(lambda: target.observed(folder))
    (pid,) = fronts(folder)
    os.kill(pid, signal.SIGSTOP)
    assert target.observed(folder) is None
    time.sleep(0.6)
    until(lambda: target.ensure(folder))
    until(lambda: target.observed(folder))
    assert pid not in fronts(folder)


def test_a_front_knows_no_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "canary-1")
    monkeypatch.setenv("JUPYTER_TOKEN", "canary-2")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:canary-3@localhost")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-4")
    target = LocalTarget(COMMAND)
    target.ensure(folder)
    until(lambda: target.observed(folder))
    for pid in fronts(folder):
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            assert "canary" not in str(process.environ())


def test_the_environment_of_a_front() -> None:
    found = environment({"PATH": "/bin", "HOME": "/home/ada", "API_KEY": "x", "LANG": "C", "JPY_PARENT_PID": "1"})
    assert {"PATH": "/bin", "HOME": "/home/ada", "LANG": "C"}.items() <= found.items()
    assert not {"API_KEY", "JPY_PARENT_PID", "PYTHONNOUSERSITE"} & set(found)


def test_logs_are_read_from_their_ends(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "front.log").write_text("one\ntwo\n")
    (tmp_path / "front.err").write_text("three\n")
    (tmp_path / "logs" / "version-3.log").write_text("model\n")
    assert log_of(tmp_path, None, 10) == ("one\ntwo\nthree", False)
    assert log_of(tmp_path, None, 2) == ("two\nthree", True)
    assert log_of(tmp_path, 3, 10) == ("model", False)
    assert log_of(tmp_path, 4, 10) == ("", False)
