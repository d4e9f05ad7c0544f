"""What becomes of a deployment when somebody wants something, an alias moves, or the front tells. Pure.

Every function takes a deployment as it is and returns what it is then, with what is to be recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jupyter_mlops.base.errors import ConflictError, UsageError
from jupyter_mlops.deployments.deployment import Deployment, Event, Reason, Rejection, Status, Wanted
from jupyter_mlops.deployments.serving.plan import LogPlan


@dataclass(frozen=True)
class Change:
    """What a deployment is now, and what happened."""

    deployment: Deployment
    events: tuple[Event, ...] = ()


def asked(deployment: Deployment, model: str, alias: str | None, version: int) -> Change:
    """Serve another model, alias or version from now on; what was rejected is given another chance."""
    _must_be_same_model(deployment, model)
    changed = replace(_anew(deployment, version), alias=alias, version=version, seen=version)
    name = f"{model}@{alias} (version {version})" if alias else f"version {version}"
    return Change(changed, (_event("wanted", f"{name} is to be served", version),))


def moved(deployment: Deployment, version: int) -> Change:
    """Follow the alias to where it points now; no-op when it points where it was seen last."""
    if deployment.alias is None or deployment.seen == version:
        return Change(deployment)
    changed = replace(_anew(deployment, version), version=version, seen=version)
    return Change(changed, (_event("moved", f"{deployment.reference} is version {version} now", version),))


def split(deployment: Deployment, canary: int, percent: int) -> Change:
    """Let a version answer `percent` of the requests; 0 ends that, 100 makes it live."""
    if percent == 0:
        return without_canary(deployment)
    if percent == 100:
        return promoted(replace(deployment, canary=canary, percent=percent))
    if canary == deployment.version:
        raise UsageError(
            "deployment.canary", f"version {canary} is the live one already", "name another version as the canary"
        )
    changed = replace(_forgiven(deployment, canary), canary=canary, percent=percent)
    return Change(changed, (_event("canary", f"version {canary} gets {percent} % of the requests", canary),))


def without_canary(deployment: Deployment) -> Change:
    """End the canary; no-op without one."""
    if deployment.canary is None:
        return Change(deployment)
    changed = replace(deployment, canary=None, percent=0)
    message = f"version {deployment.canary} gets no more requests"
    return Change(changed, (_event("canary", message, deployment.canary),))


def promoted(deployment: Deployment) -> Change:
    """Make the canary live."""
    version = deployment.canary
    if version is None:
        raise ConflictError(
            "deployment.no_canary",
            f'deployment "{deployment.name}" has no canary to promote',
            f"`deployments update {deployment.name} --canary VERSION --percent 10` makes one",
        )
    changed = replace(_anew(deployment, version), version=version, canary=None, percent=0)
    return Change(changed, (_event("promoted", f"version {version} is to get all requests", version),))


def shadowed(deployment: Deployment, shadow: int | None) -> Change:
    """Let a version answer beside the live one, unheard; None ends that."""
    if shadow == deployment.shadow:
        return Change(deployment)
    if shadow is None:
        changed = replace(deployment, shadow=None)
        return Change(changed, (_event("shadow", f"version {deployment.shadow} is no shadow any more"),))
    changed = replace(_forgiven(deployment, shadow), shadow=shadow)
    return Change(changed, (_event("shadow", f"version {shadow} answers unheard", shadow),))


def logged(deployment: Deployment, log: LogPlan) -> Change:
    """Write another share of the requests, or other columns."""
    changed = replace(deployment, options=replace(deployment.options, log=log))
    return Change(changed, (_event("log", f"{log.sample:.0%} of the requests are written down"),))


def rolled_back(deployment: Deployment) -> Change:
    """End the canary, or else serve again what was served before; the owner takes the present one back."""
    if deployment.canary is not None:
        return without_canary(deployment)
    # What is only on its way is taken back to what answers; what answers, to what answered before.
    pending = deployment.live is not None and deployment.version != deployment.live
    given_up = deployment.version if pending else deployment.live
    back = deployment.live if pending else deployment.previous
    if back is None or given_up is None:
        raise ConflictError(
            "deployment.no_previous",
            f'deployment "{deployment.name}" has served nothing else before',
            f"`deployments update {deployment.name} --model MODEL/VERSION` chooses a version",
        )
    why = Rejection(Reason.ROLLBACK, f"version {given_up} was rolled back to {back}")
    changed = _anew(deployment, back)
    changed = replace(changed, version=back, rejected={**changed.rejected, given_up: why})
    if changed.shadow == given_up:
        changed = replace(changed, shadow=None)
    return Change(changed, (_event("rolled_back", why.message, back, given_up=given_up),))


def stopped(deployment: Deployment) -> Change:
    """Serve no more; no-op when that is so."""
    if deployment.wanted is not Wanted.SERVING:
        return Change(deployment)
    return Change(replace(deployment, wanted=Wanted.STOPPED), (_event("stopped", "it is to stop"),))


def started(deployment: Deployment) -> Change:
    """Serve again; a version that failed is given another chance."""
    changed = _forgiven(deployment, deployment.version)
    if deployment.wanted is Wanted.SERVING and changed == deployment:
        return Change(deployment)
    changed = replace(changed, wanted=Wanted.SERVING, status=Status.STARTING, error=None)
    return Change(changed, (_event("started", "it is to serve again"),))


def confirmed(deployment: Deployment, live: int) -> Change:
    """Take what the front says that it serves; no-op when that is known."""
    if deployment.live == live:
        return Change(deployment)
    before = deployment.live
    known = (before, deployment.previous)
    previous = next((n for n in known if n is not None and n != live and n not in deployment.rejected), None)
    changed = replace(deployment, live=live, previous=previous)
    if changed.version in changed.rejected and live not in changed.rejected:
        # What was wanted cannot be; what answers is wanted now.
        changed = replace(changed, version=live)
    if changed.canary == live:
        changed = replace(changed, canary=None, percent=0)
    message = f"version {live} answers" + (f" instead of {before}" if before is not None else "")
    return Change(changed, (_event("live", message, live, before=before),))


def rejected(deployment: Deployment, version: int, why: Rejection) -> Change:
    """Note that a version is not served, and want what answers; no-op when that is known."""
    if deployment.rejected.get(version) == why:
        return Change(deployment)
    changed = replace(deployment, rejected={**deployment.rejected, version: why})
    if changed.canary == version:
        changed = replace(changed, canary=None, percent=0)
    if changed.shadow == version:
        changed = replace(changed, shadow=None)
    if changed.version == version:
        back = next((n for n in (changed.live, changed.previous) if n not in (None, version)), None)
        changed = replace(changed, version=back if back is not None else version)
    kind = "refused" if why.reason in (Reason.ENVIRONMENT, Reason.FILES) else "rolled_back"
    return Change(changed, (_event(kind, f"version {version}: {why.message}", version, reason=why.reason),))


def observed(deployment: Deployment, status: Status, error: Mapping[str, str] | None) -> Change:
    """Take over what the deployment is; no-op when that is known."""
    if (deployment.status, deployment.error) == (status, error):
        return Change(deployment)
    changed = replace(deployment, status=status, error=error)
    if deployment.status is status:
        return Change(changed)
    message = f"{status}: {error['message']}" if error else str(status)
    return Change(changed, (_event("status", message, status=str(status)),))


def _anew(deployment: Deployment, version: int) -> Deployment:
    """Give a version another chance; what was said of the one before says nothing of it."""
    changed = _forgiven(deployment, version)
    status = {Status.FAILED: Status.STARTING, Status.DEGRADED: Status.READY}.get(changed.status)
    return replace(changed, status=status, error=None) if status else changed


def _forgiven(deployment: Deployment, version: int) -> Deployment:
    if version not in deployment.rejected:
        return deployment
    return replace(deployment, rejected={n: why for n, why in deployment.rejected.items() if n != version})


def _must_be_same_model(deployment: Deployment, model: str) -> None:
    if model != deployment.model:
        # Version numbers of two models mean nothing beside each other.
        raise UsageError(
            "deployment.other_model",
            f'deployment "{deployment.name}" serves versions of "{deployment.model}", not of "{model}"',
            "make another deployment for it",
        )


def _event(kind: str, message: str, version: int | None = None, **data: object) -> Event:
    return Event(kind, {"message": message, **({"version": version} if version is not None else {}), **data})
