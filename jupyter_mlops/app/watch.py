"""Watching: what a run looks like at this moment, and waiting for its end. Polls; changes nothing but the
runner's life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.app.report import OVER
from jupyter_mlops.runs.reach import noted
from jupyter_mlops.runs.run import Run, Status

POLL_S = 0.2
REGISTRATION_S = 30.0
RUNNER_CHECK_S = 2.0


@dataclass(frozen=True)
class Snapshot:
    """A run's JSON form, and of each running step its last output line, how many of its cells are done, and the cell of
    the notebook (index) that it executes.
    """

    run: Mapping[str, Any]
    output: Mapping[str, str] = field(default_factory=dict)
    position: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    cell: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether the run has reached its end."""
        return self.run["status"] in OVER

    @property
    def share(self) -> float:
        """How much of the run is done, from 0 to 1; a running step counts by its cells."""
        steps = self.run["steps"]
        if not steps:
            return 1.0
        done = float(sum(s["status"] in ("succeeded", "failed", "skipped", "cancelled") for s in steps))
        done += sum(at / total for at, total in self.position.values() if total)
        return min(1.0, done / len(steps))


def await_registration(
    find: Callable[[], Run],
    record: Mapping[str, Any],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until the models of a run that succeeded are registered, or MLflow could not be told at the first try.

    The store says the end of a run before MLflow knows it. Who waits for a run that registers models means to use them.

    Parameters
    ----------
    record
        ``run.json``: its `closing` is what registers.
    """
    until = clock() + REGISTRATION_S
    while record.get("closing") and clock() < until:
        run = find()
        if run.status is not Status.SUCCEEDED or not run.tracking_pending or noted(run.folder) is not None:
            return
        sleep(POLL_S)


def snapshot(run: Mapping[str, Any], folder: RunFolder) -> Snapshot:
    """Return what `run` looks like now."""
    running = {s["name"] for s in run["steps"] if s["status"] == "running"}
    latest = {name: a for name, a in folder.latest().items() if name in running} if running else {}
    output = {name: lines[0] for name, a in latest.items() if (lines := a.tail())}
    position = {name: at for name, a in latest.items() if (at := a.position())}
    cell = {name: index for name, a in latest.items() if (index := a.cell()) is not None}
    return Snapshot(run, output, position, cell)


def watch(
    look: Callable[[], Snapshot],
    on_event: Callable[[Snapshot], None] | None,
    keep_alive: Callable[[], None],
    *,
    poll_s: float = POLL_S,
    timeout_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Snapshot:
    """Return the last snapshot of a run, when it is over or the time is.

    Parameters
    ----------
    on_event
        called with the first snapshot and with every one that differs from the one before.
    keep_alive
        called every two seconds; starts the runner again when it was killed.
    """
    started = checked = clock()
    last: Snapshot | None = None
    while True:
        now = look()
        if on_event is not None and now != last:
            on_event(now)
        last = now
        if now.is_over or (timeout_s is not None and clock() - started >= timeout_s):
            return now
        if clock() - checked >= RUNNER_CHECK_S:
            checked = clock()
            keep_alive()
        sleep(poll_s)
