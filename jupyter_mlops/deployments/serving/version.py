"""One served version: its workers are started, checked, watched and started again.

state
    ``starting`` until a worker has loaded the model and predicted its input example, ``ready``, ``failed`` when it
    cannot be brought up, ``gone`` when it is no longer wanted.
trouble
    Told to whoever owns the version, who may give it up: ``check`` (does not load or predict), ``crash`` (workers end
    before they answer anything, `CRASHES` times in a row), ``environment`` (its Python does not start). A version that
    is not given up is tried again and again, with pauses that grow.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.deployments.serving.link import ANSWER_SPARE, WorkerLink, WorkerLost
from jupyter_mlops.deployments.serving.plan import VersionPlan
from jupyter_mlops.deployments.serving.pool import Pool
from jupyter_mlops.deployments.serving.rollout import CRASHES, Reason
from jupyter_mlops.deployments.serving.stats import Stats
from jupyter_mlops.deployments.serving.template import TemplateFailed
from jupyter_mlops.deployments.serving.templates import Templates
from jupyter_mlops.deployments.serving.wire import Frame

_log = logging.getLogger(__name__)
LOAD_S = 600.0
CHECK_S = 120.0
LONGEST_PAUSE_S = 2.0
_GONE_S = 5.0


class Trouble(Exception):
    """A worker that could not be brought up; `is_final` when another try will not end otherwise."""

    def __init__(
        self, reason: Reason, message: str, error: dict[str, Any] | None = None, is_final: bool = False
    ) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message, self.error, self.is_final = message, error, is_final


def pause_s(failures: int) -> float:
    """Return how long to wait after so many failures in a row.

    Examples
    --------
    >>> [round(pause_s(count), 2) for count in range(6)]
    [0.0, 0.05, 0.15, 0.45, 1.35, 2.0]
    """
    return min(0.05 * 3 ** (failures - 1), LONGEST_PAUSE_S) if failures else 0.0


class Version:
    """A version of the model with its workers.

    Parameters
    ----------
    folder
        The deployment's folder; logs and scratch folders are below it.
    on_change
        Called when its state has changed.
    on_trouble
        Called with the reason and a message; see the module's words.
    """

    def __init__(
        self,
        name: str,
        number: str,
        plan: VersionPlan,
        folder: Path,
        templates: Templates,
        on_change: Callable[[], None],
        on_trouble: Callable[[Version, Reason, str], None],
    ) -> None:
        self.name, self.number, self.plan = name, number, plan
        self.state: Literal["starting", "ready", "failed", "gone"] = "starting"
        self.error: dict[str, Any] | None = None
        self.was_ready = False
        self.restarts = 0
        self.since = time.time()
        self.sandbox = ""
        self.signature: Any = None
        self.schema: bytes | None = None
        self.metadata: bytes | None = None
        self.stats = Stats()
        self.pool = Pool()
        self._folder, self._templates = folder, templates
        self._on_change, self._on_trouble = on_change, on_trouble
        self._pids: set[int] = set()
        self._links: dict[str, WorkerLink] = {}
        self._tasks = [asyncio.create_task(self._keep(slot)) for slot in range(max(plan.workers, 1))]

    @property
    def is_ready(self) -> bool:
        """Whether a worker is there to take a request."""
        return any(link.is_open for link in self.pool.links)

    @property
    def pids(self) -> list[int]:
        """The processes of its workers, those that still load included."""
        return sorted(self._pids)

    @property
    def log(self) -> Path:
        """Where its workers print."""
        return self._folder / "logs" / f"version-{self.number}.log"

    async def _keep(self, slot: int) -> None:
        """Keep one worker up."""
        failures = 0
        while True:
            link = WorkerLink(self.pool.feed, self.plan.answer_bytes + ANSWER_SPARE)
            try:
                failures = await self._live(link, slot, failures)
            except asyncio.CancelledError:
                if link not in self.pool.links:
                    link.kill()
                raise
            self._pids.discard(link.pid)
            await asyncio.sleep(pause_s(failures))

    async def _live(self, link: WorkerLink, slot: int, failures: int) -> int:
        """See one worker through its life; returns how many in a row now ended without an answer."""
        try:
            await self._bring_up(link, slot)
        except Trouble as trouble:
            link.kill()
            self._tell(trouble, failures + 1)
            return failures + 1
        answered = link.answered
        self._ready(link)
        await asyncio.shield(link.lost)
        self.pool.remove(link)
        self.restarts += 1
        failures = failures + link.is_suspect if link.answered == answered else 0
        self._lost(failures)
        return failures

    async def _bring_up(self, link: WorkerLink, slot: int) -> None:
        scratch = self._folder / "scratch" / f"{self.number}-{slot}"
        self._links[scratch.name] = link
        order = {
            "folder": self.plan.folder, "scratch": str(scratch), "log": str(self.log),
            "name": self.name, "version": self.number,
            "readable": list(self.plan.readable), "network": self.plan.network,
            # The home that the deployments' folders lie in: the store, other models, the socket of the owner.
            "hidden": [str(self._folder.parent.parent), *self.plan.hidden],
            "require_sandbox": self.plan.require_sandbox, "answer_bytes": self.plan.answer_bytes,
        }  # fmt: skip
        try:
            template = await self._templates.get(self.plan.python)
        except TemplateFailed as error:
            raise Trouble("environment", str(error)) from error
        try:
            await template.spawn(order, link)
            self._pids.add(link.pid)
            first = (await asyncio.wait_for(asyncio.shield(link.first), LOAD_S)).head
        except (TemplateFailed, WorkerLost) as error:
            raise Trouble("crash", "the process ended while it loaded the model") from error
        except TimeoutError:
            raise Trouble("check", f"the model was not loaded after {LOAD_S:.0f} s", is_final=True) from None
        if first.get("state") != "ready":
            told = first.get("error") or {"code": "model.load", "message": "the model does not load", "hint": ""}
            raise Trouble("check", str(told.get("message")), told, is_final=True)
        self.sandbox, self.signature = str(first.get("sandbox") or "none"), first.get("signature")
        if not self.was_ready:
            await self._check(link)

    async def _check(self, link: WorkerLink) -> None:
        """Let a first worker predict the input example and describe its model."""
        answers: list[Frame] = []
        for call in ("check", "schema", "metadata"):
            future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
            link.send(future, {"call": call, "type": "application/json"}, b"")
            try:
                answers.append(await asyncio.wait_for(future, CHECK_S))
            except WorkerLost as error:
                raise Trouble("crash", "the process ended while it predicted the input example") from error
            except TimeoutError:
                late = f"no prediction of the input example in {CHECK_S:.0f} s"
                raise Trouble("check", late, is_final=True) from None
        check, schema, metadata = answers
        if check.head.get("status") != 200:
            told = _json(check.body)
            raise Trouble("check", f"the input example fails: {told.get('message', '')}", told, is_final=True)
        self.schema = schema.body if schema.head.get("status") == 200 else None
        self.metadata = metadata.body if metadata.head.get("status") == 200 else None

    def end_worker(self, scratch: str) -> None:
        """End the worker whose scratch folder has a name; no-op when it is none of these."""
        if link := self._links.get(scratch):
            link.kill()

    def _ready(self, link: WorkerLink) -> None:
        self.was_ready = True
        self.error = None
        self.pool.add(link)
        self._become("ready")

    def _lost(self, failures: int) -> None:
        _log.warning("a worker of version %s ended", self.number)
        if not self.is_ready:
            self._become("starting")
        if failures >= CRASHES:
            self._on_trouble(self, "crash", f"its process ended {failures} times in a row before it answered anything")

    def _tell(self, trouble: Trouble, failures: int) -> None:
        """Record a failed start, and say so when trying again is not enough."""
        _log.warning("version %s: %s", self.number, trouble.message)
        self.error = trouble.error or {"code": f"model.{trouble.reason}", "message": trouble.message, "hint": ""}
        is_final = trouble.is_final and not self.was_ready
        if is_final or failures >= (3 if trouble.reason == "environment" else CRASHES):
            if not self.is_ready:
                self._become("failed")
            self._on_trouble(self, trouble.reason, trouble.message)

    def _become(self, state: Literal["starting", "ready", "failed", "gone"]) -> None:
        if self.state in (state, "gone"):
            return
        self.state, self.since = state, time.time()
        if state != "gone":
            self._on_change()

    async def leave(self, drain_s: float) -> None:
        """Take no more requests, let the workers finish what they hold, then let them go."""
        self.pool.close()
        self._become("gone")
        # `asyncio.wait_for` of Python 3.11 may swallow a cancellation, so one is not enough.
        while [task for task in self._tasks if not task.done()]:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=0.1)
        links, until = list(self.pool.links), time.monotonic() + drain_s
        _log.info("version %s leaves, with %d requests", self.number, self.pool.held)
        while self.pool.held and time.monotonic() < until:
            await asyncio.sleep(0.02)
        for link in links:
            # a worker that hangs in a request does not notice, and cannot be killed once its socket is closed
            link.kill() if link.load else link.hang_up()
        if links:
            await asyncio.wait([link.lost for link in links], timeout=_GONE_S)
        for link in links:
            link.kill()


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
