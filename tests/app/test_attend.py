"""Whatever the command is, work that has no runner gets one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import api
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.locks import tried
from jupyter_mlops.cli import main
from jupyter_mlops.deployments.wish import wish
from jupyter_mlops.runs import launch
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.notice import LOCK
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.run import Run, Status
from jupyter_mlops.runs.store import RunStore, open_store
from jupyter_mlops.runs.unattended import unattended
from jupyter_mlops.server.live import Live
from tests.cli.notebooks import GOOD, write_notebook
from tests.runs.driving import CHAIN, accept

COMMANDS = (
    "runs", "runs list --json", "runs show latest", "runs logs latest", "runs open latest", "jobs", "models",
    "deployments list", "deployments show none", "deployments predict none x.csv", "check good.ipynb", "show good.ipynb",
    "doctor", "doctor --json",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(home))
    for name in ("JUPYTER_MLOPS_STORE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "good.ipynb", GOOD)
    return home


@pytest.fixture
def store(home: Path) -> Iterator[RunStore]:
    store = open_store(home)
    yield store
    store.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Homes for which a runner was started, while none is."""
    homes: list[Path] = []
    monkeypatch.setattr(launch, "start_runner", lambda home, store=None: homes.append(home))
    return homes


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_starts_the_runner_that_an_accepted_run_lacks(
    home: Path, store: RunStore, started: list[Path], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    accept(store, home)
    code = main(words.split())
    assert started == [home]
    out, err = capsys.readouterr()
    assert "no runner was alive (1 run queued or running); one was started" in err
    if words == "doctor":
        assert code == 1
        assert "no runner is alive, and there is work: 1 run queued or running" in out


def test_a_function_call_and_a_server_start_it_too(home: Path, store: RunStore, started: list[Path]) -> None:
    accept(store, home)
    api.runs()
    unused: Any = None
    live = Live(lambda: Workbench(), lambda hint: None, lambda: unused, unused)
    live.look(is_care_due=True)
    live.look(is_care_due=True)
    assert started == [home] * 3


def test_deployments_are_work(home: Path, started: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    wish(home)
    assert main(["runs"]) == 0
    assert started == [home]
    assert "deployments to serve" in capsys.readouterr().err


def test_without_work_or_with_a_runner_none_is_started(home: Path, store: RunStore, started: list[Path]) -> None:
    assert main(["runs"]) == 0
    accept(store, home)
    with tried(home / LOCK):
        assert main(["runs"]) == 0
        assert not unattended(home)
    assert started == []


def test_asking_makes_no_home(home: Path, started: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.ipynb"]) == 0
    assert not home.exists()
    assert started == []


def _end_untracked(store: RunStore, home: Path) -> Run:
    run = accept(store, home, CHAIN)
    Claim(store, Identity.own()).end_run(run.id, Status.FAILED, is_tracking_pending=True)
    return run


@pytest.mark.parametrize(("notice", "age_s", "is_due"), [("", 5.0, False), ("", 3600.0, True), ("{}", 5.0, True)])
def test_what_mlflow_does_not_know_is_told_by_a_later_runner(
    home: Path, store: RunStore, notice: str, age_s: float, is_due: bool
) -> None:
    _end_untracked(store, home)
    (home / LOCK).write_text(
        json.dumps({"pid": 1, "socket": "x", "code": {"root": "x", "version": "0", "modified_ns": 0}}) if notice else ""
    )
    os.utime(home / LOCK, (time.time() - age_s,) * 2)
    assert unattended(home).untracked == is_due


def test_a_store_of_its_own_is_asked_as_well(home: Path, tmp_path: Path, started: list[Path]) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    store = open_store(home, url)
    accept(store, home)
    store.close()
    noted: list[str] = []
    Workbench(MlopsSettings(home=str(home), store=url), noted.append).attend()
    assert started == [home]
    assert len(noted) == 1
