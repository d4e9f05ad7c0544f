"""What a front does not take with it when it is killed: the socket it listens on, and a template that waits.

Whoever starts a front opens the socket, hands it down and keeps it open too. While a front that was killed is replaced,
the kernel lets those who call wait. The ends of the sockets over which spare templates take orders are kept the same
way: the next front need not import anything. A manager that begins anew beside a living front asks that one for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving import unix

HANDOVER = "handover.sock"
BACKLOG = 2048
PATIENCE_S = 1.0
_WORDS = 64 * 1024
_MOST = 64


@dataclass(frozen=True)
class Spare:
    """A template that waits: our end of its control socket, and what it said when it was ready."""

    fd: int
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Handed:
    """File descriptors that a front is handed; `spares` by the Python that they are of."""

    lock: int | None = None
    listener: int | None = None
    spares: Mapping[str, Spare] = field(default_factory=dict)

    @property
    def fds(self) -> list[int]:
        """All of them."""
        given = [fd for fd in (self.lock, self.listener) if fd is not None]
        return [*given, *(spare.fd for spare in self.spares.values())]

    def to_text(self) -> str:
        """Return the form that stands on a command line."""
        spares = {python: {"fd": spare.fd, "facts": dict(spare.facts)} for python, spare in self.spares.items()}
        return json.dumps({"lock": self.lock, "listener": self.listener, "spares": spares})

    @classmethod
    def taken(cls, text: str) -> Handed:
        """Read that form; no process started from here on has any of them."""
        data = json.loads(text)
        spares = {python: Spare(spare["fd"], spare["facts"]) for python, spare in data["spares"].items()}
        found = cls(data["lock"], data["listener"], spares)
        for fd in found.fds:
            os.set_inheritable(fd, False)
        return found


def opened(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise `OSError` when the address is taken. Port 0 is a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


class Door:
    """Where each of the owner's processes that asks is handed what this front has.

    Parameters
    ----------
    spares
        Returns the templates that wait at this moment.
    """

    def __init__(self, folder: Path, listener: socket.socket, spares: Callable[[], Mapping[str, Spare]]) -> None:
        self._path, self._listener, self._spares = folder / HANDOVER, listener, spares
        self._door = unix.listening(self._path)
        self._door.setblocking(False)
        asyncio.get_running_loop().add_reader(self._door.fileno(), self._hand)

    def _hand(self) -> None:
        spares = dict(list(self._spares().items())[: _MOST - 1])
        words = json.dumps([[python, dict(spare.facts)] for python, spare in spares.items()]).encode()
        with contextlib.suppress(OSError):
            caller, _address = self._door.accept()
            with caller:
                fds = [self._listener.fileno(), *(spare.fd for spare in spares.values())]
                socket.send_fds(caller, [words[:_WORDS]], fds)

    def close(self) -> None:
        """Hand over nothing any more."""
        asyncio.get_running_loop().remove_reader(self._door.fileno())
        self._door.close()
        self._path.unlink(missing_ok=True)


def received(folder: Path) -> Handed | None:
    """Return what the front of a deployment has; None when it does not answer."""
    fds: list[int] = []
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(PATIENCE_S)
        try:
            unix.connect(caller, folder / HANDOVER)
            words, fds, _flags, _address = socket.recv_fds(caller, _WORDS, _MOST)
            told = json.loads(words)
            spares = {python: Spare(fd, facts) for (python, facts), fd in zip(told, fds[1:], strict=True)}
            found = Handed(None, fds[0], spares)
        except (OSError, ValueError, TypeError, IndexError):
            close(fds)
            return None
    for fd in fds:
        os.set_inheritable(fd, False)
    return found


def close(fds: Iterable[int]) -> None:
    """Close file descriptors."""
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
