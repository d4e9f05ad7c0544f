"""What the runner that holds the store may write, and nobody else.

fence
    the number of a claim. Every write asks first whether a later claim was made; then it is refused. So a runner that
    was stopped, declared dead and woken up again changes nothing.

Every method is one transaction: the rows and the events that tell of them. A state that the table in `run` does not
allow from where the row is now is refused (`ConflictError`): the row, not the runner's memory, is the truth.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import ConflictError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.db.session import Transaction
from jupyter_mlops.db.tables import AttemptRow, EventRow, RunnerRow, RunRow, StepRow
from jupyter_mlops.runs.listing import SEARCH_CHARS, brief, folded
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.retry import Verdict
from jupyter_mlops.runs.rows import to_attempt
from jupyter_mlops.runs.run import (
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    Attempt,
    Reason,
    Status,
    attempt_folder,
)
from jupyter_mlops.runs.store import RunStore, row_of


class Claim:
    """The right to drive the runs of a store, from now until somebody else claims it."""

    def __init__(self, store: RunStore, identity: Identity) -> None:
        self._store = store
        with store.database.writing() as session:
            row = RunnerRow(
                host=socket.gethostname(),
                pid=identity.pid,
                process_started=identity.started,
                boot_id=identity.boot_id,
                started_at=store.now(),
            )
            session.add(row)
            session.flush()
            self.fence = row.fence

    def begin(self, run_id: RunId, step: str, cache_key: str | None = None) -> Attempt:
        """Begin the next attempt of a step, and with it the run."""
        with self._writing() as (session, at):
            run = row_of(session, run_id)
            if run.cancel_requested:
                raise ConflictError("run.cancel_requested", f"run `{run_id}` is being cancelled")
            if run.status == Status.QUEUED:
                self._move_run(session, run, Status.RUNNING, at)
                run.started_at = at
            row = _step(session, run_id, step)
            row.attempts += 1
            row.started_at = row.started_at or at
            row.error, row.cache_key = None, cache_key
            self._move(session, row, Status.RUNNING, at, attempt=row.attempts)
            attempt = AttemptRow(
                run_id=run_id,
                step=step,
                number=row.attempts,
                status=Status.RUNNING,
                folder=str(attempt_folder(Path(run.folder), row.file, row.attempts)),
                fence=self.fence,
                started_at=at,
            )
            session.add(attempt)
            session.flush()
            return to_attempt(attempt)

    def succeed(self, attempt: Attempt, manifest: Path, metrics: Mapping[str, float]) -> None:
        """Commit the result of a step: from here on it is never run again."""
        with self._writing() as (session, at):
            self._close(session, attempt, Status.SUCCEEDED, at)
            row = _step(session, attempt.run_id, attempt.step)
            row.manifest, row.metrics, row.finished_at = str(manifest), dict(metrics), at
            self._move(session, row, Status.SUCCEEDED, at, attempt=attempt.number)

    def fail(self, attempt: Attempt, reason: Reason, error: Mapping[str, Any], verdict: Verdict) -> None:
        """End an attempt that did not succeed; its step is queued again, or ends like it."""
        ending = Status.CANCELLED if reason is Reason.CANCELLED else Status.FAILED
        with self._writing() as (session, at):
            self._close(session, attempt, ending, at, reason, error)
            row = _step(session, attempt.run_id, attempt.step)
            row.failures, row.losses = verdict.failures, verdict.losses
            # The error of the last attempt stays to be seen while the next one is waited for.
            row.error = dict(error)
            told = {"attempt": attempt.number, "reason": reason.value, "delay_s": round(verdict.delay_s, 3)}
            if verdict.is_tried_again:
                self._move(session, row, Status.QUEUED, at, **told)
            else:
                row.finished_at = at
                self._move(session, row, ending, at, **told)
                _note_error(row_of(session, attempt.run_id), error)

    def reuse(self, run_id: RunId, step: str, cache_key: str, manifest: Path, metrics: Mapping[str, float]) -> None:
        """Take the result of an earlier run over instead of beginning an attempt."""
        with self._writing() as (session, at):
            run = row_of(session, run_id)
            if run.status == Status.QUEUED:
                self._move_run(session, run, Status.RUNNING, at)
                run.started_at = at
            row = _step(session, run_id, step)
            row.cached, row.cache_key = True, cache_key
            row.manifest, row.metrics = str(manifest), dict(metrics)
            self._move(session, row, Status.SUCCEEDED, at, cached=True)

    def queue(self, run_id: RunId, steps: Iterable[str]) -> None:
        """Note that steps could start and wait for a core."""
        with self._writing() as (session, at):
            for name in steps:
                self._move(session, _step(session, run_id, name), Status.QUEUED, at)

    def drop(self, run_id: RunId, steps: Mapping[str, Status]) -> None:
        """End steps that never will start: skipped or cancelled."""
        with self._writing() as (session, at):
            for name, status in steps.items():
                row = _step(session, run_id, name)
                row.finished_at = at
                self._move(session, row, status, at)

    def end_run(
        self,
        run_id: RunId,
        status: Status,
        error: Mapping[str, Any] | None = None,
        *,
        is_tracking_pending: bool = False,
    ) -> None:
        """End a run for good; its steps that never started end with it."""
        with self._writing() as (session, at):
            run = row_of(session, run_id)
            for row in run.steps:
                if row.status in (Status.PENDING, Status.QUEUED):
                    row.finished_at = at
                    left = Status.CANCELLED if status is Status.CANCELLED else Status.SKIPPED
                    self._move(session, row, left, at)
            if run.status == Status.QUEUED and status is Status.SUCCEEDED:
                # Every result was taken over from an earlier run.
                self._move_run(session, run, Status.RUNNING, at)
                run.started_at = at
            run.finished_at, run.error = at, dict(error) if error else None
            run.tracking_pending = is_tracking_pending
            if error:
                _note_error(run, error)
            self._move_run(session, run, status, at)

    def note_tracking(self, run_id: RunId, *, mlflow_run_id: str | None = None, is_pending: bool | None = None) -> None:
        """Note which MLflow run a run has, and whether MLflow still has to be told of its end."""
        with self._writing() as (session, at):
            run = row_of(session, run_id)
            if mlflow_run_id is not None:
                run.mlflow_run_id = mlflow_run_id
            if is_pending is not None:
                run.tracking_pending = is_pending
            session.add(EventRow(run_id=run_id, kind="run.tracked", at=at, data={}))

    @contextmanager
    def _writing(self) -> Iterator[tuple[Transaction, datetime]]:
        with self._store.database.writing() as session:
            # Locked where rows can be: a later claim waits until this write is through, or is seen by it.
            last = session.query(RunnerRow).order_by(RunnerRow.fence.desc()).with_for_update().first()
            if last is None or last.fence != self.fence:
                raise ConflictError("runner.superseded", "another runner drives the runs of this store now")
            yield session, self._store.now()

    @staticmethod
    def _move(session: Transaction, row: StepRow, target: Status, at: datetime, **told: Any) -> None:
        if target not in STEP_TRANSITIONS[Status(row.status)]:
            raise ConflictError("run.state", f'step "{row.name}" is {row.status} and cannot become {target}')
        row.status = target
        session.add(EventRow(run_id=row.run_id, step=row.name, kind=f"step.{target}", at=at, data=told))

    @staticmethod
    def _move_run(session: Transaction, row: RunRow, target: Status, at: datetime) -> None:
        if target not in RUN_TRANSITIONS[Status(row.status)]:
            raise ConflictError("run.state", f"run `{row.id}` is {row.status} and cannot become {target}")
        row.status = target
        session.add(EventRow(run_id=row.id, kind=f"run.{target}", at=at, data={}))

    @staticmethod
    def _close(
        session: Transaction,
        attempt: Attempt,
        status: Status,
        at: datetime,
        reason: Reason | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        row = session.get(AttemptRow, (attempt.run_id, attempt.step, attempt.number), with_for_update=True)
        if row is None or row.status != Status.RUNNING:
            raise ConflictError("run.state", f"attempt `{attempt.label}` is over already")
        row.status, row.reason, row.finished_at = status, reason, at
        row.error = dict(error) if error else None


def _step(session: Transaction, run_id: str, name: str) -> StepRow:
    row = session.get(StepRow, (run_id, name), with_for_update=True)
    if row is None:
        raise ConflictError("run.state", f'run `{run_id}` has no step "{name}"')
    return row


def _note_error(run: RunRow, error: Mapping[str, Any]) -> None:
    """Let the run be found by what failed it."""
    told = folded(brief(error))
    if told not in run.search:
        run.search = f"{told} {run.search}"[:SEARCH_CHARS]
