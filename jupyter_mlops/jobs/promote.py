"""Promotion: what freezing a notebook as a job version means. Checks come first; then one folder is written.

The given parameters become the defaults of the frozen pipeline, so a version runs by its name alone.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.base.ids import JobName
from jupyter_mlops.jobs.job import JobVersion
from jupyter_mlops.jobs.modules import LocalModules, local_modules
from jupyter_mlops.jobs.store import JobStore
from jupyter_mlops.notebook.document import Document
from jupyter_mlops.notebook.source import CellSyntaxError, to_python
from jupyter_mlops.pipeline.spec import Pipeline


@dataclass(frozen=True)
class Draft:
    """All that a version is made of, but its number. `ignore` and `ignored` as in `JobVersion`."""

    document: Document
    pipeline: Pipeline
    modules: LocalModules
    git_commit: str | None = None
    git_dirty: bool | None = None
    note: str = ""
    ignore: tuple[str, ...] = ()
    ignored: tuple[Mapping[str, Any], ...] = ()


def modules_of(document: Document) -> LocalModules:
    """Return the local modules that the code cells of a notebook import."""
    sources = []
    for cell in document.cells:
        if cell.kind == "code":
            try:
                sources.append(to_python(cell.code))
            except CellSyntaxError:
                continue  # such a cell is left out of the pipeline, or it would have been a finding
    return local_modules(sources, document.path.parent)


def promote(
    store: JobStore, name: JobName, draft: Draft, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> JobVersion:
    """Freeze `draft` as the next version of the job `name`, and return it."""
    document = draft.document

    def write(folder: Path) -> None:
        (folder / "source.ipynb").write_bytes(document.raw)
        _write(folder / "pipeline.json", json.dumps(draft.pipeline.to_json(), ensure_ascii=False, indent=1))
        _write(folder / "environment.txt", environment())
        for file in draft.modules.files:
            target = folder / "modules" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(draft.modules.root / file, target)

    def record(folder: Path, number: int) -> JobVersion:
        return JobVersion(
            name=name,
            number=number,
            folder=folder,
            notebook=str(document.path),
            working_dir=str(document.path.parent),
            created_at=now(),
            notebook_sha256=document.sha256,
            parameters={p.name: p.default for p in draft.pipeline.parameters if not p.required and not p.computed},
            files=draft.pipeline.files,
            modules=tuple(str(file) for file in draft.modules.files),
            live_paths=draft.modules.live_paths,
            git_commit=draft.git_commit,
            git_dirty=draft.git_dirty,
            python=platform.python_version(),
            note=draft.note,
            ignore=draft.ignore,
            ignored=draft.ignored,
        )

    return store.add(name, write, record)


def environment() -> str:
    """Return the installed packages, one ``name==version`` a line, sorted; what is installed is asked, not
    pip.
    """
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
    return "".join(f"{name}=={version}\n" for name, version in sorted(installed.items(), key=lambda i: i[0].lower()))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
