"""The workbench: every verb, once. Doors call it and translate; nothing below it knows that there are doors.

A verb that starts something returns when that is durable. A verb that asks reads the store anew.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.folder import RunFolder, result_of
from jupyter_mlops.app.report import Details
from jupyter_mlops.app.runnotes import run_notes
from jupyter_mlops.app.watch import POLL_S, Snapshot, await_registration, snapshot, watch
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.jobs.job import JobVersion, job_name, split_label

if TYPE_CHECKING:
    from jupyter_mlops.app.check import Check
    from jupyter_mlops.app.comparison import Comparison
    from jupyter_mlops.app.deployments import Deployments
    from jupyter_mlops.app.models import Models
    from jupyter_mlops.app.notebooks import Checked
    from jupyter_mlops.app.runs import Runs
    from jupyter_mlops.app.steps import Steps
    from jupyter_mlops.db.session import Database
    from jupyter_mlops.jobs.store import JobStore
    from jupyter_mlops.runs.listing import Filter, Summary
    from jupyter_mlops.runs.run import Event, Run

PathLike = str | os.PathLike[str]
_log = logging.getLogger(__name__)


class Workbench:
    """The verbs.

    Parameters
    ----------
    settings
        where things are kept; None reads the environment.
    note
        told what the user should know and what is no error; None logs it.
    """

    def __init__(self, settings: MlopsSettings | None = None, note: Callable[[str], None] | None = None) -> None:
        self.settings = settings or MlopsSettings()
        self.home = self.settings.home_path
        self.note = note or _log.warning

    @cached_property
    def job_store(self) -> JobStore:
        """The promoted notebooks."""
        from jupyter_mlops.jobs.store import JobStore

        return JobStore(self.home / "jobs", self.database)

    @property
    def has_store(self) -> bool:
        """Whether there is a store already, or one that was named; asking makes none."""
        return bool(self.settings.store) or (self.home / "store.db").exists()

    @cached_property
    def database(self) -> Database:
        """The store's database, made by the first who needs it."""
        from jupyter_mlops.db.session import Database

        try:
            return Database(self.home, self.settings.store or None)
        except OSError as error:
            from jupyter_mlops.app.homes import home_hint, home_problem

            words = f"the home folder `{self.home}` cannot be used: {error.strerror or error}"
            told = UnavailableError("store.unavailable", words, home_hint(self.settings))
            raise (home_problem(self.settings) or told) from error

    @cached_property
    def _runs(self) -> Runs:
        from jupyter_mlops.app.runs import Runs
        from jupyter_mlops.runs.store import RunStore

        return Runs(self.settings, RunStore(self.database), self.job_store, self.note)

    def check(self, notebook: PathLike, ignore: Collection[str] = ()) -> Checked:
        """Return the pipeline that a notebook is, with all findings; no code of it runs."""
        from jupyter_mlops.app.notebooks import check

        return check(notebook, ignore)

    def compile(
        self,
        notebook: PathLike,
        out: PathLike,
        values: Mapping[str, Any],
        texts: Mapping[str, str],
        ignore: Collection[str] = (),
    ) -> list[Path]:
        """Write ``pipeline.json`` and one notebook per step; refuse a notebook with errors."""
        from jupyter_mlops.app.notebooks import write

        return write(notebook, out, values, texts, ignore)

    def run(
        self,
        target: PathLike | JobVersion,
        values: Mapping[str, Any],
        texts: Mapping[str, str],
        *,
        from_step: str | None = None,
        steps: Collection[str] | None = None,
        no_cache: bool = False,
        ignore: Collection[str] = (),
    ) -> Run:
        """Start a run of a notebook or a job version; it is durable when this returns.

        Parameters
        ----------
        values, texts
            parameters as values, and as typed after ``-p``; the typed ones win.
        from_step
            this step and what depends on it run; what it needs is taken over from earlier runs.
        steps
            only these run; what they need is taken over likewise, and the others are skipped.
        ignore
            codes of findings that refuse nothing; the run keeps which ones they were.

        Raises
        ------
        UsageError
            the notebook, the parameters or the steps are wrong; nothing was started.
        UnavailableError
            the store or the disk; nothing was started.
        """
        return self._runs.start(
            target, values, texts, from_step=from_step, steps=steps, no_cache=no_cache, ignore=ignore
        )

    def retry(self, run_id: str, from_step: str | None = None) -> Run:
        """Start a run that carries what succeeded in another one and runs the rest again."""
        return self._runs.retry(self.find(run_id), from_step)

    def cancel(self, run_id: str) -> Run:
        """Ask for the end of a run; no-op when it is over."""
        return self._runs.cancel(self.find(run_id).id)

    def find(self, run_id: str) -> Run:
        """Return the run whose id is or begins with `run_id`; ``latest`` is the newest."""
        return self._runs.find(run_id)

    def runs(self, limit: int = 20, status: str | None = None) -> list[Run]:
        """Return runs, newest first."""
        return self._runs.listed(limit, status)

    def latest_of(self, notebook: Path) -> Summary | None:
        """Return the newest run of a notebook; None when it was never run."""
        from jupyter_mlops.runs.listing import Filter

        found, _ = self._runs.page(Filter(notebook=str(notebook.absolute())), 1)
        return found[0] if found else None

    def page(self, wanted: Filter, limit: int, cursor: str | None = None) -> tuple[tuple[Summary, ...], str | None]:
        """Return a page of runs, newest first, and the cursor of the next one."""
        return self._runs.page(wanted, limit, cursor)

    def activity(self) -> tuple[int, int, int]:
        """Return how many runs are queued, how many are running, and the number of the newest event."""
        return self._runs.activity()

    def events_since(self, seq: int) -> tuple[Event, ...]:
        """Return what happened after event number `seq`, oldest first."""
        return self._runs.store.events_since(seq)

    def attend(self) -> None:
        """Start the runner when there is work and none is alive, and note that; no-op otherwise."""
        from jupyter_mlops.app.attend import attend

        attend(self.settings, self.note)

    def keep_alive(self) -> None:
        """Start the runner when there is none; raise `UnavailableError` when it cannot be started."""
        self._runs.keep_alive()

    def delete(self, run_id: str, *, with_mlflow: bool = False) -> Run:
        """Delete a run that is over, with its files, and return what it was; its MLflow run stays if not asked for.

        Raises
        ------
        ConflictError
            ``run.not_over``; ``run.has_models``: a version of a model was registered from its MLflow run.
        """
        run = self.find(run_id)
        if with_mlflow:
            from jupyter_mlops.app.runmlflow import delete_mlflow_run

            delete_mlflow_run(run, self.database)
        self._runs.delete(run.id)
        return run

    def folder(self, run_id: str) -> RunFolder:
        """Return the folder of a run."""
        return RunFolder(self.home / "runs" / run_id)

    def details(self, run_id: str) -> Details:
        """Return what the run's folder adds to its state: metrics, results, notebooks, where MLflow has it."""
        run, folder = self.find(run_id), self.folder(run_id)
        notebooks = {step.name: path for step in run.steps if (path := step.notebook(run.folder)) and path.is_file()}
        return Details(
            dict(run.to_json()["metrics"]),
            {name: result_of(path.parent) for name, path in notebooks.items()},
            {name: str(path) for name, path in notebooks.items()},
            str(folder.path),
            without_password(str(folder.tracking().get("uri") or "")),
            run_notes(run, self.steps.followed(run)),
        )

    def snapshot(self, run_id: str) -> Snapshot:
        """Return what a run looks like at this moment."""
        run = self.find(run_id)
        return snapshot(run.to_json(), self.folder(run.id))

    def wait(
        self,
        run_id: str,
        on_event: Callable[[Snapshot], None] | None = None,
        *,
        poll_s: float = POLL_S,
        timeout_s: float | None = None,
    ) -> Run:
        """Wait for the end of a run and return it; a runner that was killed meanwhile is started again."""
        self._runs.keep_alive()
        watch(lambda: self.snapshot(run_id), on_event, self._runs.keep_alive, poll_s=poll_s, timeout_s=timeout_s)
        await_registration(lambda: self.find(run_id), self.folder(run_id).record())
        return self.find(run_id)

    def logs(self, run_id: str, step: str | None = None, *, follow: bool = False) -> Iterator[tuple[str, str]]:
        """Yield (step, line) of what the steps printed; with `follow` until the run is over.

        Raises
        ------
        UsageError
            ``pipeline.no_step``.
        """
        folder = self.folder(run_id)
        if step is not None:
            step = folder.pipeline().step(step).name
        return self._runs.logs(run_id, folder, step, follow=follow)

    @cached_property
    def steps(self) -> Steps:
        """The verbs of the steps of runs."""
        from jupyter_mlops.app.steps import Steps

        return Steps(self.home, self._runs.store)

    @cached_property
    def models(self) -> Models:
        """The verbs of models."""
        from jupyter_mlops.app.models import Models

        return Models(self.settings, self.database, self._runs.store)

    @cached_property
    def deployments(self) -> Deployments:
        """The verbs of deployments."""
        from jupyter_mlops.app.deployments import Deployments

        return Deployments(self.settings, self.database, lambda: self.models.registry, self.keep_alive)

    def compare(self, run_ids: Sequence[str]) -> Comparison:
        """Return runs side by side, the first one being what the others are compared with."""
        from jupyter_mlops.app.comparison import compare

        return compare([self.find(run_id) for run_id in run_ids])

    def run_step(self, run_id: str, step: str) -> None:
        """Execute the waiting attempt of a step in this process: what an engine calls."""
        from jupyter_mlops.runs.attempt import run_attempt

        folder = self.folder(self.find(run_id).id)
        folder.pipeline().step(step)
        run_attempt(str(folder.attempts(step)[-1].folder))

    def promote(
        self,
        notebook: PathLike,
        job: str,
        values: Mapping[str, Any],
        texts: Mapping[str, str],
        *,
        note: str = "",
        ignore: Collection[str] = (),
    ) -> JobVersion:
        """Freeze a notebook as the next version of a job; refuse a notebook with errors.

        The parameters given become the version's defaults; required ones may be left for its runs.
        """
        from jupyter_mlops.app.promotion import promote

        return promote(self.job_store, Path(notebook), job_name(job), values, texts, note, ignore)

    def jobs(self) -> list[JobVersion]:
        """Return the newest version of every job."""
        return [self.job_store.get(name) for name in self.job_store.names()]

    def job_entries(self) -> list[tuple[JobVersion, int, Summary | None]]:
        """Return the newest version of every job, how many versions there are, and its latest run.

        A job whose record is damaged is told of and left out.
        """
        from jupyter_mlops.app.promotion import entries

        return list(entries(self.job_store, self._runs.latest_of, self.note))

    def job(self, label: str) -> tuple[JobVersion, list[JobVersion]]:
        """Return the version that ``NAME`` (the newest) or ``NAME@N`` names, and all versions of the job."""
        name, number = split_label(label)
        return self.job_store.get(name, number), self.job_store.versions(name)

    def delete_job(self, name: str) -> list[JobVersion]:
        """Delete a job with all its versions; its runs stay."""
        return self.job_store.delete(name)

    def doctor(self, *, only_settings: bool = False) -> list[Check]:
        """Look at everything that a run needs, or only at the settings and where they come from."""
        from jupyter_mlops.app.doctor import examine
        from jupyter_mlops.app.settingrows import setting_rows

        if only_settings:
            return setting_rows(self.settings)
        return examine(self.settings, lambda: self._runs.store_line())
