"""What a version answered: counted in buckets, fine ones for an hour and coarse ones for a day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.deployments.serving.stats import DAY_S, HOUR_S, Stats, percentiles, width_s

NOW = 1_000_000


def test_percentiles_are_close() -> None:
    stats = Stats()
    for number in range(1, 1001):
        stats.record(number / 10, 200, False, at=1000.0)
    found = percentiles(bucket.steps for bucket in stats.last(60, at=1000.0))
    assert found == pytest.approx([50, 95, 99], rel=0.05)
    assert stats.last(60, at=9000.0) == []


@given(st.lists(st.integers(0, DAY_S + HOUR_S), max_size=60))
def test_an_hour_in_detail_and_a_day_by_the_minute(ages: list[int]) -> None:
    stats = Stats()
    for age in sorted(ages, reverse=True):
        stats.record(1.0, 200, age % 2 == 1, at=NOW - age)
    for seconds in (60, HOUR_S, DAY_S // 2, DAY_S):
        width = width_s(seconds)
        first = (NOW - seconds) // width * width
        counted = [NOW - age for age in ages if NOW - age >= first]
        buckets = stats.last(seconds, at=NOW)
        assert [bucket.slot for bucket in buckets] == sorted({at // width for at in counted})
        assert sum(bucket.requests for bucket in buckets) == len(counted)
        assert sum(bucket.errors for bucket in buckets) == sum((NOW - at) % 2 for at in counted)
    assert stats.requests == len(ages)


def test_what_is_older_than_a_day_takes_no_room() -> None:
    stats = Stats()
    for minute in range(3000):
        stats.record(1.0, 200, False, at=NOW + minute * 60)
    assert len(stats.last(10 * DAY_S, at=NOW + 3000 * 60)) <= DAY_S // 60 + 2
