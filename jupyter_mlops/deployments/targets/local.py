"""Fronts as processes of this machine: one per deployment, alive after whoever started it.

Exactly one, whatever is killed: whoever starts a front takes the lock on ``front.lock`` first and hands it on to the
front, which holds it as long as it lives; the system gives it back when the front dies, however that happens. Which
process that is stands in ``front.json``; where it does not (its starter was killed in between), the front says it.

What a front listens on, and a template that waits, are kept for the front that takes the place of a killed one.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import MlopsError, UnavailableError
from jupyter_mlops.base.locks import tried
from jupyter_mlops.deployments.client import SOCKET, ask
from jupyter_mlops.deployments.plan import PLAN
from jupyter_mlops.deployments.serving import handover
from jupyter_mlops.deployments.serving.worker.environment import minimal
from jupyter_mlops.deployments.target import Observed
from jupyter_mlops.deployments.targets.keep import Keep
from jupyter_mlops.deployments.targets.watch import Watch
from jupyter_mlops.runs.files import write_json
from jupyter_mlops.runs.process import Identity, end

LOCK, RECORD, LOG = "front.lock", "front.json", "front.err"
STATE = "state.json"
HAS_PIDFD = hasattr(os, "pidfd_open")
MODULE = "jupyter_mlops.deployments.serving"
STATUS_S = 2.0
# A front that holds its lock and answers nothing for so long hangs.
SILENCE_S = 15.0
# What a front may take to leave, and a little more.
LEAVE_S = 9.0
_LONGEST_LOG_BYTES = 5_000_000
_log = logging.getLogger(__name__)


class LocalTarget:
    """Fronts on this machine.

    Parameters
    ----------
    command
        what starts a front; the folder of its deployment is appended.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        # -P: what lies in the folder is not to be imported.
        self._command = list(command or (sys.executable, "-P", "-m", MODULE))
        self._started: list[subprocess.Popen[bytes]] = []
        self._heard: dict[Path, float] = {}
        self._spares: dict[Path, Mapping[str, Any]] = {}
        self._keep, self._watch = Keep(), Watch()

    def apply(self, folder: Path, plan: Mapping[str, Any]) -> None:
        """Write the plan and let the front read it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(folder / PLAN, dict(plan))
        identity = self.identity(folder)
        if identity is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(identity.pid, signal.SIGHUP)

    def ensure(self, folder: Path) -> bool:
        """Start a front when none holds the lock; a front that hangs is ended first."""
        with tried(folder / LOCK) as lock:
            if lock is None:
                self._adopt(folder)
                self._end_hanging(folder)
                return False
            self._start(folder, lock)
            return True

    def observed(self, folder: Path) -> Observed | None:
        """Ask the front."""
        if not (folder / SOCKET).exists():
            return None
        try:
            reply = ask(folder, "GET", "/status", timeout_s=STATUS_S)
            found = Observed.from_json(reply.json()) if reply.status == 200 else None
        except (MlopsError, ValueError, TypeError, AttributeError):
            return None
        if found is not None:
            self._heard[folder] = time.monotonic()
            self._spares[folder] = found.data.get("spares") or {}
        return found

    def stop(self, folder: Path, patience_s: float = LEAVE_S) -> bool:
        """Let the front answer what it holds, then end it."""
        self._heard.pop(folder, None)
        # First, so that nobody calls whom no front will answer.
        self._keep.drop(folder)
        self._watch.drop(folder)
        identity = self.identity(folder)
        if identity is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(identity.pid, signal.SIGTERM)
            until = time.monotonic() + patience_s
            while identity.is_alive and time.monotonic() < until:
                self._reap()
                time.sleep(0.02)
            _end(identity)
        self._reap()
        if not folder.exists():
            return True
        handover.release(folder)
        with tried(folder / LOCK) as lock:
            return lock is not None

    def signs(self, folder: Path) -> object:
        """Return when the front last wrote down what it decided, and whether its end would be noticed."""
        with contextlib.suppress(OSError):
            # Where the end of a front is not noticed, no two signs are the same: then it is looked for each time.
            return os.stat(folder / STATE).st_mtime_ns if self._watch.knows(folder) and HAS_PIDFD else object()
        return None

    def wait(self, timeout_s: float) -> None:
        """Wait until a front has ended, or the time has passed."""
        self._watch.wait(timeout_s)

    def identity(self, folder: Path) -> Identity | None:
        """Return the process that serves a deployment; None when none does."""
        if not folder.exists():
            return None
        with tried(folder / LOCK) as lock:
            if lock is not None:
                return None
        return _recorded(folder) or self._found(folder)

    def _adopt(self, folder: Path) -> None:
        self._keep.follow(folder, self._spares.get(folder, {}))
        if not self._watch.knows(folder) and (identity := self.identity(folder)) is not None:
            self._watch.add(folder, identity)

    def _start(self, folder: Path, lock: int) -> None:
        handed = self._keep.handed(folder, lock)
        log = _open_log(folder / LOG)
        try:
            self._reap()
            process = subprocess.Popen(
                [*self._command, "--folder", str(folder), "--handed", handed.to_text()],
                cwd=folder,
                env=environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=handed.fds,
            )
        except OSError as error:
            raise UnavailableError(
                "deployment.not_started", f"its process cannot be started: {error}", "see `jupyter mlops doctor`"
            ) from error
        finally:
            os.close(log)
        self._started.append(process)
        self._heard[folder] = time.monotonic()
        identity = Identity.of(process.pid)
        if identity is not None:
            write_json(folder / RECORD, identity.to_json())
            self._watch.add(folder, identity)

    def _end_hanging(self, folder: Path) -> None:
        silent_s = time.monotonic() - self._heard.setdefault(folder, time.monotonic())
        identity = self.identity(folder) if silent_s > SILENCE_S else None
        if identity is not None:
            _log.warning("front %s of %s has not answered for %.0f s: ended", identity.pid, folder.name, silent_s)
            _end(identity)
            self._heard.pop(folder, None)

    def _found(self, folder: Path) -> Identity | None:
        """Look for a front that nobody wrote down: it says who it is, or its command line does."""
        observed = self.observed(folder)
        pid = observed.pid if observed is not None else _by_command(folder)
        identity = Identity.of(pid) if pid else None
        if identity is not None:
            write_json(folder / RECORD, identity.to_json())
        return identity

    def _reap(self) -> None:
        # A child that ended and that nobody asks for stays a zombie.
        self._started[:] = [process for process in self._started if process.poll() is None]


def _end(front: Identity) -> None:
    """Kill a front. Its templates end with it, but not those below them that it lent to other fronts."""
    end(front, alone=True)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a front: what a model's process may know, and where the user's packages are."""
    kept = {name: variables[name] for name in ("HOME", "USER", "LOGNAME", "TMPDIR") if name in variables}
    found = {**minimal(variables), "PYTHONNOUSERSITE": "", **kept}
    return {name: value for name, value in found.items() if value}


def _recorded(folder: Path) -> Identity | None:
    try:
        identity = Identity.from_json(json.loads((folder / RECORD).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return identity if identity.is_alive else None


def _by_command(folder: Path) -> int | None:
    import psutil

    for process in psutil.process_iter(["cmdline", "uids"]):
        words = process.info["cmdline"] or []
        if MODULE in words and str(folder) in words and process.info["uids"].real == os.getuid():
            return int(process.pid)
    return None


def _open_log(file: Path) -> int:
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if os.fstat(log).st_size > _LONGEST_LOG_BYTES:
        os.ftruncate(log, 0)
    return log


def log_of(folder: Path, version: int | None, lines: int) -> tuple[str, bool]:
    """Return the last lines that a version, or the front itself, wrote; and whether something is left out."""
    logs = folder / "logs"
    return _tail([logs / f"version-{version}.log"] if version else [logs / "front.log", folder / LOG], lines)


def _tail(files: Sequence[Path], lines: int, most_bytes: int = 1_000_000) -> tuple[str, bool]:
    found: list[str] = []
    is_cut = False
    for file in files:
        with contextlib.suppress(OSError), file.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - most_bytes))
            is_cut |= size > most_bytes
            found += log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(found[-lines:]), is_cut or len(found) > lines
