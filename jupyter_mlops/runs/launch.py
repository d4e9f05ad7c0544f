"""Making sure that a runner is there: one per home, started by whoever needs it, alive after whoever started it.

The runner holds a lock on ``runner.lock`` as long as it lives, and the system gives the lock back when it dies, however
that happens. So asking for the lock is asking whether there is a runner. A runner whose code is not the one on the disk
any more is asked to leave, and is waited for: there are never two.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.locks import tried
from jupyter_mlops.runs.code import Code, Fate, fate, modified_ns
from jupyter_mlops.runs.notice import LOCK, read_notice, ring, say

LOG = "runner.log"
START_S = 5.0
LEAVE_S = {Fate.LEAVE_NOW: 15.0, Fate.LEAVE_IDLE: 3.0}
# What belongs to the process that happens to start the runner, and to no other.
_PERSONAL = (
    "JPY_PARENT_PID",
    "JPY_SESSION_NAME",
    "JPY_INTERRUPT_EVENT",
    "JUPYTER_MLOPS_ATTEMPT",
    "JUPYTER_MLOPS_ATTEMPT_DIR",
    "MLFLOW_RUN_ID",
    "MLFLOW_EXPERIMENT_ID",
    "PYTEST_CURRENT_TEST",
)
_started: list[subprocess.Popen[bytes]] = []


def ensure_runner(home: Path, store: str | None = None) -> bool:
    """Wake the runner of a home folder, or start one; return whether one was started.

    Costs a millisecond when a runner with the right code is there, so whoever waits for a run may call it often.

    Parameters
    ----------
    store
        database URL when it is not the one in `home`.

    Raises
    ------
    UnavailableError
        ``runner.not_started``.
    """
    _dismiss_outdated(home)
    if ring(home) or is_runner_alive(home):
        return False
    start_runner(home, store)
    return True


def announce(home: Path, run_id: str, store: str | None = None, more: Mapping[str, str] | None = None) -> bool:
    """Hand the environment of this process to the runner, for a run that is about to be accepted.

    Called before the run is accepted, so that no runner can begin it without. Where there is no runner one is started,
    and waited for until it listens.

    Parameters
    ----------
    more
        variables of the run that this process does not have.

    Returns
    -------
    bool
        whether it was heard; otherwise the run gets the environment of its runner.

    Raises
    ------
    UnavailableError
        ``runner.not_started``.
    """
    message = {"run": run_id, "environment": {**environment(os.environ, home, store), **(more or {})}}
    until = time.monotonic() + START_S
    ensure_runner(home, store)
    while say(home, message) is None:
        has_ended = all(process.poll() is not None for process in _started) and not is_runner_alive(home)
        if has_ended or time.monotonic() >= until:
            return False
        time.sleep(0.01)
    return True


def act(home: Path, store: str | None = None) -> bool:
    """Hand the credentials of this process to the runner, for MLflow and deployments; return whether it heard."""
    return say(home, {"environment": environment(os.environ, home, store)}) is not None


def is_runner_alive(home: Path) -> bool:
    """Return whether a runner holds the home folder."""
    if not (home / LOCK).exists():
        return False
    # Those who ask share it; only a runner takes it alone.
    with tried(home / LOCK, is_shared=True) as lock:
        return lock is None


def start_runner(home: Path, store: str | None = None) -> None:
    """Start a runner that outlives this process; one too many finds the lock taken and leaves."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    # -P: what lies in the home folder is not to be imported.
    command = [sys.executable, "-P", "-m", "jupyter_mlops.runs", "--home", str(home)]
    log = os.open(home / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # Kept, and asked for when the next one is started: a child that ended and that nobody asks for stays a zombie.
        _started[:] = [process for process in _started if process.poll() is None]
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment(os.environ, home, store),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        _started.append(process)
    except OSError as error:
        raise UnavailableError(
            "runner.not_started", f"the runner cannot be started: {error}", "see `jupyter mlops doctor`"
        ) from error
    finally:
        os.close(log)


def environment(variables: Mapping[str, str], home: Path, store: str | None = None) -> dict[str, str]:
    """Return the environment of a runner and of the runs that a process with `variables` submits to it."""
    passed = {name: value for name, value in variables.items() if name not in _PERSONAL}
    passed["JUPYTER_MLOPS_HOME"] = str(home)
    if store:
        # Not an argument: everybody can read those, and a database URL may hold a password.
        passed["JUPYTER_MLOPS_STORE"] = store
    return passed


def _dismiss_outdated(home: Path) -> None:
    """Ask a runner with old code to leave, and wait for that if it does."""
    notice = read_notice(home)
    if notice is None:
        return
    verdict = fate(notice.code, Code.here(), modified_ns(notice.code.root))
    if verdict is Fate.STAY or not (say(home, {"leave": verdict.value}) or {}).get("is_leaving"):
        return
    until = time.monotonic() + LEAVE_S[verdict]
    while read_notice(home) == notice and is_runner_alive(home) and time.monotonic() < until:
        time.sleep(0.01)
