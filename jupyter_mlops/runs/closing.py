"""Telling MLflow how a run ended: in a process of its own, because it takes seconds and may never succeed."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

from jupyter_mlops.runs.engines.forks import Child, Forks
from jupyter_mlops.runs.environments import Environments, enter
from jupyter_mlops.runs.files import read_json
from jupyter_mlops.runs.process import Identity, end
from jupyter_mlops.runs.run import Run, Status

AT_ONCE = 2
LONGEST_S = 300.0


class Closer(Protocol):
    """Tells MLflow, and says whether that worked."""

    def begin(self, run: Run, status: Status) -> None:
        """Start telling how `run` ended."""

    def poll(self, run_id: str) -> bool | None:
        """Return whether it worked; None while it is being told. After an answer the run is forgotten."""

    def wakers(self) -> Sequence[int]:
        """Return descriptors that become readable when `poll` may have news."""

    def close(self) -> None:
        """Stop telling."""


@dataclass
class MemoryCloser:
    """Tells nobody; `answers` say what `poll` returns for a run, and what is not there is told at once."""

    answers: dict[str, bool | None] = field(default_factory=dict)
    told: list[tuple[str, Status]] = field(default_factory=list)

    def begin(self, run: Run, status: Status) -> None:
        """Note it."""
        self.told.append((run.id, status))

    def poll(self, run_id: str) -> bool | None:
        """Return the answer."""
        return self.answers.get(run_id, True)

    def wakers(self) -> Sequence[int]:
        """Nothing wakes a test."""
        return ()

    def close(self) -> None:
        """Nothing to stop."""


def tell(folder: str, status: str, steps: dict[str, str], environment: Mapping[str, str] | None = None) -> None:
    """Tell MLflow how a run ended; the process exits with 1 when that has to be done again."""
    from jupyter_mlops.runs import tracking

    enter(environment)
    # Reports and the embedded store are nobody else's.
    os.umask(0o077)
    if not tracking.finish_run(folder, status, steps):
        raise SystemExit(1)
    # What is to happen then is known above this room; whoever submitted the run wrote down who does it.
    module, _, function = str(read_json(Path(folder) / "run.json").get("closing") or "").partition(":")
    if module.startswith("jupyter_mlops.") and not getattr(import_module(module), function)(Path(folder)):
        raise SystemExit(1)


class ForkedCloser:
    """Tells MLflow in processes forked from the warm one, a few at a time.

    Parameters
    ----------
    environments
        those of the runs, for what MLflow needs to be allowed; what was told is forgotten there.
    """

    def __init__(
        self, forks: Forks, environments: Environments | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._forks = forks
        self._environments = environments or Environments()
        self._clock = clock
        self._waiting: deque[tuple[Run, Status]] = deque()
        self._telling: dict[str, tuple[Child, float]] = {}

    def begin(self, run: Run, status: Status) -> None:
        """Tell it when its turn comes."""
        self._waiting.append((run, status))
        self._start()

    def poll(self, run_id: str) -> bool | None:
        """Return whether the process succeeded."""
        self._start()
        if run_id not in self._telling:
            return None if any(run.id == run_id for run, _ in self._waiting) else False
        child, until = self._telling[run_id]
        if not child.is_over():
            if self._clock() > until and (identity := Identity.of(child.pid)) is not None:
                end(identity)
            return None
        del self._telling[run_id]
        is_told = child.exit_code == 0
        if is_told:
            self._environments.forget(run_id)
        return is_told

    def wakers(self) -> Sequence[int]:
        """Return what becomes readable when a process ends."""
        return [child.waker for child, _ in self._telling.values() if child.waker is not None]

    def close(self) -> None:
        """Kill the processes: the next runner tells it again."""
        for child, _ in self._telling.values():
            if (identity := Identity.of(child.pid)) is not None:
                end(identity)
        self._telling.clear()

    def _start(self) -> None:
        while self._waiting and len(self._telling) < AT_ONCE and self._forks.is_ready:
            run, status = self._waiting.popleft()
            steps = {step.name: step.status.value for step in run.steps}
            child = self._forks.start(
                tell, str(run.folder), status.value, steps, self._environments.for_telling(run.id)
            )
            self._telling[run.id] = (child, self._clock() + LONGEST_S)
