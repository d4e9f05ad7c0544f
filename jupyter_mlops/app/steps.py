"""Steps of runs as verbs: where their attempts are, what they printed, the page of their notebook, their values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from jupyter_mlops.app.folder import RunFolder, result_of
from jupyter_mlops.app.handed import Handed, Values, look, values_of
from jupyter_mlops.app.page import Pages
from jupyter_mlops.app.place import AttemptPlace, place_of
from jupyter_mlops.artifacts.preview import Preview
from jupyter_mlops.artifacts.store import FolderStore
from jupyter_mlops.base.errors import NotFoundError
from jupyter_mlops.runs.run import Attempt, Run
from jupyter_mlops.runs.store import RunStore


class Steps:
    """The verbs of steps; they change nothing.

    Parameters
    ----------
    home
        where runs and artifacts are kept.
    """

    def __init__(self, home: Path, store: RunStore) -> None:
        self.home, self.store = home, store
        self.pages = Pages()

    def attempts(self, run_id: str) -> tuple[Attempt, ...]:
        """Return the attempts of a run, in the order they were begun."""
        return self.store.attempts(self.store.get(run_id).id)

    def followed(self, run: Run) -> tuple[Attempt, ...]:
        """Return the attempts that another one followed; the store is asked only where there are such."""
        latest = {step.name: step.attempts for step in run.steps}
        if max(latest.values(), default=0) < 2:
            return ()
        return tuple(each for each in self.store.attempts(run.id) if each.number < latest[each.step])

    def place(self, run_id: str, step: str, attempt: int | None = None) -> AttemptPlace:
        """Return where an attempt of a step is; None is the one that made its result, or else the latest."""
        return self._place(self.store.get(run_id), step, attempt)

    def _place(self, run: Run, step: str, attempt: int | None) -> AttemptPlace:
        return place_of(self.home / "runs", run, step, attempt, lambda: self.store.attempts(run.id, step))

    def page(
        self, run_id: str, step: str, attempt: int | None = None, theme: Literal["auto", "light", "dark"] = "auto"
    ) -> bytes:
        """Return the executed notebook of a step as a page; see `app.page`."""
        place = self.place(run_id, step, attempt)
        notebook = place.notebook()
        error = result_of(notebook.parent).get("error") or {}
        cell = error.get("cell") if isinstance(error, dict) else None
        return self.pages.page(notebook, step, cell if isinstance(cell, int) else None, theme)

    def values(self, run_id: str, step: str, attempt: int | None = None) -> Values:
        """Return what a step was given and what it hands over."""
        run = self.store.get(run_id)
        place = self._place(run, step, attempt)
        try:
            pipeline = RunFolder(run.folder).pipeline()
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NotFoundError(
                "run.folder_gone", f"the folder of run {run.id[:8]} is gone: `{run.folder}`", "its results are gone too"
            ) from error
        return values_of(run, pipeline, place, step)

    def look(self, run_id: str, step: str, name: str, attempt: int | None = None) -> tuple[Handed, Preview]:
        """Return a value of a step and a look at it; no code of it runs."""
        value = self.values(run_id, step, attempt).named(name, step)
        return value, look(FolderStore(self.home / "artifacts"), value)
