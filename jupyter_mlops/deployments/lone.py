"""A worker of its own, for one task: the same process that serves models, with the same rights, and no front."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.deployments import confinement
from jupyter_mlops.deployments.serving import wire, worker
from jupyter_mlops.deployments.serving.worker.environment import minimal

MAIN = Path(worker.__file__).with_name("__main__.py")
START_S = 120.0
# A chunk of a batch, with all its columns.
ANSWER_BYTES = 512_000_000


class Reply(NamedTuple):
    """What a worker answered."""

    status: int
    body: bytes
    spent_ms: float


class Ask:
    """Calls a worker, one call at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._reader, self._id = sock, wire.Reader(sock, ANSWER_BYTES + wire.HEAD_LIMIT), 0

    def first(self) -> dict[str, Any]:
        """Return what it says by itself when it has loaded, or failed to."""
        frame = self._reader.read()
        if frame is None:
            raise ValueError("its process ended")
        return frame.head

    def __call__(self, call: str, body: bytes = b"") -> Reply:
        self._id += 1
        wire.write(self._sock, {"id": self._id, "call": call}, body)
        frame = self._reader.read()
        if frame is None:
            raise ValueError("its process ended while it predicted")
        return Reply(int(frame.head["status"]), bytes(frame.body), float(frame.head["predict_ms"]))


@contextlib.contextmanager
def lone_worker(
    folder: Path, scratch: Path, python: str, patience_s: float | None, home: Path | None = None
) -> Iterator[Ask]:
    """Start a worker with the model in `folder`; it ends with the block.

    Parameters
    ----------
    scratch
        the only folder that it may write.
    patience_s
        how long an answer may take.
    home
        of this product, which no model reads.

    Raises
    ------
    ValueError, OSError, WireError
        it does not load, or its process ended.
    """
    control, theirs = socket.socketpair()
    log = scratch / "template.log"
    with control, theirs, log.open("wb") as out:
        process = subprocess.Popen(
            [python, "-I", str(MAIN), "--control", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=minimal(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        theirs.close()
        try:
            control.settimeout(START_S)
            template = wire.Reader(control)
            if template.read() is None:
                raise ValueError(f"no worker starts: {log.read_text(errors='replace')[-500:]}")
            ours, end = socket.socketpair()
            with ours:
                order = {
                    "folder": str(folder), "scratch": str(scratch / "own"), "log": str(scratch / "log.txt"),
                    "network": False, "answer_bytes": ANSWER_BYTES, **confinement.of(home),
                }  # fmt: skip
                with end:
                    wire.write_with(control, {"id": 1, "call": "spawn", **order}, end.fileno())
                ours.settimeout(patience_s)
                ask = Ask(ours)
                head = ask.first()
                if head.get("state") != "ready":
                    raise ValueError(str((head.get("error") or {}).get("message") or "it failed"))
                yield ask
        finally:
            control.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
