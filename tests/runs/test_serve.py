"""The runner as a process, with real attempts and real kernels, killed at the worst moments."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from jupyter_mlops.base.ids import new_run_id
from jupyter_mlops.pipeline.spec import Options, Pipeline
from jupyter_mlops.runs import launch, leftovers, notice
from jupyter_mlops.runs.code import Code
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.run import Reason, Run, Status
from jupyter_mlops.runs.store import NewRun, RunStore, open_store
from tests.pace import FAR_S, PATIENCE_S, fastest, starting_s, wait_until
from tests.runs.attempting import blank_store
from tests.runs.driving import pipeline, states

__all__ = ["blank_store"]
pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@dataclass
class Site:
    """A home folder with a real runner, and a ledger in which every execution of a cell leaves a line."""

    home: Path
    store: RunStore

    def accept(self, what: Pipeline, codes: Mapping[str, str] | None = None) -> Run:
        """Accept a run whose steps note their names in the ledger and then do what `codes` says."""
        run_id = new_run_id()
        folder = self.home / "runs" / run_id
        (folder / "steps").mkdir(parents=True)
        for step in what.steps:
            note = f"with open({str(self.home / 'ledger')!r}, 'a') as f: print({run_id!r}, {step.name!r}, file=f)"
            notebook = _notebook([note, (codes or {}).get(step.name, "1")])
            (folder / "steps" / step.notebook).write_text(json.dumps(notebook), encoding="utf-8")
        (folder / "source.ipynb").write_text(json.dumps(_notebook([])), encoding="utf-8")
        (folder / "pipeline.json").write_text(json.dumps(what.to_json()), encoding="utf-8")
        (folder / "run.json").write_text(json.dumps(_record(run_id, self.home)), encoding="utf-8")
        run = self.store.create(NewRun(run_id, what.name, folder, what))
        self.ensure()
        return run

    def ensure(self) -> bool:
        return launch.ensure_runner(self.home)

    def get(self, run: Run) -> Run:
        return self.store.get(run.id)

    def wait(self, run: Run) -> Run:
        """Wait for the end of a run as a client does: making sure of the runner every now and then."""

        def is_over() -> bool:
            self.ensure()
            return self.get(run).status.is_terminal

        wait_until(is_over)
        return self.get(run)

    def wait_for(self, run: Run, is_so: Callable[[Run], bool]) -> None:
        wait_until(lambda: is_so(self.get(run)))

    def ledger(self, run: Run) -> list[str]:
        lines = (self.home / "ledger").read_text().splitlines() if (self.home / "ledger").exists() else []
        return [line.split()[1] for line in lines if line.startswith(run.id)]

    def runner(self) -> Identity:
        """Return the process that drives the runs now."""
        with self.store.database.reading() as session:
            from jupyter_mlops.db.tables import RunnerRow

            row = session.query(RunnerRow).order_by(RunnerRow.fence.desc()).first()
            assert row is not None
            return Identity(row.pid, row.process_started, row.boot_id)

    def attempt_process(self, run: Run, step: str, number: int = 1) -> Identity:
        attempt = self.store.attempts(run.id, step)[number - 1]
        wait_until(lambda: (attempt.folder / "process.json").exists())
        return Identity.from_json(json.loads((attempt.folder / "process.json").read_bytes()))

    def stop(self) -> None:
        """End the runner, if one lives."""
        if launch.is_runner_alive(self.home) and (runner := self.runner()).is_alive:
            os.kill(runner.pid, signal.SIGTERM)
            wait_until(lambda: not runner.is_alive)


@pytest.fixture(scope="module", autouse=True)
def settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_MLOPS_MAX_PARALLEL", "2")
        for name in ("JUPYTER_MLOPS_STORE", "MLFLOW_TRACKING_URI"):
            patch.delenv(name, raising=False)
        yield


@contextmanager
def opened(home: Path, blank_store: Path) -> Iterator[Site]:
    shutil.copytree(blank_store / "mlflow", home / "mlflow")
    store = open_store(home)
    made = Site(home, store)
    yield made
    made.stop()
    store.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Iterator[Site]:
    """A site for those who leave the runner alone: it takes seconds to be warm."""
    with opened(tmp_path_factory.mktemp("shared"), blank_store) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, blank_store: Path) -> Iterator[Site]:
    with opened(tmp_path, blank_store) as made:
        yield made


def _notebook(codes: Sequence[str]) -> dict[str, object]:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": code}
        for i, code in enumerate(codes)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": cells}


def _record(run_id: str, home: Path) -> dict[str, object]:
    tracking = {"uri": None, "experiment": "demo", "source": "demo.ipynb", "git_commit": None, "git_dirty": None}
    return {
        "version": 1,
        "id": run_id,
        "name": "demo",
        "notebook": None,
        "working_dir": str(home),
        "parameters": {},
        "job": None,
        "retry_of": None,
        "created_at": "2026-11-21T00:00:00+00:00",
        "tracking": {**tracking, "notebook_sha256": "ab" * 32},
        "python_path": [],
    }


SLOWLY = f"import time; time.sleep({FAR_S})"
FORK = pipeline({"a": [], "left": ["a"], "right": ["a"], "end": ["left", "right"]})


def carriers(run: Run) -> list[int]:
    """Return the processes on this machine that belong to a run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if f"{leftovers.VARIABLE}={run.id}:".encode() in environment:
                found.append(int(folder.name))
    return found


