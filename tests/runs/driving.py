"""Runs for tests: pipelines by their edges, run folders, and a runner whose engine and clock a test moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.ids import RunId, new_run_id
from jupyter_mlops.pipeline.spec import Options, Pipeline, Step
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.closing import MemoryCloser
from jupyter_mlops.runs.engine import Ending, MemoryEngine
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.run import Run, Status
from jupyter_mlops.runs.runner import Runner
from jupyter_mlops.runs.store import NewRun, RunStore, open_store

SUCCESS: dict[str, Any] = {"status": "succeeded", "reason": None, "error": None, "metrics": {}}


def failed(reason: str = "error", code: str = "run.cell_error") -> dict[str, Any]:
    error = {"code": code, "cell": 1, "line": 2, "message": "it broke"}
    return {"status": "failed", "reason": reason, "error": error, "metrics": {}}


def pipeline(after: Mapping[str, Sequence[str]], **options: Options) -> Pipeline:
    """Return a pipeline whose steps hand nothing over."""
    steps = tuple(
        Step(
            name,
            (number,),
            tuple(before),
            options=options.get(name, Options()),
            notebook=f"{number:02}-{number}.ipynb",
            fingerprint=f"f{number}",
        )
        for number, (name, before) in enumerate(after.items(), 1)
    )
    return Pipeline("demo", steps)


CHAIN = pipeline({"a": [], "b": ["a"], "c": ["b"]})
FORK = pipeline({"a": [], "left": ["a"], "right": ["a"], "end": ["left", "right"]})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = open_store(tmp_path)
    yield store
    store.close()


def accept(store: RunStore, home: Path, what: Pipeline = CHAIN, **more: Any) -> Run:
    """Write a run's folder and accept it."""
    run_id = new_run_id()
    folder = home / "runs" / run_id
    folder.mkdir(parents=True)
    (folder / "pipeline.json").write_text(json.dumps(what.to_json()), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({"version": 1, "working_dir": str(home)}), encoding="utf-8")
    return store.create(NewRun(run_id, what.name, folder, what, **more))


@dataclass
class Bench:
    """A runner, and all that it deals with."""

    store: RunStore
    home: Path
    engine: MemoryEngine = field(default_factory=MemoryEngine)
    closer: MemoryCloser = field(default_factory=MemoryCloser)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start a runner, as after the one before was killed."""
        claim = Claim(self.store, Identity.own())
        self.runner = Runner(
            self.store, claim, self.engine, self.closer, self.home, clock=lambda: self.now, chance=lambda: 0.5
        )
        self.runner.recover()

    def accept(self, what: Pipeline = CHAIN, **more: Any) -> Run:
        return accept(self.store, self.home, what, **more)

    def tick(self, turns: int = 3) -> None:
        for _ in range(turns):
            self.runner.tick()

    def get(self, run: Run) -> Run:
        return self.store.get(run.id)

    def running(self) -> list[str]:
        """Return the steps that run, as ``step`` or ``step:2``."""
        return [_short(label) for label in self.engine.running]

    def end(self, step: str, result: dict[str, Any] | None = SUCCESS, ending: Ending | None = None) -> None:
        """End the attempt that runs for `step`, and take some turns."""
        label = next(label for label in self.engine.running if label.split(":")[1] == step)
        self.engine.end(label, result, ending)
        self.tick()

    def finish(self, results: Callable[[str], dict[str, Any] | None] = lambda step: SUCCESS) -> None:
        """End whatever runs until nothing does."""
        idle = 0
        while idle < 2:
            # a retry that waits for its time runs nothing now, so time goes on twice before it counts as the end
            idle = 0 if self.engine.running else idle + 1
            for label in list(self.engine.running):
                self.engine.end(label, results(label.split(":")[1]))
            self.tick()
            self.now += 100.0
            self.tick()


def _short(label: str) -> str:
    _, step, number = label.split(":")
    return step if number == "1" else f"{step}:{number}"


@pytest.fixture
def bench(store: RunStore, tmp_path: Path) -> Bench:
    return Bench(store, tmp_path)


def states(run: Run) -> dict[str, str]:
    return {step.name: step.status.value for step in run.steps}


def write_manifest(folder: Path, step: str, **more: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"version": 1, "step": step, "outputs": {}, "absent": [], "changed": [], "aliases": []}
    manifest |= {"setup": {}, "definitions": {}, "inputs": {}, "metrics": {}, **more}
    (folder / "outputs.json").write_text(json.dumps(manifest), encoding="utf-8")


__all__ = ["CHAIN", "FORK", "SUCCESS", "Bench", "RunId", "Status", "accept", "bench", "failed", "pipeline", "replace"]
