"""What a process that will run a model's code gives up before it does, because a model file is a program.

It dies with its parent, keeps no file descriptor but its own, can gain no privilege, may write in its scratch folder
only and read neither the user's home nor temporary files, and cannot signal or look into other processes.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import resource
import signal
import site
import sys
from collections.abc import Iterable

from jupyter_mlops.deployments.serving.worker import capabilities, landlock, seccomp

_PDEATHSIG, _SUBREAPER, _NO_NEW_PRIVS = 1, 36, 38
HIDDEN = ("/tmp", "/var/tmp", "/dev/shm", "/run/user", "/run/secrets", "/home", "/root", "/Users")
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
    folder: str, scratch: str, readable: Iterable[str] = (), hidden: Iterable[str] = (), network: bool = True
) -> str:
    """Give up rights for good and return what is in force, like ``landlock-7+seccomp`` or ``none``.

    Parameters
    ----------
    folder
        The model; may be read.
    scratch
        The only folder that may be written.
    readable
        More files and folders that may be read although they lie in a hidden one.
    hidden
        More folders that may not be read.
    network
        Whether connections may be opened.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    capabilities.drop()
    _prctl(_NO_NEW_PRIVS, 1)
    home = os.path.realpath(_home())
    secret = {*HIDDEN, home, *map(os.path.realpath, hidden)} - {"/"}
    accelerators = [path for pattern in ACCELERATORS for path in glob.glob(pattern)]
    seen = [*outside(secret), *python_folders(secret), folder, *readable]
    level = landlock.restrict(seen, [scratch, *DEVICES, *accelerators], network)
    in_force = [f"landlock-{level}"] if level else []
    in_force += ["seccomp"] if seccomp.restrict(network) else []
    return "+".join(in_force) or "none"


def outside(hidden: Iterable[str], top: str = "/") -> list[str]:
    """Return the largest files and folders that together hold everything but the hidden folders."""
    hidden, found = set(hidden), []
    with contextlib.suppress(OSError), os.scandir(top) as entries:
        for entry in entries:
            if entry.path in hidden or entry.is_symlink():
                continue
            if any(path.startswith(entry.path + "/") for path in hidden):
                found += outside(hidden, entry.path)
            else:
                found.append(entry.path)
    return found


def python_folders(hidden: Iterable[str]) -> list[str]:
    """Return the folders that this Python imports from; of one that holds a hidden folder, what lies around that."""
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.realpath(sys.executable))}
    places.update(path for path in sys.path if path)
    # Packages that are installed to be edited, by setuptools' finders.
    for name, module in list(sys.modules.items()):
        if name.startswith("__editable__"):
            places.update(str(path) for path in getattr(module, "MAPPING", {}).values())
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    found: list[str] = []
    for place in {os.path.realpath(path) for path in places}:
        is_around = any(f"{path}/".startswith(place.rstrip("/") + "/") for path in hidden)
        found += outside(hidden, place) if is_around and place not in hidden else [] if is_around else [place]
    return found


def _home() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/"
