"""How an attempt ended, all things considered: what it left in its folder, how its process ended, what it was asked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.pipeline.spec import Step
from jupyter_mlops.runs.engine import Ending
from jupyter_mlops.runs.lost import place_in
from jupyter_mlops.runs.run import Attempt, Reason

RESULT = "result.json"
MANIFEST = "outputs.json"


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `reason` and `error` are None when it succeeded."""

    reason: Reason | None = None
    error: Mapping[str, Any] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def has_succeeded(self) -> bool:
        """Whether the step has its result."""
        return self.reason is None


def read(folder: Path) -> Outcome | None:
    """Return what the attempt wrote at its end; None when it never came to that."""
    result = read_object(folder / RESULT)
    if result is None or result.get("status") not in ("succeeded", "failed"):
        return None
    metrics = {
        str(name): float(value)
        for name, value in (result.get("metrics") or {}).items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
    if result["status"] == "succeeded":
        return Outcome(metrics=metrics)
    reason = result.get("reason")
    error = result.get("error") or failure("run.error", "the step failed without saying why")
    return Outcome(Reason(reason) if reason in set(Reason) else Reason.ERROR, error, metrics)


def judge(attempt: Attempt, step: Step, ending: Ending, asked: Reason | None = None) -> Outcome:
    """Return how an attempt ended.

    Parameters
    ----------
    ending
        how its process ended.
    asked
        why the runner asked it to end (``cancelled``, ``shutdown``); an attempt that finished first has won.
    """
    left = read(attempt.folder)
    if left is not None and left.has_succeeded:
        return _complete(attempt, step, left)
    is_own = left is not None and left.reason is not Reason.CANCELLED
    if left is not None and is_own:
        return left
    if asked is not None:
        words = {Reason.CANCELLED: "was cancelled", Reason.SHUTDOWN: "was interrupted: the runner shuts down"}
        return _ended(attempt, asked, words[asked])
    if ending.reason is not None:
        if ending.error is not None:
            return Outcome(ending.reason, ending.error)
        return _ended(attempt, ending.reason, f"was ended: {ending.message}")
    return _ended(attempt, Reason.WORKER_LOST, "was lost: its process was ended from outside")


def _ended(attempt: Attempt, reason: Reason, words: str) -> Outcome:
    place = place_in(attempt.folder)
    verb, colon, why = words.partition(":")
    error = failure(f"run.{reason}", f'step "{attempt.step}" {verb} {place.words}{colon}{why}', cell=place.cell)
    return Outcome(reason, error)


def _complete(attempt: Attempt, step: Step, left: Outcome) -> Outcome:
    if step.outputs and manifest(attempt.folder / MANIFEST) is None:
        words = f'step "{step.name}" ended without the list of what it hands over: `{attempt.folder / MANIFEST}`'
        return Outcome(Reason.HANDOVER, failure("handover.missing", words, "run it again"))
    return left


def manifest(path: Path | None) -> dict[str, Any] | None:
    """Return the manifest at `path`; None when there is none or it cannot be read."""
    return read_object(path) if path is not None else None


def failure(code: str, message: str, hint: str = "", cell: int | None = None) -> dict[str, Any]:
    """Return an error in the form of `result.json`, for what an attempt could not say itself."""
    return {"code": code, "cell": cell, "line": None, "message": message, "hint": hint}


def read_object(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file; None when it is not there or is none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
