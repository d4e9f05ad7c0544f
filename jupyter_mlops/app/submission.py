"""Submission: the run folder, written whole and flushed to disk before anybody is told that there is a run.

The layout is the contract between the doors, the runner and the attempts; `run.json` has a version number.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.app.notebooks import json_bytes, notebook_bytes
from jupyter_mlops.app.source import Source
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.jobs.store import keep_private, sync_tree

# Called in the process that tells MLflow how the run ended, with the run's folder.
REGISTERS = "jupyter_mlops.models.closing:register"
VERSION = 1


@dataclass(frozen=True)
class Submission:
    """All that a run folder says, but the run's own place."""

    run_id: str
    source: Source
    parameters: Mapping[str, Any]
    """As they are shown and written."""
    injected: Mapping[str, Any]
    """As the notebooks of the steps set them."""
    created_at: datetime
    retry_of: str | None = None
    tracking_uri: str | None = None

    def record(self, folder: Path) -> dict[str, Any]:
        """Return ``run.json`` for a run in `folder`."""
        source, document = self.source, self.source.compiled.document
        return {
            "version": VERSION,
            "id": self.run_id,
            "name": source.name,
            "notebook": str(source.notebook),
            "working_dir": str(source.working_dir or folder / "work"),
            "parameters": dict(self.parameters),
            "job": dict(source.job) if source.job else None,
            "retry_of": self.retry_of,
            "ignore": list(source.compiled.ignore),
            "ignored": source.ignored,
            "created_at": self.created_at.isoformat(),
            "tracking": {
                "uri": without_password(self.tracking_uri) if self.tracking_uri else None,
                "experiment": source.pipeline.name,
                "source": str(source.notebook),
                "git_commit": source.origin.commit,
                "git_dirty": source.origin.dirty,
                "notebook_sha256": document.sha256,
            },
            "closing": REGISTERS if any(step.options.model for step in source.pipeline.steps) else None,
            "python_path": [str(folder / "modules")] if source.modules else [],
        }


def write_folder(runs: Path, submission: Submission) -> Path:
    """Write the folder of a run below `runs` and return it; it appears by one rename.

    Raises
    ------
    UnavailableError
        ``run.not_written``: the disk is full or the home folder cannot be written; nothing of the run is
        left.
    """
    folder = runs / submission.run_id
    draft = runs / f".draft-{uuid.uuid4().hex}"
    source = submission.source
    books = source.compiled.stepbooks(submission.injected)
    try:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        (draft / "run.json").write_bytes(json_bytes(submission.record(folder)))
        (draft / "pipeline.json").write_bytes(json_bytes(source.pipeline.to_json()))
        (draft / "source.ipynb").write_bytes(source.compiled.document.raw)
        (draft / "steps").mkdir()
        (draft / "attempts").mkdir()
        for step in source.pipeline.steps:
            (draft / "steps" / step.notebook).write_bytes(notebook_bytes(books[step.name]))
        if source.working_dir is None:
            (draft / "work").mkdir()
        if source.modules is not None:
            # A copy of the job version's own, so that deleting the job takes nothing from its runs.
            shutil.copytree(source.modules, draft / "modules", ignore=shutil.ignore_patterns("__pycache__"))
        keep_private(draft)
        sync_tree(draft)
        os.rename(draft, folder)
        sync_folder(runs)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise UnavailableError(
            "run.not_written",
            f"the run cannot be written below `{runs}`: {error.strerror or error}; nothing was started",
            "make room, or set JUPYTER_MLOPS_HOME to a folder with room",
        ) from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return folder


def sync_folder(folder: Path) -> None:
    """Flush the entries of one folder, so that a rename in it lasts."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
