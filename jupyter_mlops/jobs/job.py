"""A job: a promoted notebook under a name. Each promotion freezes one version, numbered 1, 2, …; no version
ever changes.

A version is a folder ``<home>/jobs/<name>/<number>/``::

    job.json          this record, version 1
    source.ipynb      byte copy of the notebook
    pipeline.json     what it compiled to, the given parameters being its defaults
    environment.txt   the installed packages, as `pip freeze` writes them
    modules/          the local modules that the notebook imports
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.base.ids import JobName

VERSION = 1
LONGEST_BYTES = 200


@dataclass(frozen=True)
class JobVersion:
    """One frozen version of a job.

    Attributes
    ----------
    notebook, working_dir
        where the notebook was, and the folder its steps run in.
    parameters
        JSON form of every parameter that has a value; they are the version's defaults.
    files
        data files the notebook opens by a literal path; they are not frozen and stay where they are.
    modules
        frozen local modules, relative to ``modules/``.
    live_paths
        folders that the notebook itself adds to `sys.path`: what it imports from there is not frozen.
    ignore
        codes of findings that every run of the version ignores, as they were given at the promotion.
    ignored
        the findings that were ignored: ``{"code", "severity", "cell", "line", "message", "by"}``.
    """

    name: JobName
    number: int
    folder: Path
    notebook: str
    working_dir: str
    created_at: datetime
    notebook_sha256: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    live_paths: tuple[str, ...] = ()
    git_commit: str | None = None
    git_dirty: bool | None = None
    python: str = ""
    note: str = ""
    ignore: tuple[str, ...] = ()
    ignored: tuple[Mapping[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """How it is written: ``churn@2``."""
        return f"{self.name}@{self.number}"

    @property
    def notes(self) -> list[str]:
        """What the user should know about it: what is not frozen."""
        return [
            f"the notebook adds `{path}` to sys.path: what it imports from there is not frozen"
            for path in self.live_paths
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, version 1."""
        record = asdict(self)
        record.pop("folder")
        return {"version": VERSION, **record, "created_at": self.created_at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], folder: Path) -> JobVersion:
        """Read the JSON form; raise `UsageError` (``job.version``) when it is of another version."""
        if data.get("version") != VERSION:
            raise UsageError("job.version", f"`{folder}` was written by another version of jupyter-mlops")
        values = {key: value for key, value in data.items() if key != "version"}
        for key in ("files", "modules", "live_paths", "ignore", "ignored"):
            values[key] = tuple(values.get(key, ()))
        return cls(**{**values, "created_at": datetime.fromisoformat(values["created_at"]), "folder": folder})


def job_name(text: str) -> JobName:
    """Return `text` as a job name: letters and digits of any script, ``.``, ``_`` and ``-``, starting with
    no dot or dash.

    >>> job_name("churn-nightly.v2")
    'churn-nightly.v2'

    Raises
    ------
    UsageError
        ``job.name``: it is none.
    """
    name = unicodedata.normalize("NFC", text)
    too_long = len(name.encode("utf-8", "surrogatepass")) > LONGEST_BYTES
    marks = all(c in "._-" or c.isalnum() or unicodedata.category(c)[0] == "M" for c in name)
    if not name or too_long or not marks or not (name[0].isalnum() or name[0] == "_"):
        raise UsageError(
            "job.name",
            f"{text!r} is not a job name",
            f"letters, digits, `.`, `_` and `-`, at most {LONGEST_BYTES} bytes; for example `churn-nightly`",
        )
    return JobName(name)


def split_label(text: str) -> tuple[JobName, int | None]:
    """Split ``NAME`` or ``NAME@NUMBER``; raise `UsageError` when the number is none.

    A version written as a model's is, ``NAME/NUMBER``, means the same: no name has a slash in it.

    >>> split_label("churn@2"), split_label("churn/2"), split_label("churn")
    (('churn', 2), ('churn', 2), ('churn', None))
    """
    if re.fullmatch(r"[^/@]+/[1-9][0-9]{0,8}", text):
        text = text.replace("/", "@")
    name, at, number = text.partition("@")
    if at and not re.fullmatch(r"[1-9][0-9]{0,8}", number):
        raise UsageError(
            "job.number",
            f"`{text}` names no version of a job: `{number}` is not a number",
            f"for example `{name}@2`; the aliases of models, such as `@champion`, are no versions of jobs",
        )
    return job_name(name), int(number) if at else None
