"""The front's end of the request log: samples, and hands over to the process that writes it.

Nothing is encoded or written while a request is answered: records wait in a bounded list, are handed over four times a
second, and are dropped and counted when the writer does not keep up or is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving.app import Asked
from jupyter_mlops.deployments.serving.plan import LogPlan
from jupyter_mlops.deployments.serving.routing import Routed
from jupyter_mlops.deployments.serving.wire import encode
from jupyter_mlops.deployments.serving.worker.environment import minimal

_log = logging.getLogger(__name__)
EVERY_S = 0.25
MOST = 4_000
MOST_BYTES = 16_000_000
LONGEST_BODY = 64 * 1024
_PAUSE_S = 5.0
_LEAVE_S = 2.0
_Record = tuple[float, Asked, Routed]


class LogFeed:
    """Hands records to the writer.

    Attributes
    ----------
    taken, dropped
        How many records were handed over, and how many could not be.
    """

    def __init__(self, folder: Path, plan: LogPlan) -> None:
        self._folder, self._plan = folder, plan
        self._waiting: list[_Record] = []
        self._offered = asyncio.Event()
        self._bytes = 0
        self._process: asyncio.subprocess.Process | None = None
        self._settled: LogPlan | None = None
        self.taken = 0
        self.dropped = 0

    def follow(self, plan: LogPlan) -> None:
        """Do from now on what a plan says."""
        self._plan = plan

    def offer(self, asked: Asked, routed: Routed) -> None:
        """Take a record, if it is one of the sample."""
        sample = self._plan.sample
        if sample < 1 and random.random() >= sample:
            return
        size = len(asked.body) + len(routed.frame.body)
        if len(self._waiting) >= MOST or self._bytes + size > MOST_BYTES:
            self.dropped += 1
            return
        self._bytes += size
        self._waiting.append((time.time(), asked, routed))
        self._offered.set()

    async def run(self) -> None:
        """Hand records over, for ever; starts the writer with the first of them."""
        while True:
            await self._offered.wait()
            await asyncio.sleep(EVERY_S)
            try:
                await self._hand_over()
            except (OSError, RuntimeError) as error:
                _log.warning("the request log is not written: %s", error)
                self._give_up()
                await asyncio.sleep(_PAUSE_S)

    async def _hand_over(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None
        await asyncio.wait_for(process.stdin.drain(), _PAUSE_S)
        records, self._waiting, self._bytes = self._waiting, [], 0
        self._offered.clear()
        pieces = [] if self._settled == self._plan else [encode({"settings": asdict(self._plan)})]
        self._settled = self._plan
        pieces += [_frame(record) for record in records]
        process.stdin.write(b"".join(pieces))
        self.taken += len(records)

    async def _start(self) -> asyncio.subprocess.Process:
        self._settled = None
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "jupyter_mlops.deployments.serving.requestlog", "--folder", str(self._folder),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=None, env=_environ(),
        )  # fmt: skip

    def _give_up(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        self._process = None

    async def leave(self) -> None:
        """Hand over what waits and let the writer finish."""
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            if self._waiting:
                await self._hand_over()
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                await asyncio.wait_for(self._process.wait(), _LEAVE_S)

    def words(self) -> dict[str, Any]:
        """Return how it does."""
        return {"folder": str(self._folder), "sample": self._plan.sample, "taken": self.taken, "dropped": self.dropped}


def _environ() -> dict[str, str]:
    """Return the writer's environment: what finds Python's packages, and no secret."""
    places = {name: os.environ[name] for name in ("HOME", "PYTHONPATH", "PYTHONUSERBASE") if name in os.environ}
    kept = minimal(os.environ)
    del kept["PYTHONNOUSERSITE"]
    return {**kept, **places}


def _frame(record: _Record) -> bytes:
    """Return a record as a frame: the request's body and the answer's, each left out when it is long."""
    at, asked, routed = record
    given = asked.body if len(asked.body) <= LONGEST_BODY else b""
    told = routed.frame.body if len(routed.frame.body) <= LONGEST_BODY else b""
    head = routed.frame.head
    return encode(
        {
            "at": at,
            "id": asked.id.decode("latin-1"),
            "version": routed.version.number,
            "call": asked.head["call"],
            "type": asked.head["type"],
            "json_bytes": asked.head.get("json_bytes"),
            "status": head["status"],
            "answer_json_bytes": head.get("json_bytes"),
            "rows": head.get("rows"),
            "ms": round(routed.ms, 3),
            "predict_ms": head.get("predict_ms"),
            "given": len(given),
            "bytes": len(asked.body),
            "is_cut": len(given) < len(asked.body) or len(told) < len(routed.frame.body),
        },
        given + told,
    )
