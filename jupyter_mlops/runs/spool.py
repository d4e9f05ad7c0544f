"""Carry MLflow runs from a run's own folder to the server, once it is back. Given MLflow's clients, it imports nothing.

It may be interrupted and repeated: a run that was made for a spooled one carries its id as a tag, and MLflow itself
takes the same parameter or the same point of a metric twice.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_FROM = "mlops.spooled_from"
_OWN = ("mlflow.parentRunId", "mlflow.runName", "mlops.")


def carry(source: Any, target: Any, experiment_id: str, known: Mapping[str, str], entities: Any) -> None:
    """Copy every run of `source` with its metrics, parameters, tags, files and models.

    Parameters
    ----------
    source, target
        MLflow clients.
    experiment_id
        Where, in `target`, runs go that the user's code opened besides the step's.
    known
        Runs of `source` that have a run in `target` already.
    entities
        The module ``mlflow.entities``.
    """
    experiments = [e.experiment_id for e in source.search_experiments()]
    runs = {r.info.run_id: r for r in _pages(source.search_runs, experiments)}
    ids = dict(known)
    for old, run in runs.items():
        if old not in ids:
            ids[old] = _counterpart(target, experiment_id, run)
    for old, run in runs.items():
        _copy_values(source, target, run, ids, entities)
        _copy_files(source, target, old, ids[old])
        if old not in known:
            target.set_terminated(ids[old], run.info.status, run.info.end_time)
    for model in _pages(source.search_logged_models, experiments):
        if model.source_run_id in ids:
            _copy_model(source, target, experiment_id, model, ids[model.source_run_id], entities)


def _pages(search: Any, experiments: list[str]) -> Iterator[Any]:
    token = None
    while True:
        page = search(experiments, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _counterpart(target: Any, experiment_id: str, run: Any) -> str:
    """Return the run made for `run`, making it if nobody did."""
    found = target.search_runs([experiment_id], f"tags.`{_FROM}` = '{run.info.run_id}'", max_results=1)
    if found:
        return str(found[0].info.run_id)
    tags = {_FROM: run.info.run_id}
    made = target.create_run(experiment_id, run.info.start_time, tags=tags, run_name=run.info.run_name)
    return str(made.info.run_id)


def _copy_values(source: Any, target: Any, run: Any, ids: Mapping[str, str], entities: Any) -> None:
    new = ids[run.info.run_id]
    params = [entities.Param(k, v) for k, v in run.data.params.items()]
    is_step = not any(k == "mlflow.parentRunId" for k in run.data.tags)
    tags = {k: v for k, v in run.data.tags.items() if not (is_step and k.startswith(_OWN))}
    if parent := tags.get("mlflow.parentRunId"):
        tags["mlflow.parentRunId"] = ids.get(parent, parent)
    marks = [entities.RunTag(k, v) for k, v in tags.items() if not k.startswith(("mlflow.source", "mlflow.user"))]
    points = [p for key in run.data.metrics for p in source.get_metric_history(run.info.run_id, key)]
    # MLflow takes 100 parameters, 100 tags and 1,000 points at once.
    for start in range(0, max(len(params), len(marks)), 100):
        target.log_batch(new, params=params[start : start + 100], tags=marks[start : start + 100])
    for start in range(0, len(points), 1000):
        target.log_batch(new, metrics=points[start : start + 1000])
    if run.inputs and run.inputs.dataset_inputs:
        target.log_inputs(new, datasets=run.inputs.dataset_inputs)


def _copy_files(source: Any, target: Any, old: str, new: str) -> None:
    if source.list_artifacts(old):
        with tempfile.TemporaryDirectory(prefix="mlops-") as folder:
            target.log_artifacts(new, source.download_artifacts(old, "", folder))


def _copy_model(source: Any, target: Any, experiment_id: str, model: Any, run_id: str, entities: Any) -> None:
    """Make the logged model anew; the ids in its MLmodel file become the new ones."""
    found = target.search_logged_models([experiment_id], f"tags.`{_FROM}` = '{model.model_id}'", max_results=1)
    tags = {**model.tags, _FROM: model.model_id}
    made = (
        found[0]
        if found
        else target.create_logged_model(experiment_id, model.name, run_id, tags, model.params, model.model_type)
    )
    if str(made.status) == str(entities.LoggedModelStatus.READY):
        return
    folder = Path(model.artifact_location.removeprefix("file://"))
    with tempfile.TemporaryDirectory(prefix="mlops-") as temporary:
        copy = Path(temporary, "model")
        _copy_tree(folder, copy)
        description = copy / "MLmodel"
        if description.exists():
            text = description.read_text(encoding="utf-8")
            text = text.replace(model.model_id, made.model_id).replace(model.source_run_id, run_id)
            description.write_text(text, encoding="utf-8")
        target.log_model_artifacts(made.model_id, str(copy))
    target.log_outputs(run_id, [entities.LoggedModelOutput(made.model_id, 0)])
    target.finalize_logged_model(made.model_id, entities.LoggedModelStatus.READY)


def _copy_tree(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)
