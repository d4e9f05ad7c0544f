"""The workers of one version, and the requests that wait for one of them.

Each worker holds at most `DEPTH` requests, so that it finds the next one when it has done with one and little is lost
with it when it ends. The rest waits here, in order.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from jupyter_mlops.deployments.serving.link import WorkerLink, WorkerLost
from jupyter_mlops.deployments.serving.wire import Frame

DEPTH = 2
_Waiting = tuple["asyncio.Future[Frame]", dict[str, Any], bytes]


class PoolClosed(Exception):
    """The version takes no more requests; ask another one."""


class Late(Exception):
    """The time cap passed first."""


def _late(future: asyncio.Future[Frame]) -> None:
    if not future.done():
        future.set_exception(Late())


class Pool:
    """Workers that serve the same version."""

    def __init__(self) -> None:
        self.links: list[WorkerLink] = []
        self._waiting: deque[_Waiting] = deque()
        self._closed = False
        self._loop = asyncio.get_running_loop()

    async def ask(self, head: dict[str, Any], body: bytes, deadline: float, *, urgent: bool = False) -> Frame:
        """Return a worker's answer.

        Parameters
        ----------
        deadline
            On the clock of `time.monotonic`.
        urgent
            Go before those that wait already: a request that lost its worker.

        Raises
        ------
        WorkerLost
            When the worker that had it ended.
        PoolClosed
            When the version is given up before a worker had it.
        Late
            When the deadline passed.
        """
        if self._closed:
            raise PoolClosed
        loop = self._loop
        future: asyncio.Future[Frame] = loop.create_future()
        timer = loop.call_later(max(deadline - time.monotonic(), 0), _late, future)
        if not self._waiting and (link := self._free()) is not None:
            link.send(future, head, body)
            entry = None
        else:
            entry = (future, head, body)
            (self._waiting.appendleft if urgent else self._waiting.append)(entry)
        try:
            return await future
        except (Late, asyncio.CancelledError):
            if entry is not None and entry in self._waiting:
                self._waiting.remove(entry)
            raise
        finally:
            timer.cancel()

    def _free(self) -> WorkerLink | None:
        """Return the worker that holds the fewest requests, if it can take one."""
        chosen, least = None, DEPTH
        for link in self.links:
            if link.load < least and link.is_open:
                chosen, least = link, link.load
        return chosen

    def feed(self, link: WorkerLink) -> None:
        """Give waiting requests to a worker that has room."""
        waiting = self._waiting
        while waiting and link.load < DEPTH and link.is_open:
            future, head, body = waiting.popleft()
            if not future.done():
                link.send(future, head, body)

    def add(self, link: WorkerLink) -> None:
        """Take a worker that is ready."""
        self.links.append(link)
        self.feed(link)

    def remove(self, link: WorkerLink) -> None:
        """Forget a worker that is gone."""
        if link in self.links:
            self.links.remove(link)

    @property
    def held(self) -> int:
        """How many requests wait or are with a worker."""
        return len(self._waiting) + sum(link.load for link in self.links)

    def end_stuck(self, longest_s: float) -> None:
        """Kill workers that have been at one request for longer than anybody waits for it."""
        now = time.monotonic()
        for link in self.links:
            if link.load and now - link.busy_since > longest_s:
                link.kill()

    def close(self) -> None:
        """Take no more; those that wait are to ask elsewhere, those with a worker are answered."""
        self._closed = True
        waiting, self._waiting = self._waiting, deque()
        for future, _head, _body in waiting:
            if not future.done():
                future.set_exception(PoolClosed())


__all__ = ["DEPTH", "Late", "Pool", "PoolClosed", "WorkerLost"]
