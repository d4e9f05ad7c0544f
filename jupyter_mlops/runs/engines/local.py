"""The engine of this machine: every attempt is a process here.

Honours ``limit:cpu`` (cores that nobody else gets meanwhile) and ``limit:memory`` (set aside, and enforced: an
attempt that uses more is killed). Refuses every other resource, images, secrets and other engines by name.

An attempt of a run that was asked for from another Python environment runs with that environment's interpreter, and is
not forked.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs import leftovers
from jupyter_mlops.runs.drive import Room
from jupyter_mlops.runs.engine import Ending, Refusal, want_of
from jupyter_mlops.runs.engines.child import IDENTITY, make_attempt
from jupyter_mlops.runs.engines.forks import Child, Forks, Spawned
from jupyter_mlops.runs.environments import Environments
from jupyter_mlops.runs.files import write_json
from jupyter_mlops.runs.interpreters import is_ours, why_cold
from jupyter_mlops.runs.limits import amount, shown_bytes
from jupyter_mlops.runs.lost import PROGRESS
from jupyter_mlops.runs.outcome import read_object
from jupyter_mlops.runs.process import Identity, end, memory_below
from jupyter_mlops.runs.run import Attempt, Reason

CANCEL_PATIENCE_S = 8.0
# Of an attempt that had to start an interpreter of its own: why.
START = "start.json"
# An attempt ends itself when its time is up, counted from its first cell; this is for one that cannot.
TIMEOUT_GRACE_S = 20.0
# A kernel has a minute to answer, and MLflow is asked before the first cell.
LONGEST_START_S = 180.0
MEMORY_SAMPLE_S = 0.5
_log = logging.getLogger(__name__)


def machine() -> Room:
    """Return the cores and the memory of this machine that this process may use."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Room(float(cores), float(psutil.virtual_memory().total))


def check(pipeline: Pipeline, room: Room | None = None) -> list[Refusal]:
    """Return everything that the tags of `pipeline` ask for and this machine cannot give."""
    room = room or machine()
    return [refusal for step in pipeline.steps for refusal in _refusals(step, room)]


def _refusals(step: Step, room: Room) -> list[Refusal]:
    options = step.options
    found: list[tuple[str, str, str]] = []
    if options.engine not in (None, "local"):
        found.append(
            (f"engine:{options.engine}", f"there is no engine `{options.engine}` here", "the engine here is `local`")
        )
    if options.image is not None:
        found.append((f"image:{options.image}", "the local engine runs no images", "remove the tag"))
    found += [
        (f"secret:{secret}", "the local engine has no secrets", "remove the tag and use the environment")
        for secret in options.secrets
    ]
    found += [told for limit in options.limits.items() if (told := _limit(*limit, room))]
    return [Refusal(step.name, tag, f'step "{step.name}" is tagged `{tag}`: {why}', hint) for tag, why, hint in found]


def _limit(resource: str, text: str, room: Room) -> tuple[str, str, str] | None:
    tag = f"limit:{resource}:{text}"
    there = {"cpu": room.cores, "memory": room.memory_bytes}.get(resource)
    if there is None:
        return tag, f"this machine's engine cannot give `{resource}`", "remove the tag, or choose another engine"
    try:
        wanted = amount(text)
    except ValueError as error:
        return tag, str(error), "for example `limit:cpu:2` or `limit:memory:4Gi`"
    if wanted > there:
        shown = f"{there:g} cores" if resource == "cpu" else shown_bytes(there)
        return tag, f"this machine has {shown}", "ask for less, or choose another engine"
    return None


@dataclass
class _Live:
    """An attempt that was started here, and what is done about it."""

    child: Child
    identity: Identity | None
    memory_bytes: float
    timeout_s: float | None
    deadline: float | None
    has_begun: bool = False
    cancelled_at: float | None = None
    sampled_at: float = 0.0
    ending: Ending = field(default_factory=Ending)


