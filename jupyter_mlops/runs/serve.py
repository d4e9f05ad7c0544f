"""The runner as a process: holds the lock, listens to the bell, takes turns, leaves when there is nothing to do.

Order matters at the end. The bell is closed and the lock given back *before* the last look at the store: whoever
accepted a run before that is seen by this look, and whoever comes after it finds the lock free and starts a runner.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.base.errors import MlopsError, UnavailableError
from jupyter_mlops.runs.launch import BELL, LOCK, LOG, ring

if TYPE_CHECKING:
    from jupyter_mlops.runs.runner import Runner

IDLE_S = 60.0
POLL_S = 0.2
STORE_DOWN_S = 1.0
SHUTDOWN_S = 12.0
LONGEST_LOG_BYTES = 5_000_000
_log = logging.getLogger("jupyter_mlops.runner")


class Post:
    """The place that only one runner holds: the lock, and the bell that it listens to."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock: int | None = None
        self.bell: int | None = None

    def take(self, patience_s: float = 2.0) -> bool:
        """Take the place; return whether it was free. Those who only ask for the lock hold it for a moment."""
        lock = os.open(self._home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # A runner listens: it will stay. Otherwise somebody only asks, or one is about to leave.
                if ring(self._home) or time.monotonic() >= until:
                    os.close(lock)
                    return False
                time.sleep(0.02)
            else:
                break
        self._lock = lock
        with contextlib.suppress(FileExistsError):
            os.mkfifo(self._home / BELL, 0o600)
        # Also open for writing, so that it never reads as ended.
        self.bell = os.open(self._home / BELL, os.O_RDWR | os.O_NONBLOCK)
        return True

    def leave(self) -> None:
        """Give the place up; the bell first, because ringing it means that somebody is there."""
        for descriptor in (self.bell, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self.bell = self._lock = None

    def hush(self) -> None:
        """Forget how often the bell was rung."""
        with contextlib.suppress(BlockingIOError):
            while self.bell is not None and os.read(self.bell, 4096):
                pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a home folder until there is nothing to do; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_mlops.runs", description="Drive the runs of a home folder."
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--idle", type=float, default=float(os.environ.get("JUPYTER_MLOPS_RUNNER_IDLE", IDLE_S)))
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    home = given.home.resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    post = Post(home)
    if not post.take():
        return 0
    log = home / LOG
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        os.truncate(log, 0)
    try:
        return _serve(home, post, given.idle)
    except MlopsError as error:
        _log.error("%s", error)
        return 1
    finally:
        post.leave()


class Stop:
    """Whether somebody asked this process to end."""

    def __init__(self) -> None:
        self.is_asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.is_asked = True


def _serve(home: Path, post: Post, idle_s: float) -> int:
    from jupyter_mlops.runs.attempt import PRELOAD
    from jupyter_mlops.runs.engines.forks import Forks

    # First of all: it imports for seconds, while we and the client do something useful.
    forks = Forks(PRELOAD, on_ready=lambda: ring(home))
    from jupyter_mlops.runs.claim import Claim
    from jupyter_mlops.runs.closing import ForkedCloser
    from jupyter_mlops.runs.engines.local import LocalEngine
    from jupyter_mlops.runs.process import Identity
    from jupyter_mlops.runs.runner import Runner
    from jupyter_mlops.runs.store import open_store

    stop = Stop()
    store = open_store(home, os.environ.get("JUPYTER_MLOPS_STORE") or None)
    engine, closer = LocalEngine(forks, _most()), ForkedCloser(forks)
    try:
        while True:
            runner = Runner(store, Claim(store, Identity.own()), engine, closer, home)
            _log.info("ready")
            _work(runner, post, idle_s, stop, lambda: [*engine.wakers(), *closer.wakers()])
            post.leave()
            if stop.is_asked or not store.active(1) or not post.take():
                return 0
    finally:
        engine.close()
        closer.close()
        store.close()
        _log.info("gone")


def _work(runner: Runner, post: Post, idle_s: float, stop: Stop, wakers: Callable[[], Sequence[int]]) -> None:
    """Take turns until there was nothing to do for a while, or somebody wants this process to end."""
    is_recovered = False
    busy_at = time.monotonic()
    until: float | None = None
    while until is None or (runner.has_live and time.monotonic() < until):
        if stop.is_asked and until is None:
            runner.shut_down()
            until = time.monotonic() + SHUTDOWN_S
        try:
            if not is_recovered:
                runner.recover()
                is_recovered = True
            runner.tick()
        except UnavailableError as error:
            _log.warning("the store cannot be used, trying again: %s", error)
            time.sleep(STORE_DOWN_S)
            continue
        if not runner.is_idle:
            busy_at = time.monotonic()
        elif time.monotonic() - busy_at > idle_s:
            return
        assert post.bell is not None
        wait([post.bell, *wakers()], POLL_S)
        post.hush()


def _most() -> float | None:
    given = os.environ.get("JUPYTER_MLOPS_MAX_PARALLEL", "")
    return max(1.0, float(given)) if given.replace(".", "", 1).isdigit() else None
