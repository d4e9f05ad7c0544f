"""The store's schema, revision by revision; shipped in the wheel. A revision that was released is never changed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def config() -> Config:
    """Return alembic's configuration; there is no alembic.ini, because nobody but this package migrates a store."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return settings


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to `revision` within the transaction that `connection` is in."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)
