"""Lists of runs: pages of summaries, newest first, filtered in the database. Reads no file.

Every filter is answered from an index of its own: a page of 50 takes milliseconds with 100,000 runs in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from jupyter_mlops.base.ids import RunId
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import RunRow, StepRow
from jupyter_mlops.runs.labels import exception_text
from jupyter_mlops.runs.run import TERMINAL, Run, Status, StepRun

ACTIVE = (Status.QUEUED, Status.RUNNING)
DONE = TERMINAL - {Status.CANCELLED}
SEARCH_CHARS = 600


@dataclass(frozen=True)
class Filter:
    """Which runs: every condition that is given holds.

    Attributes
    ----------
    status
        in one of these states; empty is any.
    name, job, notebook
        of this pipeline, job, notebook (absolute path).
    q
        with this text in id, name, job, parameters or error; capitals do not matter.
    """

    status: Collection[str] = ()
    name: str | None = None
    job: str | None = None
    notebook: str | None = None
    q: str = ""


@dataclass(frozen=True)
class Summary:
    """A run as a list shows it.

    `done` of `total` steps are over, cancelled ones not counted; `current` are running; `error` is one line.
    """

    id: RunId
    name: str
    status: Status
    notebook: str | None
    job: tuple[str, int] | None
    retry_of: str | None
    parameters: Mapping[str, Any]
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int = 0
    total: int = 0
    current: Sequence[str] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    failed_step: str | None = None
    error: str | None = None

    @classmethod
    def of(cls, run: Run) -> Summary:
        """Return the summary of a run that was read as a whole."""
        failed = next((s for s in run.steps if s.status is Status.FAILED), None)
        error = run.error or (failed.error if failed else None)
        return cls(
            id=run.id,
            name=run.name,
            status=run.status,
            notebook=run.notebook,
            job=run.job,
            retry_of=run.retry_of,
            parameters=run.parameters,
            cancel_requested=run.cancel_requested,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            done=sum(s.status in DONE for s in _own(run)),
            total=len(_own(run)),
            current=tuple(s.name for s in run.steps if s.status is Status.RUNNING),
            metrics={name: value for step in run.steps for name, value in step.metrics.items()},
            failed_step=failed.name if failed else None,
            error=brief(error) if error else None,
        )


def _own(run: Run) -> list[StepRun]:
    """Return the steps that the run executes itself: not those that were carried or left out when it was made."""
    carried = {s.name for s in run.steps if s.cached and s.finished_at is None}
    left_out = {s.name for s in run.steps if run.chosen is not None and s.name not in run.chosen}
    return [s for s in run.steps if s.name not in carried | left_out]


def brief(error: Mapping[str, Any]) -> str:
    """Return an error as one line: the exception itself where there was one."""
    text = exception_text(error) if error.get("ename") else str(error.get("message") or "")
    return (text.strip().splitlines() or ["no reason was recorded"])[0][:300]


def search_text(run_id: str, name: str, job: tuple[str, int] | None, parameters: Mapping[str, Any]) -> str:
    """Return what a filter box looks in.

    >>> search_text("ab12", "Churn", ("nightly", 2), {"lr": 0.1})
    'ab12 churn nightly@2 lr=0.1'
    """
    given = " ".join(f"{name}={value}" for name, value in parameters.items())
    label = f"{job[0]}@{job[1]}" if job else ""
    return folded(" ".join(text for text in (run_id, name, label, given) if text))


def folded(text: str) -> str:
    """Return a text as `RunRow.search` keeps it: without capitals, lone halves of characters and too great a length."""
    return text.casefold().encode("utf-8", "replace").decode("utf-8").replace("\0", " ")[:SEARCH_CHARS]


def listed(
    database: Database, wanted: Filter, limit: int, cursor: str | None = None
) -> tuple[tuple[Summary, ...], str | None]:
    """Return a page of runs, newest first, and the cursor of the next one; None on the last.

    Parameters
    ----------
    cursor
        id of the last run of the page before.
    """
    with database.reading() as session:
        query = _narrowed(select(RunRow.seq), wanted).order_by(RunRow.seq.desc()).limit(limit + 1)
        if cursor:
            before = session.scalar(select(RunRow.seq).where(RunRow.id == cursor))
            # A run that was deleted meanwhile is no place to go on from: the page begins anew.
            query = query if before is None else query.where(RunRow.seq < before)
        seqs = session.scalars(query).all()
        page = _summaries(session, seqs[:limit])
    return page, page[-1].id if len(seqs) > limit else None


def counted(database: Database) -> tuple[int, int]:
    """Return how many runs are queued and running."""
    query = select(RunRow.status, func.count()).where(RunRow.status.in_(ACTIVE)).group_by(RunRow.status)
    with database.reading() as session:
        found = {row[0]: row[1] for row in session.execute(query)}
    return found.get(Status.QUEUED, 0), found.get(Status.RUNNING, 0)


def _narrowed(query: Select[int], wanted: Filter) -> Select[int]:
    if wanted.status:
        # With a text, not by the index of states: the one that holds the searched text is read alone.
        column = RunRow.status.concat("") if wanted.q else RunRow.status
        query = query.where(column.in_(list(wanted.status)))
    if wanted.name is not None:
        query = query.where(RunRow.name == wanted.name)
    if wanted.job is not None:
        query = query.where(RunRow.job_name == wanted.job)
    if wanted.notebook is not None:
        query = query.where(RunRow.notebook == wanted.notebook)
    for word in folded(wanted.q).split():
        query = query.where(RunRow.search.contains(word, autoescape=True))
    return query


def _summaries(session: Session, seqs: Sequence[int]) -> tuple[Summary, ...]:
    # Columns, not objects: their steps are counted by the database instead of being read.
    columns = (
        RunRow.id, RunRow.name, RunRow.status, RunRow.notebook, RunRow.job_name, RunRow.job_version, RunRow.retry_of,
        RunRow.parameters, RunRow.cancel_requested, RunRow.created_at, RunRow.started_at, RunRow.finished_at,
        RunRow.error,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(RunRow.seq.in_(seqs)).order_by(RunRow.seq.desc())).all()
    steps = _steps(session, [row.id for row in rows])
    return tuple(
        Summary(
            id=RunId(row.id),
            name=row.name,
            status=Status(row.status),
            notebook=row.notebook,
            job=(row.job_name, row.job_version) if row.job_name is not None else None,
            retry_of=row.retry_of,
            parameters=row.parameters,
            cancel_requested=row.cancel_requested,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            **_merged(steps.get(row.id, _Steps()), row.error),
        )
        for row in rows
    )


@dataclass
class _Steps:
    """What a list says of the steps of one run."""

    done: int = 0
    total: int = 0
    current: list[str] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    failed: tuple[str, Mapping[str, Any] | None] | None = None


def _merged(steps: _Steps, error: Mapping[str, Any] | None) -> dict[str, Any]:
    told = error or (steps.failed[1] if steps.failed else None)
    return {
        "done": steps.done,
        "total": steps.total,
        "current": tuple(steps.current),
        "metrics": steps.metrics,
        "failed_step": steps.failed[0] if steps.failed else None,
        "error": brief(told) if told else None,
    }


def _steps(session: Session, runs: Iterable[str]) -> dict[str, _Steps]:
    runs, found = list(runs), dict[str, _Steps]()
    counts = (
        select(StepRow.run_id, StepRow.status, func.count())
        .join(RunRow, RunRow.id == StepRow.run_id)
        .where(
            StepRow.run_id.in_(runs),
            # As in `_own`: what was carried has no end of its own, what was left out ended when the run was made.
            ~(StepRow.cached & StepRow.finished_at.is_(None)),
            ~((StepRow.status == Status.SKIPPED) & (StepRow.finished_at == RunRow.created_at)),
        )
        .group_by(StepRow.run_id, StepRow.status)
    )
    for run, status, count in session.execute(counts):
        steps = found.setdefault(run, _Steps())
        steps.total += count
        steps.done += count if Status(status) in DONE else 0
    telling = (
        select(StepRow.run_id, StepRow.name, StepRow.status, StepRow.error, StepRow.metrics)
        .where(
            StepRow.run_id.in_(runs),
            StepRow.status.in_((Status.RUNNING, Status.FAILED)) | StepRow.metrics.is_not(None),
        )
        .order_by(StepRow.run_id, StepRow.position)
    )
    for run, name, status, error, metrics in session.execute(telling):
        steps = found.setdefault(run, _Steps())
        if status == Status.RUNNING:
            steps.current.append(name)
        if status == Status.FAILED and steps.failed is None:
            steps.failed = (name, error)
        steps.metrics.update(metrics or {})
    return found
