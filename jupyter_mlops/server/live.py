"""Live: follows the store's events, whoever caused them, and tells the browsers; keeps runs and the server alive.

One look at the store every quarter of a second, in a thread. What changed in a run between two looks is one event. A
store that is not there yet is not made; one that cannot be read is asked again, ever more seldom.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.runs.companions import has_any

SCHEMA = Path(__file__).parent / "events" / "run.yaml"
SCHEMA_ID = "https://events.jupyter-mlops.org/run/v1"
POLL_S = 0.25
MAX_PAUSE_S = 10.0
# How often it is made sure that somebody drives the runs that are not over.
CARE_S = 3.0
_log = logging.getLogger(__name__)
_STATES = ("queued", "running", "succeeded", "failed", "cancelled")


@dataclass
class Look:
    """What one look at the store saw: the hints by run, and how many runs are not over."""

    hints: dict[str, dict[str, Any]] = field(default_factory=dict)
    active: int = 0


class Live:
    """Follows one store.

    Parameters
    ----------
    bench
        gives the workbench.
    emit
        tells the browsers of one change; called on the loop.
    note_activity
        called at every look that sees a run that is not over, or while `is_busy`.
    is_busy
        whether a request has been waited for so long that it counts as activity.
    """

    def __init__(
        self,
        bench: Callable[[], Workbench],
        emit: Callable[[Mapping[str, Any]], object],
        note_activity: Callable[[], None],
        pool: Executor,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._bench, self._emit, self._note_activity, self._pool = bench, emit, note_activity, pool
        self._is_busy = is_busy
        self._seq: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._has_attended = self._is_failing = False

    def start(self) -> None:
        """Begin to follow, on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def stop(self) -> None:
        """End it; no-op when it was not begun."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        pause, cared = POLL_S, -CARE_S
        while True:
            if self._is_busy():
                self._note_activity()
            is_care_due = loop.time() - cared >= CARE_S
            try:
                looking = loop.run_in_executor(self._pool, self.look, is_care_due)
            except RuntimeError:
                # The pool takes nothing any more: the server stops.
                return
            try:
                look = await looking
                cared = loop.time() if is_care_due else cared
                if look.active:
                    self._note_activity()
                for hint in look.hints.values():
                    self._emit(hint)
                pause = POLL_S
            except Exception as error:
                # Whatever it is, the browsers' hints must not end with it; told once, until all is well again.
                if pause == POLL_S:
                    if isinstance(error, MlopsError):
                        _log.warning("live: %s; asking again", error.message)
                    else:
                        _log.warning("live: the look failed; asking again", exc_info=error)
                pause = min(MAX_PAUSE_S, pause * 2)
            await asyncio.sleep(pause)

    def _care(self, bench: Workbench, active: int) -> None:
        """Start the runner when it is needed; a failure is logged once, until a runner can be started again."""
        if not self._has_attended:
            # Also what the runner of an earlier server left to be told to MLflow.
            self._has_attended = True
            bench.attend()
        elif active or has_any(bench.home):
            try:
                bench.keep_alive()
                self._is_failing = False
            except MlopsError as error:
                if not self._is_failing:
                    _log.warning("the runner cannot be started, trying again: %s", error.message)
                self._is_failing = True

    def look(self, is_care_due: bool = False) -> Look:
        """Return what changed since the look before; the first one only sees where the store is."""
        bench = self._bench()
        if not bench.has_store:
            self._seq = self._seq or 0
            return Look()
        queued, running, last = bench.activity()
        seen = Look(active=queued + running)
        at = last if self._seq is None else self._seq
        while at < last:
            events = bench.events_since(at)
            for event in events:
                kind = event.kind.partition(".")
                hint = seen.hints.setdefault(event.run_id, {"run_id": event.run_id, "change": "changed"})
                hint["seq"] = event.seq
                if kind[0] == "run" and kind[2] in _STATES:
                    hint["status"] = kind[2]
                if event.kind == "run.deleted":
                    hint.update(change="deleted", name=str(event.data.get("name") or ""))
                    hint.pop("status", None)
            # A store that was replaced by an older one has no events up to `last`.
            at = events[-1].seq if events else last
        # Only now: a look that fails half way is made again as a whole.
        self._seq = min(at, last)
        if is_care_due:
            self._care(bench, seen.active)
        return seen
