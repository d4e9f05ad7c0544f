"""Why an attempt has to stop before its cells are through: its time is up, or somebody cancelled it.

A SIGTERM cancels. The signal wakes whoever waits in a poll, and is only read, never acted on, in the handler.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Literal

Reason = Literal["timeout", "cancelled"]


class Watch:
    """The one place that knows whether to go on.

    Parameters
    ----------
    timeout_s
        Seconds from `start_clock` on; None for no limit.
    """

    def __init__(self, timeout_s: float | None = None) -> None:
        self.timeout_s = timeout_s
        self._deadline: float | None = None
        self._is_cancelled = False
        self._is_over = False
        self._wake, self._bell = os.pipe()
        for end in (self._wake, self._bell):
            os.set_blocking(end, False)

    def start_clock(self) -> None:
        """Begin to count the time: the first cell is about to run. No-op when it was begun before."""
        if self.timeout_s is not None and self._deadline is None:
            self._deadline = time.monotonic() + self.timeout_s

    def listen(self) -> None:
        """Take SIGTERM as a cancel, SIGINT as nothing (it is meant for the kernel). Main thread only."""
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: self.cancel())
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def cancel(self) -> None:
        """Ask for a stop; no-op once the cells are through: who finished first has won."""
        self._is_cancelled = self._is_cancelled or not self._is_over
        with contextlib.suppress(OSError):
            os.write(self._bell, b"!")

    def end(self) -> None:
        """The cells are through: from here on nothing stops the attempt."""
        self._is_over = True

    def fileno(self) -> int:
        """Descriptor that is readable when a poll should look here."""
        return self._wake

    def reason(self) -> Reason | None:
        """Return why to stop, or None."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        if self._is_cancelled:
            return "cancelled"
        return "timeout" if self.remaining_s() == 0 else None

    def remaining_s(self) -> float | None:
        """Return the seconds left, 0 when they are used up, None without a limit or before the first cell."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
