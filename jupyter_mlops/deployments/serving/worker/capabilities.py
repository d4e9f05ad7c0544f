"""What root may more than others, given up; for anybody else there is nothing to give up.

A container often runs everything as root, and root passes some of Landlock's checks: with CAP_PERFMON or CAP_SYS_ADMIN
it reads the environment of any process. Only those over file permissions are kept, which do not pass Landlock.
"""

from __future__ import annotations

import ctypes
import struct
import sys

_DROP_BOUND = 24
_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
KEPT = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH
_LAST = 63


def drop() -> None:
    """Give up all but `KEPT`, for this process and whatever it starts."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_LAST + 1):
        if not KEPT >> capability & 1:
            libc.prctl(_DROP_BOUND, capability, 0, 0, 0)
    header = struct.pack("=Ii", _VERSION_3, 0)
    held = ctypes.create_string_buffer(24)
    if libc.capget(header, held) != 0:
        return
    effective, permitted, *_rest = struct.unpack("=6I", held.raw)
    libc.capset(header, struct.pack("=6I", effective & KEPT, permitted & KEPT, 0, 0, 0, 0))
