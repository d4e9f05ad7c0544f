"""A file as a lock between processes, which the system gives back for those that die."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def tried(file: Path, *, is_shared: bool = False) -> Iterator[int | None]:
    """Yield a descriptor that holds the lock on a file, None when somebody else holds it; the folder is made.

    Parameters
    ----------
    is_shared
        with others who share it; who takes it alone shuts all of them out.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock
    finally:
        os.close(lock)
