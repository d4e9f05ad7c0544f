"""What a process that will run a model's code gives up before it does, because a model file is a program.

It dies with its parent, keeps no file descriptor but its own, can gain no privilege, may write in its scratch folder
only and read only what `readable` lists, and cannot signal or look into other processes.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import resource
import signal
import sys
from collections.abc import Iterable

from jupyter_mlops.deployments.serving.worker import capabilities, landlock, seccomp
from jupyter_mlops.deployments.serving.worker.readable import allowed

_PDEATHSIG, _SUBREAPER, _NO_NEW_PRIVS = 1, 36, 38
# The largest file that a model writes, its log among them; all of its scratch folder together: `serving.tidy`.
FILE_BYTES = 1 << 30
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
ACCELERATORS = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg")


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """End when the parent does, also when it is killed; at once when it is gone already."""
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none gets away."""
    _prctl(_SUBREAPER, 1)


def children() -> set[int]:
    """Return the processes whose parent this one is; empty where the system does not tell."""
    found: set[int] = set()
    with contextlib.suppress(OSError, ValueError):
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
                found.update(int(pid) for pid in file.read().split())
    return found


def keep_only(fds: Iterable[int]) -> None:
    """Close every other file descriptor."""
    kept = sorted(fds)
    for low, high in zip([-1, *kept], [*kept, resource.getrlimit(resource.RLIMIT_NOFILE)[0]], strict=True):
        if low + 1 < high:
            os.closerange(low + 1, high)


def give_up(
    folder: str, scratch: str, readable: Iterable[str] = (), hidden: Iterable[str] = (), network: bool = False
) -> str:
    """Give up rights for good and return what is in force, like ``landlock-7+seccomp`` or ``none``.

    Parameters
    ----------
    folder
        The model; may be read.
    scratch
        The only folder that may be written.
    readable
        More files and folders that may be read; see `readable.allowed`.
    hidden
        Folders that may not be read, whatever else is.
    network
        Whether connections may be opened.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_FSIZE, FILE_BYTES)
    capabilities.drop()
    _prctl(_NO_NEW_PRIVS, 1)
    accelerators = [path for pattern in ACCELERATORS for path in glob.glob(pattern)]
    level = landlock.restrict(allowed(folder, readable, hidden), [scratch, *DEVICES, *accelerators], network)
    in_force = [f"landlock-{level}"] if level else []
    in_force += ["seccomp"] if seccomp.restrict(network) else []
    return "+".join(in_force) or "none"


def _limit(what: int, most: int) -> None:
    """Lower a limit of this process; no-op where it is lower."""
    hard = resource.getrlimit(what)[1]
    lowered = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (lowered, lowered))


def is_whole(sandbox: str) -> bool:
    """Return whether both halves of the sandbox are in force.

    >>> is_whole("landlock-7+seccomp"), is_whole("seccomp"), is_whole("none")
    (True, False, False)
    """
    return sandbox.startswith("landlock-") and sandbox.endswith("+seccomp")
