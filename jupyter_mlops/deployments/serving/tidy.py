"""What a model writes is bounded: a full log begins anew, and a scratch folder that overflows ends its worker.

One file of a model has at most `worker.confine.FILE_BYTES` (the system sees to that); here the front looks every few
seconds at logs and at whole scratch folders. A worker that is ended empties its scratch folder when it starts again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path

_log = logging.getLogger(__name__)
EVERY_S = 3.0
LOG_BYTES = 16 * 1024 * 1024
KEPT_BYTES = 1024 * 1024
SCRATCH_BYTES = 2 * 1024 * 1024 * 1024
MOST_FILES = 100_000


def cut(log: Path, most: int = LOG_BYTES, kept: int = KEPT_BYTES) -> bool:
    """Let a log that is too long begin anew with its last bytes; return whether it was. Its writers append."""
    with contextlib.suppress(OSError), log.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size <= most:
            return False
        file.seek(size - kept)
        last = file.read(kept)
        file.truncate(0)
        file.seek(0)
        file.write(b"[the log was full and begins anew; its last lines were:]\n" + last[last.find(b"\n") + 1 :])
        return True
    return False


def overflows(folder: Path, most: int = SCRATCH_BYTES, files: int = MOST_FILES) -> bool:
    """Return whether what lies in a folder is more than it may be; stops counting there."""
    size = count = 0
    for top, names, found in os.walk(folder):
        count += len(names) + len(found)
        for name in found:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(top, name)).st_blocks * 512
        if size > most or count > files:
            return True
    return False


class Tidy:
    """Looks after the logs and scratch folders of a front.

    Parameters
    ----------
    folder
        The deployment's.
    end
        Ends the worker with a scratch folder of this name.
    """

    def __init__(self, folder: Path, end: Callable[[str], None]) -> None:
        self._folder, self._end = folder, end

    async def run(self) -> None:
        """Look for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(EVERY_S)
            for name in await loop.run_in_executor(None, self.look):
                _log.error("the worker %s filled its scratch folder: ended", name)
                self._end(name)

    def look(self) -> list[str]:
        """Cut logs that are full; return the names of scratch folders that overflow."""
        for log in _within(self._folder / "logs", ".log"):
            if log.name != "front.log":
                cut(log)
        return [each.name for each in _within(self._folder / "scratch", "") if overflows(each)]


def _within(folder: Path, suffix: str) -> Iterable[Path]:
    with contextlib.suppress(OSError):
        return [path for path in folder.iterdir() if path.name.endswith(suffix) and not path.is_symlink()]
    return []
