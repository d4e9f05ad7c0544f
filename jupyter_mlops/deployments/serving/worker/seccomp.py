"""A seccomp filter through ctypes: system calls that no model needs to predict, and that reach past Landlock.

Landlock speaks of files. A Unix socket, the front's own one too, is connected to without opening it, so sockets may be
of the internet's families only (a `socketpair` still works); and what looks into other processes, changes name spaces
or does other calls' work behind a ring is refused with EPERM. Linux on x86-64 and ARM64; elsewhere nothing is done.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000
_INET, _INET6, _NETLINK = 2, 10, 16

_NAMES = (
    "ptrace process_vm_readv process_vm_writev keyctl add_key request_key bpf userfaultfd perf_event_open mount "
    "umount2 pivot_root chroot setns unshare open_by_handle_at kexec_load init_module finit_module delete_module "
    "reboot swapon swapoff settimeofday clock_settime sethostname"
).split()
_X86_64 = (
    101, 310, 311, 250, 248, 249, 321, 323, 298, 165, 166, 155, 161, 308, 272, 304, 246, 175, 313, 176, 169, 167, 168,
    164, 227, 170,
)  # fmt: skip
_ARM64 = (
    117, 270, 271, 219, 217, 218, 280, 282, 241, 40, 39, 41, 51, 268, 97, 265, 104, 105, 273, 106, 142, 224, 225, 170,
    112, 161,
)  # fmt: skip
# io_uring_setup, _enter, _register; open_tree, move_mount, fsopen, fsconfig, fsmount; pidfd_getfd; mount_setattr
_SINCE_5 = (425, 426, 427, 428, 429, 430, 431, 432, 438, 442)
_MACHINES = {"x86_64": (0xC000003E, 41, _X86_64), "aarch64": (0xC00000B7, 198, _ARM64)}


def refused(machine: str) -> dict[str, int]:
    """Return the refused calls of a machine, by name."""
    return dict(zip(_NAMES, _MACHINES[machine][2], strict=True))


def program(machine: str, network: bool) -> bytes:
    """Return the filter as BPF instructions.

    Parameters
    ----------
    machine
        As ``os.uname`` has it.
    network
        Whether sockets of the internet's families may be opened.
    """
    architecture, socket, numbers = _MACHINES[machine]
    families = (_INET, _INET6, _NETLINK) if network else (_NETLINK,)
    denied = [*numbers, *_SINCE_5]
    # What follows the list: allow, load the family, one test for each, deny, allow.
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    code += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    for at, number in enumerate(denied):
        code.append((_EQUAL, len(denied) - at + 2 + len(families), 0, number))
    code += [(_EQUAL, 1, 0, socket), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    for at, family in enumerate(families):
        code.append((_EQUAL, len(families) - at, 0, family))
    code += [(_RETURN, 0, 0, _ERRNO | errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def restrict(network: bool = True) -> bool:
    """Put the filter on this thread and all that comes of it; say whether it is in force.

    The process must have given up new privileges before.
    """
    machine = os.uname().machine
    if not sys.platform.startswith("linux") or machine not in _MACHINES:
        return False
    code = program(machine, network)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_of = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(_SET_SECCOMP, _FILTER, filter_of, 0, 0)) == 0
