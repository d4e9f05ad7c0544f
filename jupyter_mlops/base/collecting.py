"""Pauses Python's cyclic garbage collector around work that makes many objects and hardly a cycle."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator


class _Pauses:
    """How many pauses are under way, and whether the collector ran before the first of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.was_enabled = False


_pauses = _Pauses()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Pause the collector in all threads; it goes on when the last of the pauses ends.

    Each of its scans looks at all that was made so far: without them, the cost of reading a notebook grows with its
    length and no faster.
    """
    with _pauses.lock:
        if not _pauses.count:
            _pauses.was_enabled = gc.isenabled()
            gc.disable()
        _pauses.count += 1
    try:
        yield
    finally:
        with _pauses.lock:
            _pauses.count -= 1
            if not _pauses.count and _pauses.was_enabled:
                if not gc.get_freeze_count():
                    # to the oldest generation, without a look at each: what was made is in use, or gone already
                    gc.freeze()
                    gc.unfreeze()
                gc.enable()
