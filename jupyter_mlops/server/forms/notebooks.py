"""Forms of notebooks: inspection, and the pipeline that a notebook is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from jupyter_mlops.server.forms.common import Answer, Body, Finding, JsonObject, Placed

NotebookPath = Annotated[str, Field(min_length=1, max_length=4096, description="as the contents API writes it")]


# Codes of findings that do not refuse the notebook.
Codes = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]


class InspectBody(Body):
    """A notebook to look at; `notebook` is the unsaved document (nbformat 4), without it the file is read.

    `ignore` are codes of findings to ignore, beside those that the notebook itself ignores.
    """

    path: NotebookPath
    notebook: JsonObject | None = None
    ignore: Codes = []


class Parameter(Placed):
    """A declared parameter. `default` is its JSON form, `default_text` how one would type it; None without one.

    A `computed` default is known to the kernel only.
    """

    name: str
    type: str
    default: Any
    default_text: str | None
    required: bool
    computed: bool


class Options(Answer):
    """What tags ask of a step beyond its code."""

    retry: int
    timeout_s: float | None
    cache: bool
    limits: dict[str, str]


class Step(Answer):
    """A step: its cells, the steps before it, name -> step that hands it over, and the names it hands over.

    `cells` are indices, from 0. `fingerprint` is another one when anything that decides its result was edited.
    """

    name: str
    cells: list[int]
    after: list[str]
    inputs: dict[str, str]
    outputs: list[str]
    parameters: list[str]
    options: Options
    fingerprint: str = ""


class Pipeline(Answer):
    """The pipeline that a notebook is; a best guess while there are errors."""

    name: str
    steps: list[Step]
    parameters: list[Parameter]


class Cell(Answer):
    """What a code cell is for. `is_tagged` is whether it says so itself, by a tag or a `%%mlops` line.

    `index` counts from 0; `is_left_out` is whether it holds nothing but `%mlops` lines, which a run leaves out.

    `options` are the tags of options as the cell has them, such as ``retry:2``.
    """

    index: int
    role: Literal["step", "parameters", "setup", "metrics", "skip"]
    step: str | None
    is_tagged: bool
    options: list[str]
    is_left_out: bool = False


class Inspection(Answer):
    """What reading a notebook gives; no code of it runs."""

    path: str
    pipeline: Pipeline
    cells: list[Cell]
    findings: list[Finding]
