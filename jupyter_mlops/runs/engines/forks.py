"""Child processes: forked from a warm one that has imported once what every attempt needs, or started afresh.

The warm process takes seconds to import; until then `is_ready` is false and the runner does other things. It keeps
200 MB, so it is ended when it has not been needed for a while, and started again with the next work.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from jupyter_mlops.base.errors import UnavailableError

# How long the warm process waits for the next work.
LINGER_S = 30.0
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
    """A warm process to fork others from; there is none until `warm_up`.

    Parameters
    ----------
    preload
        names of the modules that it imports.
    on_ready
        called from another thread when it is ready.
    linger_s
        how long it is kept after it was needed last.
    """

    def __init__(
        self,
        preload: Sequence[str],
        on_ready: Callable[[], object] = nothing,
        linger_s: float = LINGER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._is_ready = threading.Event()
        self._on_ready, self._linger_s, self._clock = on_ready, linger_s, clock
        self._is_wanted, self._needed_at = False, 0.0

    @property
    def is_ready(self) -> bool:
        """Whether a process can be forked now."""
        return self._is_ready.is_set()

    def warm_up(self) -> None:
        """Start the warm process, which is ready seconds later; no-op when there is one."""
        self._needed_at = self._clock()
        if not self._is_wanted:
            self._is_wanted = True
            threading.Thread(target=self._warm_up, daemon=True, name="warm-up").start()

    def attend(self, is_needed: bool) -> None:
        """Start the warm process when it is needed; end it when it has not been for a while.

        Parameters
        ----------
        is_needed
            whether a process that was forked lives or is to be; one that lives would be lost.
        """
        if is_needed:
            self.warm_up()
        elif self.is_ready and self._clock() - self._needed_at > self._linger_s:
            _log.info("the warm process ends: there is no work")
            self._is_ready.clear()
            self._is_wanted = False
            _stop(forkserver._forkserver, "_forkserver_pid")
            _stop(resource_tracker._resource_tracker, "_pid")

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


def _stop(server: Any, pid: str) -> None:
    """End a server of `multiprocessing`, which has no public way to do that; it starts again when it is used.

    It is killed first: to wait for its leaving would last as long as any process has its pipe open.
    """
    with contextlib.suppress(AttributeError, TypeError, OSError):
        os.kill(getattr(server, pid), signal.SIGKILL)
        server._stop()
