"""Unix sockets in folders whose path may be longer than the address of one may be."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What Linux allows is 107, what macOS allows is 103.
_MAX_BYTES = 103
_BACKLOG = 2048


def listening(path: Path) -> socket.socket:
    """Return a socket that listens at `path`, for the owner of the process alone; what was there is removed."""
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        with _address(path) as address:
            found.bind(address)
    finally:
        os.umask(mask)
    found.listen(_BACKLOG)
    return found


def connect(caller: socket.socket, path: Path) -> None:
    """Connect a Unix socket to the one at `path`; raise `OSError` when nobody listens there."""
    with _address(path) as address:
        caller.connect(address)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield an address of the socket that is short enough: `path`, or one that leads to its folder for a moment."""
    if len(os.fsencode(path)) <= _MAX_BYTES:
        yield str(path)
        return
    with tempfile.TemporaryDirectory(prefix="mlops-") as near:
        link = Path(near, "to")
        link.symlink_to(path.parent)
        yield str(link / path.name)
