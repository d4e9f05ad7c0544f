"""A worker from its fork to its end: give up, load, say ready, answer until the front hangs up.

Whatever of ours a worker needs is imported at the top, before the fork: the folder that it lies in may be one that the
worker cannot read any more.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import random
import shutil
import signal
import socket
import traceback
import warnings
from typing import Any

from jupyter_mlops.deployments.serving.wire import BODY_LIMIT, Reader, WireError, write
from jupyter_mlops.deployments.serving.worker import confine, environment, seccomp, threads
from jupyter_mlops.deployments.serving.worker.errors import one_line
from jupyter_mlops.deployments.serving.worker.service import Service, too_long


class SandboxError(Exception):
    """The sandbox is demanded and not in force."""

    def __init__(self, sandbox: str) -> None:
        super().__init__(f"this site demands the sandbox, and here only this is in force: {sandbox}")


_log = logging.getLogger(__name__)
_LOG_LIMIT = 16 * 1024 * 1024
_LOOK_EVERY = 512


def run(order: dict[str, Any], fd: int, parent: int) -> int:
    """Live as a worker; the exit code is the answer.

    Parameters
    ----------
    order
        What the front wants, as `wire` has it.
    fd
        The worker's end of the socket pair.
    parent
        The template; the worker does not outlive it.
    """
    confine.die_with_parent(parent)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    scratch = str(order["scratch"])
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch, mode=0o700, exist_ok=True)
    _redirect(str(order.get("log") or os.devnull))
    confine.keep_only((0, 1, 2, fd))
    with socket.socket(fileno=fd) as sock:
        sock.setblocking(True)
        first: dict[str, Any] = {"id": 0, "pid": os.getpid(), "sandbox": "none", "error": None, "signature": None}
        try:
            environment.enter(scratch)
            _reseed()
            threads.without_semaphores()
            seccomp.plain_copies()
            folder = os.path.realpath(str(order["folder"]))
            first["sandbox"] = confine.give_up(
                folder,
                os.path.realpath(scratch),
                order.get("readable") or (),
                order.get("hidden") or (),
                bool(order.get("network", False)),
            )
            if order.get("require_sandbox") and not confine.is_whole(str(first["sandbox"])):
                raise SandboxError(str(first["sandbox"]))
            service = _load(folder, order)
            gc.collect()
            gc.freeze()
        except BaseException as error:
            traceback.print_exc()
            message = f"the model does not load: {one_line(error)}"
            failure = {"code": "model.load", "message": message, "hint": _hint(error, str(first["sandbox"]))}
            write(sock, {**first, "status": 500, "state": "failed", "error": failure})
            return 1
        write(sock, {**first, "status": 200, "state": "ready", "signature": service.signature()})
        with contextlib.suppress(ConnectionError, WireError):
            _answer(sock, service, int(order.get("answer_bytes") or BODY_LIMIT))
    return 0


def _hint(error: BaseException, sandbox: str) -> str:
    """Return what to do about a model that was refused a file; nothing for other errors."""
    if isinstance(error, SandboxError):
        return "serve on Linux 5.13 or later, where the container's runtime lets Landlock and seccomp through"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError) and sandbox != "none":
            return (
                "a served model reads its own folder and its Python only, writes in a folder of its own and opens no "
                "connection; `--readable PATH` and `--network` let it do more"
            )
        cause = cause.__cause__ or cause.__context__
    return ""


def _load(folder: str, order: dict[str, Any]) -> Service:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    return Service.load(folder, str(order.get("name", "model")), str(order.get("version", "1")))


def _answer(sock: socket.socket, service: Service, most: int) -> None:
    reader, count = Reader(sock), 0
    while (frame := reader.read()) is not None:
        head, body = service.answer(frame.head, frame.body)
        if len(body) > most:
            head, body = too_long(head, len(body), most)
        write(sock, head, body)
        count += 1
        if count % _LOOK_EVERY == 0:
            _cut_log()


def _redirect(log: str) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((null, 0), (out, 1), (out, 2)):
        os.dup2(source, target)


def _cut_log() -> None:
    """Begin the log file anew when a talkative model has filled it."""
    with contextlib.suppress(OSError):
        if os.fstat(2).st_size > _LOG_LIMIT:
            os.ftruncate(2, 0)
            os.write(2, b"the log was full and begins anew\n")


def _reseed() -> None:
    """Draw other numbers than the template's other children."""
    random.seed()
    import numpy

    numpy.random.seed()
