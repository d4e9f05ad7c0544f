"""Connections to the store: opened in milliseconds when its schema is current, made or migrated once when it is not.

Rules: a writer says so first (``BEGIN IMMEDIATE``), so that two of them queue up instead of failing half way; a commit
is on the disk when it returns (WAL with ``synchronous=FULL``); whatever the database complains of reaches a door as
`UnavailableError`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from jupyter_mlops.base.errors import UnavailableError

# Every revision this code knows, oldest first; the last one is what it writes.
REVISIONS = ("0001", "0002", "0003", "0004", "0005")
BUSY_TIMEOUT_S = 60.0
_WRITES = "mlops_writes"
# What `reading` and `writing` yield.
Transaction = Session


class Database:
    """A store's database whose schema is current.

    Parameters
    ----------
    home
        folder for the lock that lets one process migrate; it and an SQLite file in it are private to their owner.
    url
        database URL; None is ``store.db`` in `home`.

    Raises
    ------
    UnavailableError
        ``store.unavailable`` (cannot be opened), ``store.newer`` (written by a later version of this package).
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.url = make_url(url or f"sqlite:///{home / 'store.db'}")
        self._lock = home / "store.lock"
        self._engine = _engine(self.url.render_as_string(hide_password=False))
        with self._translated():
            if self._is_old():
                self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that sees one moment of the store."""
        with self._translated(), Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session that alone may write; commits at the end, rolls back on an error."""
        writer = self._engine.execution_options(**{_WRITES: True})
        with self._translated(), Session(writer, expire_on_commit=False) as session, session.begin():
            yield session

    def signs(self) -> tuple[object, ...] | None:
        """Return a value that changes with every commit of any process; None for a store that is no SQLite file."""
        if not (self.url.drivername.startswith("sqlite") and self.url.database):
            return None
        found: list[object] = []
        for path in (self.url.database, f"{self.url.database}-wal"):
            try:
                status = os.stat(path)
                found.append((status.st_ino, status.st_size, status.st_mtime_ns))
            except OSError:
                found.append(None)
        return tuple(found)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            where = self.url.render_as_string(hide_password=True)
            raise UnavailableError(
                "store.unavailable",
                f"the store {where} cannot be used: {error.orig}",
                "see `jupyter mlops doctor`; JUPYTER_MLOPS_HOME or JUPYTER_MLOPS_STORE choose another one",
            ) from error

    def _revision(self) -> str | None:
        with self._engine.connect() as connection:
            try:
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            except (OperationalError, ProgrammingError) as error:
                # An empty database has no such table; anything else is a real complaint.
                if "alembic_version" in str(error.orig):
                    return None
                raise

    def _is_old(self) -> bool:
        revision = self._revision()
        if revision is not None and revision not in REVISIONS:
            raise UnavailableError(
                "store.newer",
                f"the store was written by a later version of jupyter-mlops (its revision is {revision})",
                "upgrade jupyter-mlops, or choose another store with JUPYTER_MLOPS_HOME",
            )
        return revision != REVISIONS[-1]

    def _migrate(self) -> None:
        # Imported here: only the first process on a store pays for them.
        from filelock import FileLock

        from jupyter_mlops.db.migrations import upgrade

        with FileLock(self._lock, mode=0o600):
            if self._is_old():
                with self._engine.execution_options(**{_WRITES: True}).begin() as connection:
                    upgrade(connection)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    file = make_url(url).database
    if file:
        _make_private(Path(file))
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(file: Path) -> None:
    """Create the file before SQLite does: the journals beside it get the same rights.

    A file that is there is not opened: closing it would take away every lock this process holds on it, and with them
    the safety of the connections that are open (SQLite, "How To Corrupt", 2.2).
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not os.access(file, os.R_OK | os.W_OK):
            raise _unwritable(file, os.strerror(errno.EACCES)) from None
    except OSError as error:
        raise _unwritable(file, str(error.strerror)) from error


def _unwritable(file: Path, why: str) -> UnavailableError:
    return UnavailableError(
        "store.unavailable", f"the store {file} cannot be written: {why}", "set JUPYTER_MLOPS_HOME to a folder of yours"
    )


def _prepare(connection: Any, _: Any) -> None:
    # Python's driver must not begin transactions by itself: `_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
