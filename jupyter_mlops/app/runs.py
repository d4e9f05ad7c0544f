"""Runs as verbs: start, retry, cancel, find and follow. Everything is checked before anything is written."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_mlops.app.carry import Past, chosen_only, resumed, retried
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.app.given import resolve_all, taken_over
from jupyter_mlops.app.runner import announce as announce_run
from jupyter_mlops.app.runner import ensure, refuse_what_cannot_run
from jupyter_mlops.app.source import Source, of_run, source_of
from jupyter_mlops.app.submission import Submission, write_folder
from jupyter_mlops.app.watch import POLL_S
from jupyter_mlops.base.errors import ConflictError, NotFoundError, UnavailableError, UsageError
from jupyter_mlops.base.ids import RunId, new_run_id
from jupyter_mlops.jobs.job import JobVersion
from jupyter_mlops.jobs.store import JobStore
from jupyter_mlops.notebook.ignoring import ignorable
from jupyter_mlops.pipeline.concealed import given_again, injected, key_of, shown, variables
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.listing import Filter, Summary, counted, listed
from jupyter_mlops.runs.removal import remove
from jupyter_mlops.runs.run import Run, Status
from jupyter_mlops.runs.store import NewRun, RunStore

MOST_PASTS = 200
STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")


class Runs:
    """The verbs of runs.

    Parameters
    ----------
    note
        told what is no error, such as that a deleted notebook is taken from the run's own copy.
    keep_alive
        starts the runner when there is none; None is the real one of `settings`.
    announce
        hands the environment of this process, and the run's secrets where it has any, to the runner for a run that is
        about to be accepted; likewise.
    refuse
        raises for a pipeline that the engine cannot honour.
    """

    def __init__(
        self,
        settings: MlopsSettings,
        store: RunStore,
        jobs: JobStore,
        note: Callable[[str], None],
        keep_alive: Callable[[], None] | None = None,
        refuse: Callable[[Pipeline], None] = refuse_what_cannot_run,
        announce: Callable[..., None] | None = None,
    ) -> None:
        self.settings, self.store, self.jobs, self.note = settings, store, jobs, note
        self.root = settings.home_path / "runs"
        self.keep_alive = keep_alive or partial(ensure, settings)
        self._announce = announce or partial(announce_run, settings)
        self._refuse = refuse

    def _key(self) -> bytes:
        """Return what marks of secrets are made with."""
        return key_of(self.settings.home_path)

    def start(
        self,
        target: str | os.PathLike[str] | JobVersion,
        values: Mapping[str, Any],
        texts: Mapping[str, str],
        *,
        from_step: str | None,
        no_cache: bool,
        steps: Collection[str] | None = None,
        ignore: Collection[str] = (),
    ) -> Run:
        """Start a run of a notebook or job version; see `Workbench.run`."""
        if steps is not None and from_step is not None:
            raise UsageError("run.steps", "a run begins at a step or consists of steps, not both", "name one of them")
        source = source_of(target, self.jobs, ignorable(ignore))
        values, texts = (given_again(source.pipeline, given, self._key) for given in (values, texts))
        clear = resolve_all(source.pipeline, values, texts)
        parameters = shown(clear, self._key)
        carried: dict[str, RunId] = {}
        if from_step is not None:
            past, names = resumed(source.pipeline, self._pasts(source), parameters, from_step)
            carried = dict.fromkeys(names, RunId(past.run_id))
        elif steps is not None:
            origin, names = chosen_only(source.pipeline, self._pasts(source), parameters, steps)
            carried = dict.fromkeys(names, RunId(origin.run_id)) if origin else {}
            steps = [step.name for step in source.pipeline.steps if step.name in steps]
        return self._submit(source, clear, carried, no_cache=no_cache, chosen=steps)

    def retry(self, run: Run, from_step: str | None) -> Run:
        """Start a run that carries what succeeded in `run`, or what of it lies before `from_step`.

        Raises
        ------
        ConflictError
            ``run.not_over``: it still runs; ``run.nothing_to_retry``: all of it succeeded and no step was
            named.
        UsageError
            ``run.source_changed`` and whatever else is wrong with the notebook as it is now.
        """
        if not run.status.is_terminal:
            raise ConflictError("run.not_over", f"run {run.id[:8]} is {run.status}", "wait for its end, or cancel it")
        if run.status is Status.SUCCEEDED and from_step is None:
            raise ConflictError(
                "run.nothing_to_retry",
                f"run {run.id[:8]} succeeded, nothing is left to run",
                "--from-step S runs S again",
            )
        folder = RunFolder(run.folder)
        source = of_run(folder, self.jobs)
        earlier = folder.pipeline()
        clear = taken_over(source.pipeline, earlier, given_again(source.pipeline, run.parameters, self._key))
        parameters = shown(clear, self._key)
        past = Past(run.id, earlier, run.parameters, _succeeded(run))
        if run.chosen is not None and from_step is None:
            chosen = [name for name in run.chosen if name not in past.succeeded]
            _, names = chosen_only(source.pipeline, [past], parameters, chosen)
            return self._submit(
                source,
                clear,
                dict.fromkeys(names, run.id),
                no_cache=run.no_cache,
                retry_of=run.id,
                chosen=chosen,
            )
        carried = dict.fromkeys(retried(source.pipeline, past, parameters, from_step), run.id)
        return self._submit(source, clear, carried, no_cache=run.no_cache, retry_of=run.id)

    def _submit(
        self,
        source: Source,
        clear: Mapping[str, Any],
        carried: Mapping[str, RunId],
        *,
        no_cache: bool,
        retry_of: RunId | None = None,
        chosen: Collection[str] | None = None,
    ) -> Run:
        self._refuse(source.pipeline)
        if source.note:
            self.note(source.note)
        run_id = new_run_id()
        parameters = shown(clear, self._key)
        secrets = variables(clear, source.compiled.defaults)
        uri = self.settings.tracking_uri or None
        submission = Submission(run_id, source, parameters, injected(clear), datetime.now(UTC), retry_of, uri)
        folder = write_folder(self.root, submission)
        job = (str(source.job["name"]), int(source.job["version"])) if source.job else None
        new = NewRun(
            id=run_id,
            name=source.name,
            folder=folder,
            pipeline=source.pipeline,
            parameters=parameters,
            notebook=str(source.notebook),
            job=job,
            retry_of=retry_of,
            no_cache=no_cache,
            carried=carried,
            chosen=chosen,
            ignored=source.ignored,
        )
        try:
            # Before the run is accepted: the runner begins it the moment it is. Who cannot be told is noted below.
            if secrets:
                self._announce(run_id, secrets)
            else:
                with contextlib.suppress(UnavailableError):
                    self._announce(run_id)
            run = self.store.create(new)
        except BaseException:
            # A folder without a row is no run: nobody would ever look at it.
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            self.keep_alive()
        except UnavailableError as error:
            self.note(f"run {run_id} is accepted and waits for a runner: {error.message}")
        return run

    def _pasts(self, source: Source) -> Iterator[Past]:
        """What earlier runs of the same notebook or job were, newest first."""
        cursor = None
        for _ in range(MOST_PASTS // 50):
            page = self.store.list(name=source.name, cursor=cursor)
            for run in page:
                same = run.job is not None if source.job else run.notebook == str(source.notebook) and run.job is None
                if same and _succeeded(run):
                    yield Past(run.id, RunFolder(run.folder).pipeline(), run.parameters, _succeeded(run))
            if not page:
                return
            cursor = page[-1].id

    def cancel(self, run_id: str) -> Run:
        """Ask for the end of a run; no-op when it is over."""
        run = self.store.request_cancel(run_id)
        if not run.status.is_terminal:
            self.keep_alive()
        return run

    def find(self, text: str) -> Run:
        """Return the run whose id is or begins with `text`, or the newest for ``latest``."""
        if text != "latest":
            return self.store.get(text)
        newest = self.store.list(limit=1)
        if not newest:
            raise NotFoundError("run.not_found", "there are no runs yet", "`jupyter mlops run NOTEBOOK` makes one")
        return newest[0]

    def listed(self, limit: int, status: str | None) -> list[Run]:
        """Return at most `limit` runs, newest first."""
        if status is not None and status not in STATUSES:
            raise UsageError("run.status", f"`{status}` is no state of a run", f"known: {', '.join(STATUSES)}")
        if limit < 1:
            raise UsageError("run.limit", f"{limit} runs cannot be listed", "name a number from 1")
        return list(self.store.list(status=status, limit=limit))

    def latest_of(self, job: str) -> Summary | None:
        """Return the latest run of a job."""
        page, _ = self.page(Filter(job=job), 1)
        return page[0] if page else None

    def logs(
        self,
        run_id: str,
        folder: RunFolder,
        step: str | None,
        *,
        follow: bool,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[tuple[str, str]]:
        """Yield (step, line); with `follow` until the run is over."""
        offsets: dict[tuple[str, int], int] = {}
        while True:
            run = self.store.get(run_id)
            is_over = run.status.is_terminal
            carried: dict[str, Path] = {
                s.name: s.manifest.parent for s in run.steps if s.cached and s.manifest is not None
            }
            yield from folder.log_lines(offsets, step, carried)
            if is_over or not follow:
                return
            self.keep_alive()
            sleep(POLL_S)

    def page(
        self, wanted: Filter, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Summary, ...], str | None]:
        """Return a page of runs, newest first, and the cursor of the next one."""
        return listed(self.store.database, wanted, limit, cursor)

    def activity(self) -> tuple[int, int, int]:
        """Return how many runs are queued, how many are running, and the number of the newest event."""
        return *counted(self.store.database), self.store.last_event()

    def delete(self, run_id: str) -> None:
        """Delete a run that is over, with its files."""
        remove(self.store.database, run_id, self.store.now())

    def store_line(self) -> str:
        """Say what the store is, for `doctor`."""
        running = len(self.store.list(status=("queued", "running"), limit=1000))
        url = self.store.database.url.render_as_string(hide_password=True)
        return f"{url}, {running} run{'' if running == 1 else 's'} queued or running"


def _succeeded(run: Run) -> Sequence[str]:
    """The steps whose result can be taken over: they succeeded and what they handed over is still there."""
    done = (s for s in run.steps if s.status is Status.SUCCEEDED and s.manifest is not None)
    return [step.name for step in done if Path(str(step.manifest)).is_file()]
