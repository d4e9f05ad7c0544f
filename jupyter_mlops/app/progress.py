"""What the folder of a run adds to its state: how far a step is, what it printed last, its result, its origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.app.folder import AttemptFiles, RunFolder
from jupyter_mlops.app.handed import sizes_of
from jupyter_mlops.app.runnotes import run_notes
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.run import Attempt, Run, Status, StepRun, attempt_folder


@dataclass(frozen=True)
class StepProgress:
    """One step from inside.

    `cell` is the index of the cell of the notebook that it executes; `position` of `cells_total` cells are done;
    `output` is the last line it printed; `sizes` are the bytes of each value that it hands over.
    """

    cell: int | None = None
    position: int | None = None
    cells_total: int | None = None
    output: str | None = None
    result: str | None = None
    carried_from: str | None = None
    has_notebook: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """A run from inside; `pipeline` is None when the folder is gone."""

    pipeline: Pipeline | None
    steps: Mapping[str, StepProgress] = field(default_factory=dict)
    git_commit: str | None = None
    git_dirty: bool | None = None
    tracking_uri: str | None = None
    notes: Sequence[str] = ()


def progress_of(run: Run, followed: Sequence[Attempt] = ()) -> Progress:
    """Read the folder of a run; what is missing there is left out. `followed`: attempts that another one followed."""
    folder = RunFolder(run.folder)
    origin = folder.record().get("tracking")
    origin = origin if isinstance(origin, dict) else {}
    uri = folder.tracking().get("uri")
    try:
        pipeline: Pipeline | None = folder.pipeline()
        notes = run_notes(run, followed)
    except (OSError, ValueError, LookupError, TypeError):
        pipeline, notes = None, [f"the folder of this run is gone: {run.folder}"]
    return Progress(
        pipeline,
        {step.name: _inside(run, step) for step in run.steps},
        origin.get("git_commit"),
        origin.get("git_dirty"),
        without_password(str(uri)) if uri else None,
        notes,
    )


def _inside(run: Run, step: StepRun) -> StepProgress:
    folder = step.manifest.parent if step.manifest else None
    if folder is None:
        if not step.attempts:
            return StepProgress()
        folder = attempt_folder(run.folder, step.file, step.attempts)
    files = AttemptFiles(step.name, step.attempts, folder)
    is_running = step.status is Status.RUNNING
    at = files.position() if is_running else None
    result = None if is_running else _result(files.result())
    lines = files.tail() if is_running else []
    return StepProgress(
        cell=files.cell() if is_running else None,
        position=at[0] if at else None,
        cells_total=at[1] if at else None,
        output=lines[-1] if lines else None,
        result=result,
        carried_from=_owner(run, folder),
        has_notebook=files.notebook.is_file(),
        sizes=sizes_of(step.manifest, step.name),
    )


def _result(result: Mapping[str, Any]) -> str | None:
    text = result.get("result")
    return text if isinstance(text, str) else None


def _owner(run: Run, attempt: Path) -> str | None:
    """The earlier run that an attempt belongs to; None for one of this run."""
    runs = run.folder.parent
    if attempt.is_relative_to(run.folder) or not attempt.is_relative_to(runs):
        return None
    return attempt.relative_to(runs).parts[0]
