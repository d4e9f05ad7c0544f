"""Which version answers: decided here, from the plan, what is ready and what was rejected. Pure.

live
    The version that answers. Another one of the plan takes its place only when it is ready, which includes that it
    passed its check; until then the old one goes on, also when the plan no longer has it.
before
    The version that was live before, while the plan keeps it warm: where a rejected live version falls back to.
rejected
    A version that failed its check, crashes in a loop or overran its error budget. It is given no request.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from jupyter_mlops.deployments.serving.plan import Budget, Canary, Plan, VersionPlan
from jupyter_mlops.deployments.serving.stats import Bucket

Reason = Literal["check", "errors", "crash", "environment"]
CRASHES = 5


@dataclass(frozen=True)
class Roles:
    """Who does what; the canary and the shadow only where they are ready."""

    live: str | None = None
    before: str | None = None
    canary: Canary | None = None
    shadow: str | None = None


@dataclass(frozen=True)
class Rejection:
    """Why a version is not served; `plan` is what was tried, so that another try is known as one."""

    reason: Reason
    message: str
    at: str
    plan: VersionPlan


def settle(plan: Plan, roles: Roles, ready: Collection[str], rejected: Collection[str]) -> Roles:
    """Return who is to do what now.

    Examples
    --------
    >>> from jupyter_mlops.deployments.serving.plan import VersionPlan
    >>> folder = VersionPlan("f", "p")
    >>> plan = Plan("m", versions={"1": folder, "2": folder}, live="2")
    >>> settle(plan, Roles("1"), ["1"], []).live
    '1'
    >>> settle(plan, Roles("1"), ["1", "2"], [])
    Roles(live='2', before='1', canary=None, shadow=None)
    >>> settle(plan, Roles("2", "1"), ["1"], ["2"])
    Roles(live='1', before=None, canary=None, shadow=None)
    """
    live, before = roles.live, roles.before
    if live in rejected:
        live, before = other_than(live, plan, roles, ready, rejected), None
    if plan.live is None:
        live = live if live in plan.versions else None
    elif plan.live != live and plan.live not in rejected and (plan.live in ready or live is None):
        live, before = plan.live, live
    canary, shadow = plan.canary, plan.shadow
    if canary is not None and (canary.version not in ready or canary.version in rejected or canary.version == live):
        canary = None
    if shadow not in ready or shadow in rejected or shadow == live:
        shadow = None
    return Roles(live, before if before in plan.versions and before != live else None, canary, shadow)


def other_than(
    number: str | None, plan: Plan, roles: Roles, ready: Collection[str], rejected: Collection[str]
) -> str | None:
    """Return the ready version that could be live instead: the one before, else the newest kept warm."""
    trial = {plan.shadow, plan.canary.version if plan.canary else None}
    others = [item for item in plan.versions if item in ready and item not in rejected and item != number]
    if roles.before in others:
        return roles.before
    if plan.live in others:
        return plan.live
    warm = [item for item in others if item not in trial]
    return max(warm, key=lambda item: (len(item), item), default=None)


def wanted(plan: Plan, roles: Roles, rejected: Collection[str]) -> set[str]:
    """Return the versions that are to be up."""
    return {number for number in (*plan.versions, roles.live) if number is not None and number not in rejected}


def overrun(budget: Budget, buckets: Collection[Bucket]) -> str | None:
    """Return how the error budget is overrun, or None."""
    requests, errors = sum(item.requests for item in buckets), sum(item.errors for item in buckets)
    if requests < budget.least or errors <= budget.errors * requests:
        return None
    return (
        f"{errors} of {requests} requests in {budget.window_s:.0f} s failed; the budget is {budget.errors * 100:.3g} %"
    )


def forgiven(plan: Plan, rejected: Mapping[str, Rejection]) -> dict[str, Rejection]:
    """Return the rejections that still hold: of versions that the plan has, as they were tried.

    A version that the plan drops and offers again, or offers changed, gets another chance.
    """
    return {number: item for number, item in rejected.items() if plan.versions.get(number) == item.plan}


def without(roles: Roles, number: str) -> Roles:
    """Return the roles with a version taken out of all but live."""
    canary = None if roles.canary and roles.canary.version == number else roles.canary
    return replace(
        roles,
        before=None if roles.before == number else roles.before,
        canary=canary,
        shadow=None if roles.shadow == number else roles.shadow,
    )
