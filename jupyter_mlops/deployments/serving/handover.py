"""What a front does not take with it when it is killed: the socket it listens on, and a template that waits.

Whoever starts a front opens the socket, hands it down and keeps it open too. While a front that was killed is replaced,
the kernel lets those who call wait. The ends of the sockets over which spare templates take orders are kept the same
way: the next front need not import anything. A manager that begins anew beside a living front asks that one for both,
and where that was killed too, its guardian.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.base import unix
from jupyter_mlops.deployments.serving import guardian
from jupyter_mlops.deployments.serving.guardian import MOST, WORDS

HANDOVER = "handover.sock"
BACKLOG = 2048
PATIENCE_S = 1.0
EVERY_S = 0.2


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
        self._line = _guarded(self._door)
        self._told: dict[str, int] | None = None
        self._door.setblocking(False)
        asyncio.get_running_loop().add_reader(self._door.fileno(), self._hand)

    async def run(self) -> None:
        """Tell the guardian what there is, for ever."""
        while self._line is not None:
            spares = {python: spare.fd for python, spare in self._spares().items()}
            if spares != self._told:
                words, fds = self._all()
                with contextlib.suppress(OSError):
                    socket.send_fds(self._line, [words], fds)
                self._told = spares
            await asyncio.sleep(EVERY_S)

    def _all(self) -> tuple[bytes, list[int]]:
        spares = dict(list(self._spares().items())[: MOST - 1])
        words = json.dumps([[python, dict(spare.facts)] for python, spare in spares.items()]).encode()
        return words[:WORDS], [self._listener.fileno(), *(spare.fd for spare in spares.values())]

    def _hand(self) -> None:
        words, fds = self._all()
        with contextlib.suppress(OSError):
            caller, _address = self._door.accept()
            with caller:
                if unix.is_welcome(caller):
                    socket.send_fds(caller, [words], fds)

    def close(self) -> None:
        """Hand over nothing any more."""
        asyncio.get_running_loop().remove_reader(self._door.fileno())
        self._door.close()
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.send(b"bye")
            self._line.close()
        self._path.unlink(missing_ok=True)


def _guarded(door: socket.socket) -> socket.socket | None:
    """Start a guardian and return the line to it; None where there are no such sockets."""
    if not sys.platform.startswith("linux"):
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    fds = [door.fileno(), theirs.fileno()]
    with theirs, contextlib.suppress(OSError):
        subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, *map(str, fds)], pass_fds=fds, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return ours


def release(folder: Path) -> None:
    """Let the guardian of a front that is gone leave; no-op when there is none."""
    found = received(folder)
    if found is not None:
        close(found.fds)


def received(folder: Path) -> Handed | None:
    """Return what the front of a deployment has; None when it does not answer."""
    fds: list[int] = []
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(PATIENCE_S)
        try:
            unix.connect(caller, folder / HANDOVER)
            words, fds, _flags, _address = socket.recv_fds(caller, WORDS, MOST)
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
