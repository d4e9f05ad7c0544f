"""`runner.log`: never longer than a few megabytes; what is older is in ``runner.log.1``.

The runner and the processes it starts append to one open file, so it is copied and emptied, not renamed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

LONGEST_BYTES = 5_000_000


def rotate(log: Path, longest_bytes: int = LONGEST_BYTES) -> bool:
    """Move a log that is too long to ``NAME.1``, which is replaced; return whether that was done.

    On a disk without room for the copy the log stays as it is.
    """
    older, draft = log.with_name(f"{log.name}.1"), log.with_name(f".{log.name}.1.tmp")
    try:
        if log.is_symlink() or log.stat().st_size <= longest_bytes:
            return False
        with log.open("rb") as source, open(draft, "wb", opener=_private) as target:
            shutil.copyfileobj(source, target)
        os.replace(draft, older)
        os.truncate(log, 0)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        return False
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
