"""Where the files of a step are: in the attempt of this run, or in the earlier run whose result it took over.

Rule: every path handed out lies below the folder of runs, whatever the store or a manifest says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.base.errors import ConflictError, NotFoundError
from jupyter_mlops.runs.run import Attempt, Run, Status, StepRun, attempt_folder

RESULT = "result.json"


@dataclass(frozen=True)
class AttemptPlace:
    """The folder of an attempt, or that there is none yet.

    Attributes
    ----------
    number
        of the attempt in its own run; 0 when the step was not begun.
    carried_from
        the earlier run that the attempt belongs to, when it is not this one.
    is_over
        whether nothing will be written to it any more.
    """

    step: str
    number: int
    folder: Path | None
    carried_from: str | None
    is_over: bool

    @property
    def log(self) -> Path | None:
        """The complete text output."""
        return self._file("log.txt")

    @property
    def manifest(self) -> Path | None:
        """What it handed over."""
        return self._file("outputs.json")

    def notebook(self) -> Path:
        """Return the executed notebook; raise `NotFoundError` (``step.no_notebook``) when there is none yet."""
        path = self._file("executed.ipynb")
        if path is None or not path.is_file():
            raise NotFoundError(
                "step.no_notebook",
                f'step "{self.step}" has no executed notebook yet',
                "it is written when the first cell is done",
            )
        return path

    def _file(self, name: str) -> Path | None:
        path = self.folder / name if self.folder else None
        if path is not None and path.is_symlink():
            # Nothing of ours is a link: what the step put there may lead anywhere.
            raise ConflictError("run.outside", f"`{path}` is a link, and is not followed")
        return path


def step_of(run: Run, name: str) -> StepRun:
    """Return the step of a run; raise `NotFoundError` (``run.no_step``) when there is none."""
    for step in run.steps:
        if step.name == name:
            return step
    known = ", ".join(step.name for step in run.steps)
    raise NotFoundError("run.no_step", f'run {run.id[:8]} has no step "{name}"', f"its steps are: {known}")


def place_of(
    runs: Path, run: Run, name: str, number: int | None, attempts: Callable[[], Sequence[Attempt]]
) -> AttemptPlace:
    """Return where attempt `number` of a step is; None is the one that made its result, or else the latest.

    Parameters
    ----------
    runs
        folder of all runs.
    attempts
        gives the rows of the step's attempts; asked only while the files do not say that the attempt is over.

    Raises
    ------
    NotFoundError
        ``run.no_step``, ``run.no_attempt``.
    """
    step = step_of(run, name)
    if number is None and step.manifest is not None:
        folder = _below(runs, step.manifest.parent)
        owner = folder.relative_to(runs.resolve()).parts[0]
        return AttemptPlace(name, int(folder.name), folder, owner if owner != run.id else None, is_over=True)
    if number is not None and number > step.attempts:
        raise NotFoundError(
            "run.no_attempt", f'step "{name}" of run {run.id[:8]} has no attempt {number}', f"it has {step.attempts}"
        )
    chosen = number or step.attempts
    if not chosen:
        return AttemptPlace(name, 0, None, None, is_over=step.status.is_terminal)
    folder = _below(runs, attempt_folder(run.folder, step.file, chosen))
    is_over = chosen < step.attempts or step.status.is_terminal or (folder / RESULT).is_file()
    if not is_over:
        is_over = any(a.number == chosen and a.status is not Status.RUNNING for a in attempts())
    return AttemptPlace(name, chosen, folder, None, is_over)


def _below(runs: Path, folder: Path) -> Path:
    found, root = folder.resolve(), runs.resolve()
    if not found.is_relative_to(root) or found == root or not found.name.isdecimal():
        raise ConflictError("run.outside", f"`{folder}` is no folder of an attempt below `{root}`")
    return found
