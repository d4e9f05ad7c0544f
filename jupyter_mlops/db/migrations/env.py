"""What alembic runs: one transaction on the connection it was given, so a killed migration leaves nothing behind."""

from __future__ import annotations

from alembic import context

from jupyter_mlops.db.tables import RunRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=RunRow.metadata,
    # SQLite can undo schema changes; alembic assumes that it cannot.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
