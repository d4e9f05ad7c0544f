"""Removal of a run: its rows at once, then its files.

A later run may have taken results over from it. Those attempts stay, as files without a run, until the last run that
uses them is deleted too.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, delete, select

from jupyter_mlops.base.errors import ConflictError
from jupyter_mlops.base.identity import actor
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import EventRow, RunRow, StepRow
from jupyter_mlops.runs.run import Status
from jupyter_mlops.runs.store import row_of

_TRIES, _PAUSE_S = 10, 0.1


def remove(database: Database, run_id: str, at: datetime) -> None:
    """Delete a run that is over, with its files.

    Raises
    ------
    NotFoundError
        ``run.not_found``.
    ConflictError
        ``run.not_over``: it is queued or runs; cancel it first.
    """
    who = actor()
    with database.writing() as session:
        row = row_of(session, run_id)
        if not Status(row.status).is_terminal:
            raise ConflictError("run.not_over", f"run {run_id[:8]} is {row.status}", "cancel it first")
        folder, name = Path(row.folder), row.name
        taken = [Path(step.manifest).parent for step in row.steps if step.manifest]
        session.execute(delete(EventRow).where(EventRow.run_id == run_id))
        session.execute(delete(RunRow).where(RunRow.id == run_id))
        session.add(
            EventRow(
                run_id=run_id,
                kind="run.deleted",
                at=at,
                data={"name": name, "actor": who.name, "is_verified": who.is_verified},
            )
        )
        session.flush()
        runs = folder.parent
        kept = {Path(text).parent for text in session.scalars(_manifests_below(folder)) if text}
        foreign = [attempt for attempt in taken if not attempt.is_relative_to(folder)]
        owners = {attempt: _owner(runs, attempt) for attempt in foreign}
        orphans = [
            attempt
            for attempt, owner in owners.items()
            if owner is not None
            and session.scalar(select(RunRow.seq).where(RunRow.id == owner.name)) is None
            and session.scalar(select(StepRow.run_id).where(StepRow.manifest == str(attempt / "outputs.json")).limit(1))
            is None
        ]
    _clear(folder, kept)
    for attempt in orphans:
        shutil.rmtree(attempt, ignore_errors=True)
        _prune(attempt.parent, runs)


def _manifests_below(folder: Path) -> Select[str | None]:
    # A range instead of a pattern: the folder's name may hold what a pattern takes for a wildcard.
    return select(StepRow.manifest).where(StepRow.manifest > f"{folder}/", StepRow.manifest < f"{folder}0")


def _owner(runs: Path, attempt: Path) -> Path | None:
    """The folder of the run that an attempt belongs to."""
    return runs / attempt.relative_to(runs).parts[0] if attempt.is_relative_to(runs) else None


def _clear(folder: Path, kept: Collection[Path]) -> None:
    """Remove a folder but for the attempts that somebody still uses."""
    if not kept:
        # The runner may still write a file there while it tells MLflow of the run's end.
        for _ in range(_TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                return
            time.sleep(_PAUSE_S)
        return
    for entry in _entries(folder):
        if entry in kept:
            continue
        if any(attempt.is_relative_to(entry) for attempt in kept):
            _clear(entry, kept)
        elif entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _prune(folder: Path, runs: Path) -> None:
    """Remove a folder and those above it, up to the folder of all runs, as far as they are empty."""
    while folder != runs and folder.is_relative_to(runs) and not any(_entries(folder)):
        shutil.rmtree(folder, ignore_errors=True)
        folder = folder.parent


def _entries(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return ()
