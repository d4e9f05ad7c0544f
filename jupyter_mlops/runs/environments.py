"""The environments of those who submitted the runs: in memory only, until their runs are over.

An environment arrives before its run is accepted. It is held for a while even if there never comes a run, because
whoever sent it may just be writing the run down.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping

# What MLflow and the stores of its files take as credentials, whatever else an environment holds.
CREDENTIALS = ("MLFLOW_TRACKING_", "MLFLOW_S3_", "AWS_", "AZURE_", "GOOGLE_", "DATABRICKS_")
AWAITED_S = 2.0
KEPT_S = 60.0


def enter(environment: Mapping[str, str] | None) -> None:
    """Make `environment` that of this process; no-op for None."""
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)


def credentials(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Return the variables of an environment that are credentials."""
    return {name: value for name, value in (environment or {}).items() if name.startswith(CREDENTIALS)}


class Environments:
    """Environment variables by run. May be used from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Mapping[str, str], float]] = {}
        self._awaited: set[str] = set()
        self._acting: Mapping[str, str] | None = None

    def put(self, run_id: str, environment: Mapping[str, str]) -> None:
        """Keep the environment of a run that is about to be accepted."""
        with self._lock:
            self._known[run_id] = (dict(environment), self._clock())
            self._awaited.add(run_id)

    def of(self, run_id: str) -> Mapping[str, str] | None:
        """Return the environment of a run. Where an earlier runner took it along, that of the process that acted last;
        None before a process acted.
        """
        with self._lock:
            self._awaited.discard(run_id)
            return self._known.get(run_id, (self._acting, 0.0))[0]

    @property
    def has_awaited(self) -> bool:
        """Whether a run was announced a moment ago and has not begun."""
        with self._lock:
            return any(self._clock() - self._known[run_id][1] < AWAITED_S for run_id in self._awaited)

    def act(self, environment: Mapping[str, str]) -> bool:
        """Note the environment of the process that acts now; return whether its credentials are new."""
        found = credentials(environment)
        with self._lock:
            before = credentials(self._acting)
            # A process without credentials (a timer, a bare shell) takes none away.
            if self._acting is not None and not any(not name.endswith("_URI") for name in found):
                return False
            self._acting = dict(environment)
            return found != before

    def for_telling(self, run_id: str) -> Mapping[str, str] | None:
        """Return the environment in which MLflow is told of a run: its own, with the newest credentials there are.

        None when neither is known: then it is the runner's own.
        """
        with self._lock:
            own, acting = self._known.get(run_id, (None, 0.0))[0], self._acting
        if own is None or acting is None:
            return own or acting
        return {**own, **credentials(acting)}

    @property
    def acting(self) -> Mapping[str, str] | None:
        """The environment of the process that acted last; None before one did."""
        with self._lock:
            return self._acting

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
