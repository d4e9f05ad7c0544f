"""What a front is told, and what a deployment is by what its front says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.deployments.deployment import Deployment, Options, Reason, Rejection, Status
from jupyter_mlops.deployments.plan import Place, Problem, is_same, judged, plan
from jupyter_mlops.deployments.serving.plan import Plan
from jupyter_mlops.deployments.target import Observed
from tests.deployments.wanted import wanted

PLACES = {n: Place(f"/m/{n}", "/usr/bin/python") for n in range(1, 5)}
BAD = Rejection(Reason.CHECK, "it does not load")
DOWN: Problem = {"code": "mlflow.down", "message": "MLflow cannot be used", "hint": ""}


def roles(
    deployment: Deployment, places: dict[int, Place] | None = None, standing: int | None = None
) -> tuple[Any, ...]:
    made = plan(deployment, PLACES if places is None else places, 1, standing)
    read = Plan.of(made)
    assert set(read.versions) == set(made["versions"])
    canary = (read.canary.version, read.canary.percent) if read.canary else None
    return sorted(read.versions), read.live, canary, read.shadow


CASES = {
    "nothing is there yet": (wanted(), {}, None, ([], None, None, None)),
    "the first one": (wanted(), None, None, (["1"], "1", None, None)),
    "the next one is on its way": (wanted(version=2, live=1), {1: PLACES[1]}, None, (["1"], "1", None, None)),
    "the next one is there": (wanted(version=2, live=1), None, None, (["1", "2"], "2", None, None)),
    "the one before stays warm": (wanted(version=2, live=2, previous=1), None, None, (["1", "2"], "2", None, None)),
    "a canary": (wanted(live=1, canary=2, percent=10), None, None, (["1", "2"], "1", ("2", 10), None)),
    "a canary on its way": (wanted(live=1, canary=2, percent=10), {1: PLACES[1]}, None, (["1"], "1", None, None)),
    "a canary that is live": (wanted(live=1, canary=1, percent=10), None, None, (["1"], "1", None, None)),
    "a shadow": (wanted(live=1, shadow=3), None, None, (["1", "3"], "1", None, "3")),
    "rejected": (wanted(live=1, seen=2, rejected={2: BAD}), None, None, (["1"], "1", None, None)),
    "rolled back, not ready": (
        wanted(version=1, live=2, rejected={2: BAD}),
        {2: PLACES[2]},
        2,
        (["2"], "2", None, None),
    ),
    "told, not yet heard": (wanted(version=3, live=1), {1: PLACES[1], 2: PLACES[2]}, 2, (["1", "2"], "2", None, None)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_plans(case: tuple[Deployment, dict[int, Place] | None, int | None, tuple[Any, ...]]) -> None:
    deployment, places, standing, expected = case
    assert roles(deployment, places, standing) == expected


def test_a_plan_says_what_the_front_reads() -> None:
    made = wanted(tokens=("ab",), port=4711, folder=Path("/d"))
    read = Plan.of(plan(made, PLACES, 7))
    assert (read.name, read.port, read.host, read.revision, read.token_sha256) == (
        "churn",
        4711,
        "127.0.0.1",
        7,
        ("ab",),
    )
    assert read.limits.body_bytes == made.options.limits.body_bytes
    assert read.limits.concurrency == made.options.limits.concurrency
    assert read.log.sample == made.options.log.sample
    assert read.budget.least == made.options.budget.least
    assert read.versions["1"].folder == "/m/1"


def test_a_plan_says_what_a_model_may() -> None:
    found = Plan.of(plan(wanted(options=Options(readable=("/data",), network=False)), PLACES, 1)).versions["1"]
    assert (found.readable, found.network) == (("/data",), False)


def test_a_plan_is_the_same_whatever_its_number() -> None:
    assert is_same(plan(wanted(), PLACES, 1), plan(wanted(), PLACES, 2))
    assert not is_same(None, plan(wanted(), PLACES, 2))
    assert not is_same(plan(wanted(), PLACES, 1), plan(wanted(port=1), PLACES, 1))


def front(live: int | None, **states: str) -> Observed:
    versions = {number.strip("v"): {"state": state} for number, state in states.items()}
    return Observed.from_json({"revision": 1, "pid": 1, "live": live, "versions": versions})


STATES = {
    "it starts": (wanted(), None, {}, None, Status.STARTING, None),
    "its model loads": (wanted(), front(None, v1="starting"), {}, None, Status.STARTING, None),
    "it answers": (wanted(live=1), front(1, v1="ready"), {}, None, Status.READY, None),
    "the next one loads": (
        wanted(version=2, live=1),
        front(1, v1="ready", v2="starting"),
        {},
        None,
        Status.READY,
        None,
    ),
    "the first one is bad": (wanted(seen=1, rejected={1: BAD}), front(None), {}, None, Status.FAILED, "does not load"),
    "the next one is bad": (
        wanted(live=1, seen=2, rejected={2: BAD}),
        front(1, v1="ready"),
        {},
        None,
        Status.DEGRADED,
        "version 1 answers",
    ),
    "rolled back by its owner": (
        wanted(live=1, seen=2, rejected={2: Rejection(Reason.ROLLBACK, "back")}),
        front(1, v1="ready"),
        {},
        None,
        Status.READY,
        None,
    ),
    "a canary was bad": (wanted(live=1, seen=1, rejected={2: BAD}), front(1, v1="ready"), {}, None, Status.READY, None),
    "the registry is away at first": (wanted(), front(None), {1: DOWN}, None, Status.FAILED, "MLflow cannot"),
    "the registry is away": (
        wanted(version=2, live=1),
        front(1, v1="ready"),
        {2: DOWN},
        None,
        Status.DEGRADED,
        "MLflow cannot",
    ),
    "the front does not start": (wanted(live=1), None, {}, DOWN, Status.FAILED, "MLflow cannot"),
}


@pytest.mark.parametrize("case", STATES.values(), ids=STATES)
def test_states(
    case: tuple[Deployment, Observed | None, dict[int, Problem], Problem | None, Status, str | None],
) -> None:
    deployment, observed, problems, ill, status, message = case
    found, error = judged(deployment, observed, problems, ill)
    assert found is status
    assert (error is None) == (message is None)
    assert message is None or message in (error or {})["message"]
