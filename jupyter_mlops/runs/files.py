"""How an attempt writes: whole files appear by rename, and a full disk leaves the last valid version.

reserve
    a small file of real bytes in the attempt's folder; it is given up to make room for `result.json`.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import Any

RESERVE = ".reserve"
RESERVE_SIZE_BYTES = 64 * 1024


def write_bytes(path: Path, content: bytes, sync: bool = True) -> None:
    """Replace `path` by `content` in one step; the old version stays when anything goes wrong."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb", opener=_private) as target:
            target.write(content)
            if sync:
                target.flush()
                os.fsync(target.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_json(path: Path, value: Any, sync: bool = True) -> None:
    """Replace `path` by the JSON form of `value`; a lone surrogate becomes its escape, which is still JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    write_bytes(path, text.encode("utf-8", "backslashreplace"), sync)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_bytes())


def is_disk_full(error: OSError) -> bool:
    """Tell whether `error` says that the disk or the quota is used up."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class Reserve:
    """Room on the disk for the last word of an attempt. A disk already full means no reserve, not a failure."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESERVE
        with contextlib.suppress(OSError):
            # Random bytes: a file system that compresses would otherwise keep no room at all.
            self._path.write_bytes(os.urandom(RESERVE_SIZE_BYTES))

    def release(self) -> None:
        """Give the room up; no-op if it was given up before."""
        with contextlib.suppress(OSError):
            self._path.unlink()
