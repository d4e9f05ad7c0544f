"""The runner: takes accepted runs to their end. One turn of its loop is `tick`.

A turn: hear which attempts ended and commit what they left; look at the runs again when anything happened; end steps
that never will start; end runs that are through, and let MLflow follow; share the machine among the steps that may
start. What is true is in the store. What the runner remembers between turns (which attempts it started, when a retry is
due) can be lost with it: `recover` begins from the rows that the last one left.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.base.errors import ConflictError, MlopsError, UnavailableError, UsageError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs import lost, outcome, retry
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.closing import Closer
from jupyter_mlops.runs.drive import NOTHING, Room, allot, decide
from jupyter_mlops.runs.engine import Ending, Engine
from jupyter_mlops.runs.order import read_pipeline, write_order
from jupyter_mlops.runs.result import blamed, settle
from jupyter_mlops.runs.reuse import reuse, reuse_key
from jupyter_mlops.runs.run import Attempt, Reason, Run, Status
from jupyter_mlops.runs.store import RunStore
from jupyter_mlops.runs.untracked import Untracked, mlflow_run_of

_log = logging.getLogger(__name__)


@dataclass
class _Live:
    """An attempt that this runner started: what it holds, what it was asked, how it ended."""

    attempt: Attempt
    room: Room
    asked: Reason | None = None
    ending: Ending | None = None


class Runner:
    """Drives the runs of a store.

    Parameters
    ----------
    claim
        the right to write; a later claim makes every turn raise `ConflictError` (``runner.superseded``).
    home
        folder of the artifacts.
    clock
        monotonic seconds.
    chance
        spreads retries; from 0 to 1.
    """

    def __init__(
        self,
        store: RunStore,
        claim: Claim,
        engine: Engine,
        closer: Closer,
        home: Path,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._claim, self._engine, self._closer = store, claim, engine, closer
        self._home, self._clock, self._chance = home, clock, chance
        self._runs: tuple[Run, ...] = ()
        self._seen = -1
        self._pipelines: dict[str, Pipeline] = {}
        self._live: dict[str, _Live] = {}
        self._not_before: dict[tuple[str, str], float] = {}
        self._untracked = Untracked(store, claim, closer, clock)
        self._is_leaving = False

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do, and nothing to wait for."""
        return not (self._runs or self._live or self._untracked.is_being_told)

    def recover(self) -> None:
        """Take over from the runner before: end what is left of its attempts, keep the results they left."""
        for attempt in self._store.open_attempts():
            self._engine.clear(attempt)
            self._live[attempt.label] = _Live(attempt, NOTHING, ending=Ending())
        self._untracked.recover()

    def tick(self) -> None:
        """Take one turn.

        Raises
        ------
        UnavailableError
            the store cannot be used now; nothing is lost, and the next turn goes on from there.
        ConflictError
            ``runner.superseded``.
        """
        self._hear()
        self._look()
        for run in self._runs:
            with self._fresh():
                self._drive(run)
        if not self._is_leaving:
            with self._fresh():
                self._start()
        self._untracked.tick()

    def shut_down(self) -> None:
        """Begin nothing more, and ask every attempt to end: the next runner begins it again (see `has_live`)."""
        self._is_leaving = True
        for live in self._live.values():
            self._ask(live, Reason.SHUTDOWN)

    def hurry(self) -> None:
        """Tell MLflow again what it could not be told: there are other credentials."""
        self._untracked.hurry()

    @property
    def has_live(self) -> bool:
        """Whether attempts run."""
        return bool(self._live)

    def _hear(self) -> None:
        for label, live in list(self._live.items()):
            live.ending = live.ending or self._engine.poll(live.attempt)
            if live.ending is not None:
                with self._fresh():
                    self._settle(live, live.ending)
                del self._live[label]

    def _look(self) -> None:
        seen = self._store.last_event()
        if seen != self._seen:
            self._runs = self._store.active()
            self._seen = seen
            known = {run.id for run in self._runs}
            self._pipelines = {id_: p for id_, p in self._pipelines.items() if id_ in known}
            self._not_before = {key: due for key, due in self._not_before.items() if key[0] in known}

    @contextmanager
    def _fresh(self) -> Iterator[None]:
        """Look again where somebody else (a cancel) was faster."""
        try:
            yield
        except ConflictError as error:
            if error.code == "runner.superseded":
                raise
            _log.info("%s", error.message)
            self._seen = -1

    def _settle(self, live: _Live, ending: Ending) -> None:
        """Commit what an attempt left."""
        attempt = live.attempt
        run = self._store.get(attempt.run_id)
        self._note_mlflow(run)
        try:
            found, allowed = settle(run, self._pipeline(run), attempt, ending, live.asked)
        except (UnavailableError, UsageError) as error:
            found = outcome.Outcome(Reason.ERROR, outcome.failure(error.code, error.message, error.hint))
            allowed = 0
        if found.reason is None:
            self._claim.succeed(attempt, attempt.folder / outcome.MANIFEST, found.metrics)
            return
        told = found.error or {}
        if outcome.read(attempt.folder) is None:
            told = lost.complete(attempt.folder, found.reason, told)
            lost.clear(attempt.folder)
        step = run.step(attempt.step)
        verdict = retry.verdict(
            found.reason,
            told,
            retry=allowed,
            failures=step.failures,
            losses=step.losses,
            chance=self._chance(),
        )
        self._claim.fail(attempt, found.reason, told, verdict)
        self._not_before[attempt.run_id, attempt.step] = self._clock() + verdict.delay_s
        _log.info("attempt %s: %s; again: %s", attempt.label, found.reason, verdict.is_tried_again)

    def _drive(self, run: Run) -> None:
        """End what of a run never will start, and the run when it is through."""
        if run.cancel_requested:
            self._cancel(run)
        try:
            pipeline = self._pipeline(run)
        except (UnavailableError, UsageError) as error:
            self._give_up(run, error)
            return
        decision = decide(_after(pipeline), run.states, run.cancel_requested)
        dropped = {
            **dict.fromkeys(decision.skipped, Status.SKIPPED),
            **dict.fromkeys(decision.cancelled, Status.CANCELLED),
        }
        if dropped:
            self._claim.drop(run.id, dropped)
        if decision.final is not None:
            self._end(run.id, decision.final)

    def _end(self, run_id: RunId, status: Status) -> None:
        """End a run in the store. MLflow follows: it may take seconds, or be away for days."""
        run = self._store.get(run_id)
        self._note_mlflow(run)
        self._claim.end_run(run_id, status, blamed(run), is_tracking_pending=True)
        self._untracked.add(self._store.get(run_id), pause_s=0.0)
        _log.info("run %s: %s", run_id, status)

    def _cancel(self, run: Run) -> None:
        """Ask the attempts of a run to end. Their patience began when the user asked, not when it is heard of here."""
        asked = [live for live in self._live_of(run) if live.asked is None]
        if asked:
            since = self._store.cancel_requested_at(run.id)
            waited_s = max(0.0, (self._store.now() - since).total_seconds()) if since is not None else 0.0
            for live in asked:
                self._ask(live, Reason.CANCELLED, waited_s)

    def _start(self) -> None:
        """Share the machine among the steps that may start."""
        wanted: dict[str, list[tuple[str, Room]]] = {}
        for run in self._runs:
            if run.id in self._pipelines and not run.cancel_requested:
                wanted[run.id] = [(s.name, self._engine.want(s)) for s in self._ready(run)]
        held: dict[str, Room] = {}
        for live in self._live.values():
            held[live.attempt.run_id] = held.get(live.attempt.run_id, NOTHING) + live.room
        free = self._engine.room - sum(held.values(), NOTHING)
        chosen = allot(wanted, held, free) if self._engine.is_ready else []
        rooms = {(run_id, step): room for run_id, steps in wanted.items() for step, room in steps}
        for run in self._runs:
            waiting = [
                step
                for step, _ in wanted.get(run.id, ())
                if (run.id, step) not in chosen and run.step(step).status is Status.PENDING
            ]
            # A run that nobody has begun says `queued` itself, and waits for its turn as a whole.
            if waiting and (run.status is Status.RUNNING or any(run.id == id_ for id_, _ in chosen)):
                self._claim.queue(run.id, waiting)
        runs: dict[str, Run] = {run.id: run for run in self._runs}
        for run_id, step in chosen:
            self._begin(runs[run_id], step, rooms[run_id, step])

    def _ready(self, run: Run) -> Iterator[Step]:
        """Yield the steps that may start; those whose result is known already never do."""
        pipeline = self._pipelines[run.id]
        for name in decide(_after(pipeline), run.states).ready:
            step = pipeline.step(name)
            is_due = self._not_before.get((run.id, name), 0.0) <= self._clock()
            if is_due and not reuse(self._store, self._claim, run, pipeline, step):
                yield step

    def _begin(self, run: Run, name: str, room: Room) -> None:
        pipeline = self._pipelines[run.id]
        attempt = self._claim.begin(run.id, name, reuse_key(run, pipeline, pipeline.step(name)))
        live = self._live[attempt.label] = _Live(attempt, room)
        try:
            write_order(self._home, run, pipeline, attempt, self._engine.room.cores)
            self._engine.start(attempt, room, run.python)
        except UnavailableError as error:
            live.ending = Ending(Reason.ERROR, error=outcome.failure(error.code, error.message, error.hint))

    def _give_up(self, run: Run, error: MlopsError) -> None:
        """End a run whose folder does not say what it is."""
        alive = list(self._live_of(run))
        for live in alive:
            self._ask(live, Reason.CANCELLED)
        if not alive:
            _log.error("run %s cannot go on: %s", run.id, error.message)
            self._claim.end_run(run.id, Status.FAILED, error.to_json())

    def _ask(self, live: _Live, reason: Reason, waited_s: float = 0.0) -> None:
        if live.asked is None:
            live.asked = reason
            self._engine.cancel(live.attempt, waited_s)

    def _live_of(self, run: Run) -> Iterator[_Live]:
        return (live for live in self._live.values() if live.attempt.run_id == run.id)

    def _pipeline(self, run: Run) -> Pipeline:
        if run.id not in self._pipelines:
            self._pipelines[run.id] = read_pipeline(run)
        return self._pipelines[run.id]

    def _note_mlflow(self, run: Run) -> None:
        if run.mlflow_run_id is None:
            found = mlflow_run_of(run.folder)
            if found is not None:
                self._claim.note_tracking(run.id, mlflow_run_id=found)


def _after(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    return {step.name: step.after for step in pipeline.steps}
