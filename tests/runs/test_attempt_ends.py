"""How an attempt ends that does not end by itself: dead kernels, time limits, cancels, its own death."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.pace import FAR_S, PATIENCE_S, fastest, wait_until
from tests.runs.attempting import Step, blank_store, home

__all__ = ["blank_store", "home"]

pytestmark = [pytest.mark.kernel]

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('running', flush=True)
while True:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print('swallowed', flush=True)
"""

DEATHS = [
    ("killed", "import os; os.kill(os.getpid(), 9)", "was killed by signal 9 (SIGKILL)"),
    ("left", "import os; os._exit(3)", "exited with code 3"),
    ("left in peace", "import os; os._exit(0)", "exited with code 0"),
    ("crashed", "import ctypes; ctypes.string_at(0)", "was killed by signal 11 (SIGSEGV)"),
    ("aborted", "import os; os.abort()", "was killed by signal 6 (SIGABRT)"),
]


@pytest.mark.parametrize(("code", "words"), [d[1:] for d in DEATHS], ids=[d[0] for d in DEATHS])
def test_a_dead_kernel_is_named(home: Path, code: str, words: str) -> None:
    step = Step(home, ["print('alive')", f"print('last words', flush=True)\nimport time; time.sleep(0.2)\n{code}", "1"])
    result = step.attempt()
    assert (result["status"], result["reason"]) == ("failed", "kernel_died")
    error = result["error"]
    assert (error["code"], error["cell"]) == ("run.kernel_died", 1)
    assert words in error["message"]
    assert "last words" in error["last_output"]
    cells = step.executed()["cells"]
    assert [c["metadata"]["papermill"]["status"] for c in cells] == ["completed", "failed", "pending"]
    assert cells[1]["outputs"][-1]["ename"] == "KernelDied"


def test_a_crash_leaves_its_traceback_in_the_log(home: Path) -> None:
    step = Step(home, ["def f():\n    import ctypes; ctypes.string_at(0)", "f()"])
    assert step.attempt()["reason"] == "kernel_died"
    assert "Segmentation fault" in step.log()
    assert "in f" in step.log()
    assert "in f" in step.result()["error"]["traceback"]


def test_a_kernel_that_dies_between_cells(home: Path) -> None:
    code = "import threading, os, time; threading.Timer(0.3, lambda: os._exit(7)).start()"
    result = Step(home, [code, f"import time; time.sleep({FAR_S})"]).attempt()
    assert (result["reason"], result["error"]["cell"]) == ("kernel_died", 1)
    assert "exited with code 7" in result["error"]["message"]


def test_a_kernel_that_never_starts(home: Path) -> None:
    (home / "work").mkdir()
    (home / "work" / "bad").mkdir()
    (home / "work" / "bad" / "ipykernel_launcher.py").write_text("raise RuntimeError('no kernel today')")
    step = Step(home, ["1"], env={"PYTHONPATH": str(home / "work" / "bad")})
    result = step.attempt()
    assert (result["status"], result["reason"]) == ("failed", "kernel_died")
    assert result["error"]["cell"] is None
    assert "before its first cell" in result["error"]["message"]
    assert "no kernel today" in result["error"]["last_output"]


def limit_s(home: Path) -> float:
    """Return a time limit within which a kernel starts here and comes to its second cell."""
    return round(3 * fastest(lambda: Step(home, ["1", "1"]).attempt(), rounds=1), 1)


def test_the_time_limit_interrupts(home: Path) -> None:
    step = Step(home, ["1", f"import time\ntime.sleep({FAR_S})"], timeout_s=limit_s(home))
    result = step.attempt()
    assert (result["status"], result["reason"], result["error"]["code"]) == ("failed", "timeout", "run.timeout")
    assert result["error"]["cell"] == 1
    assert f"its time limit of {step.timeout_s:g} s" in result["error"]["message"]
    assert "KeyboardInterrupt" in step.log()


def test_the_time_that_a_kernel_takes_to_start_does_not_count(home: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(6)")
    step = Step(home, ["1"], timeout_s=5.0, env={"PYTHONPATH": str(tmp_path)})
    assert step.attempt()["status"] == "succeeded"


def test_the_time_limit_kills_what_does_not_listen(home: Path) -> None:
    step = Step(home, [STUBBORN], timeout_s=limit_s(home))
    result = step.attempt()
    assert result["reason"] == "timeout"
    assert "swallowed" in step.log()
    assert not _of(step)


@pytest.mark.parametrize("code", ["print('running', flush=True)\nwhile True: pass", STUBBORN], ids=["busy", "stubborn"])
def test_cancel(home: Path, code: str) -> None:
    step = Step(home, [code, "print('never')"])
    process = step.start()
    step.wait_for_log("running")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGTERM)
    process.join(PATIENCE_S)
    result = step.result()
    assert (result["status"], result["reason"], result["error"]["code"]) == ("failed", "cancelled", "run.cancelled")
    assert "never" not in step.log()
    assert not _of(step)


def test_cancel_at_once(home: Path) -> None:
    step = Step(home, [f"import time; time.sleep({FAR_S})"])
    process = step.start()
    assert process.pid is not None
    wait_until(lambda: (step.folder() / "log.txt").exists())
    os.kill(process.pid, signal.SIGTERM)
    process.join(PATIENCE_S)
    assert step.result()["reason"] == "cancelled"
    assert not _of(step)


def test_a_kernel_dies_with_its_attempt(home: Path) -> None:
    step = Step(home, ["print('running', flush=True)\nwhile True: pass"])
    process = step.start()
    step.wait_for_log("running")
    assert process.pid is not None
    assert _of(step)
    os.kill(process.pid, signal.SIGKILL)
    process.join(PATIENCE_S)
    wait_until(lambda: not _of(step))
    assert not (step.folder() / "result.json").exists()


def _of(step: Step) -> list[int]:
    """Return the living processes that carry the step's token."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        if environment.get("JUPYTER_MLOPS_ATTEMPT_DIR") == str(step.folder()) and process.status() != "zombie":
            found.append(process.pid)
    return found
