"""The runner as a process: holds its post, takes turns, leaves when there is nothing to do.

Order matters at the end. The socket is closed and the lock given back *before* the last look at the store: whoever
accepted a run before that is seen by this look, and whoever comes after it finds the lock free and starts a runner.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.base.errors import MlopsError, UnavailableError
from jupyter_mlops.runs.code import Code, Fate
from jupyter_mlops.runs.companions import Companions
from jupyter_mlops.runs.environments import Environments
from jupyter_mlops.runs.launch import LOG
from jupyter_mlops.runs.logfile import rotate
from jupyter_mlops.runs.post import Post
from jupyter_mlops.runs.quiet import Quiet

if TYPE_CHECKING:
    from jupyter_mlops.runs.engines.forks import Forks
    from jupyter_mlops.runs.runner import Runner

IDLE_S = 60.0
POLL_S = 0.2
STORE_DOWN_S = 1.0
SHUTDOWN_S = 12.0
ROTATE_S = 60.0
_log = logging.getLogger("jupyter_mlops.runner")


class Wishes:
    """What others want of this process: that it ends, now or as soon as there is nothing to do; and what they tell it.

    Attributes
    ----------
    has_credentials
        whether somebody acted with other credentials since the runner has looked.
    is_idle
        whether the runner has nothing to do, for those who ask. True until it has looked: then it will look before it
        leaves.
    """

    def __init__(self) -> None:
        self.environments = Environments()
        self.is_asked = self.is_asked_when_idle = self.has_credentials = False
        self.is_idle = True
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)

    def hear(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Note what was said; called in another thread. What is not understood is a ring of the bell."""
        match message:
            case {"run": str(run_id), "environment": dict(environment)}:
                self.environments.put(run_id, environment)
                self._act(environment)
            case {"environment": dict(environment)}:
                self._act(environment)
            case {"leave": Fate.LEAVE_NOW}:
                self.is_asked = True
                return {"is_leaving": True}
            case {"leave": Fate.LEAVE_IDLE}:
                self.is_asked_when_idle = True
                return {"is_leaving": self.is_idle}
        return {}

    def _act(self, environment: Mapping[str, str]) -> None:
        if self.environments.act(environment):
            self.has_credentials = True

    def _ask(self, number: int, frame: object) -> None:
        self.is_asked = True


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
    # As early as can be: what is written from now on is not what this process runs.
    code = Code.here()
    wishes = Wishes()
    post = Post(home, code, wishes.hear)
    if not post.take():
        return 0
    rotate(home / LOG)
    try:
        return _serve(home, post, given.idle, wishes)
    except MlopsError as error:
        _log.error("%s", error)
        return 1
    finally:
        post.leave()


def _serve(home: Path, post: Post, idle_s: float, wishes: Wishes) -> int:
    from jupyter_mlops.runs.attempt import PRELOAD
    from jupyter_mlops.runs.engines.forks import Forks

    forks = Forks(PRELOAD, on_ready=post.ring)
    companions = Companions(home, lambda: wishes.environments.acting)
    if wishes.environments.has_awaited or not companions.wanted():
        # A run is why we were started. First of all: it imports for seconds, while we and the client go on.
        forks.warm_up()
    from jupyter_mlops.runs.claim import Claim
    from jupyter_mlops.runs.closing import ForkedCloser
    from jupyter_mlops.runs.engines.local import LocalEngine
    from jupyter_mlops.runs.process import Identity
    from jupyter_mlops.runs.runner import Runner
    from jupyter_mlops.runs.store import open_store

    store = open_store(home, os.environ.get("JUPYTER_MLOPS_STORE") or None)
    engine, closer = LocalEngine(forks, _most(), wishes.environments), ForkedCloser(forks, wishes.environments)
    try:
        while True:
            runner = Runner(store, Claim(store, Identity.own()), engine, closer, home)
            _log.info("ready")
            wakers = lambda: [*engine.wakers(), *closer.wakers()]  # noqa: E731
            _work(runner, post, home, idle_s, wishes, companions, forks, wakers, store.database.signs)
            post.leave()
            # Who asks a runner to leave once it is idle starts another one, which looks after the companions then.
            has_work = store.active(1) or (companions.wanted() and not wishes.is_asked_when_idle)
            if wishes.is_asked or not has_work or not post.take():
                return 0
    finally:
        companions.close()
        engine.close()
        closer.close()
        store.close()
        _log.info("gone")


def _work(
    runner: Runner,
    post: Post,
    home: Path,
    idle_s: float,
    wishes: Wishes,
    companions: Companions,
    forks: Forks,
    wakers: Callable[[], Sequence[int]],
    signs: Callable[[], object],
) -> None:
    """Take turns until there was nothing to do for a while, or somebody wants this process to end."""
    is_recovered = False
    busy_at = rotated_at = time.monotonic()
    until: float | None = None
    quiet = Quiet(lambda: signs() if wishes.is_idle and is_recovered and not wishes.is_asked else None, settle_s=1.0)
    while until is None or (runner.has_live and time.monotonic() < until):
        if wishes.is_asked and until is None:
            runner.shut_down()
            until = time.monotonic() + SHUTDOWN_S
        try:
            if not is_recovered:
                runner.recover()
                is_recovered = True
            if wishes.has_credentials:
                wishes.has_credentials = False
                runner.hurry()
                quiet.stir()
            if quiet.is_turn():
                runner.tick()
        except UnavailableError as error:
            _log.warning("the store cannot be used, trying again: %s", error)
            time.sleep(STORE_DOWN_S)
            continue
        wishes.is_idle = runner.is_idle and not wishes.environments.has_awaited
        forks.attend(not wishes.is_idle)
        has_companions = not wishes.is_asked and companions.tick()
        if not wishes.is_idle:
            busy_at = time.monotonic()
        elif wishes.is_asked_when_idle or (time.monotonic() - busy_at > idle_s and not has_companions):
            return
        else:
            wishes.environments.forget_old()
        if time.monotonic() - rotated_at > ROTATE_S:
            rotated_at = time.monotonic()
            rotate(home / LOG)
        if wait([post.bell, *wakers()], quiet.wait_s(POLL_S)):
            quiet.stir()
        post.hush()


def _most() -> float | None:
    given = os.environ.get("JUPYTER_MLOPS_MAX_PARALLEL", "")
    most = float(given) if given.replace(".", "", 1).isdigit() else 0.0
    return max(1.0, most) if most else None
