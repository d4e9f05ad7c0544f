"""A front from its start to its end: reads the plan, listens, reads it again on SIGHUP, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import resource
import signal
import socket
import time
from pathlib import Path
from typing import Any

from jupyter_mlops.base import unix
from jupyter_mlops.deployments.serving import handover
from jupyter_mlops.deployments.serving.app import App, Asked
from jupyter_mlops.deployments.serving.connection import Connection, Connections
from jupyter_mlops.deployments.serving.handover import Handed
from jupyter_mlops.deployments.serving.lending import Lender
from jupyter_mlops.deployments.serving.logfeed import LogFeed
from jupyter_mlops.deployments.serving.pages import ServingPages
from jupyter_mlops.deployments.serving.plan import Plan, PlanError
from jupyter_mlops.deployments.serving.routing import Routed, Routing
from jupyter_mlops.deployments.serving.shadow import Shadow
from jupyter_mlops.deployments.serving.status import Status
from jupyter_mlops.deployments.serving.templates import MAIN, Templates
from jupyter_mlops.deployments.serving.tidy import Tidy
from jupyter_mlops.deployments.serving.token import is_bearer
from jupyter_mlops.deployments.serving.versions import Versions

_log = logging.getLogger(__name__)
OWNER = "owner.sock"
# What is being answered when the front is told to leave has so long; all else that leaving takes, so long.
DRAIN_S, LEAVE_S = 5.0, 8
NOTHING = Handed()


class Front:
    """The parts of a front, put together.

    Parameters
    ----------
    folder
        The deployment's, with ``plan.json``.
    main
        The program of a template; another one in tests.
    handed
        What whoever started this process keeps for it; what is not there is made here.
    """

    def __init__(self, folder: Path, main: Path = MAIN, handed: Handed = NOTHING) -> None:
        self._lock = _only_one(folder / "front.lock", handed.lock)
        self._handed = handed
        self._folder = folder
        self._templates_main = main
        self._servers: list[asyncio.AbstractServer] = []
        self._end = asyncio.Event()
        self._port = 0

    async def run(self) -> None:
        """Serve until told to leave.

        Raises
        ------
        PlanError
            When there is no plan to begin with.
        """
        plan = Plan.read(self._folder / "plan.json")
        for name in ("logs", "scratch"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        _allow_files()
        self._templates = Templates(self._folder / "logs", self._templates_main, self._handed.spares)
        self._versions = Versions(self._folder, plan, self._templates)
        self._routing = Routing(self._versions)
        status = Status(self._folder, self._versions, self._templates, self._facts)
        self._app = App(lambda: self._versions.plan, self._routing, ServingPages(status), self._answered, self._unsent)
        self._connections = Connections(
            plan.limits, lambda headers: is_bearer(headers.get(b"authorization"), self._versions.plan.token_sha256)
        )
        self._shadow = Shadow(self._versions)
        self._log = LogFeed(self._folder / "requests", plan.log)
        self._tidy = Tidy(self._folder, self._versions.end_worker)
        self._versions.apply(plan)
        await self._listen(plan)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._read_again)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        endless = [
            asyncio.create_task(part.run())
            for part in (self._connections, self._shadow, self._log, self._door, self._tidy)
        ]
        await self._end.wait()
        await self._leave(endless)

    async def _listen(self, plan: Plan) -> None:
        loop = asyncio.get_running_loop()
        public, owner = self._connections.config(self._app.public), self._connections.config(self._app.owner)
        state = self._connections.state
        fd = self._handed.listener
        tcp = socket.socket(fileno=fd) if fd is not None else handover.opened(plan.host, plan.port)
        self._port = tcp.getsockname()[1]
        handover.release(self._folder)
        self._door = handover.Door(self._folder, tcp, self._templates.spares)
        self._lender = Lender(self._folder, self._templates.forks)
        self._servers.append(
            await loop.create_unix_server(
                lambda: Connection(owner, state, self._connections, is_owner=True),
                sock=unix.listening(self._folder / OWNER),
            )
        )
        self._servers.append(
            await loop.create_server(
                lambda: Connection(public, state, self._connections), sock=tcp, backlog=handover.BACKLOG
            )
        )
        _log.info("%s listens on %s:%d", plan.name, plan.host, self._port)

    def _read_again(self) -> None:
        try:
            plan = Plan.read(self._folder / "plan.json")
        except PlanError as error:
            _log.error("the plan before stays: %s", error)
            return
        self._connections.limits = plan.limits
        self._log.follow(plan.log)
        self._versions.apply(plan)

    def _answered(self, asked: Asked, routed: Routed) -> None:
        """Hand an answer to the shadow and to the request log."""
        if self._versions.roles.shadow is not None:
            self._shadow.offer(asked, routed)
        self._log.offer(asked, routed)

    def _unsent(self) -> int:
        return sum(connection.transport.get_write_buffer_size() for connection in self._connections.open)

    def _facts(self) -> dict[str, Any]:
        return {
            "port": self._port,
            "spares": {python: spare.facts["pid"] for python, spare in self._templates.spares().items()},
            "in_flight": self._app.in_flight,
            "connections": len(self._connections.state.connections),
            "refused": self._app.refused,
            "log": self._log.words(),
            "shadows": {number: tally.words() for number, tally in self._shadow.tallies.items()},
        }

    async def _leave(self, endless: list[asyncio.Task[None]]) -> None:
        _log.info("leaving")
        # Whatever hangs: the kernel ends this process then, and the templates with it.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LEAVE_S)
        until = time.monotonic() + min(self._versions.plan.limits.time_s, DRAIN_S)
        self._door.close()
        self._lender.close()
        for server in self._servers:
            server.close()
        await self._connections.drain(until - time.monotonic())
        await _cancelled(endless)
        await self._log.leave()
        await self._versions.leave(until - time.monotonic())
        self._templates.end()
        with contextlib.suppress(FileNotFoundError):
            (self._folder / OWNER).unlink()


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """End tasks. `asyncio.wait_for` of Python 3.11 may swallow a cancellation, so one is not enough."""
    while [task for task in tasks if not task.done()]:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=0.1)


def _only_one(file: Path, fd: int | None) -> int:
    """Return a file descriptor that says, as long as it is open, that this process serves the folder.

    Raises
    ------
    OSError
        When another one does.
    """
    if fd is None:
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(fd, False)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OSError("another front serves this folder") from error
    return fd


def _allow_files() -> None:
    """Raise the number of open files to what the system allows: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
