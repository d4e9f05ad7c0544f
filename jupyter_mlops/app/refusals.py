"""Refusals as findings: what a run of the notebook would be refused for here and now, told by `check` beforehand.

Codes and words are those of the refusal. Severity is `error` where every run is refused, and `hint` where a run only
has to be given something.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_mlops.app.runner import kernel_missing
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import Region
from jupyter_mlops.pipeline.spec import Options, Pipeline

_ASK_NOTHING = Options()
_OF_ENGINES = ("engine", "image", "limits", "secrets")


def refusals(pipeline: Pipeline, regions: Mapping[str, Region]) -> Iterator[Finding]:
    """Yield a finding for each reason to refuse a run of the pipeline on this machine.

    Parameters
    ----------
    regions
        the steps of the notebook, which know the cells that their tags are on.
    """
    yield from _kernel(pipeline)
    yield from _engine(pipeline, regions)
    yield from _parameters(pipeline)


def _kernel(pipeline: Pipeline) -> Iterator[Finding]:
    # Looked up without jupyter_client, whose import takes longer than all of the rest; it has the last word.
    from jupyter_core.paths import jupyter_path

    if not any(Path(folder, pipeline.kernel, "kernel.json").is_file() for folder in jupyter_path("kernels")):
        error = kernel_missing(pipeline)
        if error is not None:
            yield Finding(error.code, "error", None, None, error.message, error.hint)


def _engine(pipeline: Pipeline, regions: Mapping[str, Region]) -> Iterator[Finding]:
    asking = [step for step in pipeline.steps if _asks(step.options)]
    if not asking:
        return
    from jupyter_mlops.runs.engines.local import check

    for refusal in check(dataclasses.replace(pipeline, steps=tuple(asking))):
        option, _, value = refusal.tag.partition(":")
        region = regions[refusal.step]
        cell = region.options.get(option, {}).get(value, region.cells[0] if region.cells else None)
        yield Finding("engine.refused", "error", cell, None, refusal.message, refusal.hint, refusal.tag)


def _asks(options: Options) -> bool:
    return any(getattr(options, name) != getattr(_ASK_NOTHING, name) for name in _OF_ENGINES)


def _parameters(pipeline: Pipeline) -> Iterator[Finding]:
    from jupyter_mlops.pipeline.parameters import missing

    for parameter in pipeline.parameters:
        if parameter.required:
            error = missing(parameter.name)
            yield Finding(error.code, "hint", parameter.cell, None, error.message, error.hint, parameter.name)
