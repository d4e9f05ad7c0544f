"""``python -m jupyter_mlops.deployments --home HOME``: the manager, one per home folder.

The runner starts it while a deployment is wanted, and starts it again when it dies. When the runner is killed, the
manager starts the next runner and makes room for the manager of that one. Fronts live on through all of it.
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.deployments.registries import Registries, pythons

LOCK = "deployments.lock"
PATIENCE_S = 30.0
POLL_S = 0.2
STORE_DOWN_S = 1.0
_log = logging.getLogger("jupyter_mlops.deployments")


class _Wishes:
    """Whether this process is to end."""

    def __init__(self) -> None:
        self.is_asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        # Inherited by the fronts: one that is told of a new plan before it listens to that must not die of it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.is_asked = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Look after the deployments of a home folder until none is wanted; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_mlops.deployments", description="Look after the deployments of a home folder."
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process to leave with")
    options = parser.parse_args(arguments)
    home, parent, wishes = options.home.resolve(), options.parent, _Wishes()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")

    def is_over() -> bool:
        return wishes.is_asked or os.getppid() != parent

    if not _take(home, is_over):
        return 0
    _work(home, is_over)
    if os.getppid() != parent and not wishes.is_asked:
        # Nobody asked the runner to leave us: it was killed. Its runs are as much in need of the next one as we are.
        from jupyter_mlops.runs.launch import ensure_runner

        ensure_runner(home, os.environ.get("JUPYTER_MLOPS_STORE") or None)
    return 0


def _take(home: Path, is_over: Callable[[], bool]) -> bool:
    """Take the manager's place; return whether it was free, or came free within our patience."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Held until this process ends, however that happens.
    lock = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if is_over() or time.monotonic() >= until:
                os.close(lock)
                return False
            time.sleep(0.05)


def _work(home: Path, is_over: Callable[[], bool]) -> None:
    from jupyter_mlops.db.session import Database
    from jupyter_mlops.deployments.fetch import Fetcher
    from jupyter_mlops.deployments.follow import Aliases
    from jupyter_mlops.deployments.manager import Manager
    from jupyter_mlops.deployments.store import DeploymentStore
    from jupyter_mlops.deployments.targets.local import LocalTarget
    from jupyter_mlops.deployments.wish import unwish, wish

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    store = DeploymentStore(Database(home, os.environ.get("JUPYTER_MLOPS_STORE") or None))
    registries = Registries(home)
    fetcher, aliases = Fetcher(registries.open, pythons), Aliases(registries.open)
    target = LocalTarget()
    manager = Manager(store, target, fetcher, aliases)
    _log.info("ready")
    try:
        while not is_over():
            try:
                if not manager.tick():
                    unwish(home)
                    # Whoever wanted something before that is seen by this look; whoever comes after it asks for us.
                    if not manager.tick():
                        return
                    wish(home)
            except UnavailableError as error:
                _log.warning("the store cannot be used, trying again: %s", error)
                time.sleep(STORE_DOWN_S)
            target.wait(POLL_S)
    finally:
        aliases.close()
        fetcher.close()
        _log.info("gone")
        # Threads that wait for a registry that is away must not keep this process.
        logging.shutdown()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
