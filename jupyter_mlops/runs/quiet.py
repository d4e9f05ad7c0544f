"""When a loop may leave turns out: while nothing that it looks at has changed, and then only for so long.

Looking at the files of a database costs a hundredth of asking it, so a loop that has nothing to do can look often.
"""

from __future__ import annotations

import time
from collections.abc import Callable

# How long after a change every turn is taken, and how often one is taken in any case.
SETTLE_S, LONGEST_S = 5.0, 8.0
# How often a loop looks that may leave turns out.
LOOK_S = 1.0


class Quiet:
    """Whether nothing has changed.

    Parameters
    ----------
    signs
        Returns what changes with whatever the loop looks at; None when there is work, or changes cannot be noticed.
    """

    def __init__(
        self,
        signs: Callable[[], object],
        settle_s: float = SETTLE_S,
        longest_s: float = LONGEST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signs, self._settle_s, self._longest_s, self._clock = signs, settle_s, longest_s, clock
        self._seen: object = None
        self._changed_at = self._turned_at = clock()
        self._is_quiet = False

    def is_turn(self) -> bool:
        """Return whether a turn is to be taken now; it is noted as taken."""
        now, found = self._clock(), self._signs()
        if found is None or found != self._seen:
            self._seen, self._changed_at = found, now
        self._is_quiet = now - self._changed_at > self._settle_s
        if self._is_quiet and now - self._turned_at < self._longest_s:
            return False
        self._turned_at = now
        return True

    def wait_s(self, poll_s: float) -> float:
        """Return how long to wait until the next look, which is `poll_s` while turns are taken."""
        return LOOK_S if self._is_quiet else poll_s

    def stir(self) -> None:
        """Note a change that leaves no sign."""
        self._changed_at = self._clock()
