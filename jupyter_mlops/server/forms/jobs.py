"""Forms of jobs: promoting a notebook, listing, one job with its versions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupyter_mlops.server.forms.common import Answer, Body, JsonObject, Moment
from jupyter_mlops.server.forms.notebooks import Codes, NotebookPath, Parameter
from jupyter_mlops.server.forms.runs import ComparedParameter, ComparedStep, IgnoredFinding, RunRow


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


class JobReportQuery(Body):
    """A frozen notebook in the colours of a theme; `auto` is what the browser prefers."""

    theme: Literal["auto", "light", "dark"] = "auto"


class JobCompareQuery(Body):
    """The numbers of two versions, the first being what the other is compared with."""

    version: Annotated[list[Annotated[int, Field(ge=1, le=999_999_999)]], Field(min_length=2, max_length=2)]


class JobComparison(Answer):
    """Two versions of a job; parameters that differ come first. `run` of a step is the label of the second version.

    `has_sources` is false when the folder of one of the versions is damaged: then no step is compared.
    """

    versions: list[JobVersion]
    parameters: list[ComparedParameter]
    steps: list[ComparedStep]
    has_sources: bool
