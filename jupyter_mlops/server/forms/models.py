"""Forms of models: what steps logged, versions with what is known of them, gates, moves of aliases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from jupyter_mlops.server.forms.common import Answer, Body, JsonObject, Moment, RunId

ModelName = Annotated[str, Field(min_length=1, max_length=250)]
Alias = Annotated[str, Field(min_length=1, max_length=250)]
Number = Annotated[int, Field(ge=1, le=1_000_000_000)]


class RegisterBody(Body):
    """A model that a run logged, to be registered; `step` and `logged` (its id) are needed where there are several.

    `name` is the one it was logged under when it is not given.
    """

    run: RunId
    step: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    logged: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    name: ModelName | None = None


class MoveBody(Body):
    """A version to move an alias to. `reason` overrides gates that fail, and is recorded."""

    version: Number
    alias: Alias = "champion"
    reason: Annotated[str, Field(max_length=10_000)] = ""


class RollbackBody(Body):
    """An alias to move back to where it was before."""

    alias: Alias = "champion"
    reason: Annotated[str, Field(max_length=10_000)] = ""


class ApproveBody(Body):
    """A person's yes to a version."""

    note: Annotated[str, Field(max_length=10_000)] = ""


class GatesBody(Body):
    """The gates of a model, as YAML; empty takes them away."""

    yaml: Annotated[str, Field(max_length=100_000)]


class GatesQuery(Body):
    """The alias that a promotion would move."""

    alias: Alias = "champion"


class HistoryQuery(Body):
    """Moves of one alias, or of all; with `at` where each was at that moment."""

    alias: Alias | None = None
    at: Moment | None = None


class AliasOf(Answer):
    """An alias and the version it points to; `is_outside` when somebody moved it with MLflow's own means."""

    alias: str
    version: int
    is_outside: bool = False


class Origin(Answer):
    """Where a version came from: our run and step, the job version, the notebook as the contents API writes it."""

    run: str | None = None
    run_name: str | None = None
    step: str | None = None
    job: str | None = None
    job_version: int | None = None
    notebook: str | None = None
    path: str | None = None
    mlflow_run: str | None = None
    git_commit: str | None = None


class LoggedModel(Answer):
    """A model that a step logged, and the versions it was registered as; `flavors` where its files are at hand."""

    id: str
    name: str
    step: str
    uri: str
    flavors: list[str]
    created_at: Moment | None
    registered: list[RegisteredAs]


class RegisteredAs(Answer):
    """A version of a registered model."""

    model: str
    version: int


class LoggedModels(Answer):
    """All models that the steps of a run logged."""

    models: list[LoggedModel]


class Passed(Answer):
    """How many gates were passed, of how many that apply."""

    passed: int
    of: int


class Candidate(Answer):
    """The version that may become the champion: `is_named` when an alias says so, else it is the newest.

    `gates` are those of the last time that they were asked; None when they were not.
    """

    version: int
    is_named: bool
    metric: Metric | None
    gates: Passed | None


class Model(Answer):
    """A registered model in a list. `metric` is one of the champion, else of the candidate; both are compared by it.

    It is the first that the gates ask for, else the first by name that both have.
    """

    name: str
    description: str
    latest: int | None
    versions: int
    aliases: list[AliasOf]
    updated_at: Moment | None
    metric: Metric | None
    candidate: Candidate | None
    deployments: list[str]


class Models(Answer):
    """All registered models, by name."""

    models: list[Model]


class Metric(Answer):
    """A metric of a version beside the champion's; None where the champion has none or there is no champion."""

    name: str
    value: float | None
    champion: float | None = None


class VersionRow(Answer):
    """A version in the list of its model."""

    version: int
    created_at: Moment | None
    author: str | None
    status: str
    aliases: list[AliasOf]
    description: str
    origin: Origin
    metrics: list[Metric]
    deployments: list[str]


class Gates(Answer):
    """The gates of a model: where they are written, and how. `source` is ``model``, ``notebook`` or ``none``."""

    source: Literal["model", "notebook", "none"]
    yaml: str
    rules: list[JsonObject]


class ModelDetail(Answer):
    """A registered model with its versions, newest first."""

    name: str
    description: str
    tags: dict[str, str]
    aliases: list[AliasOf]
    versions: list[VersionRow]
    deployments: list[str]
    gates: Gates


class Column(Answer):
    """A column or parameter of a signature; `shape` of a tensor."""

    name: str | None
    type: str
    is_required: bool = True
    shape: list[int] | None = None
    default: Any = None


class Signature(Answer):
    """What a model takes and gives."""

    inputs: list[Column]
    outputs: list[Column]
    params: list[Column]


class Format(Answer):
    """How one part of a model is written; `is_code` when reading it runs code (pickle and its kin)."""

    file: str
    name: str
    size: int
    is_code: bool
    note: str = ""


class VersionDetail(VersionRow):
    """A version with everything that can be known without loading it. `size` in bytes.

    `example` is the input example in the form that ``/invocations`` takes.
    """

    model: str
    source: str
    tags: dict[str, str]
    params: dict[str, str]
    flavors: list[str]
    formats: list[Format]
    size: int
    requirements: list[str]
    signature: Signature | None
    example: Any = None
    unreadable: str = ""


class Gate(Answer):
    """What became of one rule. `status` ``na`` is: the rule does not apply, and says why in `message`."""

    rule: str
    status: Literal["pass", "fail", "na"]
    message: str
    value: Any = None
    threshold: Any = None
    evidence: JsonObject = {}


class GateReport(Answer):
    """All gates of a version for a promotion to an alias; `is_open` when none fails."""

    model: str
    version: int
    alias: str
    champion: int | None
    is_open: bool
    gates: list[Gate]


class AliasMove(Answer):
    """A move of an alias; `kind` ``outside`` was seen, not made, by us."""

    seq: int
    alias: str
    from_version: int | None
    to_version: int | None
    kind: Literal["promote", "rollback", "outside"]
    status: Literal["intended", "done", "undone"]
    author: str | None
    reason: str
    run: str | None
    gates: list[Gate]
    created_at: Moment


class History(Answer):
    """Moves of the aliases of a model, newest first; `held` is what each pointed to at the moment asked for."""

    moves: list[AliasMove]
    held: list[AliasOf]


class Moved(Answer):
    """A promotion or a roll back that was made."""

    model: str
    move: AliasMove
    aliases: list[AliasOf]
