"""One worker, as the front sees it: frames go out, answers come back in the same order.

lost
    The worker's process ended, or it broke the rules and was hung up on. What it held is not answered: each such
    request's future gets `WorkerLost`, and whoever asked may ask another worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from jupyter_mlops.deployments.serving.wire import BODY_LIMIT, Frame, Frames, WireError, encode

_SMALL = 1 << 16
# The worker's own refusals and what it says of its model fit beside the largest answer.
ANSWER_SPARE = 1 << 20
_MEDIA = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}(; ?[\w.+-]{1,40}=[\w.+\"-]{1,80}){0,4}", re.ASCII)


class WorkerLost(Exception):
    """A worker ended before it answered; `executing` tells whether it had begun with this request."""

    def __init__(self, executing: bool) -> None:
        super().__init__("the worker ended")
        self.executing = executing


def _checked(frame: Frame) -> None:
    """Raise `WireError` unless an answer can be one of HTTP, with a body: a model's code may have written it."""
    status, media, part = frame.head.get("status"), frame.head.get("type"), frame.head.get("json_bytes")
    if type(status) is not int or not (status == 200 or 400 <= status <= 599):
        raise WireError(f"an answer with the status {status!r}")
    if media is not None and not (isinstance(media, str) and _MEDIA.fullmatch(media)):
        raise WireError("an answer whose type is none")
    if part is not None and not (type(part) is int and 0 <= part <= len(frame.body)):
        raise WireError("an answer whose parts are longer than it is")


class WorkerLink(asyncio.Protocol):
    """A worker.

    Parameters
    ----------
    on_free
        Called after each answer, when the worker can take more.
    answer_bytes
        The largest answer; a worker that sends more is ended. One that holds to the rules refuses before.

    Attributes
    ----------
    first
        What the worker says when it is ready or has failed; `WorkerLost` when it ended before.
    lost
        Done when the worker is gone.
    answered
        How many requests it answered.
    is_suspect
        Whether its end says something of the model: not when it was at a request that ended another worker before.
    """

    def __init__(self, on_free: Callable[[WorkerLink], None], answer_bytes: int = BODY_LIMIT) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_free = on_free
        self._frames = Frames(answer_bytes)
        self._waiting: deque[tuple[int, asyncio.Future[Frame], bool]] = deque()
        self._transport: asyncio.Transport | None = None
        self._id = 0
        self.pid = 0
        self.first: asyncio.Future[Frame] = self._loop.create_future()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.answered = 0
        self.busy_since = 0.0
        self.is_suspect = True

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self._transport is not None

    @property
    def load(self) -> int:
        """How many requests it holds."""
        return len(self._waiting)

    def send(self, future: asyncio.Future[Frame], head: dict[str, Any], body: bytes) -> None:
        """Hand over a request; its answer, also one that is an error, is the future's result."""
        if self._transport is None:
            future.set_exception(WorkerLost(False))
            return
        self._id += 1
        if not self._waiting:
            self.busy_since = time.monotonic()
        self._waiting.append((self._id, future, bool(head.get("again"))))
        frame = {**head, "id": self._id}
        if len(body) < _SMALL:
            self._transport.write(encode(frame, body))
        else:
            start = encode(frame)
            self._transport.write(start[:4] + len(body).to_bytes(4, "big") + start[8:])
            self._transport.write(body)

    def holds(self, future: asyncio.Future[Frame]) -> bool:
        """Whether this is the request that the worker is at."""
        return bool(self._waiting) and self._waiting[0][1] is future

    def hang_up(self) -> None:
        """Let the worker go: it ends when it has noticed."""
        if self._transport is not None:
            self._transport.close()

    def kill(self) -> None:
        """End the worker now."""
        if self.pid > 0 and not self.lost.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._frames.feed(data)
            for frame in frames:
                self._take(frame)
        except WireError:
            self.kill()

    def _take(self, frame: Frame) -> None:
        if not self.first.done():
            self.first.set_result(frame)
            return
        if not self._waiting or self._waiting[0][0] != frame.head.get("id"):
            raise WireError("an answer that nobody asked for")
        _checked(frame)
        _number, future, _again = self._waiting.popleft()
        self.answered += 1
        self.busy_since = time.monotonic()
        if not future.done():
            future.set_result(frame)
        self._on_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.first.done():
            self.first.set_exception(WorkerLost(True))
            self.first.exception()
        held, executing = list(self._waiting), True
        self.is_suspect = not (held and held[0][2])
        self._waiting.clear()
        for _number, future, _again in held:
            if not future.done():
                future.set_exception(WorkerLost(executing))
            executing = False
        if not self.lost.done():
            self.lost.set_result(None)
