"""Fronts of one home lend each other templates: a copy of one that has imported everything takes a few MB, not 200.

Each front has a door, `DOOR` in its folder, at which it forks its templates for whichever front of the same user calls.
The copy is the caller's from then on: it lives on when the lender is killed. One front at a time imports for a Python,
so that fronts that start together share too. Whatever goes wrong, the front that wanted to borrow imports by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

from jupyter_mlops.base import unix
from jupyter_mlops.base.locks import tried
from jupyter_mlops.deployments.serving.guardian import MOST, WORDS

DOOR = "lend.sock"
PATIENCE_S = 1.0
# How long a front waits for another one that imports for the same Python.
TURN_S, EVERY_S = 60.0, 0.1


class Lender:
    """The door of a front.

    Parameters
    ----------
    forks
        Forks each template that is ready and returns, by the name of its program, our end of the copy's socket.
    """

    def __init__(self, folder: Path, forks: Callable[[], Mapping[str, socket.socket]]) -> None:
        self._path, self._forks = folder / DOOR, forks
        self._door = unix.listening(self._path)
        self._door.setblocking(False)
        asyncio.get_running_loop().add_reader(self._door.fileno(), self._lend)

    def _lend(self) -> None:
        with contextlib.suppress(OSError):
            caller, _address = self._door.accept()
            with caller, contextlib.ExitStack() as ends:
                if unix.is_welcome(caller):
                    forks = dict(list(self._forks().items())[:MOST])
                    for fork in forks.values():
                        ends.enter_context(fork)
                    words = json.dumps(list(forks)).encode()
                    socket.send_fds(caller, [words], [fork.fileno() for fork in forks.values()])

    def close(self) -> None:
        """Lend no more."""
        asyncio.get_running_loop().remove_reader(self._door.fileno())
        self._door.close()
        self._path.unlink(missing_ok=True)


def lent(folder: Path, program: str) -> Iterator[socket.socket]:
    """Yield our ends of copies of a template, one from each other front that has one; it may block for a moment."""
    for door in sorted(folder.parent.glob(f"*/{DOOR}")):
        if door.parent != folder and (found := _called(door, program)) is not None:
            yield found


def _called(door: Path, program: str) -> socket.socket | None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(PATIENCE_S)
        fds: list[int] = []
        try:
            unix.connect(caller, door)
            words, fds, _flags, _address = socket.recv_fds(caller, WORDS, MOST)
            given = dict(zip(json.loads(words or b"[]"), fds, strict=True))
        except (OSError, ValueError, TypeError):
            given = {}
    chosen = given.get(program)
    for fd in fds:
        if fd != chosen:
            os.close(fd)
    return None if chosen is None else socket.socket(fileno=chosen)


@contextlib.asynccontextmanager
async def turn(folder: Path, program: str) -> AsyncIterator[None]:
    """Wait until no other front of the home imports for this program; others wait for us until the block ends."""
    name = hashlib.sha256(program.encode()).hexdigest()[:16]
    file, until = folder.parent / f".template-{name}.lock", time.monotonic() + TURN_S
    while True:
        with tried(file) as lock:
            if lock is not None or time.monotonic() >= until:
                yield
                return
        await asyncio.sleep(EVERY_S)
