"""Sources: what a run is made from, be it a notebook, a job version, or an earlier run whose notebook is
gone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.app.given import with_defaults
from jupyter_mlops.app.notebooks import sound
from jupyter_mlops.app.origin import Origin, origin_of
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.jobs.job import JobVersion, split_label
from jupyter_mlops.jobs.store import JobStore
from jupyter_mlops.notebook.document import parse, read
from jupyter_mlops.pipeline.compile import Compiled
from jupyter_mlops.pipeline.spec import Pipeline


@dataclass(frozen=True)
class Source:
    """What a run is made from.

    Attributes
    ----------
    pipeline
        the compiled pipeline, with a job version's parameters as defaults.
    modules
        folder of frozen modules, or None.
    job
        ``{"name", "version"}`` of the job version, or None.
    note
        what the user should know about it; may be empty.
    """

    compiled: Compiled
    pipeline: Pipeline
    name: str
    working_dir: Path | None
    origin: Origin
    modules: Path | None = None
    job: Mapping[str, Any] | None = None
    note: str = ""

    @property
    def ignored(self) -> list[dict[str, Any]]:
        """The findings that something ignores, as a run keeps them."""
        return [finding.to_record() for finding in self.compiled.ignored]

    @property
    def notebook(self) -> Path:
        """Where the notebook is, or was when it was promoted."""
        return self.compiled.document.path


def is_notebook(target: str | os.PathLike[str]) -> bool:
    """Whether a run's target means a notebook: what is a file or ends in ``.ipynb`` does, everything else is
    a job. A script with cells is a notebook, too.
    """
    path = Path(target)
    return not isinstance(target, str) or target.endswith(".ipynb") or "/" in target or path.is_file()


def source_of(target: str | os.PathLike[str] | JobVersion, jobs: JobStore, ignore: Collection[str] = ()) -> Source:
    """Return the source that a run's target names; raise when there is none, or when the notebook has errors.

    A text may mean either, as it does after ``run``; a path is a notebook, a version is a version. `ignore` are codes
    of findings that refuse nothing.
    """
    if isinstance(target, JobVersion):
        return of_job(target, ignore)
    if is_notebook(target) and not _is_version(target, jobs):
        return of_notebook(Path(target), ignore)
    name, number = split_label(str(target))
    if not jobs.has(name):
        hint = "a notebook's name ends in .ipynb; `jobs` lists the jobs"
        raise NotFoundError("job.not_found", f'"{name}" is neither a notebook nor a job', hint)
    return of_job(jobs.get(name, number), ignore)


def _is_version(target: str | os.PathLike[str], jobs: JobStore) -> bool:
    """Whether a text is the version of a job, written as a model's is: ``digits/1``, where there is no such file."""
    if not isinstance(target, str) or not re.fullmatch(r"[^/@]+/[1-9][0-9]{0,8}", target) or Path(target).exists():
        return False
    return jobs.has(target.partition("/")[0])


def of_notebook(path: Path, ignore: Collection[str] = ()) -> Source:
    """Return the source that a notebook file is."""
    compiled = sound(read(path), ignore)
    document = compiled.document
    return Source(compiled, compiled.pipeline, document.name, document.path.parent, origin_of(document.path))


def of_job(version: JobVersion, ignore: Collection[str] = ()) -> Source:
    """Return the source that a job version is; its folder may be gone when nothing is read from it.

    What was ignored at the promotion is ignored by its runs.

    Raises
    ------
    UsageError
        ``job.folder_gone``: the notebook opens files by paths relative to a folder that does not exist any
        more.
    """
    raw = (version.folder / "source.ipynb").read_bytes()
    compiled = sound(parse(raw, Path(version.notebook)), tuple(dict.fromkeys([*version.ignore, *ignore])))
    folder: Path | None = Path(version.working_dir)
    note = ""
    if folder is not None and not folder.is_dir():
        relative = [file for file in version.files if not Path(file).is_absolute()]
        if relative:
            raise UsageError(
                "job.folder_gone",
                f"{version.label} reads {', '.join(relative)} in `{folder}`, and that folder is gone",
                "put the folder back, or promote the notebook from where it is now",
            )
        note = f"the folder of {version.label}, `{folder}`, is gone; the steps run in an empty folder of the run"
        folder = None
    modules = version.folder / "modules"
    return Source(
        compiled,
        with_defaults(compiled.pipeline, version.parameters),
        version.name,
        folder,
        Origin(version.git_commit, version.git_dirty),
        modules if modules.is_dir() else None,
        {"name": version.name, "version": version.number},
        note,
    )


def of_run(folder: RunFolder, jobs: JobStore) -> Source:
    """Return the source for repeating a run: its job version, its notebook as it is now, or what the run
    kept of it. What it ignored is ignored again.
    """
    record = folder.record()
    ignore = tuple(record.get("ignore") or ())
    job, notebook = record.get("job"), record.get("notebook")
    if job and jobs.has(job["name"]):
        try:
            return of_job(jobs.get(job["name"], job["version"]), ignore)
        except NotFoundError:
            pass  # the version was deleted with its job, and the name was given again
    elif not job and notebook and Path(notebook).is_file():
        return of_notebook(Path(notebook), ignore)
    where = Path(notebook or folder.path / "source.ipynb")
    compiled = sound(parse((folder.path / "source.ipynb").read_bytes(), where), ignore)
    working = Path(record["working_dir"])
    what = f"job {job['name']}@{job['version']}" if job else f"`{where}`"
    modules = folder.path / "modules"
    tracking = record.get("tracking") or {}
    return Source(
        compiled,
        folder.pipeline() if job else compiled.pipeline,
        str(record["name"]),
        working if working.is_dir() else None,
        Origin(tracking.get("git_commit"), tracking.get("git_dirty")),
        modules if modules.is_dir() else None,
        job,
        f"{what} is gone; this takes the copy that run {folder.path.name[:8]} kept",
    )
