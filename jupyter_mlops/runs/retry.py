"""Whether a step is tried again, and when. Pure: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.runs.run import Reason

MAX_LOSSES = 3
MAX_DELAY_S = 60.0
# What is the step's own doing uses up one of the retries that its tag allows.
_COUNTS = frozenset({Reason.ERROR, Reason.TIMEOUT, Reason.KERNEL_DIED, Reason.OOM, Reason.TRACKING})
# The same again would end the same way, or somebody did not want it.
_FINAL_CODES = ("handover.", "run.input_changed", "run.kernel_not_found", "run.python_not_found")


@dataclass(frozen=True)
class Verdict:
    """What follows an attempt that did not succeed; `failures` and `losses` with this one counted in."""

    is_tried_again: bool
    failures: int
    losses: int
    delay_s: float = 0.0


def verdict(
    reason: Reason,
    error: Mapping[str, Any] | None,
    *,
    retry: int,
    failures: int,
    losses: int,
    chance: float = 0.5,
) -> Verdict:
    """Return what follows.

    Parameters
    ----------
    retry
        how often the step's tag allows another attempt.
    failures, losses
        the step's attempts so far that failed by themselves, and those that were lost with their worker.
    chance
        a number from 0 to 1 that spreads the retries of many steps.

    >>> verdict(Reason.ERROR, None, retry=2, failures=1, losses=0).delay_s
    2.0
    >>> verdict(Reason.WORKER_LOST, None, retry=0, failures=0, losses=0).is_tried_again
    True
    """
    if reason is Reason.SHUTDOWN:
        return Verdict(True, failures, losses)
    if reason is Reason.WORKER_LOST:
        return Verdict(losses < MAX_LOSSES, failures, losses + 1)
    if reason not in _COUNTS:
        return Verdict(False, failures, losses)
    failures += 1
    is_final = str((error or {}).get("code", "")).startswith(_FINAL_CODES)
    if is_final or failures > retry:
        return Verdict(False, failures, losses)
    # 1 s, 2 s, 4 s … each a tenth more or less.
    pause = min(MAX_DELAY_S, 2.0 ** min(failures - 1, 10)) * (0.9 + 0.2 * chance)
    return Verdict(True, failures, losses, pause)
