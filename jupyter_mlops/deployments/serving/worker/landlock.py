"""Landlock through ctypes: a process forbids itself, and all it starts, the file system but for what is listed.

Linux 5.13 and later, no privilege needed, cannot be undone. Where the kernel has none, `version` is 0 and `restrict`
does nothing. A process so confined can also read neither the memory nor the environment of one that is not
(``/proc/PID/environ``; but see `capabilities`), and from version 6 on not signal it. https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_VERSION_FLAG = 1
_NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE = 1 << 13, 1 << 14
READ = EXECUTE | READ_FILE | READ_DIR
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_UNIX, _SCOPE_SIGNALS = 1 << 0, 1 << 1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of the kernel's Landlock, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def rights(landlock: int) -> int:
    """Return all rights to files that a version knows of, as one number."""
    known = (1 << 13) - 1
    if landlock >= 2:
        known |= REFER
    if landlock >= 3:
        known |= TRUNCATE
    return known


def restrict(readable: Iterable[str], writable: Iterable[str], network: bool = True) -> int:
    """Forbid this thread, and all that comes of it, every other file.

    Parameters
    ----------
    readable
        Files and folders that may be read and executed, with all below them; those that do not exist are left out.
    writable
        Files and folders that may be changed, with all below them.
    network
        Whether TCP connections may be opened; forbidding needs version 4.

    Returns
    -------
        The version of Landlock in force, 0 for none.

    Raises
    ------
    OSError
        When the kernel has Landlock and refuses.
    """
    landlock = version()
    if landlock == 0:
        return 0
    libc, known = _libc(), rights(landlock)
    attributes = [known]
    if landlock >= 4:
        attributes.append(0 if network else _BIND_TCP | _CONNECT_TCP)
    if landlock >= 6:
        attributes.append(_SCOPE_ABSTRACT_UNIX | _SCOPE_SIGNALS)
    buffer = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, buffer, ctypes.c_size_t(len(buffer)), 0))
    try:
        for allowed, paths in ((READ, readable), (known, writable)):
            for path in paths:
                _allow(libc, ruleset, path, allowed)
        _checked(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return landlock


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, allowed: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            allowed &= _OF_FILES & rights(version())
        rule = struct.pack("=Qi", allowed, fd)
        _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(fd)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
