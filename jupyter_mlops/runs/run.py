"""A run, its steps and their attempts as values, and the one table of the states they may go through.

run
    one execution of a pipeline.
step run
    one step of it. `pending` waits for other steps, `queued` waits for a free core or for its next attempt.
attempt
    one execution of a step, numbered from 1. Every attempt that did not succeed has a reason.

Rule: pure. Terminal states are final: nothing leads out of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from jupyter_mlops.base.cells import numbered
from jupyter_mlops.base.ids import RunId, StepName

VERSION = 1


class Status(StrEnum):
    """What a run or a step is doing. A run is never `pending` or `skipped`."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow."""
        return self in TERMINAL


class Reason(StrEnum):
    """Why an attempt did not succeed."""

    ERROR = "error"
    TIMEOUT = "timeout"
    KERNEL_DIED = "kernel_died"
    OOM = "oom"
    CANCELLED = "cancelled"
    HANDOVER = "handover"
    INPUT_CHANGED = "input_changed"
    TRACKING = "tracking"
    WORKER_LOST = "worker_lost"
    SHUTDOWN = "shutdown"


_S = Status
RUN_TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    _S.QUEUED: frozenset({_S.RUNNING, _S.FAILED, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED}),
    _S.SUCCEEDED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
# `pending` and `queued` lead to `succeeded` where an earlier result is taken over; `running` leads back to `queued`
# where another attempt follows.
STEP_TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    _S.PENDING: frozenset({_S.QUEUED, _S.RUNNING, _S.SUCCEEDED, _S.FAILED, _S.SKIPPED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.RUNNING, _S.SUCCEEDED, _S.FAILED, _S.SKIPPED, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.QUEUED, _S.SUCCEEDED, _S.FAILED, _S.CANCELLED}),
    _S.SUCCEEDED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.SKIPPED: frozenset(),
}
TERMINAL: frozenset[Status] = frozenset(s for s, following in STEP_TRANSITIONS.items() if not following)


def sources(table: Mapping[Status, frozenset[Status]], target: Status) -> tuple[Status, ...]:
    """Return the states that may lead to `target`.

    >>> sources(RUN_TRANSITIONS, Status.RUNNING)
    (<Status.QUEUED: 'queued'>,)
    """
    return tuple(state for state, following in table.items() if target in following)


@dataclass(frozen=True)
class Attempt:
    """One execution of a step. `folder` holds its executed notebook, log and result."""

    run_id: RunId
    step: StepName
    number: int
    status: Status
    folder: Path
    started_at: datetime
    finished_at: datetime | None = None
    reason: Reason | None = None
    error: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        """What its processes carry in ``JUPYTER_MLOPS_ATTEMPT``: ``<run>:<step>:<number>``."""
        return f"{self.run_id}:{self.step}:{self.number}"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "step": self.step,
            "number": self.number,
            "status": self.status.value,
            "reason": self.reason.value if self.reason else None,
            "started_at": _text(self.started_at),
            "finished_at": _text(self.finished_at),
            "error": numbered(self.error) if self.error is not None else None,
            "folder": str(self.folder),
        }


@dataclass(frozen=True)
class StepRun:
    """One step of a run.

    Attributes
    ----------
    attempts
        how many were begun in this run; 0 for a step whose result was taken over.
    failures, losses
        attempts that used up a retry; attempts that ended because a worker was lost.
    cached
        whether its result is the one of an earlier run.
    error
        of the last attempt: ``{"code", "cell", "line", "message", ...}``; None unless it failed.
    manifest
        ``outputs.json`` of the attempt that succeeded, which may belong to an earlier run.
    """

    name: StepName
    status: Status
    file: str
    attempts: int = 0
    failures: int = 0
    losses: int = 0
    cached: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: Mapping[str, Any] | None = None
    manifest: Path | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    def notebook(self, run_folder: Path) -> Path | None:
        """Return the executed notebook of the latest attempt; None before the first."""
        if self.manifest is not None:
            return self.manifest.parent / "executed.ipynb"
        return attempt_folder(run_folder, self.file, self.attempts) / "executed.ipynb" if self.attempts else None


@dataclass(frozen=True)
class Run:
    """One execution of a pipeline.

    Attributes
    ----------
    job
        name and version of the job it is a run of, or None.
    error
        what failed the run as a whole: ``{"code", "message", "hint"}``; a failed step has its own.
    chosen
        the steps that were asked for; None is all of them.
    python
        the interpreter whose packages the kernels use: the one of whoever asked for the run.
    ignored
        the findings of the notebook that were ignored: ``{"code", "severity", "cell", "line", "message", "by"}``.
    """

    id: RunId
    name: str
    status: Status
    folder: Path
    steps: tuple[StepRun, ...]
    parameters: Mapping[str, Any]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    notebook: str | None = None
    job: tuple[str, int] | None = None
    retry_of: RunId | None = None
    error: Mapping[str, Any] | None = None
    mlflow_run_id: str | None = None
    no_cache: bool = False
    chosen: tuple[str, ...] | None = None
    cancel_requested: bool = False
    tracking_pending: bool = False
    python: str = ""
    ignored: tuple[Mapping[str, Any], ...] = ()

    @property
    def states(self) -> dict[str, Status]:
        """The state of every step."""
        return {step.name: step.status for step in self.steps}

    def step(self, name: str) -> StepRun:
        """Return the step called `name`."""
        return next(s for s in self.steps if s.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the published form, version 1 (``run --json``)."""
        metrics = {name: value for step in self.steps for name, value in step.metrics.items()}
        return {
            "version": VERSION,
            "id": self.id,
            "name": self.name,
            "status": self.status.value,
            "parameters": dict(self.parameters),
            "mlflow_run_id": self.mlflow_run_id,
            "steps": [self._step_json(step) for step in self.steps],
            "error": numbered(self.error) if self.error is not None else None,
            "metrics": metrics,
            "created_at": _text(self.created_at),
            "started_at": _text(self.started_at),
            "finished_at": _text(self.finished_at),
            "notebook": self.notebook,
            "job": {"name": self.job[0], "version": self.job[1]} if self.job else None,
            "retry_of": self.retry_of,
            "folder": str(self.folder),
            "cancel_requested": self.cancel_requested,
            "chosen": list(self.chosen) if self.chosen is not None else None,
            "ignored": [numbered(finding) for finding in self.ignored],
        }

    def _step_json(self, step: StepRun) -> dict[str, Any]:
        notebook = step.notebook(self.folder)
        return {
            "name": step.name,
            "status": step.status.value,
            "attempts": step.attempts,
            "cached": step.cached,
            "started_at": _text(step.started_at),
            "finished_at": _text(step.finished_at),
            "error": numbered(step.error) if step.error is not None else None,
            "notebook": str(notebook) if notebook else None,
            "metrics": dict(step.metrics),
        }


@dataclass(frozen=True)
class Event:
    """Something that happened, in the order of the database. A hint to look again, never the only copy of a fact."""

    seq: int
    run_id: RunId
    step: StepName | None
    kind: str
    at: datetime
    data: Mapping[str, Any]


def attempt_folder(run_folder: Path, file: str, number: int) -> Path:
    """Return the folder of attempt `number` of the step whose notebook is called `file`."""
    return run_folder / "attempts" / file.removesuffix(".ipynb") / str(number)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
