"""Forms of jobs: promoting a notebook, listing, one job with its versions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from jupyter_mlops.server.forms.common import Answer, Body, JsonObject, Moment
from jupyter_mlops.server.forms.notebooks import Codes, NotebookPath, Parameter
from jupyter_mlops.server.forms.runs import IgnoredFinding, RunRow


class PromoteBody(Body):
    """A notebook to freeze as the next version of a job; `parameters` and `texts`, as in a run, become its defaults.

    `ignore` are codes of findings that do not refuse the notebook; the runs of the version ignore them too.
    """

    path: NotebookPath
    job: Annotated[str, Field(min_length=1, max_length=300)]
    parameters: JsonObject = {}
    texts: dict[str, str] = {}
    note: Annotated[str, Field(max_length=10_000)] = ""
    ignore: Codes = []


class JobVersion(Answer):
    """One frozen version of a job; never changed.

    `declared` are its parameters with their defaults, `steps` the names of its steps, `ignored` the findings that were
    ignored at the promotion.
    """

    name: str
    number: int
    created_at: Moment
    path: str | None
    notebook: str
    notebook_sha256: str
    declared: list[Parameter]
    steps: list[str]
    files: list[str]
    modules: list[str]
    live_paths: list[str]
    git_commit: str | None
    git_dirty: bool | None
    note: str
    ignored: list[IgnoredFinding] = []


class Job(Answer):
    """A job in a list: its newest version, how many there are, and its latest run."""

    name: str
    version: int
    versions: int
    created_at: Moment
    path: str | None
    notebook: str
    note: str
    last_run: RunRow | None


class Jobs(Answer):
    """All jobs, by name."""

    jobs: list[Job]


class JobDetail(Answer):
    """A job with its versions, newest first."""

    name: str
    versions: list[JobVersion]


class Promoted(Answer):
    """The version that was made, and what the user should know about it."""

    version: JobVersion
    notes: list[str]
