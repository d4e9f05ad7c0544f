"""All tables, on one page. Their published form is the newest revision in `migrations`; a test compares the two.

runs 1 ── n step_runs 1 ── n attempts        what was asked for, and what became of it
runs 1 ── n events                           what happened, numbered by the database
runners                                      one row per runner that ever held the store; its number fences writes
jobs 1 ── n job_versions                     promoted notebooks

Types are portable (SQLite, PostgreSQL). Moments are aware and UTC. Words in `status` and `reason` are those of
`runs.run`; paths are absolute.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware moment. SQLite forgets the time zone, so it is always UTC on the way in and marked on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Rows. Every table has its own class below."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


class RunRow(Base):
    """One run. `seq` is the order in which runs were accepted.

    `search` is what a filter box looks in: id, name, job, parameters and errors in lower case, cut. `chosen` are the
    steps that were asked for when it is not all of them.
    """

    __tablename__ = "runs"
    __table_args__ = (
        # Each answers one filter of the list by itself, newest first; the state in it narrows without the row.
        Index("ix_runs_status", "status", "seq"),
        Index("ix_runs_name", "name", "seq", "status"),
        Index("ix_runs_job", "job_name", "seq", "status"),
        Index("ix_runs_notebook", "notebook", "seq", "status"),
        Index("ix_runs_search", "seq", "status", "search"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    parameters: Mapped[dict[str, Any]]
    folder: Mapped[str] = mapped_column(Text)
    notebook: Mapped[str | None] = mapped_column(Text)
    python: Mapped[str] = mapped_column(Text)
    job_name: Mapped[str | None] = mapped_column(Text)
    job_version: Mapped[int | None]
    retry_of: Mapped[str | None] = mapped_column(String(32))
    no_cache: Mapped[bool] = mapped_column(default=False)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    mlflow_run_id: Mapped[str | None] = mapped_column(String(64))
    tracking_pending: Mapped[bool] = mapped_column(default=False, index=True)
    error: Mapped[dict[str, Any] | None]
    search: Mapped[str] = mapped_column(Text, default="", server_default="")
    chosen: Mapped[list[str] | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    steps: Mapped[list[StepRow]] = relationship(order_by="StepRow.position", lazy="selectin", viewonly=True)


class StepRow(Base):
    """One step of a run. `cache_key` says what decided its result; `manifest` is where that result is listed."""

    __tablename__ = "step_runs"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int]
    file: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    cached: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    error: Mapped[dict[str, Any] | None]
    metrics: Mapped[dict[str, Any] | None]
    manifest: Mapped[str | None] = mapped_column(Text, index=True)
    cache_key: Mapped[str | None] = mapped_column(String(64), index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One attempt of a step, begun by the runner numbered `fence`."""

    __tablename__ = "attempts"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "step"], ["step_runs.run_id", "step_runs.name"], ondelete="CASCADE"),
        Index("ix_attempts_status", "status"),
    )

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[dict[str, Any] | None]
    folder: Mapped[str] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(ForeignKey("runners.fence"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class EventRow(Base):
    """Something that happened, written in the transaction that made it true. A deleted run's last one stays."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_run", "run_id", "seq"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32))
    step: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class RunnerRow(Base):
    """A runner that took the store over. The highest fence is the only one that may write."""

    __tablename__ = "runners"
    __table_args__ = ({"sqlite_autoincrement": True},)

    fence: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int]
    process_started: Mapped[float]
    boot_id: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]


class JobRow(Base):
    """A job: a name under which notebooks are promoted. A schedule belongs to the job, not to a version of it."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(default=False)
    schedule: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str | None] = mapped_column(Text)


class JobVersionRow(Base):
    """One frozen version of a job; never changed."""

    __tablename__ = "job_versions"
    __table_args__ = (UniqueConstraint("job", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.name", ondelete="CASCADE"))
    version: Mapped[int]
    created_at: Mapped[datetime]
    author: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    folder: Mapped[str] = mapped_column(Text)
    notebook: Mapped[str | None] = mapped_column(Text)
    notebook_sha256: Mapped[str] = mapped_column(String(64))
    git_commit: Mapped[str | None] = mapped_column(String(64))
    git_dirty: Mapped[bool | None]
    parameters: Mapped[dict[str, Any]]
