"""The post that only one runner of a home folder holds: the lock, and the socket on which it listens.

A thread listens, so that whoever speaks is answered at once whatever the runner is busy with. The socket is in the home
folder, or in a private folder of the user where that path is too long for one or the file system has no sockets.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from jupyter_mlops.base import unix
from jupyter_mlops.runs.code import Code
from jupyter_mlops.runs.notice import LOCK, SAY_S, Notice, parsed, read_notice, received, ring

SOCKET = "runner.sock"
_PREFIX = "runner-"

_log = logging.getLogger(__name__)
Hear = Callable[[dict[str, Any]], dict[str, Any]]


class Post:
    """The place of the runner. `bell` is readable when somebody has spoken.

    Parameters
    ----------
    hear
        called in another thread with every message; returns the answer.
    """

    def __init__(self, home: Path, code: Code, hear: Hear) -> None:
        self._home, self._code, self._hear = home, code, hear
        self._lock: int | None = None
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.bell, self._rope = _pipe()

    def take(self, patience_s: float = 2.0) -> bool:
        """Take the place; return whether it was free. Those who only ask for the lock hold it for a moment."""
        lock = os.open(self._home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # A runner listens: it will stay. Otherwise somebody only asks, or one is about to leave.
                if ring(self._home) or time.monotonic() >= until:
                    os.close(lock)
                    return False
                time.sleep(0.02)
            else:
                break
        self._lock = lock
        self._clear()
        self._listener, path = _listener(self._home / SOCKET)
        end, self._stop = _pipe()
        self._thread = threading.Thread(target=self._listen, args=(self._listener, end), daemon=True, name="post")
        self._thread.start()
        Notice(os.getpid(), path, self._code).post(lock, self._home)
        return True

    def leave(self) -> None:
        """Give the place up; the socket first, because hearing means that somebody is there."""
        if self._thread is not None and self._listener is not None:
            os.close(self._stop)
            self._thread.join()
            self._listener.close()
            self._clear()
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
        self._lock = self._listener = self._thread = None

    def ring(self) -> None:
        """Make the bell readable; from any thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._rope, b"!")

    def hush(self) -> None:
        """Forget how often the bell was rung."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.bell, 4096):
                pass

    def _listen(self, listener: socket.socket, end: int) -> None:
        while end not in wait([listener, end]):
            with contextlib.suppress(OSError), listener.accept()[0] as line:
                if not unix.is_welcome(line):
                    continue
                line.settimeout(SAY_S)
                message = parsed(received(line))
                if message is not None:
                    line.sendall(json.dumps(self._answered(message)).encode())
        os.close(end)

    def _answered(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._hear(message)
        except Exception:  # a door: no message ends the thread
            _log.exception("a message was not understood")
            return {}
        finally:
            self.ring()

    def _clear(self) -> None:
        """Remove the socket that the notice names: ours, or that of a runner that was killed."""
        notice = read_notice(self._home)
        if notice is None:
            return
        path = notice.socket
        if path.parent == self._home or (path.name.startswith(_PREFIX) and unix.is_private(path.parent)):
            with contextlib.suppress(OSError):
                path.unlink()


def _listener(path: Path) -> tuple[socket.socket, Path]:
    """Return a socket that listens at `path`, or in a private folder of this user where it cannot, and its path."""
    if len(os.fsencode(path)) <= unix.MAX_BYTES:
        with contextlib.suppress(OSError):
            return unix.listening(path), path
    # The same name each time, so that the socket of a runner that was killed is replaced.
    name = f"{_PREFIX}{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock"
    path = unix.private_folder(len(name)) / name
    return unix.listening(path), path


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends
