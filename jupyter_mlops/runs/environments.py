"""The environments of those who submitted the runs: in memory only, until their runs are over.

An environment arrives before its run is accepted. It is held for a while even if there never comes a run, because
whoever sent it may just be writing the run down.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping

AWAITED_S = 2.0
KEPT_S = 60.0


def enter(environment: Mapping[str, str] | None) -> None:
    """Make `environment` that of this process; no-op for None."""
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)


class Environments:
    """Environment variables by run. May be used from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Mapping[str, str], float]] = {}
        self._awaited: set[str] = set()

    def put(self, run_id: str, environment: Mapping[str, str]) -> None:
        """Keep the environment of a run that is about to be accepted."""
        with self._lock:
            self._known[run_id] = (dict(environment), self._clock())
            self._awaited.add(run_id)

    def of(self, run_id: str) -> Mapping[str, str] | None:
        """Return the environment of a run; None when it was given to a runner that is no more."""
        with self._lock:
            self._awaited.discard(run_id)
            return self._known.get(run_id, (None, 0.0))[0]

    @property
    def has_awaited(self) -> bool:
        """Whether a run was announced a moment ago and has not begun."""
        with self._lock:
            return any(self._clock() - self._known[run_id][1] < AWAITED_S for run_id in self._awaited)

    def forget(self, run_id: str) -> None:
        """Forget a run that is over; no-op if nothing is known of it."""
        with self._lock:
            self._known.pop(run_id, None)
            self._awaited.discard(run_id)

    def forget_old(self) -> None:
        """Forget those of runs that never came; only for when there are no runs."""
        with self._lock:
            old = [run_id for run_id, (_, since) in self._known.items() if self._clock() - since > KEPT_S]
            for run_id in old:
                del self._known[run_id]
                self._awaited.discard(run_id)
