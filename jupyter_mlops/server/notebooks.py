"""Notebooks at the door: inspection, and the forms of a pipeline."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from jupyter_mlops.app import inspection as inspecting
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.retag import Fix
from jupyter_mlops.pipeline import spec
from jupyter_mlops.pipeline.types import write_text
from jupyter_mlops.server.desk import Call
from jupyter_mlops.server.forms import common
from jupyter_mlops.server.forms.notebooks import Cell, InspectBody, Inspection, Options, Parameter, Pipeline, Step


def inspect(call: Call) -> Inspection:
    """Say what a notebook is, saved or not; no code of it runs and nothing is written."""
    body = call.body
    assert isinstance(body, InspectBody)
    # A document that is here needs no file: its path gives it a name.
    is_elsewhere = call.desk.root is None and body.notebook is not None
    find = call.desk.existing_path if body.notebook is None else call.desk.notebook_path
    path = Path("/", PurePosixPath(body.path).name) if is_elsewhere else find(body.path)
    found = call.desk.reader.inspect(path, body.notebook, body.ignore)
    found.path = call.desk.contents_path(path) or body.path
    return found


def inspection(found: inspecting.Inspection, path: str) -> Inspection:
    """Return the form of an inspection."""
    return Inspection(
        path=path,
        pipeline=pipeline(found.pipeline),
        cells=[
            Cell.model_validate(
                {
                    "index": part.index,
                    "role": part.role,
                    "step": part.step,
                    "is_tagged": part.is_tagged,
                    "options": list(part.options),
                    "is_left_out": part.is_left_out,
                }
            )
            for part in found.cells
        ],
        findings=[finding(f, fixes) for f, fixes in zip(found.findings, found.fixes, strict=True)],
    )


def finding(found: Finding, fixes: tuple[Fix, ...] = ()) -> common.Finding:
    """Return the form of a finding with its quick fixes."""
    return common.Finding(**found.to_json(), fixes=[fix(each) for each in fixes])


def fix(found: Fix) -> common.Fix:
    """Return the form of a quick fix."""
    edits = [
        common.Edit(
            cell=edit.cell,
            add_tags=list(edit.add_tags),
            remove_tags=list(edit.remove_tags),
            insert=edit.insert,
            source=edit.source,
            line=edit.line,
            select=edit.select,
        )
        for edit in found.edits
    ]
    return common.Fix(title=found.title, edits=edits)


def pipeline(found: spec.Pipeline) -> Pipeline:
    """Return the form of a pipeline."""
    return Pipeline(
        name=found.name,
        steps=[
            Step(
                name=step.name,
                cells=list(step.cells),
                after=list(step.after),
                inputs=dict(step.inputs),
                outputs=list(step.outputs),
                parameters=list(step.parameters),
                options=options(step.options),
                fingerprint=step.fingerprint,
            )
            for step in found.steps
        ],
        parameters=[parameter(p) for p in found.parameters],
    )


def options(found: spec.Options) -> Options:
    """Return the form of what tags ask of a step."""
    return Options(retry=found.retry, timeout_s=found.timeout_s, cache=found.cache, limits=dict(found.limits))


def parameter(found: spec.Parameter) -> Parameter:
    """Return the form of a declared parameter."""
    return Parameter(
        name=found.name,
        type=found.type,
        default=found.default,
        default_text=None if found.required or found.computed else write_text(found.type, found.default),
        required=found.required,
        computed=found.computed,
        cell=found.cell,
    )
