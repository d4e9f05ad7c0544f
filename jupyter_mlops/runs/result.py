"""What an attempt means for its run: whether its result holds beside those of the other steps.

No I/O but reading the folders of attempts.
"""

from __future__ import annotations

from typing import Any

from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.engine import Ending
from jupyter_mlops.runs.handover import audit
from jupyter_mlops.runs.outcome import MANIFEST, Outcome, failure, judge, manifest
from jupyter_mlops.runs.run import Attempt, Reason, Run, Status

INPUT_CHANGED = "run.input_changed"


def settle(run: Run, pipeline: Pipeline, attempt: Attempt, ending: Ending, asked: Reason | None) -> tuple[Outcome, int]:
    """Return how an attempt ended, and how many retries its step is allowed.

    A step that succeeded by itself fails here when it, or another one, has worked with a value that was changed behind
    its back: never a silently wrong value.
    """
    step = pipeline.step(attempt.step)
    found = judge(attempt, step, ending, asked)
    if found.has_succeeded:
        own = manifest(attempt.folder / MANIFEST)
        conflicts = audit(pipeline, {**manifests(run), **({step.name: own} if own is not None else {})})
        if conflicts:
            message = "\n".join(conflict.message for conflict in conflicts)
            found = Outcome(Reason.INPUT_CHANGED, failure(INPUT_CHANGED, message, conflicts[0].hint))
    return found, step.options.retry


def manifests(run: Run) -> dict[str, dict[str, Any]]:
    """Return the manifests of the steps that have succeeded; those that have none are left out."""
    done = ((step.name, manifest(step.manifest)) for step in run.steps if step.status is Status.SUCCEEDED)
    return {name: found for name, found in done if found is not None}


def blamed(run: Run) -> dict[str, Any] | None:
    """Return the error that is the run's and not one step's: a value that is not what Run All gives."""
    errors = (step.error for step in run.steps if step.error is not None and step.status is Status.FAILED)
    found = next((error for error in errors if error.get("code") == INPUT_CHANGED), None)
    return {key: found.get(key, "") for key in ("code", "message", "hint")} if found is not None else None
