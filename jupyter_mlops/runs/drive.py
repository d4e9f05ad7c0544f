"""Which steps may start, which never will, what became of the run; and whose turn it is on the machine. Pure.

Rules
- A step may start when everything it comes after has succeeded.
- A step that comes after one that failed, was cancelled or was skipped is skipped; the others finish.
- A cancel ends what has not started. What has started is ended by the engine, or is faster: then its result counts.
- Cores are shared between runs: the run that holds least is next. Whoever is next and does not fit waits, and nobody
  overtakes: a step that wants the whole machine gets it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlops.runs.run import Status

_LOST = (Status.FAILED, Status.SKIPPED, Status.CANCELLED)
_WAITING = (Status.PENDING, Status.QUEUED)


@dataclass(frozen=True)
class Decision:
    """What follows from the states of a run's steps.

    Attributes
    ----------
    ready
        steps that may start, reading order.
    skipped, cancelled
        steps that never will.
    final
        what the run has become; None while a step runs or may start.
    """

    ready: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    final: Status | None = None


def decide(after: Mapping[str, Sequence[str]], states: Mapping[str, Status], is_cancelled: bool = False) -> Decision:
    """Return what follows from the states of the steps.

    Parameters
    ----------
    after
        step -> the steps before it, in an order that respects the edges.
    states
        the state of every step.
    is_cancelled
        whether somebody asked for a cancel.

    >>> decide({"a": [], "b": ["a"]}, {"a": Status.SUCCEEDED, "b": Status.PENDING}).ready
    ('b',)
    """
    now = dict(states)
    ready: list[str] = []
    changed: dict[Status, list[str]] = {Status.SKIPPED: [], Status.CANCELLED: []}
    for step, before in after.items():
        if now[step] not in _WAITING:
            continue
        if is_cancelled:
            changed[Status.CANCELLED].append(step)
            now[step] = Status.CANCELLED
        elif any(now[other] in _LOST for other in before):
            changed[Status.SKIPPED].append(step)
            now[step] = Status.SKIPPED
        elif all(now[other] is Status.SUCCEEDED for other in before):
            ready.append(step)
    return Decision(
        tuple(ready), tuple(changed[Status.SKIPPED]), tuple(changed[Status.CANCELLED]), _final(now.values())
    )


def _final(states: Iterable[Status]) -> Status | None:
    found = set(states)
    if not all(state.is_terminal for state in found):
        return None
    return next((state for state in (Status.CANCELLED, Status.FAILED) if state in found), Status.SUCCEEDED)


@dataclass(frozen=True)
class Room:
    """An amount of the machine: what there is, what is free, or what a step wants."""

    cores: float
    memory_bytes: float = 0.0

    def __add__(self, other: Room) -> Room:
        return Room(self.cores + other.cores, self.memory_bytes + other.memory_bytes)

    def __sub__(self, other: Room) -> Room:
        return Room(self.cores - other.cores, self.memory_bytes - other.memory_bytes)

    def holds(self, other: Room) -> bool:
        """Return whether `other` fits in here. A thousandth of a core is rounding."""
        return other.cores <= self.cores + 1e-3 and other.memory_bytes <= self.memory_bytes


NOTHING = Room(0.0)


def allot(
    wanted: Mapping[str, Sequence[tuple[str, Room]]], held: Mapping[str, Room], free: Room
) -> list[tuple[str, str]]:
    """Return the (run, step) pairs that start now, in the order of their turns.

    Parameters
    ----------
    wanted
        run -> its ready steps and what they want; oldest run first.
    held
        run -> what its running steps hold.
    free
        what nobody holds.

    >>> allot({"r": [("a", Room(1)), ("b", Room(1))], "s": [("c", Room(1))]}, {}, Room(2))
    [('r', 'a'), ('s', 'c')]
    """
    queues = {run: deque(steps) for run, steps in wanted.items() if steps}
    share = {run: held.get(run, NOTHING).cores for run in queues}
    started: list[tuple[str, str]] = []
    while queues:
        run = min(queues, key=share.__getitem__)
        step, want = queues[run][0]
        if not free.holds(want):
            break
        queues[run].popleft()
        free -= want
        share[run] += want.cores
        started.append((run, step))
        if not queues[run]:
            del queues[run]
    return started
