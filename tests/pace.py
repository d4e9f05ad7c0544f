"""Time in tests: how long a test waits for what must happen, and how work is compared with other work.

No test asserts seconds. What must not wait for something is made to wait for `PATIENCE_S` or for ever if it does; what must
be cheap is compared with work that is measured beside it, so that a slow machine, or a busy one, gives the same answer.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

PATIENCE_S = 180.0
"""How long a test waits for what must happen: many times what the slowest machine needs."""
FAR_S = 900
"""How long sleeps what must be interrupted or ignored: longer than a test may take (`timeout` in pyproject.toml)."""


def cheapest(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the least processor time (seconds, of this process) that `work` took in some rounds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def fastest(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the least time on the clock that `work` took in some rounds: for what other processes do."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def starting_s() -> float:
    """Return what it takes to start an interpreter that does nothing: the least that anything with a process costs."""
    return fastest(lambda: subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True), rounds=10)


def wait_until(is_so: Callable[[], object], what: str = "it did not happen") -> None:
    """Poll until `is_so` gives something true."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.02)
