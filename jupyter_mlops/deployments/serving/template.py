"""A template as the front sees it: a process that has imported everything and forks workers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving.handover import Spare
from jupyter_mlops.deployments.serving.link import WorkerLink
from jupyter_mlops.deployments.serving.wire import Frames, WireError, write_with

START_S = 120.0


class TemplateFailed(Exception):
    """A Python in which no template starts; the message says what it printed."""


class Template:
    """One template process and its control socket.

    Parameters
    ----------
    control
        The front's end of the control socket.
    log
        Where the process prints.
    process
        The process; None for a spare, which says its id itself.

    Attributes
    ----------
    ready
        What it said when it could fork.
    lost
        Done when it is gone.
    """

    def __init__(self, control: socket.socket, log: Path, process: subprocess.Popen[bytes] | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._log = log
        self._frames = Frames(body_limit=0)
        self._id = 0
        self._spawns: dict[int, asyncio.Future[int]] = {}
        self.ready: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._control, self._process = control, process
        self.pid = process.pid if process is not None else 0
        control.setblocking(False)
        self._loop.add_reader(control.fileno(), self._hear)

    @classmethod
    def start(cls, command: list[str], environ: Mapping[str, str], log: Path) -> Template:
        """Start the process."""
        ours, theirs = socket.socketpair()
        fd = theirs.fileno()
        with theirs, log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--control", str(fd)], pass_fds=[fd], env=dict(environ),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        return cls(ours, log, process)

    @classmethod
    def left(cls, spare: Spare, log: Path) -> Template:
        """Take over one that the front before this one left."""
        found = cls(socket.socket(fileno=spare.fd), log, None)
        found._take(dict(spare.facts))
        return found

    @property
    def as_spare(self) -> Spare | None:
        """What another front needs to take it over; None when it cannot."""
        is_ready = self.ready.done() and not self.lost.done()
        return Spare(self._control.fileno(), self.ready.result()) if is_ready else None

    def fork(self) -> socket.socket | None:
        """Fork a copy, which costs hardly any memory; return our end of its control socket, None when it is lost."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                write_with(self._control, {"id": 0, "call": "spare"}, theirs.fileno())
        except OSError:
            ours.close()
            return None
        return ours

    def spare(self) -> Template | None:
        """Fork a copy that stands in at once when this one is lost."""
        control = self.fork()
        return None if control is None else Template(control, self._log, None)

    async def spawn(self, order: dict[str, Any], link: WorkerLink) -> None:
        """Fork a worker at the other end of `link`.

        Raises
        ------
        TemplateFailed
            When the template ends before it did.
        """
        if self.lost.done():
            raise TemplateFailed("the template ended")
        self._id += 1
        number, ours, theirs = self._id, *socket.socketpair()
        asked = self._spawns[number] = self._loop.create_future()
        try:
            with theirs:
                write_with(self._control, {**order, "id": number, "call": "spawn"}, theirs.fileno())
            ours.setblocking(False)
            await self._loop.create_unix_connection(lambda: link, sock=ours)
            link.pid = await asked
        except OSError as error:
            ours.close()
            raise TemplateFailed(f"the template does not listen: {error}") from error
        finally:
            self._spawns.pop(number, None)

    def _hear(self) -> None:
        try:
            data = self._control.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        try:
            for head, _body in self._frames.feed(data):
                self._take(head)
        except WireError:
            data = b""
        if not data:
            self.end()

    def _take(self, head: dict[str, Any]) -> None:
        if head.get("event") == "ready" and not self.ready.done():
            self.pid = int(head["pid"])
            self.ready.set_result(head)
        asked = self._spawns.get(int(head.get("id") or 0))
        if asked is None or asked.done():
            return
        if head.get("status") == 200:
            asked.set_result(int(head["pid"]))
        else:
            asked.set_exception(TemplateFailed(str(head.get("error"))))

    def end(self) -> None:
        """Hang up and see the process off."""
        if self.lost.done():
            return
        self.lost.set_result(None)
        self._loop.remove_reader(self._control.fileno())
        with contextlib.suppress(OSError):
            # It is to end though somebody else keeps our end of the socket.
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        if self._process is not None:
            self._process.kill()
            self._loop.run_in_executor(None, self._process.wait)
        failure = TemplateFailed(self.last_words())
        waiting: list[asyncio.Future[Any]] = [self.ready, *self._spawns.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(failure)
                future.exception()

    def last_words(self) -> str:
        """Return the last line it printed."""
        try:
            lines = self._log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1][:500] if lines else "it printed nothing"


async def ready(template: Template, python: str) -> dict[str, Any]:
    """Wait until a template is ready, and return what it says.

    Raises
    ------
    TemplateFailed
        It does not start.
    """
    try:
        return await asyncio.wait_for(asyncio.shield(template.ready), START_S)
    except TimeoutError:
        template.end()
        raise TemplateFailed(f"`{python}` was not ready after {START_S:.0f} s") from None
