"""Forms of runs: starting, listing, looking at one, its steps, what they printed and handed over, comparing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from jupyter_mlops.server.forms.common import Answer, Body, JsonObject, Moment, Placed, RunId, RunStatus, Status
from jupyter_mlops.server.forms.notebooks import Codes, NotebookPath, Options, Parameter

StepName = Annotated[str, Field(min_length=1, max_length=1024)]


class RunBody(Body):
    """A run to start: of a notebook (`path`) or of a job (`job`: ``NAME`` or ``NAME@N``), exactly one of them.

    `parameters` are values in JSON form, `texts` values as somebody typed them, read by the declared types; those left
    out have their defaults. `steps`: only these run, what they need
    is taken from earlier runs. `from_step`: this one and what depends on it run. `ignore`: codes of findings that do
    not refuse the notebook; the run keeps which ones they were.
    """

    path: NotebookPath | None = None
    job: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    parameters: JsonObject = {}
    texts: dict[str, str] = {}
    steps: Annotated[list[StepName], Field(min_length=1)] | None = None
    from_step: StepName | None = None
    no_cache: bool = False
    ignore: Codes = []


class RetryBody(Body):
    """What to run again: `from_step` and what depends on it, or what did not succeed."""

    from_step: StepName | None = None


class RunsQuery(Body):
    """Which runs to list, newest first. `q` is looked for in names, ids, parameters and errors.

    `cursor` is `next_cursor` of the page before.
    """

    status: RunStatus | Literal["active"] | None = None
    name: Annotated[str, Field(max_length=1024)] | None = None
    job: Annotated[str, Field(max_length=300)] | None = None
    path: NotebookPath | None = None
    q: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: RunId | None = None


class StepQuery(Body):
    """A step of a run and one of its attempts; None is the latest."""

    step: StepName
    attempt: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class LogQuery(StepQuery):
    """A log; with `wait_s` an answer to a range behind the end waits that long for more."""

    wait_s: Annotated[float, Field(ge=0, le=30)] = 0


class ReportQuery(StepQuery):
    """A report in the colours of a theme; `auto` is what the browser prefers."""

    theme: Literal["auto", "light", "dark"] = "auto"


class PreviewQuery(StepQuery):
    """A value that a step was given or handed over."""

    name: Annotated[str, Field(min_length=1, max_length=1024)]


class CompareQuery(Body):
    """The runs to compare, the first one being what the others are compared with."""

    run: Annotated[list[RunId], Field(min_length=2, max_length=10)]


class JobRef(Answer):
    """The job version that a run is of."""

    name: str
    version: int


class Failure(Placed):
    """Why a step or a run failed; `cell` (its index, from 0) and `line` (from 1) are of the source notebook.

    `traceback` is plain text. `last_output` are the last lines that were printed before.
    """

    code: str
    message: str
    hint: str = ""
    line: int | None = None
    ename: str | None = None
    evalue: str | None = None
    traceback: str | None = None
    last_output: list[str] = []


class IgnoredFinding(Placed):
    """A finding of the notebook that did not refuse it, because a comment, a tag or an option (`by`) ignores it."""

    code: str
    severity: Literal["error", "warning", "hint"]
    line: int | None
    message: str
    by: str


class RunRow(Answer):
    """A run in a list. `done` of `total` steps are over; `current` names the running ones; times are of the run.

    `path` is the notebook as the contents API writes it; None when it is not below the server's root any more.
    """

    id: str
    name: str
    status: RunStatus
    path: str | None
    job: JobRef | None
    retry_of: str | None
    parameters: JsonObject
    metrics: dict[str, float | str]
    done: int
    total: int
    current: list[str]
    failed_step: str | None
    error: str | None
    cancel_requested: bool
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class RunPage(Answer):
    """A page of runs, newest first; `next_cursor` is None on the last one."""

    runs: list[RunRow]
    next_cursor: str | None


class StepRun(Placed):
    """A step of a run.

    `cells` are indices, from 0; `fingerprint` is that of the step in the pipeline that was run. While it runs, `cell`
    is the index of the cell of the notebook that it executes, and `position` of `cells_total` cells of the step are
    done; `result` is the text of its last bare expression; `output` the last line it printed; `carried_from` the
    earlier run whose result it took over; `sizes` the bytes of each of the `outputs` that has been handed over.
    """

    name: str
    status: Status
    cells: list[int]
    fingerprint: str = ""
    after: list[str]
    inputs: dict[str, str]
    outputs: list[str]
    options: Options
    attempts: int
    cached: bool
    carried_from: str | None
    started_at: Moment | None
    finished_at: Moment | None
    error: Failure | None
    metrics: dict[str, float | str]
    position: int | None
    cells_total: int | None
    result: str | None
    output: str | None
    has_notebook: bool
    sizes: dict[str, int]


class RunDetail(RunRow):
    """A run as a whole.

    `declared` are its parameters with types; `chosen` the steps that were asked for, None being all of them; `ignored`
    the findings that were ignored; `notes` is what the user should know.
    """

    steps: list[StepRun]
    declared: list[Parameter]
    failure: Failure | None
    notebook: str | None
    git_commit: str | None
    git_dirty: bool | None
    no_cache: bool
    chosen: list[str] | None
    mlflow_run_id: str | None
    tracking_uri: str | None
    folder: str
    ignored: list[IgnoredFinding] = []
    notes: list[str] = []


class Attempt(Answer):
    """One execution of a step. `reason` is why it did not succeed."""

    step: str
    number: int
    status: Status
    reason: str | None
    started_at: Moment
    finished_at: Moment | None
    error: Failure | None
    log_bytes: int


class Attempts(Answer):
    """The attempts of a run, in the order they were begun."""

    attempts: list[Attempt]


class Artifact(Answer):
    """A value handed from step to step: `step` hands it over; `is_code` says that reading it could run code."""

    name: str
    step: str
    type: str
    summary: str
    size_bytes: int
    serializer: str
    digest: str
    is_code: bool


class Artifacts(Answer):
    """What a step was given and what it hands over."""

    inputs: list[Artifact]
    outputs: list[Artifact]


class Preview(Answer):
    """A look at a value, read without running any code of it.

    `table`: `columns`, `rows` (texts) and `total_rows`. `text`: `text`, which may be cut. `image`: `data_url`.
    `none`: `reason` says why there is nothing to see.
    """

    kind: Literal["table", "text", "image", "none"]
    columns: list[str] = []
    rows: list[list[str]] = []
    total_rows: int | None = None
    text: str = ""
    is_cut: bool = False
    data_url: str = ""
    reason: str = ""


class ComparedParameter(Answer):
    """A parameter in every run, in their order; None where a run has none."""

    name: str
    values: list[Any]
    differs: bool


class ComparedMetric(Answer):
    """A metric in every run, in their order."""

    name: str
    values: list[float | str | None]


class DiffLine(Answer):
    """A line of a unified diff."""

    kind: Literal["same", "added", "removed", "gap"]
    text: str


class ComparedStep(Answer):
    """A step in one of the later runs against the first one."""

    name: str
    run: str
    change: Literal["same", "changed", "added", "removed"]
    diff: list[DiffLine]


class Comparison(Answer):
    """Runs side by side; parameters that differ come first."""

    runs: list[RunRow]
    parameters: list[ComparedParameter]
    metrics: list[ComparedMetric]
    steps: list[ComparedStep]
