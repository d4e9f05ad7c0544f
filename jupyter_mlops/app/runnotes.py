"""What the user should know of a run beside its state: a full disk, MLflow that does not have it, earlier attempts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.app.report import brief
from jupyter_mlops.runs.outcome import read_object
from jupyter_mlops.runs.reach import noted
from jupyter_mlops.runs.run import Attempt, Run, attempt_folder

FULL_DISK_BYTES = 16 * 2**20


def run_notes(run: Run, followed: Sequence[Attempt] = ()) -> list[str]:
    """Return the notes of a run, most urgent first; empty when there are none.

    Parameters
    ----------
    followed
        the attempts that another one followed.
    """
    return [*_disk(run), *_mlflow(run), *_tried(followed), *_cold(run)]


def _tried(followed: Sequence[Attempt]) -> list[str]:
    """Why steps were tried again."""
    return [
        f'step "{attempt.step}" was tried again; attempt {attempt.number}: {brief(attempt.error or {})}'
        for attempt in followed
    ]


def _mlflow(run: Run) -> list[str]:
    """The end of a run that MLflow does not know, or a step of a running one that it was not told of."""
    if run.status.is_terminal and not run.tracking_pending:
        return []
    found = noted(run.folder)
    return [f"not recorded in MLflow yet: {found.message}; {found.hint}"] if found is not None else []


def _disk(run: Run) -> list[str]:
    if run.status.is_terminal:
        return []
    place = run.folder if run.folder.is_dir() else run.folder.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return []
    if free >= FULL_DISK_BYTES:
        return []
    return [f"the disk is full ({free / 2**20:.0f} MB free for {place}): the run goes on when there is room"]


def _cold(run: Run) -> list[str]:
    """The attempts that had to start an interpreter of their own, once for each reason."""
    why: dict[str, list[str]] = {}
    for step in run.steps:
        if step.attempts:
            folder: Path = attempt_folder(run.folder, step.file, step.attempts)
            reason = (read_object(folder / "start.json") or {}).get("cold")
            if isinstance(reason, str):
                why.setdefault(reason, []).append(step.name)
    return [f"started cold ({', '.join(steps)}): {reason}" for reason, steps in why.items()]
