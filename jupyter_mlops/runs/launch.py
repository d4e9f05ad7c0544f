"""Making sure that a runner is there: one per home, started by whoever needs it, alive after whoever started it.

The runner holds a lock on ``runner.lock`` as long as it lives, and the system gives the lock back when it dies, however
that happens. So asking for the lock is asking whether there is a runner. ``runner.bell`` is a pipe that wakes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_mlops.base.errors import UnavailableError

LOCK = "runner.lock"
BELL = "runner.bell"
LOG = "runner.log"
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

    Costs well under a millisecond when a runner is there, so whoever waits for a run may call it often.

    Parameters
    ----------
    store
        database URL when it is not the one in `home`.

    Raises
    ------
    UnavailableError
        ``runner.not_started``.
    """
    if ring(home):
        return False
    with _shared_lock(home) as is_free:
        if not is_free:
            return False
    start_runner(home, store)
    return True


def is_runner_alive(home: Path) -> bool:
    """Return whether a runner holds the home folder."""
    if not (home / LOCK).exists():
        return False
    with _shared_lock(home) as is_free:
        return not is_free


def ring(home: Path) -> bool:
    """Wake the runner; return whether one is listening."""
    try:
        bell = os.open(home / BELL, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False  # no pipe yet, or nobody reads it
    try:
        os.write(bell, b"!")
    except BlockingIOError:
        pass  # it has been rung often enough
    except OSError:
        return False
    finally:
        os.close(bell)
    return True


def start_runner(home: Path, store: str | None = None) -> None:
    """Start a runner that outlives this process; one too many finds the lock taken and leaves."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    # -P: what lies in the home folder is not to be imported.
    command = [sys.executable, "-P", "-m", "jupyter_mlops.runs", "--home", str(home)]
    environment = {**_environment(os.environ), "JUPYTER_MLOPS_HOME": str(home)}
    if store:
        # Not an argument: everybody can read those, and a database URL may hold a password.
        environment["JUPYTER_MLOPS_STORE"] = store
    log = os.open(home / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # Kept, and asked for when the next one is started: a child that ended and that nobody asks for stays a zombie.
        _started[:] = [process for process in _started if process.poll() is None]
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment,
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


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in _PERSONAL}


@contextlib.contextmanager
def _shared_lock(home: Path) -> Iterator[bool]:
    """Yield whether no runner holds the lock. Those who ask share it; only a runner takes it alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
