"""The verbs of the runner: how it is, end it, start it anew with the credentials and settings of the caller."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.runs.code import Fate
from jupyter_mlops.runs.launch import LOG, ensure_runner, is_runner_alive
from jupyter_mlops.runs.notice import LOCK, read_notice, say
from jupyter_mlops.runs.process import Identity, end
from jupyter_mlops.runs.unattended import work_of

LEAVE_S = 20.0
TERM_S = 3.0


@dataclass(frozen=True)
class RunnerStatus:
    """A runner, or that there is none; `work` says what it has to do, or what has none."""

    is_alive: bool
    is_answering: bool
    home: str
    log: str
    pid: int | None
    version: str | None
    code: str | None
    started_at: str | None
    work: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def status(settings: MlopsSettings) -> RunnerStatus:
    """Return how the runner of a home folder is; asking starts none."""
    home = settings.home_path
    is_alive = os.path.isdir(home) and is_runner_alive(home)
    notice = read_notice(home) if is_alive else None
    since = datetime.fromtimestamp((home / LOCK).stat().st_mtime, UTC).isoformat() if is_alive else None
    return RunnerStatus(
        is_alive=is_alive,
        is_answering=is_alive and say(home, {}) is not None,
        home=str(home),
        log=str(home / LOG),
        pid=notice.pid if notice else None,
        version=notice.code.version if notice else None,
        code=notice.code.root if notice else None,
        started_at=since,
        work=str(work_of(home, settings.store or None)) if os.path.isdir(home) else "",
    )


def stop(settings: MlopsSettings) -> bool:
    """End the runner: it hands its steps over, or is killed when it does not listen. Return whether there was one.

    Raises
    ------
    UnavailableError
        ``runner.not_stopped``.
    """
    home = settings.home_path
    if not os.path.isdir(home) or not is_runner_alive(home):
        return False
    notice = read_notice(home)
    identity = Identity.of(notice.pid) if notice else None
    said = say(home, {"leave": Fate.LEAVE_NOW.value})
    if _is_gone(settings, LEAVE_S if (said or {}).get("is_leaving") else 0.0):
        return True
    if identity is not None:
        os.kill(identity.pid, signal.SIGTERM)
        if _is_gone(settings, TERM_S):
            return True
        end(identity)
    if _is_gone(settings, TERM_S):
        return True
    raise UnavailableError(
        "runner.not_stopped", f"the runner of {home} does not end", f"see {home / LOG}, and who holds {home / LOCK}"
    )


def restart(settings: MlopsSettings) -> None:
    """End the runner, if there is one, and start another one in the environment of this process."""
    stop(settings)
    ensure_runner(settings.home_path, settings.store or None)
    until = time.monotonic() + LEAVE_S
    while say(settings.home_path, {}) is None:
        if time.monotonic() > until:
            raise UnavailableError(
                "runner.not_started", "the runner was started and does not listen", f"see {settings.home_path / LOG}"
            )
        time.sleep(0.05)


def _is_gone(settings: MlopsSettings, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while is_runner_alive(settings.home_path):
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)
    return True
