"""Scorings that go on while others look: files of rows that models predict in the background of this process.

A scoring belongs to the server, not to the browser that asked for it: that one may go, come back and find it. What a
server that ends leaves undone is kept in parts beside the output; the same asked again goes on from there.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from jupyter_mlops.app.models import Models
from jupyter_mlops.app.scoring import Result, score_file
from jupyter_mlops.base.errors import ConflictError, MlopsError, NotFoundError, UnavailableError
from jupyter_mlops.models.score import check_files
from jupyter_mlops.models.version import ModelVersion, Reference

# At a time; each has a process with a model in it.
TOGETHER = 2
WAITING = 20
KEPT = 50
_log = logging.getLogger(__name__)


class State(StrEnum):
    """How far a scoring is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self not in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Scoring:
    """One file that is scored, as it is at this moment: `done` of `total` rows; None while nobody has counted."""

    id: str
    version: ModelVersion
    source: Path
    output: Path
    asked_at: datetime
    state: State = State.QUEUED
    done: int = 0
    total: int | None = None
    finished_at: datetime | None = None
    result: Result | None = None
    error: MlopsError | None = None
    is_cancelling: bool = False


class _CancelledError(Exception):
    """Somebody does not want it any more."""


class Scorings:
    """The scorings of one process.

    Parameters
    ----------
    models
        returns the verbs of models.
    """

    def __init__(self, models: Callable[[], Models]) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._every: dict[str, Scoring] = {}
        self._threads = ThreadPoolExecutor(TOGETHER, "mlops-score")
        self._is_closed = False

    def start(self, model: str | Reference, source: Path, output: Path, *, overwrite: bool = False) -> Scoring:
        """Let a version of a model predict the rows of a file; return as soon as it is known that it may.

        Parameters
        ----------
        model
            which version: what that is now is taken.
        overwrite
            whether an output that is there may be replaced.

        Raises
        ------
        NotFoundError
            ``model.not_found``, ``model.no_version``, ``model.no_alias``.
        UsageError
            ``score.input``, ``score.format``, ``score.output``.
        ConflictError
            ``score.exists``, ``score.busy``, ``score.many``.
        """
        version = self._models().resolve(model)
        check_files(source, output)
        if output.exists() and not overwrite:
            raise ConflictError(
                "score.exists", f"there is a file `{output.name}` already", "name another, or replace it"
            )
        made = Scoring(uuid.uuid4().hex, version, source, output, datetime.now(UTC))
        with self._lock:
            self._refuse(made)
            self._every[made.id] = made
            over = [each.id for each in self._every.values() if each.state.is_over]
            for old in over[: max(0, len(self._every) - KEPT)]:
                del self._every[old]
            self._threads.submit(self._work, made.id)
        return made

    def listed(self, model: str) -> list[Scoring]:
        """Return the scorings of a model, newest first."""
        with self._lock:
            return [each for each in reversed(self._every.values()) if each.version.name == model]

    def get(self, scoring: str) -> Scoring:
        """Return one.

        Raises
        ------
        NotFoundError
            ``score.not_found``.
        """
        with self._lock:
            found = self._every.get(scoring)
        if found is None:
            raise NotFoundError("score.not_found", f"there is no scoring {scoring[:8]}", "it ended with its server")
        return found

    def cancel(self, scoring: str) -> Scoring:
        """Ask for the end of one, which comes after the rows that are being predicted; no-op when it is over."""
        found = self.get(scoring)
        with self._lock:
            found = self._every.get(scoring, found)
            if not found.state.is_over:
                found = replace(found, is_cancelling=True)
                if found.state is State.QUEUED:
                    found = replace(found, state=State.CANCELLED, finished_at=datetime.now(UTC))
                self._every[scoring] = found
        return found

    def close(self) -> None:
        """End all of them soon; what was predicted is kept."""
        with self._lock:
            self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _refuse(self, made: Scoring) -> None:
        going_on = [each for each in self._every.values() if not each.state.is_over]
        if self._is_closed:
            raise UnavailableError("score.closed", "the server ends", "score it when it is there again")
        if any(each.output == made.output for each in going_on):
            raise ConflictError("score.busy", f"`{made.output.name}` is being made already", "wait for it")
        if len(going_on) >= WAITING:
            raise ConflictError("score.many", f"{len(going_on)} files are waiting already", "wait for one of them")

    def _work(self, scoring: str) -> None:
        with self._lock:
            found = self._every.get(scoring)
            if found is None or found.state.is_over:
                return
            self._every[scoring] = replace(found, state=State.RUNNING)

        def progress(done: int, total: int) -> None:
            with self._lock:
                now = self._every[scoring]
                self._every[scoring] = replace(now, done=done, total=total)
                # With the last row it is as good as done.
                if (now.is_cancelling or self._is_closed) and done < total:
                    raise _CancelledError

        try:
            result = score_file(self._models(), found.version, found.source, found.output, progress=progress)
            self._end(scoring, State.SUCCEEDED, result=result)
        except _CancelledError:
            self._end(scoring, State.CANCELLED)
        except MlopsError as error:
            self._end(scoring, State.FAILED, error=error)
        # A door: nobody waits for this thread, so what nobody foresaw is told here.
        except Exception:
            _log.exception("scoring %s failed", scoring)
            broke = UnavailableError("score.broke", "something went wrong while scoring", "the server's log tells more")
            self._end(scoring, State.FAILED, error=broke)

    def _end(
        self, scoring: str, state: State, *, result: Result | None = None, error: MlopsError | None = None
    ) -> None:
        with self._lock:
            found = self._every[scoring]
            self._every[scoring] = replace(
                found, state=state, result=result, error=error, finished_at=datetime.now(UTC), is_cancelling=False
            )
