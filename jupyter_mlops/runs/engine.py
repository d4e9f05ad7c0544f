"""An engine executes attempts; the runner tells it which. The protocol, and one in memory that tests drive by hand.

An engine knows nothing of the store. An attempt's folder is all it gets and all it leaves: `attempt.json` is in it, and
`result.json` is there when the attempt came to its end. `Ending` only says how the *process* ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.drive import Room
from jupyter_mlops.runs.limits import amount
from jupyter_mlops.runs.run import Attempt, Reason


@dataclass(frozen=True)
class Refusal:
    """Something a step asks for that an engine cannot honour. `tag` is what asks for it."""

    step: str
    tag: str
    message: str
    hint: str


@dataclass(frozen=True)
class Ending:
    """How the process of an attempt ended.

    Attributes
    ----------
    reason
        None is by itself; otherwise why the engine ended it, or could not start it.
    error
        what to tell, where a message is not enough.
    """

    reason: Reason | None = None
    message: str = ""
    error: Mapping[str, Any] | None = None


class Engine(Protocol):
    """Executes attempts. No method blocks for long; an attempt is named by its value."""

    def check(self, pipeline: Pipeline) -> list[Refusal]:
        """Return everything in `pipeline` that this engine cannot honour; it never ignores a wish."""

    @property
    def room(self) -> Room:
        """How much there is to share."""

    @property
    def is_ready(self) -> bool:
        """Whether attempts can be started yet."""

    def want(self, step: Step) -> Room:
        """Return what a step of a checked pipeline takes."""

    def start(self, attempt: Attempt, want: Room, python: str) -> None:
        """Start an attempt whose folder has its order; raise `UnavailableError` when that is impossible."""

    def poll(self, attempt: Attempt) -> Ending | None:
        """Return how an attempt ended; None while it runs. Nothing of it is left alive when this says it ended."""

    def cancel(self, attempt: Attempt, waited_s: float = 0.0) -> None:
        """End an attempt: politely, then not. `poll` says when; no-op when asked before, or over.

        Parameters
        ----------
        waited_s
            how long the user has waited already, which comes off the patience.
        """

    def clear(self, attempt: Attempt) -> None:
        """Kill whatever is left of an attempt that another runner started."""

    def wakers(self) -> Sequence[int]:
        """Return descriptors that become readable when `poll` may have news."""

    def close(self) -> None:
        """Let go of everything; attempts that still run are killed."""


def want_of(step: Step, room: Room) -> Room:
    """Return what a step takes of a machine: a core unless it says otherwise, and no memory set aside.

    A step that asks for more cores than may be used at once gets all of them to itself.
    """
    limits = step.options.limits
    cores = amount(limits["cpu"]) if "cpu" in limits else 1.0
    memory = amount(limits["memory"]) if "memory" in limits else 0.0
    return Room(min(cores, room.cores), memory)


@dataclass
class MemoryEngine:
    """An engine whose attempts end when a test says so.

    Attributes
    ----------
    running
        labels of the attempts that run.
    started, cancelled, cleared
        labels in the order of the calls.
    waited
        how long the user had waited at each cancel.
    """

    room: Room = field(default_factory=lambda: Room(2.0, 2.0**30))
    is_ready: bool = True
    running: dict[str, Path] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    _endings: dict[str, Ending] = field(default_factory=dict)

    def check(self, pipeline: Pipeline) -> list[Refusal]:
        """Honour everything."""
        return []

    def want(self, step: Step) -> Room:
        """Return what the tags say."""
        return want_of(step, self.room)

    def start(self, attempt: Attempt, want: Room, python: str) -> None:
        """Note it."""
        self.running[attempt.label] = attempt.folder
        self.started.append(attempt.label)

    def poll(self, attempt: Attempt) -> Ending | None:
        """Return what the test said."""
        return self._endings.pop(attempt.label, None)

    def cancel(self, attempt: Attempt, waited_s: float = 0.0) -> None:
        """End it at once, without a result."""
        if attempt.label in self.running:
            self.cancelled.append(attempt.label)
            self.waited.append(waited_s)
            self.end(attempt.label)

    def clear(self, attempt: Attempt) -> None:
        """Note it."""
        self.cleared.append(attempt.label)

    def wakers(self) -> Sequence[int]:
        """Nothing wakes a test."""
        return ()

    def close(self) -> None:
        """Forget everything."""
        self.running.clear()

    def end(self, label: str, result: dict[str, Any] | None = None, ending: Ending | None = None) -> None:
        """End an attempt: with a `result.json`, or without one as a killed process would."""
        folder = self.running.pop(label)
        if result is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
        self._endings[label] = ending or Ending()
