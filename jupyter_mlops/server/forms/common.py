"""Forms that several nouns share: the base of all of them, the one form of an error, the state of the server."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from jupyter_mlops.base.cells import cell_number

Status = Literal["pending", "queued", "running", "succeeded", "failed", "cancelled", "skipped"]
RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
RunId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
JsonObject = dict[str, Any]
# ISO 8601 with a time zone, UTC.
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Body(BaseModel):
    """What a client sends. A key that is not known is refused, not ignored; no type is guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Bytes(Body):
    """A body that is handed on as it is; the verb finds it in `Call.data`."""


class Answer(BaseModel):
    """What the server says. Half a character, which a notebook may hold and JSON in UTF-8 may not, becomes ``?``."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    @model_validator(mode="before")
    @classmethod
    def _whole_characters(cls, values: Any) -> Any:
        return _whole(values)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {_whole(key): _whole(item) for key, item in value.items()} if isinstance(value, dict) else value


class Placed(Answer):
    """What stands in a cell of the notebook: `cell` is its index, from 0, `cell_number` JupyterLab's number, from 1."""

    cell: int | None = None

    # The form that pydantic documents; mypy wants no decorator above `property`.
    @computed_field  # type: ignore[prop-decorator]
    @property
    def cell_number(self) -> int | None:
        """The cell's number as JupyterLab shows it."""
        return None if self.cell is None else cell_number(self.cell)


class Finding(Placed):
    """Something in the notebook that the user should know before a run; `line` counts from 1.

    `cell` is the index of the cell, from 0, `cell_number` what JupyterLab calls it, from 1. Errors refuse the notebook,
    unless they are `ignored`: by a comment, a tag, or the request, which `ignored_by` names.
    """

    code: str
    severity: Literal["error", "warning", "hint"]
    line: int | None
    message: str
    hint: str
    ignored: bool = False
    ignored_by: str = ""
    fixes: list[Fix] = []


class Fix(Answer):
    """A quick fix: what its button says, and the edits that it makes."""

    title: str
    edits: list[Edit]


class Edit(Answer):
    """One change of the document: tags of cell `cell`, or lines at the end of it, or a new cell before it.

    `cell` is an index, from 0. All edits of a fix count cells as they are before any of them.
    With `insert` a cell with `source` and `add_tags` is inserted before `cell`; without it `source` is appended to
    `cell` as new lines (nothing when it is empty), or with `line` (from 1) put above that line, indented like it.
    `select` is the end of `source` that the user should type over.
    """

    cell: int
    add_tags: list[str] = []
    remove_tags: list[str] = []
    insert: bool = False
    source: str = ""
    line: int | None = None
    select: str = ""


class Error(Answer):
    """Every refusal and failure: what happened, to what, and what to do. `findings` when a notebook was refused."""

    code: str
    message: str
    hint: str
    findings: list[Finding] = []


class ServerStatus(Answer):
    """The extension is there; `package` is its release, `home` where everything is kept."""

    version: Literal[1] = 1
    package: str
    home: str
    tracking_uri: str | None


class Activity(Answer):
    """What goes on: how many runs are queued and running, and the number of the store's newest event."""

    queued: int
    running: int
    last_event: int
