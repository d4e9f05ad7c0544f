"""What a front is told, and what a deployment is by what its front says. Pure.

The plan is ``plan.json`` in the deployment's folder; `deployments.serving.plan` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.deployments.deployment import Deployment, Reason, Status
from jupyter_mlops.deployments.target import Observed

PLAN = "plan.json"
Problem = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """The files of a version on this machine, and the interpreter that has what the model needs."""

    folder: str
    python: str


def plan(
    deployment: Deployment,
    places: Mapping[int, Place],
    revision: int,
    standing: int | None = None,
    confinement: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the plan of a deployment, of those versions whose files are there.

    The version that is to be live is live as soon as its files are there: the front goes on with what it serves until
    the new one is ready. The one before stays warm, so that the way back is short.

    Parameters
    ----------
    standing
        what the plan before said is to be live: it stands while the files of another one are on their way.
    confinement
        what holds for all models of this user; see `deployments.confinement`.
    """
    numbers = [*deployment.needed, *([standing] if standing is not None else [])]
    given = [number for number in dict.fromkeys(numbers) if number in places]
    live = next((n for n in (deployment.version, standing, deployment.live) if n in given), None)
    canary = deployment.canary if deployment.canary in given and deployment.canary != live else None
    return {
        "revision": revision,
        "name": deployment.name,
        "model": deployment.model,
        "host": deployment.host,
        "port": deployment.port,
        "token_sha256": list(deployment.tokens),
        "versions": {
            str(number): {
                "folder": places[number].folder,
                "python": places[number].python,
                "workers": deployment.options.workers,
                "readable": list(deployment.options.readable),
                "network": deployment.options.network,
                "answer_bytes": deployment.options.limits.answer_bytes,
                **(confinement or {}),
            }
            for number in given
        },
        "live": str(live) if live is not None else None,
        "canary": {"version": str(canary), "percent": deployment.percent} if canary is not None else None,
        "shadow": str(deployment.shadow) if deployment.shadow in given else None,
        **{part: deployment.options.to_json()[part] for part in ("limits", "log", "budget")},
    }


def is_same(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> bool:
    """Whether two plans say the same."""
    return one is not None and {**one, "revision": 0} == {**other, "revision": 0}


def judged(
    deployment: Deployment, observed: Observed | None, problems: Mapping[int, Problem], front: Problem | None
) -> tuple[Status, Problem | None]:
    """Return what a deployment is, and what is wrong with it.

    Parameters
    ----------
    problems
        why the files of versions are not there yet, by version; it is tried again.
    front
        why there is no front.
    """
    asked = deployment.rejected.get(deployment.seen or 0)
    refused = _problem(asked.reason, deployment.seen, asked.message, asked.hint) if asked else None
    waiting = problems.get(deployment.version)
    if observed is not None and observed.is_serving:
        if refused is not None and asked is not None and asked.reason != Reason.ROLLBACK:
            return Status.DEGRADED, {**refused, "message": f"{refused['message']}; version {observed.live} answers"}
        return (Status.DEGRADED, waiting) if waiting else (Status.READY, None)
    if deployment.version in deployment.rejected:
        why = deployment.rejected[deployment.version]
        return Status.FAILED, _problem(why.reason, deployment.version, why.message, why.hint)
    if front or waiting:
        return Status.FAILED, front or waiting
    return Status.STARTING, None


def _problem(reason: str, version: int | None, message: str, hint: str) -> Problem:
    hint = hint or "the log of the version tells more; moving the alias or `update --model` tries again"
    return {"code": f"deployment.{reason}", "message": f"version {version} is not served: {message}", "hint": hint}
