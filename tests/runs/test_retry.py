"""What follows an attempt that did not succeed."""

from __future__ import annotations

import pytest

from jupyter_mlops.runs.limits import amount
from jupyter_mlops.runs.retry import MAX_DELAY_S, MAX_LOSSES, verdict
from jupyter_mlops.runs.run import Reason

COUNTED = [Reason.ERROR, Reason.TIMEOUT, Reason.KERNEL_DIED, Reason.OOM, Reason.TRACKING]


@pytest.mark.parametrize("reason", COUNTED)
def test_the_steps_own_failures_use_up_its_retries(reason: Reason) -> None:
    failures, attempts = 0, 0
    while True:
        attempts += 1
        found = verdict(reason, None, retry=2, failures=failures, losses=0)
        failures = found.failures
        if not found.is_tried_again:
            break
    assert attempts == 3


@pytest.mark.parametrize("reason", [Reason.HANDOVER, Reason.INPUT_CHANGED, Reason.CANCELLED])
def test_what_would_end_the_same_way_is_not_tried_again(reason: Reason) -> None:
    assert not verdict(reason, None, retry=5, failures=0, losses=0).is_tried_again


def test_an_error_of_the_hand_over_is_not_tried_again() -> None:
    error = {"code": "handover.unsupported"}
    assert not verdict(Reason.ERROR, error, retry=5, failures=0, losses=0).is_tried_again


def test_a_lost_worker_uses_up_no_retry_but_not_for_ever() -> None:
    losses = 0
    for _ in range(MAX_LOSSES):
        found = verdict(Reason.WORKER_LOST, None, retry=0, failures=0, losses=losses)
        assert found.is_tried_again
        assert (found.failures, found.delay_s) == (0, 0.0)
        losses = found.losses
    assert not verdict(Reason.WORKER_LOST, None, retry=0, failures=0, losses=losses).is_tried_again


def test_a_shutdown_counts_for_nothing() -> None:
    found = verdict(Reason.SHUTDOWN, None, retry=0, failures=1, losses=MAX_LOSSES)
    assert (found.is_tried_again, found.failures, found.losses) == (True, 1, MAX_LOSSES)


def test_the_pauses_double_and_have_an_end() -> None:
    pauses = [verdict(Reason.ERROR, None, retry=99, failures=n, losses=0).delay_s for n in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    spread = [verdict(Reason.ERROR, None, retry=1, failures=0, losses=0, chance=c).delay_s for c in (0.0, 1.0)]
    assert spread == [pytest.approx(0.9), pytest.approx(1.1)]
    assert max(pauses) == MAX_DELAY_S


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("500m", 0.5), ("4Gi", 2**32), ("1.5G", 1.5e9), ("1e3", 1000), (" 8 Mi ", 2**23), ("64MB", 64e6)],
)
def test_amounts(text: str, value: float) -> None:
    assert amount(text) == value


@pytest.mark.parametrize("text", ["", "Gi", "-1", "0", "four", "4Xi", "1e999", "nan", "4mi"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        amount(text)
