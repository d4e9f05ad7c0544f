"""A process that is told apart from any later one with the same number: pid, start time, and the boot it belongs to.

Rule: nothing is taken over from a process, and nothing is killed, by its number alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

_HAS_PROC = Path("/proc/self/stat").exists()


@dataclass(frozen=True)
class Identity:
    """A process, for ever. `started` is in clock ticks since boot (Linux) or seconds since the epoch (elsewhere)."""

    pid: int
    started: float
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Return the identity of the process that has this number now; None when none has, or it is dead."""
        started = _started(pid)
        return None if started is None else cls(pid, started, boot_id())

    @classmethod
    def own(cls) -> Identity:
        """Return the identity of this process."""
        found = cls.of(os.getpid())
        assert found is not None
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Identity:
        """Read the JSON form; raise `KeyError` or `ValueError` when it is none."""
        return cls(int(data["pid"]), float(data["started"]), str(data["boot_id"]))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; a dead one that nobody asked for does not."""
        return self.boot_id == boot_id() and _started(self.pid) == self.started


@cache
def boot_id() -> str:
    """Return what tells this boot of the machine (or this container's host) from the others."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    import psutil

    return uuid.uuid5(uuid.NAMESPACE_OID, str(int(psutil.boot_time()))).hex


def _started(pid: int) -> float | None:
    if _HAS_PROC:
        # psutil's start time moves with the wall clock; the kernel's own does not.
        try:
            stat = Path("/proc", str(pid), "stat").read_bytes()
        except OSError:
            return None
        # The name in parentheses may hold anything, parentheses too.
        state, *rest = stat[stat.rindex(b")") + 2 :].split()
        return None if state in (b"Z", b"X") else float(rest[18])
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants, parents first."""
    import psutil

    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return [pid]


def memory_below(pid: int) -> int:
    """Return the resident memory of a process's descendants; its own is shared with the one it was forked from."""
    import psutil

    total = 0
    for member in tree(pid)[1:]:
        with contextlib.suppress(psutil.Error):
            total += psutil.Process(member).memory_info().rss
    return total


def end(identity: Identity, patience_s: float = 5.0, *, alone: bool = False) -> bool:
    """Kill a process with its descendants and its group; return whether it is gone.

    A stopped process is killed too. No-op for one that is gone already.

    Parameters
    ----------
    alone
        without the others: they see to their own end.
    """
    until = time.monotonic() + patience_s
    while identity.is_alive:
        # Down from the top: nobody is left to start another one, and an adopting parent loses no orphan to init.
        members = [identity.pid] if alone else tree(identity.pid)
        with contextlib.suppress(OSError):
            if not alone and os.getpgid(identity.pid) == identity.pid != os.getpgrp():
                os.killpg(identity.pid, signal.SIGKILL)
        for member in members:
            with contextlib.suppress(OSError):
                os.kill(member, signal.SIGKILL)
        if time.monotonic() >= until:
            return False
        time.sleep(0.005)
    return True
