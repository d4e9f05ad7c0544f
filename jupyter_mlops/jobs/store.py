"""The store of job versions: a row that gives the number, and a folder that appears by one rename before it.

A version is there when its row is: a folder without one is what a killed promotion left, and the next one
takes its
place. A number is never given twice, not even after the job was deleted: runs refer to it.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from jupyter_mlops.base.errors import NotFoundError, UnavailableError
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import JobRow, JobVersionRow
from jupyter_mlops.jobs.job import JobVersion, job_name

RECORD = "job.json"
GONE = ""  # the folder of a version that was deleted


class JobStore:
    """Job versions.

    Parameters
    ----------
    root
        folder of the frozen versions, ``<home>/jobs``; made, private to its owner, when the first one is
        added.
    database
        the store's database.
    """

    def __init__(self, root: Path, database: Database) -> None:
        self.root = root
        self._database = database

    def names(self) -> list[JobName]:
        """Return the names of all jobs, sorted."""
        with self._database.reading() as session:
            kept = select(JobVersionRow.job).where(JobVersionRow.folder != GONE).distinct()
            return sorted(JobName(name) for name in session.scalars(kept))

    def counts(self) -> dict[JobName, int]:
        """Return how many versions each job has, by name, sorted."""
        kept = select(JobVersionRow.job, func.count()).where(JobVersionRow.folder != GONE).group_by(JobVersionRow.job)
        with self._database.reading() as session:
            found = {JobName(row[0]): int(row[1]) for row in session.execute(kept)}
        return dict(sorted(found.items()))

    def versions(self, name: str) -> list[JobVersion]:
        """Return all versions of a job, oldest first.

        Raises
        ------
        NotFoundError
            ``job.not_found``.
        """
        job = job_name(name)
        folders = self._folders(job)
        if not folders:
            raise self._missing(job)
        return [self._read(job, number, folders[number]) for number in sorted(folders)]

    def get(self, name: str, number: int | None = None) -> JobVersion:
        """Return a version of a job, the newest when `number` is None.

        Raises
        ------
        NotFoundError
            ``job.not_found`` or ``job.no_version``.
        """
        job = job_name(name)
        folders = self._folders(job)
        if not folders:
            raise self._missing(job)
        if number is not None and number not in folders:
            known = ", ".join(f"{job}@{n}" for n in sorted(folders)[-10:])
            raise NotFoundError("job.no_version", f'job "{job}" has no version {number}', f"it has {known}")
        chosen = max(folders) if number is None else number
        return self._read(job, chosen, folders[chosen])

    def has(self, name: str) -> bool:
        """Whether there is a job of that name."""
        return bool(self._folders(job_name(name)))

    def add(
        self, name: JobName, write: Callable[[Path], None], record: Callable[[Path, int], JobVersion]
    ) -> JobVersion:
        """Freeze the next version of a job.

        Parameters
        ----------
        write
            fills the given empty folder with everything but ``job.json``.
        record
            makes the version from its folder and number, once both are known.

        Raises
        ------
        UnavailableError
            ``job.not_written``: the disk is full or the folder cannot be written; nothing of the version is
            left.
        """
        draft = self.root / f".draft-{uuid.uuid4().hex}"
        try:
            draft.mkdir(mode=0o700, parents=True)
            self.root.chmod(0o700)
            write(draft)
            keep_private(draft)
            sync_tree(draft)
            return self._commit(name, draft, record)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f'job "{name}" cannot be written below `{self.root}`: {reason}; nothing was promoted'
            raise UnavailableError("job.not_written", message, "make room, or set JUPYTER_MLOPS_HOME") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _commit(self, name: JobName, draft: Path, record: Callable[[Path, int], JobVersion]) -> JobVersion:
        with self._database.writing() as session:
            last = session.scalar(select(func.max(JobVersionRow.version)).where(JobVersionRow.job == name)) or 0
            folder = self.root / name / str(last + 1)
            version = record(folder, last + 1)
            file = draft / RECORD
            file.write_text(json.dumps(version.to_json(), ensure_ascii=False, indent=1), encoding="utf-8")
            file.chmod(0o600)
            job = session.get(JobRow, name)
            if job is None:
                session.add(JobRow(name=name, created_at=version.created_at, paused=False))
                session.flush()
            else:
                job.deleted_at = None
            session.add(_row(version))
            session.flush()
            folder.parent.mkdir(mode=0o700, exist_ok=True)
            # Only the one who writes gets here, and there is no such row: a folder in the way is a leftover.
            shutil.rmtree(folder, ignore_errors=True)
            _sync(file)
            os.rename(draft, folder)
            _sync(folder.parent)
        return version

    def delete(self, name: str) -> list[JobVersion]:
        """Delete a job with all its versions; return what was deleted. Runs of it stay as they are."""
        versions = self.versions(name)
        with self._database.writing() as session:
            job = session.get_one(JobRow, versions[-1].name)
            job.deleted_at = datetime.now(UTC)
            for row in session.scalars(select(JobVersionRow).where(JobVersionRow.job == job.name)):
                row.folder = GONE
        for version in versions:
            shutil.rmtree(version.folder, ignore_errors=True)
        return versions

    def _missing(self, name: JobName) -> NotFoundError:
        names = self.names()
        known = f"jobs: {', '.join(names[:10])}" if names else "`promote NOTEBOOK --as JOB` makes the first one"
        return NotFoundError("job.not_found", f'there is no job "{name}"', known)

    def _folders(self, name: JobName) -> dict[int, Path]:
        rows = select(JobVersionRow).where(JobVersionRow.job == name, JobVersionRow.folder != GONE)
        with self._database.reading() as session:
            return {row.version: Path(row.folder) for row in session.scalars(rows)}

    @staticmethod
    def _read(name: JobName, number: int, folder: Path) -> JobVersion:
        try:
            return JobVersion.from_json(json.loads((folder / RECORD).read_text(encoding="utf-8")), folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(
                "job.damaged", f"the record of job {name}@{number} cannot be read: {error}", f"see `{folder / RECORD}`"
            ) from error


def _row(version: JobVersion) -> JobVersionRow:
    return JobVersionRow(
        job=version.name,
        version=version.number,
        created_at=version.created_at,
        note=version.note or None,
        folder=str(version.folder),
        notebook=version.notebook,
        notebook_sha256=version.notebook_sha256,
        git_commit=version.git_commit,
        git_dirty=version.git_dirty,
        parameters=dict(version.parameters),
    )


def keep_private(folder: Path) -> None:
    """Take all rights of others from every file and folder below `folder`; nothing in it is followed elsewhere."""
    for path in (*folder.rglob("*"), folder):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below `folder` to disk."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
