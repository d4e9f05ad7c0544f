"""Registries as the manager sees them: asked by other processes, that end when there is nothing to ask.

MLflow takes 170 MB, and the manager lives as long as a deployment is served. So it asks a `clerk`; where aliases point
to, its most frequent question, is mostly answered without one (`models.glance`).
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.uris import with_password
from jupyter_mlops.models import glance
from jupyter_mlops.models.version import ModelVersion

MODULE = "jupyter_mlops.deployments.clerk"
# Importing MLflow takes seconds, so that a clerk waits a little for the next question.
LINGER_S = 15.0


class _Clerk:
    """A process that asks, and our end of the socket to it."""

    def __init__(self, home: Path) -> None:
        ours, theirs = socket.socketpair()
        fd = theirs.fileno()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", MODULE, str(home), str(fd)], pass_fds=[fd], stdin=subprocess.DEVNULL
            )
        self.line: Connection = Connection(ours.detach())
        self.idle_since = 0.0

    def end(self) -> None:
        """Hang up: it ends when it has noticed."""
        self.line.close()
        threading.Thread(target=self.process.wait, daemon=True, name="clerk-end").start()


class Clerks:
    """The clerks of a manager; may be used from several threads, each of which has one for itself while it asks."""

    def __init__(self, home: Path, linger_s: float = LINGER_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._home, self._linger_s, self._clock = home, linger_s, clock
        self._lock = threading.Lock()
        self._idle: list[_Clerk] = []

    def open(self, uri: str | None) -> DistantRegistry:
        """Return the registry of a tracking URI; None is that of our environment."""
        return DistantRegistry(self, self._home, uri)

    def ask(self, uri: str | None, verb: str, *arguments: object) -> Any:
        """Return what a registry answers; raise what it raises.

        Raises
        ------
        UnavailableError
            ``deployment.registry``: the process that asked ended, or cannot be started.
        """
        with self._lock:
            clerk = self._idle.pop() if self._idle else None
        try:
            clerk = clerk or _Clerk(self._home)
            clerk.line.send((uri, verb, arguments))
            found = clerk.line.recv()
        except (OSError, EOFError) as error:
            if clerk is not None:
                clerk.end()
            raise UnavailableError(
                "deployment.registry", f"the process that asks the registry ended: {error}", "it is tried again"
            ) from error
        clerk.idle_since = self._clock()
        with self._lock:
            self._idle.append(clerk)
        if isinstance(found, Exception):
            raise found
        return found

    def tidy(self) -> None:
        """End the clerks that had nothing to do for a while."""
        with self._lock:
            old = [clerk for clerk in self._idle if self._clock() - clerk.idle_since > self._linger_s]
            self._idle = [clerk for clerk in self._idle if clerk not in old]
        for clerk in old:
            clerk.end()

    def close(self) -> None:
        """End those that have nothing to do; the others end when they have answered."""
        with self._lock:
            idle, self._idle = self._idle, []
        for clerk in idle:
            with contextlib.suppress(OSError):
                clerk.line.close()


class Followable(NamedTuple):
    """What the manager wants to know of a registered model."""

    aliases: Mapping[str, int]


class DistantRegistry:
    """The part of a registry that the manager needs."""

    def __init__(self, clerks: Clerks, home: Path, uri: str | None) -> None:
        self._clerks, self._home, self._uri = clerks, home, uri

    def model(self, name: str) -> Followable:
        """Return where its aliases point to; `NotFoundError` when there is no such model."""
        found = glance.aliases(self._address, name)
        return Followable(found if found is not None else self._clerks.ask(self._uri, "model", name).aliases)

    def version(self, name: str, number: int) -> ModelVersion:
        """Return a version."""
        found: ModelVersion = self._clerks.ask(self._uri, "version", name, number)
        return found

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Copy its files."""
        found: Path = self._clerks.ask(self._uri, "download", version, folder)
        return found

    @property
    def _address(self) -> str:
        known = os.environ.get("MLFLOW_TRACKING_URI")
        if self._uri is not None:
            return with_password(self._uri, known)
        return known or f"sqlite:///{self._home.resolve() / 'mlflow' / 'mlflow.db'}"
