"""The store of job versions: folders that appear by one rename, complete or not at all.

The rename is also what gives out the numbers: a folder that is there cannot be renamed onto, so two
promotions at once
never get the same one. A number is never given twice, not even after the job was deleted: runs refer to it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_mlops.base.errors import NotFoundError, UnavailableError
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.jobs.job import JobVersion, job_name

RECORD = "job.json"
LAST = "last-number"


class JobStore:
    """Job versions under one folder, ``<home>/jobs``.

    Parameters
    ----------
    root
        the folder; made, private to its owner, when the first version is added.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[JobName]:
        """Return the names of all jobs that have a version, sorted."""
        return sorted(JobName(f.name) for f in self._folders(self.root) if self._numbers(JobName(f.name)))

    def versions(self, name: str) -> list[JobVersion]:
        """Return all versions of a job, oldest first.

        Raises
        ------
        NotFoundError
            ``job.not_found``.
        """
        job = job_name(name)
        numbers = self._numbers(job)
        if not numbers:
            raise self._missing(f'there is no job "{job}"')
        return [self._read(job, number) for number in numbers]

    def get(self, name: str, number: int | None = None) -> JobVersion:
        """Return a version of a job, the newest when `number` is None; raise `NotFoundError` when there is
        none.
        """
        job = job_name(name)
        numbers = self._numbers(job)
        if not numbers:
            raise self._missing(f'there is no job "{job}"')
        if number is not None and number not in numbers:
            known = ", ".join(f"{job}@{n}" for n in numbers[-10:])
            raise NotFoundError("job.no_version", f'job "{job}" has no version {number}', f"it has {known}")
        return self._read(job, numbers[-1] if number is None else number)

    def has(self, name: str) -> bool:
        """Whether a job of that name has a version."""
        return bool(self._numbers(job_name(name)))

    def add(self, name: JobName, write: Callable[[Path, int], None]) -> JobVersion:
        """Freeze the next version of a job.

        Parameters
        ----------
        write
            fills the given empty folder, its ``job.json`` with the given number; called again with the next
            number when
            another promotion was faster.

        Raises
        ------
        UnavailableError
            ``job.not_written``: the disk is full or the folder cannot be written; nothing of the version is
            left.
        """
        with self._writing(name) as home:
            while True:
                number = self._next(name)
                draft = self.root / f".draft-{uuid.uuid4().hex}"
                try:
                    draft.mkdir(mode=0o700)
                    write(draft, number)
                    sync_tree(draft)
                    os.rename(draft, home / str(number))
                except OSError as error:
                    shutil.rmtree(draft, ignore_errors=True)
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not (home / str(number)).exists():
                        raise
                except BaseException:
                    shutil.rmtree(draft, ignore_errors=True)
                    raise
                else:
                    _sync(home)
                    return self._read(name, number)

    def delete(self, name: str) -> list[JobVersion]:
        """Delete a job with all its versions; return what was deleted. Runs of it stay as they are."""
        versions = self.versions(name)
        job = versions[-1].name
        with self._writing(job) as home:
            last = home / f".{LAST}-{uuid.uuid4().hex}"
            last.write_text(str(max(versions[-1].number, self._next(job) - 1)), encoding="ascii")
            os.replace(last, home / LAST)
            for version in versions:
                # Gone by one rename first: a version is there as a whole or not at all.
                gone = self.root / f".gone-{uuid.uuid4().hex}"
                os.rename(version.folder, gone)
                shutil.rmtree(gone, ignore_errors=True)
        return versions

    def _missing(self, message: str) -> NotFoundError:
        names = self.names()
        known = f"jobs: {', '.join(names[:10])}" if names else "`promote NOTEBOOK --as JOB` makes the first one"
        return NotFoundError("job.not_found", message, known)

    @contextmanager
    def _writing(self, name: JobName) -> Iterator[Path]:
        home = self.root / name
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield home
        except OSError as error:
            raise UnavailableError(
                "job.not_written",
                f'job "{name}" cannot be written: {error.strerror or error}',
                f"see the folder `{home}`",
            ) from error

    def _next(self, name: JobName) -> int:
        try:
            deleted = int((self.root / name / LAST).read_text(encoding="ascii"))
        except (OSError, ValueError):
            deleted = 0
        return max([deleted, *self._numbers(name)]) + 1

    def _numbers(self, name: JobName) -> list[int]:
        return sorted(int(f.name) for f in self._folders(self.root / name) if f.name.isdecimal() and f.name.isascii())

    @staticmethod
    def _folders(root: Path) -> list[Path]:
        try:
            return [f for f in root.iterdir() if not f.name.startswith(".") and f.is_dir()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _read(self, name: JobName, number: int) -> JobVersion:
        folder = self.root / name / str(number)
        try:
            return JobVersion.from_json(json.loads((folder / RECORD).read_text(encoding="utf-8")), folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(
                "job.damaged",
                f"the record of job {name}@{number} cannot be read: {error}",
                f"see `{folder / RECORD}`",
            ) from error


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
