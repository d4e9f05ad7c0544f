"""Lists of runs: what they are filtered by, the steps that were chosen, and events that outlive their run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

EVENTS_RUN = "events_run_id_fkey"


def upgrade() -> None:
    op.add_column("runs", sa.Column("search", sa.Text(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("chosen", sa.JSON(none_as_null=True), nullable=True))
    op.execute("UPDATE runs SET search = lower(id || ' ' || name || ' ' || coalesce(job_name, ''))")
    op.drop_index("ix_runs_name", "runs")
    op.create_index("ix_runs_name", "runs", ["name", "seq", "status"])
    op.create_index("ix_runs_job", "runs", ["job_name", "seq", "status"])
    op.create_index("ix_runs_notebook", "runs", ["notebook", "seq", "status"])
    op.create_index("ix_runs_search", "runs", ["seq", "status", "search"])
    op.create_index("ix_step_runs_manifest", "step_runs", ["manifest"])
    if op.get_bind().dialect.name == "sqlite":
        # SQLite can only forget a foreign key by copying the table.
        columns = "seq, run_id, step, kind, at, data"
        op.create_table(
            "events_new",
            sa.Column("seq", sa.Integer(), nullable=False),
            sa.Column("run_id", sa.String(length=32), nullable=False),
            sa.Column("step", sa.Text(), nullable=True),
            sa.Column("kind", sa.String(length=32), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
            sa.PrimaryKeyConstraint("seq"),
            sqlite_autoincrement=True,
        )
        op.execute(f"INSERT INTO events_new ({columns}) SELECT {columns} FROM events")
        op.drop_table("events")
        op.rename_table("events_new", "events")
        op.create_index("ix_events_run", "events", ["run_id", "seq"])
    else:
        op.drop_constraint(EVENTS_RUN, "events", type_="foreignkey")
