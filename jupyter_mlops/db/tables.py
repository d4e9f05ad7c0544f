"""All tables, on one page. Their published form is the newest revision in `migrations`; a test compares the two.

runs 1 ── n step_runs 1 ── n attempts        what was asked for, and what became of it
runs 1 ── n events                           what happened, numbered by the database
runners                                      one row per runner that ever held the store; its number fences writes
jobs 1 ── n job_versions                     promoted notebooks
registrations                                which model of which step became which version: once each
alias_moves                                  who moved an alias of a model, from where to where, and on what evidence
model_settings, approvals                    the gates of a model; who approved a version of it
deployments 1 ── n deployment_events         what is to be served and how, and what became of it

Models, their versions and aliases are MLflow's; names of models below are its names.

Types are portable (SQLite, PostgreSQL). Moments are aware and UTC. Words in `status` and `reason` are those of
`runs.run`, of a deployment those of `deployments.deployment`; paths are absolute.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jupyter_mlops.db.base import Base


class RunRow(Base):
    """One run. `seq` is the order in which runs were accepted.

    `search` is what a filter box looks in: id, name, job, parameters and errors in lower case, cut. `chosen` are the
    steps that were asked for when it is not all of them. `ignored` are the findings that were ignored, null for none.
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
    ignored: Mapped[list[dict[str, Any]] | None]
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


class RegistrationRow(Base):
    """A model that a step logged, and the version it became; `version` is null while that is only intended."""

    __tablename__ = "registrations"
    __table_args__ = (UniqueConstraint("run_id", "step", "source", "model"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    version: Mapped[int | None]
    author: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class AliasMoveRow(Base):
    """A move of an alias. `from_version` null: it was nowhere; `to_version` null: it was taken away.

    `kind` is ``promote``, ``rollback`` or ``outside`` (seen, not made, by us); `status` is ``intended`` until MLflow
    has it, then ``done``, or ``undone`` when it never came to be.
    """

    __tablename__ = "alias_moves"
    __table_args__ = (Index("ix_alias_moves_model", "model", "alias", "seq"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    alias: Mapped[str] = mapped_column(Text)
    from_version: Mapped[int | None]
    to_version: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    author: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(String(64))
    gates: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ModelSettingsRow(Base):
    """The gates of a model, as the plain data they were given in."""

    __tablename__ = "model_settings"

    model: Mapped[str] = mapped_column(Text, primary_key=True)
    gates: Mapped[dict[str, Any]]
    author: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime]


class ApprovalRow(Base):
    """A person's yes to a version of a model; `is_verified`: a Jupyter server authenticated the person."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("model", "version", "author"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    author: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    is_verified: Mapped[bool] = mapped_column(default=False, server_default=false())


class DeploymentRow(Base):
    """A deployment: what is wanted (`wanted`, `model`, `alias` or `version`, traffic), and what is (`status`, `error`).

    `revision` counts what was wanted. `tokens` are SHA-256 sums, never tokens. `rejected` says, by version, why it is
    not served. `options` are limits, the request log and the error budget.
    """

    __tablename__ = "deployments"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    model: Mapped[str] = mapped_column(Text)
    alias: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int | None]
    wanted: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    live: Mapped[int | None]
    previous: Mapped[int | None]
    canary: Mapped[int | None]
    percent: Mapped[int] = mapped_column(default=0)
    shadow: Mapped[int | None]
    rejected: Mapped[dict[str, Any] | None]
    options: Mapped[dict[str, Any]]
    tokens: Mapped[list[str]]
    host: Mapped[str] = mapped_column(Text)
    port: Mapped[int]
    folder: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    error: Mapped[dict[str, Any] | None]
    author: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeploymentEventRow(Base):
    """Something that happened to a deployment, written in the transaction that made it true where there is one."""

    __tablename__ = "deployment_events"
    __table_args__ = (Index("ix_deployment_events_deployment", "deployment", "seq"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(primary_key=True)
    deployment: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
