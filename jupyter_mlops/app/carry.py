"""Carrying: which steps of an earlier run a new one takes over instead of running them again. Pure.

A step may be carried when it succeeded, nothing static about it changed (fingerprint, where its names come
from, what it
hands over), the parameters it reads have the same values, and everything it depends on is carried too. So
what is not
carried is closed downwards: whatever depends on a step that runs, runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.pipeline.spec import Pipeline, Step


@dataclass(frozen=True)
class Past:
    """What an earlier run was: its pipeline, the values of its parameters, and the steps that succeeded."""

    run_id: str
    pipeline: Pipeline
    parameters: Mapping[str, Any]
    succeeded: Collection[str]


def below(pipeline: Pipeline, names: Iterable[str]) -> set[str]:
    """Return `names` and every step that depends on one of them."""
    found = set(names)
    for step in pipeline.steps:  # reading order is topological, so one pass is enough
        if not found.isdisjoint(step.after):
            found.add(step.name)
    return found


def above(pipeline: Pipeline, name: str) -> set[str]:
    """Return every step that `name` depends on."""
    found: set[str] = set()
    for step in reversed(pipeline.steps):
        if step.name == name or step.name in found:
            found.update(step.after)
    return found


def changed(step: Step, past: Past, parameters: Mapping[str, Any]) -> str:
    """Return why `step` is not what it was in `past`, as half a sentence; empty when it is."""
    old = next((s for s in past.pipeline.steps if s.name == step.name), None)
    if old is None:
        return "it was not there then"
    if old.fingerprint != step.fingerprint:
        return "its source changed since"
    if dict(old.inputs) != dict(step.inputs) or set(old.after) != set(step.after):
        return "what it depends on changed since"
    if not set(step.outputs) <= set(old.outputs):
        missing = ", ".join(sorted(set(step.outputs) - set(old.outputs)))
        return f"it has to hand over {missing} now, which it did not keep then"
    different = [n for n in step.parameters if past.parameters.get(n) != parameters.get(n)]
    return f"parameter {', '.join(different)} has another value" if different else ""


def retried(now: Pipeline, past: Past, parameters: Mapping[str, Any], from_step: str | None) -> list[str]:
    """Return the steps that a retry carries, reading order.

    Parameters
    ----------
    from_step
        this step and what depends on it run again; None runs what did not succeed.

    Raises
    ------
    UsageError
        ``run.source_changed`` when a step that would be carried is not what it was; ``pipeline.no_step``.
    """
    again = below(now, ([now.step(from_step).name] if from_step else []) + _not_in(past.succeeded, now))
    for step in now.steps:
        if step.name not in again:
            reason = changed(step, past, parameters)
            if reason:
                raise UsageError(
                    "run.source_changed",
                    f'step "{step.name}" of run {past.run_id[:8]} cannot be carried: {reason}',
                    f"run it again too: retry {past.run_id[:8]} --from-step {shlex.quote(step.name)}",
                )
    return [s.name for s in now.steps if s.name not in again]


def resumed(
    now: Pipeline, pasts: Iterable[Past], parameters: Mapping[str, Any], from_step: str
) -> tuple[Past, list[str]]:
    """Return the first of `pasts` (newest first) that has all that `from_step` needs, and the steps to carry
    from it.

    Raises
    ------
    UsageError
        ``run.nothing_to_resume`` that says what the newest run lacks; ``pipeline.no_step``.
    """
    start = now.step(from_step).name
    needed = above(now, start)
    lacking = ""
    for past in pasts:
        unfit = {s.name: changed(s, past, parameters) or _unfinished(s, past) for s in now.steps}
        again = below(now, [start, *(name for name, reason in unfit.items() if reason)])
        if needed.isdisjoint(again):
            return past, [s.name for s in now.steps if s.name not in again]
        first = next(s.name for s in now.steps if s.name in needed and unfit[s.name])
        lacking = lacking or f'step "{first}" of run {past.run_id[:8]}: {unfit[first]}'
    raise UsageError(
        "run.nothing_to_resume",
        f'no earlier run has what step "{start}" needs' + (f": {lacking}" if lacking else ""),
        "run the whole notebook once, without --from-step",
    )


def chosen_only(
    now: Pipeline, pasts: Iterable[Past], parameters: Mapping[str, Any], chosen: Collection[str]
) -> tuple[Past | None, list[str]]:
    """Return what a run of the `chosen` steps alone takes over: everything they need and that is not chosen itself.

    Returns
    -------
    tuple
        the first of `pasts` (newest first) that has all of it, and these steps; (None, []) when they need nothing.

    Raises
    ------
    UsageError
        ``run.nothing_to_resume`` that says what the newest run lacks; ``pipeline.no_step``.
    """
    names = {now.step(name).name for name in chosen}
    needed = set[str]().union(*(above(now, name) for name in names)) - names
    if not needed:
        return None, []
    lacking = ""
    for past in pasts:
        unfit = {s.name: changed(s, past, parameters) or _unfinished(s, past) for s in now.steps if s.name in needed}
        if not any(unfit.values()):
            return past, [s.name for s in now.steps if s.name in needed]
        first = next(name for name, reason in unfit.items() if reason)
        lacking = lacking or f'step "{first}" of run {past.run_id[:8]}: {unfit[first]}'
    raise UsageError(
        "run.nothing_to_resume",
        f"no earlier run has what {_quoted(names)} need{'s' if len(names) == 1 else ''}"
        + (f": {lacking}" if lacking else ""),
        f"run {_quoted(needed)} too, or the whole notebook",
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))


def _not_in(succeeded: Collection[str], now: Pipeline) -> list[str]:
    return [s.name for s in now.steps if s.name not in succeeded]


def _unfinished(step: Step, past: Past) -> str:
    return "" if step.name in past.succeeded else "it did not succeed then"