class LocalEngine:
    """Attempts as processes of this machine.

    Parameters
    ----------
    forks
        the warm process to fork them from.
    limit
        how many cores to use at most; None is as many as there are.
    environments
        those of the runs. They reach an attempt from memory to memory, never by a file or an argument.
    """

    def __init__(
        self,
        forks: Forks,
        limit: float | None = None,
        environments: Environments | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        there = machine()
        self.room = Room(limit or there.cores, there.memory_bytes)
        self._forks = forks
        self._environments = environments or Environments()
        self._clock = clock
        self._live: dict[str, _Live] = {}

    @property
    def is_ready(self) -> bool:
        """Whether the warm process is."""
        return self._forks.is_ready

    def check(self, pipeline: Pipeline) -> list[Refusal]:
        """Return what this machine cannot give."""
        return check(pipeline)

    def want(self, step: Step) -> Room:
        """Return what the tags say."""
        return want_of(step, self.room)

    def start(self, attempt: Attempt, want: Room, python: str) -> None:
        """Fork the attempt, or start it with its own interpreter."""
        environment = self._environments.of(attempt.run_id)
        if is_ours(python):
            child: Child = self._forks.start(make_attempt, str(attempt.folder), environment)
        else:
            why = why_cold(python)
            _log.info("attempt %s starts cold: %s", attempt.label, why)
            with contextlib.suppress(OSError):
                write_json(attempt.folder / START, {"cold": why}, sync=False)
            child = _spawn(python, attempt.folder, os.environ if environment is None else environment)
        timeout = (read_object(attempt.folder / "attempt.json") or {}).get("timeout_s")
        self._live[attempt.label] = _Live(
            child=child,
            identity=Identity.of(child.pid),
            memory_bytes=want.memory_bytes,
            timeout_s=timeout or None,
            deadline=self._clock() + LONGEST_START_S if timeout else None,
        )

    def poll(self, attempt: Attempt) -> Ending | None:
        """Return how the attempt ended, and end what does not."""
        live = self._live.get(attempt.label)
        if live is None:
            return Ending()
        if not live.child.is_over():
            self._judge(attempt, live)
            if not live.child.is_over():
                return None
        # Also where the warm process died: then nobody tells us of the end, and the attempt may still be there.
        if live.identity is not None:
            end(live.identity)
        leftovers.end_leftovers(attempt.label)
        del self._live[attempt.label]
        return live.ending

    def cancel(self, attempt: Attempt, waited_s: float = 0.0) -> None:
        """Ask the attempt to end; `poll` kills it when it has not after a while, counted from the user's request."""
        live = self._live.get(attempt.label)
        if live is None or live.cancelled_at is not None:
            return
        live.cancelled_at = self._clock() - min(waited_s, CANCEL_PATIENCE_S)
        if live.identity is not None and live.identity.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(live.identity.pid, signal.SIGTERM)

    def clear(self, attempt: Attempt) -> None:
        """Kill what is left of an attempt of another runner: its process, its tree, and who carries its name."""
        with contextlib.suppress(KeyError, ValueError):
            end(Identity.from_json(read_object(attempt.folder / IDENTITY) or {}))
        leftovers.end_leftovers(attempt.label)

    def wakers(self) -> Sequence[int]:
        """Return what becomes readable when an attempt ends."""
        return [live.child.waker for live in self._live.values() if live.child.waker is not None]

    def close(self) -> None:
        """Kill the attempts that still run."""
        for label, live in self._live.items():
            if live.identity is not None:
                end(live.identity)
            leftovers.end_leftovers(label)
        self._live.clear()

    def _judge(self, attempt: Attempt, live: _Live) -> None:
        """Kill an attempt that was cancelled and stays, that is far over its time, or that takes too much memory."""
        now = self._clock()
        if live.timeout_s is not None and not live.has_begun and (attempt.folder / PROGRESS).exists():
            live.has_begun, live.deadline = True, now + live.timeout_s + TIMEOUT_GRACE_S
        if live.cancelled_at is not None and now - live.cancelled_at > CANCEL_PATIENCE_S:
            self._kill(attempt, live, Ending(Reason.CANCELLED, "it did not end when it was asked to"))
        elif live.deadline is not None and now > live.deadline:
            self._kill(attempt, live, Ending(Reason.TIMEOUT, "its time limit is over, and it did not end itself"))
        elif live.memory_bytes and now - live.sampled_at >= MEMORY_SAMPLE_S:
            live.sampled_at = now
            used = memory_below(live.child.pid)
            if used > live.memory_bytes:
                shown = f"it used {shown_bytes(used)}, more than its limit of {shown_bytes(live.memory_bytes)}"
                self._kill(attempt, live, Ending(Reason.OOM, shown))

    @staticmethod
    def _kill(attempt: Attempt, live: _Live, ending: Ending) -> None:
        _log.warning("attempt %s is killed: %s", attempt.label, ending.message)
        live.ending = ending
        if live.identity is not None:
            end(live.identity)


def _spawn(python: str, folder: Path, variables: Mapping[str, str]) -> Child:
    environment = {**variables, "PATH": os.pathsep.join([str(Path(python).parent), variables.get("PATH", "")])}
    try:
        return Spawned([python, "-m", "jupyter_mlops.runs.engines.child", str(folder)], environment)
    except OSError as error:
        raise UnavailableError(
            "run.python_not_found",
            f"`{python}` cannot be started: {error.strerror}",
            "run the notebook again from an environment that is there",
        ) from error
