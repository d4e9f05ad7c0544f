"""A template and its workers, driven as the front drives them but one call at a time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving import wire, worker
from tests.pace import PATIENCE_S

MAIN = Path(worker.__file__).with_name("__main__.py")


class Worker:
    """One worker: `first` is what it said when it was ready or had failed."""

    def __init__(self, sock: socket.socket, pid: int, scratch: Path, log: Path) -> None:
        self.sock, self.pid, self.scratch, self.log = sock, pid, scratch, log
        self._reader = wire.Reader(sock)
        self._id = 0
        self.first = self.read().head

    def read(self) -> wire.Frame:
        frame = self._reader.read()
        assert frame is not None, self.log.read_text()
        return frame

    def send(self, call: str, body: bytes = b"", **head: Any) -> int:
        self._id += 1
        wire.write(self.sock, {"id": self._id, "call": call, **head}, body)
        return self._id

    def call(self, call: str, body: bytes = b"", **head: Any) -> wire.Frame:
        number = self.send(call, body, **head)
        frame = self.read()
        assert frame.head["id"] == number
        return frame

    def invoke(self, payload: Any, type: str = "application/json") -> tuple[int, Any]:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        frame = self.call("invocations", body, type=type)
        return frame.head["status"], json.loads(frame.body)


class Template:
    """A template process; `spawn` forks workers from it."""

    def __init__(self, folder: Path, environ: dict[str, str] | None = None, main: Path = MAIN) -> None:
        self.folder = folder
        self.control, theirs = socket.socketpair()
        with theirs, (folder / "template.log").open("ab") as log:
            command = [sys.executable, "-I", str(main), "--control", str(theirs.fileno())]
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ) if environ is None else environ,
            )  # fmt: skip
        self._reader = wire.Reader(self.control)
        self._workers = 0
        self._socks: list[socket.socket] = []
        self.first = self.read()

    def take(self, control: socket.socket) -> None:
        """Go on with the spare at the other end of `control`."""
        self.control.close()
        self.control, self._reader = control, wire.Reader(control)
        self.first = self.read()

    def read(self) -> dict[str, Any]:
        frame = self._reader.read()
        assert frame is not None, (self.folder / "template.log").read_text()
        return frame.head

    def spawn(self, model: str | Path, name: str = "m", version: str = "1", **more: Any) -> Worker:
        self._workers += 1
        ours, theirs = socket.socketpair()
        scratch, log = self.folder / f"scratch-{self._workers}", self.folder / f"log-{self._workers}.txt"
        order = {"folder": str(model), "scratch": str(scratch), "log": str(log), "name": name, "version": version}
        with theirs:
            wire.write_with(self.control, {"id": self._workers, "call": "spawn", **order, **more}, theirs.fileno())
        self._socks.append(ours)
        while (answer := self.read()).get("id") != self._workers:
            pass
        assert answer["status"] == 200, answer
        return Worker(ours, answer["pid"], scratch, log)

    def close(self) -> None:
        self.control.close()
        for sock in self._socks:
            sock.close()
        self.process.wait(PATIENCE_S)


@contextmanager
def running(folder: Path, environ: dict[str, str] | None = None, main: Path = MAIN) -> Iterator[Template]:
    """Start a template and end it."""
    template = Template(folder, environ, main)
    try:
        yield template
    finally:
        template.close()
