"""Runs written straight into a lab's store: many of them, or such as nobody would make by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.base.ids import new_run_id
from jupyter_mlops.pipeline.spec import Parameter, Pipeline, Step
from jupyter_mlops.runs.store import NewRun, open_store
from tests.browser.lab import Lab


def pipeline(name: str, steps: Sequence[str], parameters: Mapping[str, Any]) -> Pipeline:
    """Return a chain of steps, each handing a value of its own name over."""
    made = tuple(
        Step(
            step,
            (number,),
            (steps[number - 1],) if number else (),
            {steps[number - 1]: steps[number - 1]} if number else {},
            (step,),
            notebook=f"{number:03}.ipynb",
        )
        for number, step in enumerate(steps)
    )
    return Pipeline(name, made, tuple(Parameter(n, "str", v) for n, v in parameters.items()))


def cancelled_runs(lab: Lab, wanted: Sequence[tuple[str, Sequence[str], Mapping[str, Any]]]) -> list[str]:
    """Write runs of (name, steps, parameters) that were cancelled before they began, and return their ids."""
    store = open_store(lab.home)
    made = []
    for name, steps, parameters in wanted:
        run, spec = new_run_id(), pipeline(name, steps, parameters)
        folder = Path(lab.home / "runs" / run)
        folder.mkdir(parents=True)
        (folder / "pipeline.json").write_text(json.dumps(spec.to_json()), encoding="utf-8")
        (folder / "run.json").write_text(json.dumps({"version": 1, "id": run}), encoding="utf-8")
        store.create(NewRun(id=run, name=name, folder=folder, pipeline=spec, parameters=parameters))
        store.request_cancel(run)
        made.append(str(run))
    store.close()
    return made
