"""Models as values: one that a step logged, a registered one, and its versions.

MLflow's own words, and its own store: nothing here is kept by us. What we add are tags of a version, named below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jupyter_mlops.base.errors import UsageError

# Tags that we write: the run and step of ours that a version came from, the job version and the notebook of that run,
# and the model that the step logged. MLflow finds a version by them again.
RUN, STEP, SOURCE = "mlops.run_id", "mlops.step", "mlops.source"
JOB, NOTEBOOK, AUTHOR = "mlops.job", "mlops.notebook", "mlops.author"
COMMIT, DIRTY = "mlops.git_commit", "mlops.git_dirty"
PROMOTED = "mlops.promoted."

CHAMPION, CANDIDATE, PREVIOUS = "champion", "candidate", "previous"
# What MLflow says of a version that it made wholly.
READY = "READY"
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,254}")


@dataclass(frozen=True)
class LoggedModel:
    """A model that a step logged: ``mlflow.*.log_model`` or autolog.

    Attributes
    ----------
    id
        MLflow's: ``m-…`` of a logged model, or ``runs:/RUN/PATH`` where MLflow is too old for these.
    uri
        where its files are; MLflow would look a ``models:/m-…`` up in whatever store the process is set to.
    mlflow_run_id
        the nested run of the step.
    """

    id: str
    name: str
    uri: str
    mlflow_run_id: str
    created_at: datetime | None = None

    @property
    def model_id(self) -> str | None:
        """MLflow's id of it; None where MLflow is too old for one."""
        return self.id if self.id.startswith("m-") else None


@dataclass(frozen=True)
class ModelVersion:
    """A version of a registered model.

    Attributes
    ----------
    source
        where its files come from, as MLflow wrote it.
    model_id
        the logged model that it was made from, where MLflow knows one.
    aliases
        that point to it now, sorted.
    """

    name: str
    number: int
    source: str
    created_at: datetime | None = None
    status: str = READY
    description: str = ""
    author: str | None = None
    mlflow_run_id: str | None = None
    model_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``NAME/NUMBER``."""
        return f"{self.name}/{self.number}"

    @property
    def run_id(self) -> str | None:
        """The run of ours that it came from."""
        return self.tags.get(RUN)

    @property
    def step(self) -> str | None:
        """The step of that run."""
        return self.tags.get(STEP)

    def to_json(self) -> dict[str, Any]:
        """Return what the doors show."""
        return {
            "model": self.name,
            "version": self.number,
            "aliases": list(self.aliases),
            "status": self.status,
            "description": self.description,
            "source": self.source,
            "created_at": self.created_at.isoformat() if self.created_at else None,
            "author": self.author,
            "run": self.run_id,
            "step": self.step,
            "job": self.tags.get(JOB),
            "mlflow_run_id": self.mlflow_run_id,
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class Model:
    """A registered model. `aliases` are the numbers they point to, by alias; `latest` is the highest number."""

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    latest: int | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Reference:
    """A model as users name it: ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``."""

    name: str
    alias: str | None = None
    number: int | None = None

    def __str__(self) -> str:
        if self.alias is not None:
            return f"{self.name}@{self.alias}"
        return f"{self.name}/{self.number}" if self.number is not None else self.name


def reference(text: str) -> Reference:
    """Read ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``; MLflow's ``models:/`` may stand before it.

    A version written as a job's is, ``NAME@VERSION``, means the same: an alias begins with a letter.

    >>> str(reference("churn@champion")), str(reference("models:/churn/3")), str(reference("churn"))
    ('churn@champion', 'churn/3', 'churn')
    >>> str(reference("churn@3"))
    'churn/3'

    Raises
    ------
    UsageError
        ``model.reference``.
    """
    name, found, rest = text.removeprefix("models:/"), "", ""
    for mark in "@/":
        if mark in name:
            name, found, rest = name.partition(mark)
            break
    if found == "@" and re.fullmatch("[0-9]+", rest):
        found = "/"
    if found == "@":
        return Reference(model_name(name), alias=alias_name(rest))
    if found == "/":
        if not rest.isascii() or not rest.isdigit() or not 0 < int(rest) < 10**9:
            raise UsageError(
                "model.reference", f'"{rest}" is not the number of a version', "say NAME/3 or NAME@champion"
            )
        return Reference(model_name(name), number=int(rest))
    return Reference(model_name(name))


def model_name(text: str) -> str:
    """Return a name that MLflow takes for a registered model; raise `UsageError` (``model.name``) otherwise."""
    if (
        not text.strip()
        or len(text) > 250
        or any(c in "/:@" or not c.isprintable() for c in text)
        or text != text.strip()
    ):
        raise UsageError(
            "model.name",
            f"{text!r} cannot be the name of a model",
            "take up to 250 characters, none of them `/`, `:`, `@` or a line break, no space at an end",
        )
    return text


def alias_name(text: str) -> str:
    """Return an alias that MLflow takes; raise `UsageError` (``model.alias``) otherwise."""
    if not _ALIAS.fullmatch(text) or re.fullmatch(r"[vV][0-9]+", text) or text.lower() == "latest":
        raise UsageError(
            "model.alias",
            f"{text!r} cannot be an alias",
            "take letters, digits, `-` and `_`, a letter first; not `latest`, and not `v` with a number",
        )
    return text