def test_runs_and_their_runner_outlive_the_client(shared: Site) -> None:
    run = shared.accept(FORK)
    ended = shared.wait(run)
    assert ended.status is Status.SUCCEEDED, ended.to_json()
    assert sorted(shared.ledger(run)) == ["a", "end", "left", "right"]
    assert shared.ledger(run)[0] == "a"
    assert ended.mlflow_run_id is not None
    shared.wait_for(run, lambda r: not r.tracking_pending)
    assert not shared.ensure(), "it is still there"
    assert carriers(run) == []


def test_a_killed_runner_is_followed_by_one_that_goes_on(site: Site) -> None:
    run = site.accept(FORK, {"left": SLOWLY, "right": "import time; time.sleep(0.1)"})
    site.wait_for(run, lambda r: states(r)["right"] == "succeeded" and states(r)["left"] == "running")
    wait_until(lambda: "left" in site.ledger(run))
    runner, attempt = site.runner(), site.attempt_process(run, "left")
    os.kill(runner.pid, signal.SIGKILL)
    wait_until(lambda: not attempt.is_alive)
    wait_until(lambda: carriers(run) == [])
    assert states(site.get(run))["left"] == "running", "nobody has said otherwise yet"
    _replace_code(run, "left", "1")
    assert site.ensure()
    ended = site.wait(run)
    assert ended.status is Status.SUCCEEDED
    assert sorted(site.ledger(run)) == ["a", "end", "left", "left", "right"]
    first, second = site.store.attempts(run.id, "left")
    assert (first.reason, second.reason) == (Reason.WORKER_LOST, None)
    shown = subprocess.run(
        [sys.executable, "-m", "jupyter_mlops.cli", "runs", "show", run.id],
        env={**os.environ, "JUPYTER_MLOPS_HOME": str(site.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'note: step "left" was tried again; attempt 1: ' in shown.stdout


def _replace_code(run: Run, step: str, code: str) -> None:
    path = run.folder / "steps" / FORK.step(step).notebook
    notebook = json.loads(path.read_text())
    notebook["cells"][1]["source"] = code
    path.write_text(json.dumps(notebook))


def test_the_next_command_starts_the_runner_after_a_kill(site: Site) -> None:
    run = site.accept(pipeline({"a": [], "b": ["a"]}), {"a": "import time; time.sleep(3)"})
    site.wait_for(run, lambda r: states(r)["a"] == "running")
    first = site.runner()
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not first.is_alive)
    said = subprocess.run(
        [sys.executable, "-m", "jupyter_mlops.cli", "runs", "list"],
        env={**os.environ, "JUPYTER_MLOPS_HOME": str(site.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no runner was alive (1 run queued or running); one was started" in said.stderr
    site.wait_for(run, lambda r: r.status.is_terminal)
    assert site.get(run).status is Status.SUCCEEDED


def test_a_killed_attempt_is_noticed_at_once_and_begun_again(shared: Site) -> None:
    run = shared.accept(pipeline({"a": []}), {"a": SLOWLY})
    wait_until(lambda: shared.ledger(run) == ["a"])
    os.kill(shared.attempt_process(run, "a").pid, signal.SIGKILL)
    wait_until(lambda: len(shared.store.attempts(run.id)) == 2)
    assert shared.store.attempts(run.id)[0].reason is Reason.WORKER_LOST
    shared.store.request_cancel(run.id)
    assert shared.wait(run).status is Status.CANCELLED


def test_a_cancel_leaves_nothing_alive(shared: Site) -> None:
    code = (
        "import subprocess, sys, time, signal\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep({FAR_S})'], start_new_session=True)\n"
        "while True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass"
    )
    run = shared.accept(pipeline({"a": [], "b": ["a"]}), {"a": code})
    wait_until(lambda: len(carriers(run)) >= 2)
    shared.store.request_cancel(run.id)
    notice.ring(shared.home)
    ended = shared.wait(run)
    assert (ended.status, states(ended)) == (Status.CANCELLED, {"a": "cancelled", "b": "cancelled"})
    wait_until(lambda: carriers(run) == [])


def test_a_failing_step_is_retried_and_then_the_run_fails(shared: Site) -> None:
    run = shared.accept(pipeline({"a": [], "b": ["a"], "c": []}, a=Options(retry=1)), {"a": "1/0"})
    ended = shared.wait(run)
    assert states(ended) == {"a": "failed", "b": "skipped", "c": "succeeded"}
    assert shared.ledger(run).count("a") == 2
    error = ended.step("a").error
    assert error is not None
    assert error["ename"] == "ZeroDivisionError"


def test_a_runner_that_is_asked_to_leave_hands_its_steps_over(site: Site) -> None:
    run = site.accept(FORK, {"left": SLOWLY})
    site.wait_for(run, lambda r: states(r)["right"] == "succeeded" and states(r)["left"] == "running")
    site.stop()
    assert carriers(run) == []
    assert states(site.get(run))["left"] == "queued"
    _replace_code(run, "left", "1")
    ended = site.wait(run)
    assert ended.status is Status.SUCCEEDED
    assert [a.reason for a in site.store.attempts(run.id, "left")] == [Reason.SHUTDOWN, None]


def _notice(site: Site) -> notice.Notice:
    found = notice.read_notice(site.home)
    assert found is not None
    return found


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package for the runner, whose files a test may edit."""
    source = Path(launch.__file__).parents[1]
    ignore = shutil.ignore_patterns("__pycache__", "labextension")
    shutil.copytree(source, tmp_path / "lib" / "jupyter_mlops", ignore=ignore)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    return tmp_path / "lib" / "jupyter_mlops"


@pytest.mark.long
def test_a_runner_whose_code_was_edited_leaves_as_soon_as_it_is_idle(site: Site, copied: Path) -> None:
    run = site.accept(pipeline({"a": []}), {"a": "import time; time.sleep(4)"})
    wait_until(lambda: site.ledger(run) == ["a"])
    first = _notice(site)
    assert first.code.root == str(copied)
    (copied / "runs" / "run.py").touch()
    assert not site.ensure(), "it is busy"
    ended = site.wait(run)
    assert [a.reason for a in site.store.attempts(run.id)] == [None]
    assert ended.status is Status.SUCCEEDED
    wait_until(lambda: notice.read_notice(site.home) is None or _notice(site).pid != first.pid)
    again = site.accept(pipeline({"a": []}))
    assert site.wait(again).status is Status.SUCCEEDED
    assert _notice(site).pid != first.pid
    (copied / "runs" / "run.py").touch()
    # the run is over a moment before the runner has put everything away and counts as idle
    wait_until(site.ensure)


@pytest.mark.long
def test_a_runner_of_another_version_hands_its_steps_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    run = site.accept(pipeline({"a": []}), {"a": SLOWLY})
    wait_until(lambda: site.ledger(run) == ["a"])
    first = site.runner()
    _replace_code(run, "a", "1")
    ours = Code.here()
    with monkeypatch.context() as patch:
        patch.setattr(Code, "here", lambda: replace(ours, version="99.0"))
        # the old one is waited for no longer than a user would wait
        wait_until(site.ensure, "another one was started")
    ended = site.wait(run)
    assert ended.status is Status.SUCCEEDED
    assert [a.reason for a in site.store.attempts(run.id)] == [Reason.SHUTDOWN, None]
    wait_until(lambda: not first.is_alive)
    with site.store.database.reading() as session:
        from jupyter_mlops.db.tables import RunnerRow

        assert session.query(RunnerRow).count() == 2


def test_parallel_steps_share_the_cores(shared: Site) -> None:
    code = "import os; open('threads', 'a').write(os.environ['OMP_NUM_THREADS'] + ' ')"
    shared.wait(shared.accept(FORK, dict.fromkeys(("a", "left", "right", "end"), code)))
    assert (shared.home / "threads").read_text().split() == ["2", "1", "1", "2"]


def test_eight_clients_start_one_runner(site: Site) -> None:
    run = site.accept(pipeline({"a": []}))
    code = "import sys; from pathlib import Path; from jupyter_mlops.runs.launch import *; ensure_runner(Path(sys.argv[1]))"
    clients = [subprocess.Popen([sys.executable, "-c", code, str(site.home)]) for _ in range(8)]
    assert [client.wait(PATIENCE_S) for client in clients] == [0] * 8
    assert site.wait(run).status is Status.SUCCEEDED
    with site.store.database.reading() as session:
        from jupyter_mlops.db.tables import RunnerRow

        assert session.query(RunnerRow).count() == 1


def test_a_runner_without_work_leaves_and_a_run_accepted_meanwhile_is_not_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_RUNNER_IDLE", "0")
    for _ in range(2):
        run = site.accept(pipeline({"a": []}))
        # Only once: if the runner leaves now, it must have seen the run.
        site.wait_for(run, lambda found: found.status.is_terminal)
        assert site.get(run).status is Status.SUCCEEDED
    wait_until(lambda: not launch.is_runner_alive(site.home))
    assert (site.home / "runner.log").stat().st_mode & 0o777 == 0o600


def test_to_ask_for_a_runner_that_is_there_costs_next_to_nothing(shared: Site) -> None:
    shared.wait(shared.accept(pipeline({"a": []})))
    assert fastest(shared.ensure, rounds=50) < starting_s()
