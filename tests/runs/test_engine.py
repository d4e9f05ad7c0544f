"""What every engine promises, on both: the one in memory and the processes of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.ids import RunId, StepName, new_run_id
from jupyter_mlops.pipeline.spec import Options
from jupyter_mlops.runs import leftovers
from jupyter_mlops.runs.drive import Room
from jupyter_mlops.runs.engine import Ending, Engine, MemoryEngine
from jupyter_mlops.runs.engines import local
from jupyter_mlops.runs.engines.forks import Forks
from jupyter_mlops.runs.engines.local import LocalEngine, check
from jupyter_mlops.runs.environments import Environments
from jupyter_mlops.runs.lost import PROGRESS
from jupyter_mlops.runs.outcome import read
from jupyter_mlops.runs.process import Identity, end
from jupyter_mlops.runs.run import Attempt, Reason, Status
from tests.pace import PATIENCE_S, wait_until
from tests.runs.attempting import Cell, Step, blank_store, home
from tests.runs.driving import SUCCESS, pipeline

__all__ = ["blank_store", "home"]
pytestmark = [pytest.mark.kernel]
CORE = Room(1.0)


class Bed(Protocol):
    """An engine, and how a test makes its attempts do something."""

    engine: Engine

    def attempt(self, code: str) -> Attempt: ...

    def finish(self, attempt: Attempt) -> None: ...

    def kill(self, attempt: Attempt) -> None: ...


class MemoryBed:
    def __init__(self, home: Path) -> None:
        self.memory = MemoryEngine()
        self.engine: Engine = self.memory
        self._home = home

    def attempt(self, code: str) -> Attempt:
        return _attempt(new_run_id(), self._home / "attempt")

    def finish(self, attempt: Attempt) -> None:
        self.memory.end(attempt.label, SUCCESS)

    def kill(self, attempt: Attempt) -> None:
        self.memory.end(attempt.label)


@cache
def forks() -> Forks:
    from jupyter_mlops.runs.attempt import PRELOAD

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        warm = Forks(PRELOAD)
        warm.warm_up()
        wait_until(lambda: warm.is_ready)
    return warm


class LocalBed:
    def __init__(self, home: Path) -> None:
        self.engine: Engine = LocalEngine(forks())
        self._home = home

    def attempt(self, code: str, timeout_s: float | None = None) -> Attempt:
        # An id of its own: what is left of an attempt is found by it, wherever on the machine.
        run = new_run_id()
        return _attempt(run, Step(self._home, [Cell(code)], timeout_s=timeout_s, run=run).write())

    def finish(self, attempt: Attempt) -> None:
        wait_until(lambda: read(attempt.folder) is not None)

    def kill(self, attempt: Attempt) -> None:
        wait_until(lambda: (attempt.folder / "process.json").exists())
        os.kill(process_of(attempt).pid, signal.SIGKILL)


@pytest.fixture(params=["memory", "local"])
def bed(request: pytest.FixtureRequest, home: Path) -> Iterator[Bed]:
    made: Bed = MemoryBed(home) if request.param == "memory" else LocalBed(home)
    yield made
    made.engine.close()


@pytest.fixture
def here(home: Path) -> Iterator[LocalBed]:
    made = LocalBed(home)
    yield made
    made.engine.close()


def _attempt(run: RunId, folder: Path) -> Attempt:
    return Attempt(run, StepName("train"), 1, Status.RUNNING, folder, datetime.now(UTC))


def process_of(attempt: Attempt) -> Identity:
    return Identity.from_json(json.loads((attempt.folder / "process.json").read_bytes()))


def ended(engine: Engine, attempt: Attempt) -> Ending:
    found: list[Ending] = []

    def poll() -> bool:
        found.extend(ending for ending in [engine.poll(attempt)] if ending is not None)
        return bool(found)

    wait_until(poll)
    return found[0]


def carriers(attempt: Attempt) -> list[int]:
    return list(leftovers._carriers(attempt.label))


def test_an_attempt_that_finishes(bed: Bed) -> None:
    attempt = bed.attempt("x = 1")
    bed.engine.start(attempt, CORE, "")
    assert bed.engine.poll(attempt) is None
    bed.finish(attempt)
    assert ended(bed.engine, attempt) == Ending()
    left = read(attempt.folder)
    assert left is not None
    assert left.has_succeeded


def test_an_attempt_that_is_killed_is_noticed(bed: Bed) -> None:
    attempt = bed.attempt("import time; time.sleep(900)")
    bed.engine.start(attempt, CORE, "")
    bed.kill(attempt)
    assert ended(bed.engine, attempt) == Ending()
    assert read(attempt.folder) is None


def test_an_attempt_that_is_cancelled_ends_and_asking_twice_is_no_error(bed: Bed) -> None:
    attempt = bed.attempt("import time; time.sleep(900)")
    bed.engine.start(attempt, CORE, "")
    for _ in range(2):
        bed.engine.cancel(attempt)
    ended(bed.engine, attempt)
    bed.engine.cancel(attempt)


def test_clearing_what_is_not_there_is_no_error(bed: Bed) -> None:
    bed.engine.clear(bed.attempt("x = 1"))


def test_room_and_wishes(bed: Bed) -> None:
    (step,) = pipeline({"a": []}, a=Options(limits={"cpu": "500m", "memory": "1Ki"})).steps
    assert bed.engine.want(step) == Room(0.5, 1024)
    assert bed.engine.room.holds(bed.engine.want(step))
    assert bed.engine.is_ready


def test_a_killed_attempt_leaves_nothing_alive(here: LocalBed, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(900)'], start_new_session=True)\n"
        "print('now', flush=True); time.sleep(900)"
    )
    attempt = here.attempt(code)
    here.engine.start(attempt, CORE, "")
    wait_until(lambda: "now" in log(attempt))
    assert len(carriers(attempt)) >= 2
    here.kill(attempt)
    ended(here.engine, attempt)
    assert carriers(attempt) == []


def test_a_cell_that_ignores_everything_is_cancelled(here: LocalBed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "CANCEL_PATIENCE_S", 1.0)
    attempt = here.attempt("import time; print('now', flush=True); time.sleep(900)")
    here.engine.start(attempt, CORE, "")
    wait_until(lambda: "now" in log(attempt))
    os.kill(process_of(attempt).pid, signal.SIGSTOP)
    here.engine.cancel(attempt)
    assert ended(here.engine, attempt).reason is Reason.CANCELLED
    assert carriers(attempt) == []


def test_an_attempt_that_cannot_end_itself_in_time(here: LocalBed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TIMEOUT_GRACE_S", 0.5)
    attempt = here.attempt("import time; print('now', flush=True); time.sleep(900)", timeout_s=1.0)
    here.engine.start(attempt, CORE, "")
    # the limit counts the code, so the code has to have begun
    wait_until(lambda: (attempt.folder / PROGRESS).exists())
    os.kill(process_of(attempt).pid, signal.SIGSTOP)
    assert ended(here.engine, attempt).reason is Reason.TIMEOUT


def test_an_attempt_whose_code_never_begins(here: LocalBed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LONGEST_START_S", 0.5)
    attempt = here.attempt("print('now')", timeout_s=900.0)
    # stopped or not yet, it never says that its code has begun
    monkeypatch.setattr(local, "PROGRESS", "nowhere")
    here.engine.start(attempt, CORE, "")
    wait_until(lambda: (attempt.folder / "process.json").exists())
    os.kill(process_of(attempt).pid, signal.SIGSTOP)
    assert ended(here.engine, attempt).reason is Reason.TIMEOUT


def test_an_attempt_that_takes_too_much_memory(here: LocalBed) -> None:
    attempt = here.attempt("import time; x = bytearray(400_000_000); print('now', flush=True); time.sleep(900)")
    here.engine.start(attempt, Room(1.0, 300e6), "")
    ending = ended(here.engine, attempt)
    assert ending.reason is Reason.OOM
    assert "more than its limit" in ending.message
    assert carriers(attempt) == []


def test_an_attempt_within_its_memory_is_left_alone(here: LocalBed) -> None:
    attempt = here.attempt("import time; time.sleep(1.2)")
    here.engine.start(attempt, Room(1.0, 300e6), "")
    assert ended(here.engine, attempt) == Ending()


def test_the_attempts_of_a_dead_runner_are_cleared(here: LocalBed) -> None:
    attempt = here.attempt("import time; print('now', flush=True); time.sleep(900)")
    here.engine.start(attempt, CORE, "")
    wait_until(lambda: "now" in log(attempt))
    LocalEngine(forks()).clear(attempt)
    assert carriers(attempt) == []
    assert not process_of(attempt).is_alive


def test_another_interpreter_makes_the_attempt(here: LocalBed, tmp_path: Path) -> None:
    other = tmp_path / "bin" / "python"
    other.parent.mkdir()
    # A virtual environment of the same Python, seen under another name.
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    attempt = here.attempt("x = 1; x")
    here.engine.start(attempt, CORE, str(other))
    ended(here.engine, attempt)
    left = read(attempt.folder)
    assert left is not None
    assert left.has_succeeded


@pytest.mark.parametrize("is_forked", [True, False])
def test_an_attempt_has_the_environment_of_its_run(here: LocalBed, tmp_path: Path, is_forked: bool) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    attempt = here.attempt(
        "import os\nassert os.environ['CANARY'] == '\\udcff 7f3a9c'\nassert 'PYTEST_VERSION' not in os.environ"
    )
    environments = Environments()
    passed = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environments.put(attempt.run_id, {**passed, "CANARY": "\udcff 7f3a9c"})
    engine = LocalEngine(forks(), environments=environments)
    engine.start(attempt, CORE, "" if is_forked else str(other))
    ended(engine, attempt)
    left = read(attempt.folder)
    assert left is not None
    assert left.has_succeeded, left.error
    written = [path for path in attempt.folder.rglob("*") if path.is_file() and path.name != "executed.ipynb"]
    assert not any(b"7f3a9c" in path.read_bytes() for path in written)


def test_an_interpreter_that_is_gone(here: LocalBed) -> None:
    with pytest.raises(UnavailableError) as caught:
        here.engine.start(here.attempt("x = 1"), CORE, "/gone/bin/python")
    assert caught.value.code == "run.python_not_found"


@pytest.mark.parametrize(
    ("options", "tag"),
    [
        (Options(limits={"nvidia.com/gpu": "1"}), "limit:nvidia.com/gpu:1"),
        (Options(limits={"cpu": "100000"}), "limit:cpu:100000"),
        (Options(limits={"memory": "9Pi"}), "limit:memory:9Pi"),
        (Options(limits={"memory": "much"}), "limit:memory:much"),
        (Options(image="python:3.13"), "image:python:3.13"),
        (Options(engine="kubeflow"), "engine:kubeflow"),
        (Options(secrets=("token",)), "secret:token"),
    ],
)
def test_what_this_machine_cannot_give_is_refused(options: Options, tag: str) -> None:
    (refusal,) = check(pipeline({"a": [], "b": []}, b=options))
    assert (refusal.step, refusal.tag) == ("b", tag)
    assert tag in refusal.message
    assert refusal.hint


def test_what_it_can_give_is_not() -> None:
    options = Options(limits={"cpu": "1", "memory": "1Mi"}, engine="local", labels={"team": "x"}, timeout_s=3)
    assert check(pipeline({"a": []}, a=options)) == []


def log(attempt: Attempt) -> str:
    path = attempt.folder / "log.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_process_is_known_for_ever() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(900)"], start_new_session=True)
    identity = Identity.of(child.pid)
    assert identity is not None
    assert Identity.from_json(json.loads(json.dumps(identity.to_json()))) == identity
    others: list[Callable[[Identity], dict[str, Any]]] = [
        lambda i: {**i.to_json(), "started": i.started - 1},
        lambda i: {**i.to_json(), "boot_id": "another"},
    ]
    for other in others:
        assert end(Identity.from_json(other(identity))), "somebody else's number is not to be killed"
        assert identity.is_alive
    os.kill(child.pid, signal.SIGSTOP)
    assert end(identity)
    assert not identity.is_alive, "a zombie is dead"
    assert child.wait(PATIENCE_S) == -signal.SIGKILL
    assert Identity.of(child.pid) is None


def test_a_tree_is_ended_with_its_children() -> None:
    code = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(900)']); time.sleep(900)"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as child:
        wait_until(lambda: len(psutil.Process(child.pid).children()) == 1)
        (grandchild,) = psutil.Process(child.pid).children()
        identity = Identity.of(child.pid)
        assert identity is not None
        assert end(identity)
        wait_until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)
