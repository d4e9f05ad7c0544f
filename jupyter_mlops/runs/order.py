"""The order for one attempt: `attempt.json` in its folder.

`attempt.json`, version 1: ``run``, ``step``, ``number``, ``run_dir``, ``working_dir``, ``notebook`` (of the step),
``store`` (artifacts), ``manifests`` (step -> `outputs.json` of each step above it), ``timeout_s``,
``env``, ``threads`` (the share of the cores), ``kernel``.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.pipeline import graph
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.files import write_json
from jupyter_mlops.runs.outcome import read_object
from jupyter_mlops.runs.run import Attempt, Run
from jupyter_mlops.runs.threads import share

VERSION = 1


def read_pipeline(run: Run) -> Pipeline:
    """Return the pipeline that a run executes; raise `UnavailableError` when its folder does not say."""
    data = read_object(run.folder / "pipeline.json")
    if data is None:
        raise UnavailableError(
            "run.folder_damaged",
            f"`{run.folder / 'pipeline.json'}` is gone or cannot be read",
            "run the notebook again",
        )
    return Pipeline.from_json(data)


def write_order(home: Path, run: Run, pipeline: Pipeline, attempt: Attempt, cores: float) -> None:
    """Write `attempt.json` into the new folder of an attempt, on a machine that gives `cores` away.

    Raises
    ------
    UnavailableError
        ``run.not_written``: the disk is full, or the folder cannot be written.
    """
    step = pipeline.step(attempt.step)
    record = read_object(run.folder / "run.json") or {}
    order = {
        "version": VERSION,
        "run": run.id,
        "step": step.name,
        "number": attempt.number,
        "run_dir": str(run.folder),
        "working_dir": record.get("working_dir") or str(run.folder),
        "notebook": str(run.folder / "steps" / step.notebook),
        "store": str(home / "artifacts"),
        "manifests": _manifests(run, pipeline, step),
        "timeout_s": step.options.timeout_s,
        "env": {},
        "threads": share(pipeline, step.name, cores),
        "kernel": pipeline.kernel,
        "model": step.options.model,
    }
    try:
        # `parents=True` alone would give those above the rights that everything has.
        attempt.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        attempt.folder.mkdir(mode=0o700, exist_ok=True)
        write_json(attempt.folder / "attempt.json", order)
    except OSError as error:
        raise UnavailableError(
            "run.not_written",
            f"the folder `{attempt.folder}` cannot be written: {error.strerror or error}",
            "make room where the runs are kept and retry the step",
        ) from error


def _manifests(run: Run, pipeline: Pipeline, step: Step) -> dict[str, str]:
    """Return the manifests of all steps above: names come from some, the state of the process from all."""
    above = graph.ancestors({other.name: other.after for other in pipeline.steps}, step.name)
    found = {other.name: run.step(other.name).manifest for other in pipeline.steps if other.name in above}
    needed = set(step.inputs.values())
    return {name: str(manifest) for name, manifest in found.items() if manifest is not None or name in needed}
