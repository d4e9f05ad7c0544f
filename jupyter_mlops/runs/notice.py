"""The notice on the runner's door: who is there, with which code, and the socket to speak to it; and speaking to it.

The notice is the content of ``runner.lock``. What is said goes through the socket, which only its owner may use, and so
from memory to memory: an environment never touches the disk. A message and its answer are one JSON object each:

``{}``
    wakes the runner.
``{"run", "environment"}``
    the environment of whoever is about to submit this run.
``{"environment"}``
    the environment of the process that acts now: its credentials serve what has none of its own.
``{"leave": "now" | "idle"}``
    asks the runner to leave; the answer says whether it does: ``is_leaving``.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.base import unix
from jupyter_mlops.runs.code import Code

LOCK = "runner.lock"
SAY_S = 2.0
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Notice:
    """What a runner tells about itself. It may be a dead one's: only the lock says who lives."""

    pid: int
    socket: Path
    code: Code

    def post(self, lock: int, home: Path) -> None:
        """Write this into the open lock file."""
        # By its name alone where it is in the home folder: a copy of the folder does not lead to our runner.
        path = self.socket.name if self.socket.parent == home else str(self.socket)
        form = {"version": 1, "pid": self.pid, "socket": path, "code": self.code.to_json()}
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps(form).encode(), 0)


def read_notice(home: Path) -> Notice | None:
    """Return what the last runner of a home folder told about itself; None where there is nothing to read."""
    try:
        form = json.loads((home / LOCK).read_bytes())
        return Notice(int(form["pid"]), home / form["socket"], Code.from_json(form["code"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ring(home: Path) -> bool:
    """Wake the runner and do not wait for it; return whether one is listening."""
    with _connected(home) as line:
        if line is None:
            return False
        # It has left in this moment, or too many wait for it: then it will look anyway.
        with contextlib.suppress(OSError):
            line.sendall(b"{}")
        return True


def say(home: Path, message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Say something to the runner; return its answer, or None when nobody has heard it."""
    with _connected(home) as line:
        if line is None:
            return None
        try:
            line.sendall(json.dumps(message).encode())
            line.shutdown(socket.SHUT_WR)
            return parsed(received(line))
        except OSError:
            return None


def received(line: socket.socket) -> bytes:
    """Return everything that the other side says before it is silent."""
    parts, size = [], 0
    while (part := line.recv(65536)) and size <= MOST_BYTES:
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def parsed(said: bytes) -> dict[str, Any] | None:
    """Return a message; None when it is none."""
    try:
        message = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


@contextlib.contextmanager
def _connected(home: Path) -> Iterator[socket.socket | None]:
    notice = read_notice(home)
    if notice is None:
        yield None
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(SAY_S)
        try:
            if notice.socket.parent != home and not unix.is_private(notice.socket.parent):
                raise PermissionError(f"{notice.socket.parent} is not a private folder of this user")
            unix.connect(line, notice.socket)
        except OSError:
            yield None
        else:
            yield line
