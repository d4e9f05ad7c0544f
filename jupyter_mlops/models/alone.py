"""One at a time: what is looked at and then changed in MLflow, which knows no transaction for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from jupyter_mlops.base.errors import UnavailableError

PATIENCE_S = 60.0


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a file that all processes of a store share; the system gives it back for those that die.

    Raises
    ------
    UnavailableError
        ``model.busy``.
    """
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = FileLock(lock, timeout=PATIENCE_S, mode=0o600)
    try:
        held.acquire()
    except Timeout as error:
        raise UnavailableError(
            "model.busy", "another process is changing models, and does not come to an end", "try again"
        ) from error
    try:
        yield
    finally:
        held.release()
