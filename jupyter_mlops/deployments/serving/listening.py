"""The socket that a deployment listens on outlives each process that holds it.

Whoever starts a front opens the socket, hands it down and keeps it open. While a front that was killed is replaced, the
kernel lets those who call wait. A manager that begins anew, beside a front that lives, asks that front for the socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

HANDOVER = "listen.sock"
BACKLOG = 2048
PATIENCE_S = 1.0


def opened(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise `OSError` when the address is taken. Port 0 is a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def inherited(fd: int) -> socket.socket:
    """Return the socket that was handed down; no process started from here on has it."""
    os.set_inheritable(fd, False)
    return socket.socket(fileno=fd)


def owned(path: Path) -> socket.socket:
    """Return a Unix socket that listens, for the owner of the process alone."""
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        found.bind(str(path))
    finally:
        os.umask(mask)
    found.listen(BACKLOG)
    return found


class Handover:
    """Hands the listening socket to each of the owner's processes that asks for it."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self._path, self._listener = folder / HANDOVER, listener
        self._door = owned(self._path)
        self._door.setblocking(False)
        asyncio.get_running_loop().add_reader(self._door.fileno(), self._hand)

    def _hand(self) -> None:
        with contextlib.suppress(OSError):
            caller, _address = self._door.accept()
            with caller:
                socket.send_fds(caller, [b"1"], [self._listener.fileno()])

    def close(self) -> None:
        """Hand it to nobody any more."""
        asyncio.get_running_loop().remove_reader(self._door.fileno())
        self._door.close()
        self._path.unlink(missing_ok=True)


def received(folder: Path) -> socket.socket | None:
    """Return the socket that the front of a deployment listens on; None when it does not answer."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(PATIENCE_S)
        try:
            caller.connect(str(folder / HANDOVER))
            _word, fds, _flags, _address = socket.recv_fds(caller, 1, 1)
        except OSError:
            return None
    return inherited(fds[0]) if fds else None
