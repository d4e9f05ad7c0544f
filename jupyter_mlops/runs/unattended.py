"""What a home folder holds that needs a runner, and whether one is alive. Its own store is read without SQLAlchemy.

A runner that is killed, or a machine that boots, leaves accepted runs and deployments behind. Every command and every
Jupyter server that starts asks here, and starts a runner when `Unattended` is true.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_mlops.runs.companions import has_any
from jupyter_mlops.runs.launch import is_runner_alive
from jupyter_mlops.runs.notice import LOCK, read_notice

# A runner that found MLflow away is not followed by another one for this long.
TRACKING_PAUSE_S = 600.0
_ACTIVE = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')"
_UNTRACKED = "SELECT count(*) FROM runs WHERE tracking_pending AND finished_at IS NOT NULL"


@dataclass(frozen=True)
class Unattended:
    """Work without a runner; false when there is none.

    Attributes
    ----------
    runs
        how many runs are queued or running.
    has_deployments
        whether a deployment is to be served.
    untracked
        how many runs are over whose end MLflow still has to be told.
    """

    runs: int = 0
    has_deployments: bool = False
    untracked: int = 0

    def __bool__(self) -> bool:
        return bool(self.runs or self.has_deployments or self.untracked)

    def __str__(self) -> str:
        parts = [f"{self.runs} run{'' if self.runs == 1 else 's'} queued or running"] if self.runs else []
        parts += ["deployments to serve"] if self.has_deployments else []
        parts += [f"{self.untracked} ended run{'' if self.untracked == 1 else 's'} to record in MLflow"] * bool(
            self.untracked
        )
        return ", ".join(parts)


def unattended(home: Path, store: str | None = None) -> Unattended:
    """Return the work of a home folder that no runner drives; nothing when a runner is alive.

    Parameters
    ----------
    store
        database URL when it is not the one in `home`.

    Raises
    ------
    UnavailableError
        the store named by `store` cannot be used.
    """
    if is_runner_alive(home):
        return Unattended()
    found = work_of(home, store)
    return found if _is_tracking_due(home) else replace(found, untracked=0)


def work_of(home: Path, store: str | None = None) -> Unattended:
    """Return all work of a home folder, with or without a runner; raise `UnavailableError` like `unattended`."""
    active, untracked = _counted_at(home, store) if store else _counted_in(home / "store.db")
    return Unattended(active, has_any(home), untracked)


def _is_tracking_due(home: Path) -> bool:
    """Whether the last runner was killed, or is gone for long enough to try MLflow again."""
    if read_notice(home) is not None:
        return True
    with contextlib.suppress(OSError):
        return time.time() - (home / LOCK).stat().st_mtime > TRACKING_PAUSE_S
    return True


def _counted_in(file: Path) -> tuple[int, int]:
    """Count in our own store. One that is missing, older or busy counts as empty: who opens it says what is wrong."""
    if not file.is_file():
        return 0, 0
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=1)) as store,
    ):
        return int(store.execute(_ACTIVE).fetchone()[0]), int(store.execute(_UNTRACKED).fetchone()[0])
    return 0, 0


def _counted_at(home: Path, url: str) -> tuple[int, int]:
    from jupyter_mlops.runs.listing import counted
    from jupyter_mlops.runs.store import open_store

    store = open_store(home, url)
    try:
        return sum(counted(store.database)), len(store.untracked())
    finally:
        store.close()
