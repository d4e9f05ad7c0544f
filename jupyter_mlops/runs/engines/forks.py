"""Child processes: forked from a warm one that has imported once what every attempt needs, or started afresh.

The warm process starts at once and takes seconds to import; until then `is_ready` is false and nobody waits for it.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from jupyter_mlops.base.errors import UnavailableError

_log = logging.getLogger(__name__)


class Child(Protocol):
    """A process that was started."""

    pid: int
    waker: int | None

    def is_over(self) -> bool:
        """Whether it has ended."""

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""


class Forked:
    """A child of the warm process. `waker` becomes readable when it ends."""

    def __init__(self, process: BaseProcess) -> None:
        assert process.pid is not None
        self._process = process
        self.pid: int = process.pid
        self.waker: int | None = process.sentinel

    def is_over(self, timeout_s: float = 0.0) -> bool:
        """Whether it has ended, or the warm process has and nobody can tell: then its identity has to be asked."""
        return bool(wait([self._process.sentinel], timeout_s))

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.exitcode


class Spawned:
    """A child with an interpreter of its own; its standard input ends when this process does."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        self.pid: int = self._process.pid
        self.waker: int | None = None
        with contextlib.suppress(OSError, AttributeError):
            self.waker = os.pidfd_open(self.pid)

    def is_over(self) -> bool:
        """Whether it has ended."""
        if self._process.poll() is None:
            return False
        if self.waker is not None:
            os.close(self.waker)
            self.waker = None
        if self._process.stdin is not None:
            self._process.stdin.close()
        return True

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()


def nothing() -> None:
    """Come back: the first process that was forked says that the warm one is ready."""


class Forks:
    """A warm process to fork others from.

    Parameters
    ----------
    preload
        names of the modules that it imports.
    on_ready
        called from another thread when it is ready.
    """

    def __init__(self, preload: Sequence[str], on_ready: Callable[[], object] = nothing) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._is_ready = threading.Event()
        self._on_ready = on_ready
        threading.Thread(target=self._warm_up, daemon=True, name="warm-up").start()

    @property
    def is_ready(self) -> bool:
        """Whether a process can be forked now."""
        return self._is_ready.is_set()

    def start(self, target: Callable[..., object], *arguments: object) -> Forked:
        """Fork a process that calls `target`; raise `UnavailableError` when that is impossible."""
        process = self._context.Process(target=target, args=arguments)
        try:
            process.start()
        except (OSError, EOFError) as error:
            raise UnavailableError(
                "engine.fork", f"no process can be started: {error}", "see `runner.log` in the home folder"
            ) from error
        return Forked(process)

    def _warm_up(self) -> None:
        try:
            first = self.start(nothing)
            while not first.is_over(timeout_s=1.0):
                pass
        except UnavailableError:
            # The first attempt tries again, and says what is wrong.
            _log.exception("the warm process did not start")
        self._is_ready.set()
        self._on_ready()
