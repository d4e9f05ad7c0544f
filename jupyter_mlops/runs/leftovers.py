"""Nothing of an attempt outlives it: find what it left behind, and end it.

Two nets. Everything an attempt starts inherits the environment variable ``JUPYTER_MLOPS_ATTEMPT``, so that it is
found wherever it went (double fork, own session, dead parent). And an attempt's process adopts its orphans
(Linux: ``PR_SET_CHILD_SUBREAPER``), so that also those are found that threw their environment away.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VARIABLE = "JUPYTER_MLOPS_ATTEMPT"
_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 20
_HAS_PROC = Path("/proc/self/environ").exists()


def adopt_orphans() -> None:
    """Make this process the parent of its descendants' orphans; no-op where the system can't."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_leftovers(token: str, descendants: bool = False) -> int:
    """Kill every process that carries `token`, until there is none; return how many there were.

    Parameters
    ----------
    token
        The value of ``JUPYTER_MLOPS_ATTEMPT``: ``<run>:<step>:<number>``.
    descendants
        Also every descendant of this process. Only for a process that does nothing but this attempt.
    """
    ended: set[int] = set()
    for _ in range(_ROUNDS):
        found = set(_carriers(token)) | (set(_descendants()) if descendants else set())
        if not found:
            break
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, 9)
        ended |= found
        if descendants:
            _reap()
        time.sleep(0.01)
    return len(ended)


def _carriers(token: str) -> Iterator[int]:
    """Yield the processes, this one left out, whose environment carries the token."""
    entry = f"{VARIABLE}={token}"
    if _HAS_PROC:
        yield from _linux_carriers(entry.encode("utf-8", "surrogateescape"))
        return
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ()
            if environment.get(VARIABLE) == token and process.pid != os.getpid() and _is_alive(process):
                yield process.pid


def _is_alive(process: Any) -> bool:
    return str(process.status()) != "zombie"


def _linux_carriers(entry: bytes) -> Iterator[int]:
    own = str(os.getpid())
    for name in os.listdir("/proc"):
        if name.isdigit() and name != own:
            # Gone meanwhile, or somebody else's. A dead process that nobody reaped reads as empty.
            with contextlib.suppress(OSError):
                if entry in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                    yield int(name)


def _descendants() -> Iterator[int]:
    import psutil

    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if _is_alive(process):
                yield process.pid


def _reap() -> None:
    """Collect adopted orphans that ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
