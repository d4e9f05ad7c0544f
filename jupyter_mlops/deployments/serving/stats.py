"""What a version answered: counts and latencies in buckets of five seconds over the last hour, of a minute over the
last day, and since its start.

Latencies are counted in steps of 9 %, from 0.05 ms on; a percentile is right within half of a step. One `record`
costs about a microsecond, so every answer is counted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

WIDTH_S, HOUR_S = 5, 3600
LONG_WIDTH_S, DAY_S = 60, 86_400
FIRST_MS = 0.05
STEPS = 8
_SCALE = STEPS / math.log(2)
_LAST = 200


def step_of(ms: float) -> int:
    """Return the step that a latency falls in."""
    if ms <= FIRST_MS:
        return 0
    return min(int(math.log(ms / FIRST_MS) * _SCALE) + 1, _LAST)


def bound_ms(step: int) -> float:
    """Return a step's upper bound.

    Examples
    --------
    >>> all(bound_ms(step_of(ms)) >= ms > bound_ms(step_of(ms) - 1) for ms in (0.06, 1.0, 250.0))
    True
    """
    return float(FIRST_MS * 2 ** (step / STEPS))


@dataclass
class Bucket:
    """Requests, errors and latencies of a moment; `slot` is when, in widths of such moments since 1970."""

    slot: int
    requests: int = 0
    errors: int = 0
    steps: dict[int, int] = field(default_factory=dict)

    def add(self, other: Bucket) -> None:
        """Count what another bucket counted."""
        self.requests += other.requests
        self.errors += other.errors
        for step, count in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + count


class Stats:
    """The counts of one version."""

    def __init__(self) -> None:
        self.requests = 0
        self.errors = 0
        self.codes: dict[int, int] = {}
        self.steps: dict[int, int] = {}
        self.sum_ms = 0.0
        self._buckets: dict[int, Bucket] = {}
        self._long: dict[int, Bucket] = {}
        self._now = Bucket(0)

    def record(self, ms: float, code: int, is_error: bool, at: float | None = None) -> None:
        """Count an answer.

        Parameters
        ----------
        is_error
            Whether it is the version's fault.
        at
            When, in seconds since 1970; None is now.
        """
        slot = int(time.time() if at is None else at) // WIDTH_S
        bucket = self._now
        if bucket.slot != slot:
            bucket = self._roll(slot)
        step = step_of(ms)
        self.requests += 1
        bucket.requests += 1
        self.sum_ms += ms
        self.codes[code] = self.codes.get(code, 0) + 1
        self.steps[step] = self.steps.get(step, 0) + 1
        bucket.steps[step] = bucket.steps.get(step, 0) + 1
        if is_error:
            self.errors += 1
            bucket.errors += 1

    def _roll(self, slot: int) -> Bucket:
        for old in [old for old in self._buckets if old < slot - HOUR_S // WIDTH_S]:
            _add(self._long, self._buckets.pop(old))
        for old in [old for old in self._long if old < slot * WIDTH_S // LONG_WIDTH_S - DAY_S // LONG_WIDTH_S]:
            del self._long[old]
        self._now = self._buckets.setdefault(slot, Bucket(slot))
        return self._now

    def last(self, seconds: float, at: float | None = None) -> list[Bucket]:
        """Return the buckets of the last `seconds`, oldest first; those without a request are left out.

        They are `width_s(seconds)` wide.
        """
        width, buckets = width_s(seconds), self._buckets
        if width == LONG_WIDTH_S:
            buckets = {}
            for bucket in self._long.values():
                buckets.setdefault(bucket.slot, Bucket(bucket.slot)).add(bucket)
            for bucket in self._buckets.values():
                _add(buckets, bucket)
        first = ((time.time() if at is None else at) - seconds) // width
        return [buckets[slot] for slot in sorted(buckets) if slot >= first]


def width_s(seconds: float) -> int:
    """Return how wide the buckets of the last `seconds` are, in seconds."""
    return WIDTH_S if seconds <= HOUR_S else LONG_WIDTH_S


def _add(buckets: dict[int, Bucket], bucket: Bucket) -> None:
    slot = bucket.slot * WIDTH_S // LONG_WIDTH_S
    buckets.setdefault(slot, Bucket(slot)).add(bucket)


def percentiles(steps: Iterable[dict[int, int]], shares: tuple[float, ...] = (0.5, 0.95, 0.99)) -> list[float | None]:
    """Return percentiles of latencies in ms; None where nothing was counted.

    Examples
    --------
    >>> [round(found) for found in percentiles([{step_of(10.0): 98, step_of(80.0): 2}]) if found]
    [10, 11, 83]
    >>> percentiles([])
    [None, None, None]
    """
    merged: dict[int, int] = {}
    for part in steps:
        for step, count in part.items():
            merged[step] = merged.get(step, 0) + count
    total = sum(merged.values())
    if not total:
        return [None] * len(shares)
    found: list[float | None] = []
    for share in shares:
        rank, passed = share * total, 0
        for step in sorted(merged):
            passed += merged[step]
            if passed >= rank:
                low = bound_ms(step - 1) if step else 0.0
                inside = 1 - (passed - rank) / merged[step]
                found.append(round(low + (bound_ms(step) - low) * inside, 3))
                break
    return found
