"""Processes that the runner keeps alive while somebody wants them: a file in the home folder names a module each.

``companions/NAME`` holds the name of a module of this package, which is started as
``python -m MODULE --home HOME --parent PID``: it knows its runner even when that one ends before it has looked. It ends
by itself when it is not needed, having removed the file; as long as the file is there it is started again, later and
later when it dies soon. Rooms above this one ask for their processes so, without being known here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.runs.environments import credentials

FOLDER = "companions"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 30.0
SETTLED_S = 30.0
LEAVE_S = 5.0
_OURS = re.compile(r"jupyter_mlops(\.[a-z_]+)+")
_log = logging.getLogger("jupyter_mlops.runner")


@dataclass
class _Companion:
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    ended_at: float | None = None
    pause_s: float = FIRST_PAUSE_S
    credentials: Mapping[str, str] = field(default_factory=dict)


class Companions:
    """What else lives while the runner does.

    Parameters
    ----------
    home
        handed to every companion; in its `FOLDER` are the wishes.
    acting
        returns the environment of the process that acted last: companions have its credentials, and are
        started again when these change. None is the runner's own environment.
    """

    def __init__(
        self,
        home: Path,
        acting: Callable[[], Mapping[str, str] | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home, self._acting, self._clock = home, acting, clock
        self._known: dict[str, _Companion] = {}

    def wanted(self) -> list[str]:
        """Return the modules that somebody wants alive."""
        found = []
        with contextlib.suppress(OSError):
            for path in sorted((self._home / FOLDER).iterdir()):
                module = path.read_text(encoding="utf-8").strip()
                if _OURS.fullmatch(module):
                    found.append(module)
        return found

    def tick(self) -> bool:
        """Start what is wanted and not there; return whether anything is wanted or lives."""
        wanted = self.wanted()
        for module in wanted:
            self._keep_alive(module, self._known.setdefault(module, _Companion()))
        return bool(wanted) or any(_is_alive(companion) for companion in self._known.values())

    def close(self) -> None:
        """Ask all to leave, and wait for that."""
        processes = [c.process for c in self._known.values() if c.process is not None and _is_alive(c)]
        for process in processes:
            process.terminate()
        until = time.monotonic() + LEAVE_S
        for process in processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _keep_alive(self, module: str, companion: _Companion) -> None:
        known = credentials({**os.environ, **(self._acting() or {})})
        if _is_alive(companion):
            if known != companion.credentials and companion.process is not None:
                _log.info("%s is started again: it gets other credentials", module)
                companion.credentials = known
                companion.process.terminate()
            return
        now = self._clock()
        if companion.process is not None:
            if companion.ended_at is None:
                companion.ended_at = now
                if now - companion.started_at > SETTLED_S:
                    companion.pause_s = FIRST_PAUSE_S
            if now < companion.ended_at + companion.pause_s:
                return
            _log.warning("%s has ended with %s: started again", module, companion.process.returncode)
            companion.pause_s = min(companion.pause_s * 2, LONGEST_PAUSE_S)
        companion.started_at, companion.ended_at, companion.credentials = now, None, known
        # -P: what lies in the home folder is not to be imported. Output goes where ours goes.
        command = [sys.executable, "-P", "-m", module, "--home", str(self._home), "--parent", str(os.getpid())]
        try:
            companion.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **known}
            )
        except OSError as error:
            _log.error("%s cannot be started: %s", module, error)


def _is_alive(companion: _Companion) -> bool:
    return companion.process is not None and companion.process.poll() is None


def want(home: Path, name: str, module: str) -> None:
    """Let the runner keep a module alive from now on; whether there is a runner is for the caller to see to."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        path.write_text(module, encoding="utf-8")


def forget(home: Path, name: str) -> None:
    """Let a module go once it ends; no-op when nobody wants it."""
    with contextlib.suppress(OSError):
        (home / FOLDER / name).unlink()


def has_any(home: Path) -> bool:
    """Whether anything is wanted alive, for those who see to it that there is a runner."""
    with contextlib.suppress(OSError):
        return any((home / FOLDER).iterdir())
    return False
