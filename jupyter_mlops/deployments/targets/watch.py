"""Waiting for the end of processes, whoever started them: noticed at once where the kernel tells."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

from jupyter_mlops.runs.process import Identity


class Watch:
    """Processes that are waited for, one for each folder."""

    def __init__(self) -> None:
        self._watched: dict[Path, tuple[Identity, int]] = {}

    def knows(self, folder: Path) -> bool:
        """Whether the end of a process that serves a folder would be noticed."""
        return folder in self._watched or not hasattr(os, "pidfd_open")

    def add(self, folder: Path, identity: Identity) -> None:
        """Notice the end of a process; no-op where the system does not tell."""
        self.drop(folder)
        if not hasattr(os, "pidfd_open"):
            return
        try:
            pidfd = os.pidfd_open(identity.pid)
        except OSError:
            return
        # The number may have become another process's before it was opened.
        if identity.is_alive:
            self._watched[folder] = identity, pidfd
        else:
            os.close(pidfd)

    def drop(self, folder: Path) -> None:
        """Wait no more for what serves a folder."""
        _identity, pidfd = self._watched.pop(folder, (None, None))
        if pidfd is not None:
            os.close(pidfd)

    def wait(self, timeout_s: float) -> None:
        """Wait until one of them has ended, or the time has passed."""
        if not self._watched:
            time.sleep(timeout_s)
            return
        poll = select.poll()
        folders = {pidfd: folder for folder, (_identity, pidfd) in self._watched.items()}
        for pidfd in folders:
            poll.register(pidfd, select.POLLIN)
        for pidfd, _events in poll.poll(timeout_s * 1000):
            self.drop(folders[pidfd])
