"""Trying a model before anybody serves it: it predicts its input example in a worker, as a served one would."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving import wire, worker
from jupyter_mlops.deployments.serving.worker.environment import minimal
from jupyter_mlops.models.gates import Trial

MAIN = Path(worker.__file__).with_name("__main__.py")
TIMES = 20
PATIENCE_S = 120.0


def try_example(folder: Path, python: str = sys.executable, times: int = TIMES) -> Trial:
    """Let the model in `folder` predict its input example, after the first time `times` more, and measure these.

    Whatever the model does happens in the worker, which may neither write nor see more than a served one.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-trial-") as scratch:
        try:
            with _worker(folder, Path(scratch), python) as ask:
                first = ask("check")
                if first[0] != 200:
                    return Trial(True, f"it does not predict its input example: {_message(first[1])}")
                if not json.loads(first[1]).get("checked"):
                    return Trial(False)
                latencies = [ask("check")[2] for _ in range(times)]
                return Trial(True, "", tuple(latencies))
        except (OSError, wire.WireError, ValueError) as error:
            return Trial(True, f"it does not load: {error}")


class _Ask:
    """Calls a worker, one call at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._reader, self._id = sock, wire.Reader(sock), 0

    def first(self) -> dict[str, Any]:
        frame = self._reader.read()
        if frame is None:
            raise ValueError("its process ended")
        return frame.head

    def __call__(self, call: str) -> tuple[int, bytes, float]:
        self._id += 1
        wire.write(self._sock, {"id": self._id, "call": call})
        frame = self._reader.read()
        if frame is None:
            raise ValueError("its process ended while it predicted")
        return int(frame.head["status"]), bytes(frame.body), float(frame.head["predict_ms"])


@contextlib.contextmanager
def _worker(folder: Path, scratch: Path, python: str) -> Iterator[_Ask]:
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
            control.settimeout(PATIENCE_S)
            template = wire.Reader(control)
            if template.read() is None:
                raise ValueError(f"no worker starts: {log.read_text(errors='replace')[-500:]}")
            ours, end = socket.socketpair()
            with ours:
                order = {"folder": str(folder), "scratch": str(scratch / "own"), "log": str(scratch / "log.txt")}
                with end:
                    wire.write_with(control, {"id": 1, "call": "spawn", "network": False, **order}, end.fileno())
                ours.settimeout(PATIENCE_S)
                ask = _Ask(ours)
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


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body).get("message"))
    except (ValueError, AttributeError):
        return "it failed"
