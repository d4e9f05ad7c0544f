"""A seccomp filter through ctypes: system calls that no model needs to predict, and that reach past Landlock.

Landlock checks what is opened, made, renamed and removed. It does not check what changes a file by its name alone
(``chmod``, ``chown``, ``utime``, ``setxattr``), what watches a folder (inotify), and what needs no file at all (System
V memory, sockets of the Unix family, other processes of the user). `syscalls` lists those calls, and each is refused
with EPERM. Six calls are refused for certain arguments only:

``socket``
    families other than the internet's and netlink. A ``socketpair`` still works.
``clone``
    with a flag that makes a name space; ``clone3``, whose flags lie in memory where a filter cannot read them, does not
    exist (ENOSYS), so that the C library takes ``clone``.
``ioctl``
    changing the attributes of a file, and typing into a terminal.
``prlimit64``, ``setpriority``
    of a process other than the caller.

Linux on x86-64 and ARM64; elsewhere nothing is done. A refused ``chmod`` would break ``shutil.copy`` in the worker's
own scratch folder, so `plain_copies` lets it copy the content and leave the mode.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import shutil
import struct
import sys
from collections.abc import Callable
from typing import Any

from jupyter_mlops.deployments.serving.worker.syscalls import CALLS, MACHINES, number

_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
_INET, _INET6, _NETLINK = 2, 10, 16
# CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NAME_SPACES = 0x7E020000
# FS_IOC_SETFLAGS (64 and 32 bits), FS_IOC_FSSETXATTR, FS_IOC_SETVERSION, TIOCSTI, TIOCLINUX
_IOCTLS = (0x40086602, 0x40046602, 0x401C5820, 0x40087602, 0x5412, 0x541C)
_REFUSE = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
_PASS = (_RETURN, 0, 0, _ALLOW)
Instruction = tuple[int, int, int, int]


def refused(machine: str) -> dict[str, int]:
    """Return the calls that are always refused on a machine, by name."""
    numbers = {name: number(name, machine) for name in CALLS}
    return {name: found for name, found in numbers.items() if found is not None}


def program(machine: str, network: bool) -> bytes:
    """Return the filter as BPF instructions.

    Parameters
    ----------
    machine
        As ``os.uname`` has it.
    network
        Whether sockets of the internet's families may be opened.
    """
    families = (_INET, _INET6, _NETLINK) if network else (_NETLINK,)
    code: list[Instruction] = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, MACHINES[machine][0]), _REFUSE]
    code += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), _REFUSE]
    for found in refused(machine).values():
        code += [(_EQUAL, 0, 1, found), _REFUSE]
    code += _when("socket", machine, 0, [*_one_of(families, _PASS), _REFUSE])
    code += _when("clone", machine, 0, [(_ANY_BIT, 0, 1, _NAME_SPACES), _REFUSE, _PASS])
    code += _when("clone3", machine, 0, [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)])
    code += _when("ioctl", machine, 1, [*_one_of(_IOCTLS, _REFUSE), _PASS])
    code += _when("prlimit64", machine, 0, [(_EQUAL, 1, 0, 0), _REFUSE, _PASS])
    code += _when("setpriority", machine, 1, [(_EQUAL, 1, 0, 0), _REFUSE, _PASS])
    code.append(_PASS)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _when(name: str, machine: str, argument: int, then: list[Instruction]) -> list[Instruction]:
    """Return instructions that load the lower half of an argument of a call, and go on with `then`, which returns."""
    found = number(name, machine)
    assert found is not None
    # Both machines are little-endian.
    return [(_EQUAL, 0, len(then) + 1, found), (_LOAD, 0, 0, _ARGUMENTS + 8 * argument), *then]


def _one_of(values: tuple[int, ...], then: Instruction) -> list[Instruction]:
    return [step for value in values for step in ((_EQUAL, 0, 1, value), then)]


def restrict(network: bool = True) -> bool:
    """Put the filter on this thread and all that comes of it; say whether it is in force.

    The process must have given up new privileges before.
    """
    if not is_known():
        return False
    code = program(os.uname().machine, network)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_of = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(_SET_SECCOMP, _FILTER, filter_of, 0, 0)) == 0


def is_known() -> bool:
    """Return whether there is a filter for this system."""
    return sys.platform.startswith("linux") and os.uname().machine in MACHINES


def plain_copies() -> None:
    """Let `shutil` copy files although it may set neither their mode nor their times."""
    for name in ("copymode", "copystat"):
        setattr(shutil, name, _tolerant(getattr(shutil, name)))


def _tolerant(act: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(act)
    def tried(*args: Any, **options: Any) -> None:
        try:
            act(*args, **options)
        except PermissionError:
            return

    return tried
