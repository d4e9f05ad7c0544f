"""The store of runs, as everybody sees it: accept, look, list, ask for a cancel, follow events.

What a runner writes while it drives them is in `claim`. Every change and the events that tell of it are one
transaction; a method that returns has its change on the disk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jupyter_mlops.base.errors import ConflictError, NotFoundError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import AttemptRow, EventRow, RunRow, StepRow
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.listing import search_text
from jupyter_mlops.runs.rows import to_attempt, to_event, to_run
from jupyter_mlops.runs.run import Attempt, Event, Run, Status


def utc_now() -> datetime:
    """Return this moment, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class NewRun:
    """A run to be accepted. Its `folder` is complete on the disk before it is handed to `RunStore.create`.

    Attributes
    ----------
    parameters
        JSON form of all parameters.
    carried
        step -> the earlier run whose result it takes over instead of running.
    chosen
        the steps that were asked for; None is all. What is neither chosen nor carried is skipped.
    no_cache
        whether results of earlier runs may not be reused, whatever the tags say.
    python
        interpreter for the kernels.
    ignored
        the findings that were ignored, as `Finding.to_record` gives them.
    """

    id: RunId
    name: str
    folder: Path
    pipeline: Pipeline
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notebook: str | None = None
    job: tuple[str, int] | None = None
    retry_of: RunId | None = None
    no_cache: bool = False
    carried: Mapping[str, RunId] = field(default_factory=dict)
    chosen: Collection[str] | None = None
    python: str = field(default_factory=lambda: sys.executable)
    ignored: Sequence[Mapping[str, Any]] = ()


