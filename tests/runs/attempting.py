"""Attempts for tests: a run's folder with one step notebook by hand, and the attempt in a real warm process."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.runs.attempt import PRELOAD, run_attempt
from tests.pace import PATIENCE_S, wait_until
from tests.stores import give_store


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an embedded MLflow store in it, made once."""
    return give_store(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def home(tmp_path: Path, blank_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(blank_store / "mlflow", tmp_path / "mlflow")
    return tmp_path


@dataclass(frozen=True)
class Cell:
    """A cell of the step notebook; `source` of the source notebook where it is another."""

    code: str
    tags: Sequence[str] = ()
    role: str = "cell"
    source: str | None = None


@dataclass
class Step:
    """One step of one run below `home`, and its attempts."""

    home: Path
    cells: Sequence[str | Cell]
    name: str = "train"
    timeout_s: float | None = None
    kernel: str = "python3"
    uri: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    experiment: str = "Übung 1"

    @property
    def run_dir(self) -> Path:
        return self.home / "runs" / self.run

    def folder(self, number: int = 1) -> Path:
        return self.run_dir / "attempts" / f"01-{self.name}" / str(number)

    def write(self, number: int = 1) -> Path:
        """Write everything that an attempt reads and return its folder."""
        folder, steps, work = self.folder(number), self.run_dir / "steps", self.home / "work"
        for path in (folder, steps, work):
            path.mkdir(parents=True, exist_ok=True)
        cells = [c if isinstance(c, Cell) else Cell(c) for c in self.cells]
        notebook = steps / f"01-{self.name}.ipynb"
        dump(notebook, _notebook(cells, self.kernel))
        dump(self.run_dir / "source.ipynb", _notebook(cells, self.kernel, source=True))
        dump(self.run_dir / "pipeline.json", {"version": 1, "steps": [{"name": self.name, "notebook": notebook.name}]})
        dump(self.run_dir / "run.json", self._run(work))
        order = {
            "version": 1,
            "run": self.run,
            "step": self.name,
            "number": number,
            "run_dir": str(self.run_dir),
            "working_dir": str(work),
            "notebook": str(notebook),
            "store": str(self.home / "artifacts"),
            "manifests": {},
            "timeout_s": self.timeout_s,
            "env": dict(self.env),
            "kernel": self.kernel,
        }
        dump(folder / "attempt.json", order)
        return folder

    def _run(self, work: Path) -> dict[str, Any]:
        tracking = {
            "uri": self.uri,
            "experiment": self.experiment,
            "source": str(work / "demo.ipynb"),
            "git_commit": "c0ffee",
            "git_dirty": True,
            "notebook_sha256": "ab" * 32,
        }
        return {
            "version": 1,
            "id": self.run,
            "name": "demo",
            "notebook": str(work / "demo.ipynb"),
            "working_dir": str(work),
            "parameters": dict(self.parameters),
            "job": None,
            "retry_of": None,
            "created_at": "2026-11-21T00:00:00+00:00",
            "tracking": tracking,
            "python_path": [],
        }

    def start(self, number: int = 1) -> ForkServerProcess:
        """Start an attempt in a process forked from the warm one."""
        process = warm().Process(target=run_attempt, args=(str(self.write(number)),))
        process.start()
        return process

    def attempt(self, number: int = 1, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Make an attempt and return its result."""
        process = self.start(number)
        process.join(patience_s)
        assert process.exitcode == 0, f"the attempt's process: {process.exitcode}"
        return self.result(number)

    def result(self, number: int = 1) -> dict[str, Any]:
        result: dict[str, Any] = json.loads((self.folder(number) / "result.json").read_bytes())
        return result

    def log(self, number: int = 1) -> str:
        return (self.folder(number) / "log.txt").read_text(encoding="utf-8")

    def executed(self, number: int = 1) -> dict[str, Any]:
        notebook: dict[str, Any] = json.loads((self.folder(number) / "executed.ipynb").read_bytes())
        return notebook

    def wait_for_log(self, text: str, number: int = 1) -> None:
        """Wait until the attempt has put out `text`."""
        wait_until(lambda: (self.folder(number) / "log.txt").exists() and text in self.log(number))


@cache
def warm() -> ForkServerContext:
    """Return the context whose server has imported what an attempt needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOAD))
    # A kernel that finds this variable captures less output than outside of a test.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        first = context.Process(target=time.time)
        first.start()
        first.join()
    return context


def dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def _notebook(cells: Sequence[Cell], kernel: str, source: bool = False) -> dict[str, Any]:
    def as_json(index: int, cell: Cell) -> dict[str, Any]:
        generated = cell.role in ("load", "save", "metrics")
        mlops = {"role": cell.role, **({} if generated else {"cell": index})}
        tags = [*cell.tags, *(["mlops-generated"] if generated else [])]
        code = cell.source if source and cell.source is not None else cell.code
        metadata = {"tags": tags, "mlops": mlops}
        return {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": metadata,
            "source": code,
            "outputs": [],
            "execution_count": None,
        }

    kernelspec = {"name": kernel, "language": "python", "display_name": kernel}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernelspec, "language_info": {"name": "python"}},
        "cells": [as_json(i, c) for i, c in enumerate(cells)],
    }
