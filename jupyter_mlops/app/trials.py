"""What trials of models found out, so that a look at the gates need not load the model again.

A trial takes the seconds that loading takes, and depends on the files of the model alone. It is kept as long as these
files are the same by name, size and time of change; a trial that failed is kept for a minute, because a machine without
memory or a slow disk fails it too.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from jupyter_mlops.models.gates import Trial

FAILED_S = 60.0
_MOST = 200

_Files = tuple[tuple[str, int, int], ...]


def try_in(home: Path) -> Callable[[Path], Trial]:
    """Return what tries the model of a folder; it may not see the product's `home`."""

    def attempt(folder: Path) -> Trial:
        from jupyter_mlops.deployments.trial import try_example

        return try_example(folder, home=home)

    return attempt


class Trials:
    """Trials by the folder of the model; two looks at one folder at the same time share one trial."""

    def __init__(self, attempt: Callable[[Path], Trial], clock: Callable[[], float] = time.monotonic) -> None:
        self._attempt, self._clock = attempt, clock
        self._known: OrderedDict[Path, tuple[_Files, Trial, float]] = OrderedDict()
        self._locks: dict[Path, Lock] = {}
        self._lock = Lock()

    def of(self, folder: Path) -> Trial:
        """Return what a trial of the model in `folder` finds, or found."""
        with self._lock:
            lock = self._locks.setdefault(folder, Lock())
        with lock:
            files = _files(folder)
            known = self._known.get(folder)
            if known is not None and known[0] == files and (not known[1].error or self._clock() - known[2] < FAILED_S):
                return known[1]
            found = self._attempt(folder)
            with self._lock:
                self._known[folder] = files, found, self._clock()
                self._known.move_to_end(folder)
                while len(self._known) > _MOST:
                    self._locks.pop(self._known.popitem(last=False)[0], None)
            return found


def _files(folder: Path) -> _Files:
    found = []
    for path in sorted(folder.rglob("*")):
        stat = path.lstat()
        found.append((str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