class RunStore:
    """Runs in a database.

    Parameters
    ----------
    database
        opened by `open_store`, or for tests on a folder of their own.
    now
        the wall clock, for display only: order comes from the database.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.now = now

    def create(self, new: NewRun) -> Run:
        """Accept a run; on return it is durable.

        Raises
        ------
        ConflictError
            ``run.not_carried``: a step to be carried has no committed result there.
        """
        at = self.now()
        with self.database.writing() as session:
            row = RunRow(
                id=new.id,
                name=new.name,
                status=Status.QUEUED,
                parameters=dict(new.parameters),
                folder=str(new.folder),
                notebook=new.notebook,
                python=new.python,
                job_name=new.job[0] if new.job else None,
                job_version=new.job[1] if new.job else None,
                retry_of=new.retry_of,
                no_cache=new.no_cache,
                search=search_text(new.id, new.name, new.job, new.parameters),
                chosen=list(new.chosen) if new.chosen is not None else None,
                ignored=[dict(finding) for finding in new.ignored] or None,
                created_at=at,
            )
            session.add(row)
            session.flush()
            for position, step in enumerate(new.pipeline.steps):
                fresh = StepRow(run_id=new.id, name=step.name, position=position, file=step.notebook)
                fresh.status = Status.PENDING
                if step.name in new.carried:
                    _carry(session.get(StepRow, (new.carried[step.name], step.name)), fresh)
                elif new.chosen is not None and step.name not in new.chosen:
                    fresh.status, fresh.finished_at = Status.SKIPPED, at
                session.add(fresh)
            session.add(_event(new.id, "run.queued", at))
            session.flush()
            session.expire(row)
            return to_run(row)

    def get(self, text: str) -> Run:
        """Return the run with this id, or with the only id that begins like this.

        Raises
        ------
        NotFoundError
            ``run.not_found``, ``run.ambiguous``.
        """
        wanted = text.strip().lower()
        with self.database.reading() as session:
            # Ids are hexadecimal: whatever begins with `wanted` sorts before `wanted` + "g".
            query = select(RunRow).where(RunRow.id >= wanted, RunRow.id < wanted + "g").order_by(RunRow.seq.desc())
            found = session.scalars(query.limit(5)).all() if wanted else ()
            if len(found) == 1 or (found and found[0].id == wanted):
                return to_run(found[0])
            if found:
                some = ", ".join(row.id[: len(wanted) + 4] for row in found)
                raise NotFoundError("run.ambiguous", f"several runs begin with `{text}`: {some}", "give more digits")
        raise NotFoundError("run.not_found", f"there is no run `{text}`", "`jupyter mlops runs` lists them")

    def list(
        self,
        status: Collection[str] | str | None = None,
        name: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[Run, ...]:
        """Return runs, newest first.

        Parameters
        ----------
        status
            only runs in this state, or in one of these.
        name
            only runs of this pipeline or job.
        cursor
            id of the last run of the page before; None is the first page.
        """
        query = select(RunRow).order_by(RunRow.seq.desc()).limit(limit)
        if status:
            query = query.where(RunRow.status.in_([status] if isinstance(status, str) else list(status)))
        if name:
            query = query.where((RunRow.name == name) | (RunRow.job_name == name))
        if cursor:
            query = query.where(RunRow.seq < select(RunRow.seq).where(RunRow.id == cursor).scalar_subquery())
        with self.database.reading() as session:
            return tuple(map(to_run, session.scalars(query)))

    def attempts(self, run_id: str, step: str | None = None) -> tuple[Attempt, ...]:
        """Return the attempts of a run, or of one step of it, in the order they were begun."""
        query = select(AttemptRow).where(AttemptRow.run_id == run_id)
        if step is not None:
            query = query.where(AttemptRow.step == step)
        with self.database.reading() as session:
            return tuple(map(to_attempt, session.scalars(query.order_by(AttemptRow.started_at, AttemptRow.number))))

    def request_cancel(self, run_id: str) -> Run:
        """Ask for a run to be cancelled; a run that nobody has begun is cancelled at once.

        Asking twice is no error, and a run that is over stays what it is.
        """
        at = self.now()
        with self.database.writing() as session:
            row = row_of(session, run_id)
            if row.status == Status.QUEUED:
                cancel_whole(session, row, at)
            elif not Status(row.status).is_terminal and not row.cancel_requested:
                row.cancel_requested = True
                session.add(_event(row.id, "run.cancel_requested", at))
            session.flush()
            return to_run(row)

    def cancel_requested_at(self, run_id: str) -> datetime | None:
        """Return when a cancel of a run was asked for; None when it was not."""
        asked = EventRow.kind == "run.cancel_requested"
        query = select(EventRow.at).where(EventRow.run_id == run_id, asked).order_by(EventRow.seq).limit(1)
        with self.database.reading() as session:
            return session.scalar(query)

    def events_since(self, seq: int, limit: int = 1000) -> tuple[Event, ...]:
        """Return what happened after event number `seq`, oldest first."""
        query = select(EventRow).where(EventRow.seq > seq).order_by(EventRow.seq).limit(limit)
        with self.database.reading() as session:
            return tuple(map(to_event, session.scalars(query)))

    def last_event(self) -> int:
        """Return the number of the newest event; 0 when there is none."""
        with self.database.reading() as session:
            return session.scalar(select(func.max(EventRow.seq))) or 0

    def active(self, queued: int = 100) -> tuple[Run, ...]:
        """Return all running runs and the `queued` oldest that wait, oldest first."""
        by_age = select(RunRow).order_by(RunRow.seq)
        with self.database.reading() as session:
            running = session.scalars(by_age.where(RunRow.status == Status.RUNNING)).all()
            waiting = session.scalars(by_age.where(RunRow.status == Status.QUEUED).limit(queued)).all()
            return tuple(map(to_run, (*running, *waiting)))

    def untracked(self) -> tuple[Run, ...]:
        """Return the runs that are over and of which MLflow does not know it yet."""
        query = select(RunRow).where(RunRow.tracking_pending, RunRow.finished_at.is_not(None)).order_by(RunRow.seq)
        with self.database.reading() as session:
            return tuple(map(to_run, session.scalars(query)))

    def open_attempts(self) -> tuple[Attempt, ...]:
        """Return the attempts that nobody has finished yet."""
        query = select(AttemptRow).where(AttemptRow.status == Status.RUNNING)
        with self.database.reading() as session:
            return tuple(map(to_attempt, session.scalars(query)))

    def result_for(self, cache_key: str) -> Path | None:
        """Return the newest manifest of a step that succeeded under this key and is still there."""
        query = (
            select(StepRow.manifest)
            .where(
                StepRow.cache_key == cache_key,
                StepRow.status == Status.SUCCEEDED,
                StepRow.manifest.is_not(None),
            )
            .order_by(StepRow.finished_at.desc())
            .limit(10)
        )
        with self.database.reading() as session:
            found = (Path(manifest) for manifest in session.scalars(query) if manifest)
            return next((manifest for manifest in found if manifest.is_file()), None)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_store(home: Path, url: str | None = None) -> RunStore:
    """Return the store of a home folder, created or migrated when need be; raise `UnavailableError` when it cannot be
    used.
    """
    return RunStore(Database(home, url))


def row_of(session: Session, run_id: str) -> RunRow:
    """Return a run's row, to be changed in this session; raise `NotFoundError` when there is none."""
    row = session.scalars(select(RunRow).where(RunRow.id == run_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError("run.not_found", f"there is no run `{run_id}`", "`jupyter mlops runs` lists them")
    return row


def cancel_whole(session: Session, row: RunRow, at: datetime) -> None:
    """Cancel a run of which no step is running."""
    for step in row.steps:
        if not Status(step.status).is_terminal:
            step.status = Status.CANCELLED
            step.finished_at = at
    row.status, row.finished_at, row.cancel_requested = Status.CANCELLED, at, True
    session.add(_event(row.id, "run.cancelled", at))


def _carry(source: StepRow | None, fresh: StepRow) -> None:
    if source is None or source.status != Status.SUCCEEDED or source.manifest is None:
        raise ConflictError(
            "run.not_carried",
            f'step "{fresh.name}" has no committed result in the run it is to be carried from',
            "run the notebook again without --from-step",
        )
    fresh.status, fresh.cached = Status.SUCCEEDED, True
    fresh.manifest, fresh.metrics, fresh.cache_key = source.manifest, source.metrics, source.cache_key


def _event(run_id: str, kind: str, at: datetime, step: str | None = None, **data: Any) -> EventRow:
    return EventRow(run_id=run_id, step=step, kind=kind, at=at, data=data)
