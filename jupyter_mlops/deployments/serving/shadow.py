"""The shadow: a version that gets a copy of the requests; its answers are compared and thrown away.

It is asked after the client has its answer, one request at a time, from a bounded queue: what does not fit is dropped
and counted, so that a slow shadow costs nobody anything.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from dataclasses import asdict, dataclass
from typing import Any

from jupyter_mlops.deployments.serving.app import Asked
from jupyter_mlops.deployments.serving.link import WorkerLost
from jupyter_mlops.deployments.serving.pool import Late, PoolClosed
from jupyter_mlops.deployments.serving.routing import Routed
from jupyter_mlops.deployments.serving.versions import Versions
from jupyter_mlops.deployments.serving.wire import Frame, clock_ms

QUEUE = 200
QUEUE_BYTES = 32_000_000
_IN_LOOP = 32 * 1024
_CLOSE = 1e-6


@dataclass
class Tally:
    """How a shadow's answers compare: the same, others, none, and requests it was not asked."""

    agreed: int = 0
    differed: int = 0
    failed: int = 0
    dropped: int = 0

    def words(self) -> dict[str, Any]:
        """Return the counts and the share that agreed; None before the first comparison."""
        compared = self.agreed + self.differed
        return {**asdict(self), "agreement": round(self.agreed / compared, 4) if compared else None}


class Shadow:
    """Asks the shadow."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._queue: asyncio.Queue[tuple[Asked, Frame]] = asyncio.Queue(QUEUE)
        self._bytes = 0
        self.tallies: dict[str, Tally] = {}

    def offer(self, asked: Asked, routed: Routed) -> None:
        """Take a request and the answer its client got."""
        number = self._versions.roles.shadow
        if number is None or routed.version.number == number or routed.frame.head["status"] != 200:
            return
        size = len(asked.body) + len(routed.frame.body)
        tally = self.tallies.setdefault(number, Tally())
        if self._queue.full() or self._bytes + size > QUEUE_BYTES:
            tally.dropped += 1
            return
        self._bytes += size
        self._queue.put_nowait((asked, routed.frame))

    async def run(self) -> None:
        """Ask and compare, for ever."""
        while True:
            asked, frame = await self._queue.get()
            self._bytes -= len(asked.body) + len(frame.body)
            number = self._versions.roles.shadow
            version = self._versions.up.get(number) if number else None
            if number is None or version is None:
                continue
            tally = self.tallies.setdefault(number, Tally())
            began, time_s = time.monotonic(), self._versions.plan.limits.time_s
            head = {**asked.head, "deadline_ms": clock_ms() + int(time_s * 1000)}
            try:
                other = await version.pool.ask(head, asked.body, began + time_s)
            except PoolClosed:
                continue
            except (WorkerLost, Late):
                other = None
            status = other.head["status"] if other is not None else 500
            # What the live version refuses or cannot answer either is not held against it.
            has_failed = other is None or (status != 200 and frame.head["status"] == 200)
            version.stats.record((time.monotonic() - began) * 1000, status, has_failed)
            if other is None or has_failed:
                tally.failed += 1
                self._versions.failed(version)
            elif await _agree(frame.body, other.body):
                tally.agreed += 1
            else:
                tally.differed += 1


async def _agree(one: bytes, other: bytes) -> bool:
    if len(one) <= _IN_LOOP:
        return agree(one, other)
    return await asyncio.get_running_loop().run_in_executor(None, agree, one, other)


def agree(one: bytes, other: bytes) -> bool:
    """Return whether two answers hold the same predictions; numbers may differ by a millionth of their size.

    Examples
    --------
    >>> agree(b'{"predictions": [1.0, "a"]}', b'{"predictions": [1.0000001, "a"]}')
    True
    >>> agree(b'{"predictions": [1]}', b'{"predictions": [2]}')
    False
    """
    if one == other:
        return True
    try:
        return _same(_predictions(json.loads(one)), _predictions(json.loads(other)))
    except (ValueError, RecursionError):
        return False


def _predictions(answer: Any) -> Any:
    if isinstance(answer, dict):
        for key in ("predictions", "outputs"):
            if key in answer:
                return answer[key]
    return answer


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=1e-12)
    return bool(one == other)
