"""What becomes of a deployment; and what holds whatever is decided in whatever order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.base.errors import ConflictError, MlopsError, UsageError
from jupyter_mlops.deployments import rollout
from jupyter_mlops.deployments.deployment import Deployment, Reason, Rejection, Status, Wanted
from jupyter_mlops.deployments.rollout import Change
from jupyter_mlops.deployments.serving.plan import LogPlan
from tests.deployments.wanted import wanted

BAD = Rejection(Reason.CHECK, "it does not predict its example")


def test_an_alias_is_followed_when_it_moves_and_only_then() -> None:
    serving = wanted(alias="champion", seen=1, live=1)
    assert rollout.moved(serving, 1) == Change(serving)
    after = rollout.moved(serving, 2).deployment
    assert (after.version, after.seen, after.live) == (2, 2, 1)
    pinned = wanted(live=1)
    assert rollout.moved(pinned, 2) == Change(pinned)


def test_a_rejected_version_leaves_what_answers_and_is_offered_again_when_the_alias_comes_back() -> None:
    now = rollout.moved(wanted(alias="champion", seen=1, live=1), 2).deployment
    now = rollout.rejected(now, 2, BAD).deployment
    assert (now.version, now.live, now.rejected) == (1, 1, {2: BAD})
    assert rollout.moved(now, 2) == Change(now)
    now = rollout.moved(now, 1).deployment
    assert 2 in now.rejected
    now = rollout.moved(now, 2).deployment
    assert (now.version, dict(now.rejected)) == (2, {})


def test_a_live_version_that_breaks_gives_way_to_the_one_before() -> None:
    now = wanted(version=2, live=2, previous=1)
    now = rollout.rejected(now, 2, Rejection(Reason.CRASH, "it dies")).deployment
    assert now.version == 1
    now = rollout.confirmed(now, 1).deployment
    assert (now.live, now.previous) == (1, None)


def test_a_first_version_that_is_rejected_stays_what_is_wanted() -> None:
    now = rollout.rejected(wanted(), 1, BAD).deployment
    assert (now.version, now.live, now.needed) == (1, None, [])
    assert rollout.started(now).deployment.needed == [1]


@pytest.mark.parametrize(("before", "live", "after"), [("failed", None, "starting"), ("degraded", 1, "ready")])
def test_what_was_said_of_one_version_says_nothing_of_the_next(before: str, live: int | None, after: str) -> None:
    told = {"message": "it does not predict its example"}
    now = wanted(alias="champion", seen=1, live=live, status=Status(before), error=told)
    asked = (rollout.asked(now, now.model, None, 3), rollout.moved(now, 3), rollout.split(now, 3, 100))
    assert {(change.deployment.status, change.deployment.error) for change in asked} == {(Status(after), None)}


def test_a_canary_is_begun_changed_promoted_and_ended() -> None:
    now = rollout.split(wanted(live=1), 2, 10).deployment
    assert (now.canary, now.percent, now.version) == (2, 10, 1)
    now = rollout.split(now, 2, 50).deployment
    assert now.percent == 50
    for promoted in (rollout.promoted(now).deployment, rollout.split(now, 2, 100).deployment):
        assert (promoted.version, promoted.canary, promoted.percent) == (2, None, 0)
    assert rollout.split(now, 2, 0).deployment.canary is None
    assert rollout.rolled_back(now).deployment.canary is None
    failed = rollout.rejected(now, 2, BAD).deployment
    assert (failed.canary, failed.percent, failed.version) == (None, 0, 1)
    with pytest.raises(ConflictError, match="no canary"):
        rollout.promoted(failed)
    with pytest.raises(UsageError, match="live one already"):
        rollout.split(wanted(live=1), 1, 10)


def test_a_promoted_canary_stays_though_the_alias_points_elsewhere() -> None:
    now = rollout.split(wanted(alias="champion", seen=1, live=1), 2, 100).deployment
    assert rollout.moved(now, 1) == Change(now)
    assert now.version == 2


def test_rolling_back_goes_to_the_one_before_and_the_alias_does_not_undo_it() -> None:
    now = wanted(alias="champion", seen=2, version=2, live=2, previous=1)
    now = rollout.rolled_back(now).deployment
    assert (now.version, now.rejected[2].reason) == (1, Reason.ROLLBACK)
    assert now.needed == [2, 1]  # it answers until the other one is ready
    assert rollout.moved(now, 2) == Change(now)
    now = rollout.confirmed(now, 1).deployment
    assert (now.live, now.previous, now.needed) == (1, None, [1])
    with pytest.raises(ConflictError, match="nothing else before"):
        rollout.rolled_back(now)


def test_rolling_back_what_is_on_its_way_keeps_what_answers() -> None:
    now = rollout.rolled_back(wanted(version=3, seen=3, live=2, previous=1)).deployment
    assert (now.version, now.live, now.previous) == (2, 2, 1)
    assert 3 in now.rejected


def test_another_model_is_another_deployment() -> None:
    with pytest.raises(UsageError, match="not of"):
        rollout.asked(wanted(), "sales", None, 1)


def test_stopping_and_starting() -> None:
    now = rollout.stopped(wanted(live=1, status=Status.READY)).deployment
    assert now.wanted is Wanted.STOPPED
    assert rollout.stopped(now) == Change(now)
    now = rollout.started(now).deployment
    assert (now.wanted, now.status) == (Wanted.SERVING, Status.STARTING)
    assert rollout.started(now) == Change(now)


NUMBERS = st.integers(1, 4)
DECISIONS: st.SearchStrategy[Callable[[Deployment], Change]] = st.one_of(
    NUMBERS.map(lambda n: lambda now: rollout.moved(now, n)),
    NUMBERS.map(lambda n: lambda now: rollout.asked(now, "churn", None, n)),
    NUMBERS.map(lambda n: lambda now: rollout.asked(now, "churn", "champion", n)),
    st.tuples(NUMBERS, st.sampled_from([0, 10, 50, 100])).map(lambda c: lambda now: rollout.split(now, *c)),
    st.one_of(st.none(), NUMBERS).map(lambda n: lambda now: rollout.shadowed(now, n)),
    NUMBERS.map(lambda n: lambda now: rollout.rejected(now, n, BAD)),
    NUMBERS.map(lambda n: lambda now: rollout.confirmed(now, n)),
    st.sampled_from([rollout.promoted, rollout.rolled_back, rollout.stopped, rollout.started, rollout.without_canary]),
    st.just(lambda now: rollout.logged(now, LogPlan(0.5))),
)


@given(st.lists(DECISIONS, max_size=25))
def test_whatever_is_decided_what_answers_is_needed_and_nobody_has_two_roles(
    decisions: list[Callable[[Deployment], Change]],
) -> None:
    now = wanted(alias="champion", seen=1)
    for decide in decisions:
        try:
            change = decide(now)
        except MlopsError:
            continue
        assert change.deployment == now or change.events
        now = change.deployment
        assert now.live is None or now.live in now.needed
        assert now.canary is None or (now.canary not in now.rejected and 0 < now.percent < 100)
        assert now.shadow is None or now.shadow not in now.rejected
        assert len(set(now.needed)) == len(now.needed)
        # What is wanted is either possible, or nothing else is known to be.
        if now.version in now.rejected:
            assert now.live is None or now.live == now.version or now.live in now.rejected
