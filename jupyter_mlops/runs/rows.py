"""Rows of the store as values. Pure."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.base.ids import RunId, StepName
from jupyter_mlops.db.tables import AttemptRow, EventRow, RunRow, StepRow
from jupyter_mlops.runs.run import Attempt, Event, Reason, Run, Status, StepRun


def to_run(row: RunRow) -> Run:
    """Return a row as a value."""
    return Run(
        id=RunId(row.id),
        name=row.name,
        status=Status(row.status),
        folder=Path(row.folder),
        steps=tuple(map(_to_step, row.steps)),
        parameters=row.parameters,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        notebook=row.notebook,
        job=(row.job_name, row.job_version) if row.job_name is not None and row.job_version is not None else None,
        retry_of=RunId(row.retry_of) if row.retry_of else None,
        error=row.error,
        mlflow_run_id=row.mlflow_run_id,
        no_cache=row.no_cache,
        chosen=tuple(row.chosen) if row.chosen is not None else None,
        cancel_requested=row.cancel_requested,
        tracking_pending=row.tracking_pending,
        python=row.python,
        ignored=tuple(row.ignored or ()),
    )


def _to_step(row: StepRow) -> StepRun:
    return StepRun(
        name=StepName(row.name),
        status=Status(row.status),
        file=row.file,
        attempts=row.attempts,
        failures=row.failures,
        losses=row.losses,
        cached=row.cached,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=row.error,
        manifest=Path(row.manifest) if row.manifest else None,
        metrics=row.metrics or {},
    )


def to_attempt(row: AttemptRow) -> Attempt:
    """Return a row as a value."""
    return Attempt(
        run_id=RunId(row.run_id),
        step=StepName(row.step),
        number=row.number,
        status=Status(row.status),
        folder=Path(row.folder),
        started_at=row.started_at,
        finished_at=row.finished_at,
        reason=Reason(row.reason) if row.reason else None,
        error=row.error,
    )


def to_event(row: EventRow) -> Event:
    """Return a row as a value."""
    step = StepName(row.step) if row.step is not None else None
    return Event(row.seq, RunId(row.run_id), step, row.kind, row.at, row.data)
