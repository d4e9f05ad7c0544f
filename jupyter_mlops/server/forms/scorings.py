"""Forms of scorings: files of rows that a version of a model predicts while the browser looks, or does not."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jupyter_mlops.server.forms.common import Answer, Body, Moment
from jupyter_mlops.server.forms.models import Alias, Number

FilePath = Annotated[str, Field(min_length=1, max_length=4096)]


class ScoreBody(Body):
    """A file to score: paths as the contents API writes them, CSV or Parquet. `version` or `alias`, else the champion.

    `overwrite` lets an output that is there be replaced.
    """

    input: FilePath
    output: FilePath
    version: Number | None = None
    alias: Alias | None = None
    overwrite: bool = False

    @model_validator(mode="after")
    def _one(self) -> ScoreBody:
        if self.version is not None and self.alias is not None:
            raise ValueError("give a version or an alias, not both")
        return self


class ScoringError(Answer):
    """Why a scoring failed."""

    code: str
    message: str
    hint: str


class Scoring(Answer):
    """A file that is scored, as it is at this moment.

    `total` is None while the rows are not counted; `resumed` of them were predicted by an earlier one that did not end.
    `columns` are those that were added.
    """

    id: str
    model: str
    version: int
    input: str | None
    output: str | None
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    is_cancelling: bool
    done: int
    total: int | None
    resumed: int
    columns: list[str]
    asked_at: Moment
    finished_at: Moment | None
    error: ScoringError | None


class Scorings(Answer):
    """The scorings of a model since the server started, newest first."""

    scorings: list[Scoring]
