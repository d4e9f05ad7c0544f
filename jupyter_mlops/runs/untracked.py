"""Runs that are over and whose end MLflow has to be told, as often as it takes, with longer and longer pauses.

The store says the end of a run first. What is owed to MLflow is in the store too (`Run.tracking_pending`): a runner
leaves with debts when MLflow is away, and the next one goes on. `is_being_told` says whether it should stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.base.errors import NotFoundError
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.closing import Closer
from jupyter_mlops.runs.outcome import read_object
from jupyter_mlops.runs.run import Run
from jupyter_mlops.runs.store import RunStore

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 300.0


@dataclass
class _Owed:
    run: Run
    due: float
    pause_s: float = FIRST_PAUSE_S
    is_being_told: bool = False
    has_been_told: bool = False


class Untracked:
    """What is owed to MLflow. `tick` never raises for MLflow's sake."""

    def __init__(self, store: RunStore, claim: Claim, closer: Closer, clock: Callable[[], float]) -> None:
        self._store, self._claim, self._closer, self._clock = store, claim, closer, clock
        self._owed: dict[str, _Owed] = {}

    def recover(self) -> None:
        """Take up what earlier runners could not tell."""
        for run in self._store.untracked():
            self.add(run)

    def add(self, run: Run, *, pause_s: float = 0.0) -> None:
        """Owe MLflow the end of a run, from `pause_s` on."""
        self._owed[run.id] = _Owed(run, self._clock() + pause_s)

    @property
    def is_being_told(self) -> bool:
        """Whether MLflow is being told of a run, or will be for the first time. Waiting for MLflow does not count."""
        return any(owed.is_being_told or not owed.has_been_told for owed in self._owed.values())

    def hurry(self) -> None:
        """Tell everything again now: there are other credentials."""
        for owed in self._owed.values():
            owed.due, owed.pause_s = self._clock(), FIRST_PAUSE_S

    def tick(self) -> None:
        """Hear how telling went; tell what is due."""
        for run_id, owed in list(self._owed.items()):
            if owed.is_being_told:
                self._hear(run_id, owed)
            elif not owed.run.folder.is_dir():
                # It was deleted: nothing is left to tell.
                del self._owed[run_id]
            elif self._clock() >= owed.due:
                self._closer.begin(owed.run, owed.run.status)
                owed.is_being_told = owed.has_been_told = True

    def _hear(self, run_id: str, owed: _Owed) -> None:
        is_told = self._closer.poll(run_id)
        if is_told is None:
            return
        try:
            self._claim.note_tracking(owed.run.id, mlflow_run_id=mlflow_run_of(owed.run.folder), is_pending=not is_told)
        except NotFoundError:
            is_told = True
        if is_told:
            del self._owed[run_id]
            return
        owed.is_being_told = False
        owed.due = self._clock() + owed.pause_s
        owed.pause_s = min(LONGEST_PAUSE_S, owed.pause_s * 2)


def mlflow_run_of(folder: Path) -> str | None:
    """Return the id that MLflow gave the run in `folder`; None when it has none yet."""
    found = (read_object(folder / "mlflow.json") or {}).get("run_id")
    return found if isinstance(found, str) else None
