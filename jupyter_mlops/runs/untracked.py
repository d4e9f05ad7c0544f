"""Runs that are over and of which MLflow does not know it yet: told again, with longer and longer pauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.closing import Closer
from jupyter_mlops.runs.run import Run, Status
from jupyter_mlops.runs.store import RunStore

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 300.0
# A runner that has nothing else to do waits this long for a server that is down; the next one goes on.
PATIENCE_S = 3600.0


@dataclass
class _Owed:
    run: Run
    status: Status
    since: float
    due: float
    pause_s: float = FIRST_PAUSE_S
    is_being_told: bool = False


class Untracked:
    """What is owed to MLflow. `tick` never raises for MLflow's sake."""

    def __init__(self, store: RunStore, claim: Claim, closer: Closer, clock: Callable[[], float]) -> None:
        self._store, self._claim, self._closer, self._clock = store, claim, closer, clock
        self._owed: dict[str, _Owed] = {}

    def recover(self) -> None:
        """Take up what earlier runners could not tell."""
        for run in self._store.untracked():
            self.add(run, run.status, is_being_told=False, pause_s=0.0)

    def add(self, run: Run, status: Status, *, is_being_told: bool, pause_s: float = FIRST_PAUSE_S) -> None:
        """Owe MLflow the end of a run; perhaps a process is telling it already."""
        now = self._clock()
        self._owed[run.id] = _Owed(run, status, now, now + pause_s, is_being_told=is_being_told)

    @property
    def is_worth_waiting(self) -> bool:
        """Whether a runner should stay for it."""
        return any(self._clock() - owed.since < PATIENCE_S for owed in self._owed.values())

    def tick(self) -> None:
        """Hear how telling went; tell what is due."""
        for run_id, owed in list(self._owed.items()):
            if owed.is_being_told:
                self._hear(run_id, owed)
            elif self._clock() >= owed.due:
                self._closer.begin(owed.run, owed.status)
                owed.is_being_told = True

    def _hear(self, run_id: str, owed: _Owed) -> None:
        is_told = self._closer.poll(run_id)
        if is_told:
            self._claim.note_tracking(owed.run.id, is_pending=False)
            del self._owed[run_id]
        elif is_told is False:
            owed.is_being_told = False
            owed.due = self._clock() + owed.pause_s
            owed.pause_s = min(LONGEST_PAUSE_S, owed.pause_s * 2)
