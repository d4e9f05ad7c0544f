"""``python -m jupyter_mlops.deployments --home HOME``: the manager, one per home folder.

The runner starts it while a deployment is wanted, and starts it again when it dies. When the runner is killed, the
manager starts the next runner and makes room for the manager of that one when it comes. Fronts live on through all of
it.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from jupyter_mlops.base.errors import UnavailableError

LOCK = "deployments.lock"
PATIENCE_S = 30.0
POLL_S = 0.2
STORE_DOWN_S = 1.0
RUNNER_S = 5.0
_log = logging.getLogger("jupyter_mlops.deployments")


class _Life:
    """Whether this process is to go on.

    When its runner was killed it starts the next one, and goes on until the manager of that one waits at the lock: so
    that there is always one to replace a front.

    Parameters
    ----------
    parent
        the runner.
    """

    def __init__(self, home: Path, parent: int) -> None:
        self._home, self._parent = home, parent
        self._is_asked = False
        self._orphan_ns = 0
        self._again_at = 0.0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        # Inherited by the fronts: one that is told of a new plan before it listens to that must not die of it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._is_asked = True

    @property
    def has_lost(self) -> bool:
        """Whether it was asked to leave, or its runner is gone."""
        return self._is_asked or os.getppid() != self._parent

    def is_over(self) -> bool:
        """Whether to leave now."""
        if self._is_asked or os.getppid() == self._parent:
            return self._is_asked
        self._orphan_ns = self._orphan_ns or time.time_ns()
        if (self._home / LOCK).stat().st_mtime_ns > self._orphan_ns:
            return True
        if time.monotonic() > self._again_at:
            self._again_at = time.monotonic() + RUNNER_S
            self._start_runner()
        return False

    def _start_runner(self) -> None:
        # Nobody asked the runner to leave us: its runs are as much in need of the next one as we are.
        from jupyter_mlops.runs.launch import ensure_runner

        try:
            ensure_runner(self._home, os.environ.get("JUPYTER_MLOPS_STORE") or None)
        except UnavailableError as error:
            _log.warning("no runner can be started, trying again: %s", error)


def main(arguments: Sequence[str] | None = None) -> int:
    """Look after the deployments of a home folder until none is wanted; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_mlops.deployments", description="Look after the deployments of a home folder."
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the runner; its manager leaves with it")
    options = parser.parse_args(arguments)
    home: Path = options.home.resolve()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    life = _Life(home, options.parent)
    # Whoever waits for this place is ready to fill it.
    importlib.import_module("jupyter_mlops.deployments.manager")
    importlib.import_module("jupyter_mlops.deployments.store")
    if _take(home, life):
        _work(home, life.is_over)
    return 0


def _take(home: Path, life: _Life) -> bool:
    """Take the manager's place; return whether it was free, or came free within our patience."""
    # Held until this process ends, however that happens.
    lock = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if life.has_lost or time.monotonic() >= until:
                os.close(lock)
                return False
            # A manager whose runner is gone leaves when it sees that.
            os.utime(lock)
            time.sleep(0.05)


def _work(home: Path, is_over: Callable[[], bool]) -> None:
    from jupyter_mlops.db.session import Database
    from jupyter_mlops.deployments.clerks import Clerks
    from jupyter_mlops.deployments.fetch import Fetcher
    from jupyter_mlops.deployments.follow import Aliases
    from jupyter_mlops.deployments.manager import Manager
    from jupyter_mlops.deployments.registries import pythons
    from jupyter_mlops.deployments.store import DeploymentStore
    from jupyter_mlops.deployments.targets.local import LocalTarget
    from jupyter_mlops.deployments.wish import unwish, wish
    from jupyter_mlops.runs.quiet import Quiet

    store = DeploymentStore(Database(home, os.environ.get("JUPYTER_MLOPS_STORE") or None))
    clerks = Clerks(home)
    fetcher, aliases = Fetcher(clerks.open, pythons), Aliases(clerks.open)
    target = LocalTarget()
    manager = Manager(store, target, fetcher, aliases)
    quiet = Quiet(manager.signs)
    _log.info("ready")
    try:
        while not is_over():
            try:
                if quiet.is_turn() and not manager.tick():
                    unwish(home)
                    # Whoever wanted something before that is seen by this look; whoever comes after it asks for us.
                    if not manager.tick():
                        return
                    wish(home)
            except UnavailableError as error:
                _log.warning("the store cannot be used, trying again: %s", error)
                time.sleep(STORE_DOWN_S)
            clerks.tidy()
            target.wait(quiet.wait_s(POLL_S))
    finally:
        aliases.close()
        fetcher.close()
        clerks.close()
        _log.info("gone")
        # Threads that wait for a registry that is away must not keep this process.
        logging.shutdown()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
