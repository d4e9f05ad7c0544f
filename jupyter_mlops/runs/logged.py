"""What a step logged: the models of its MLflow run and of all that were started below it. Imports nothing of MLflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

_PAGE = 1000
_RUN, _PARENT = "mlops.run_id", "mlflow.parentRunId"


def logged_in(client: Any, run: Any) -> list[Any]:
    """Return MLflow's entities of the models that are ready, in no order.

    Parameters
    ----------
    client
        MLflow's client.
    run
        MLflow's run of the step.
    """
    found = [model for each in (run, *_below(client, run)) for model in _models(client, each)]
    return [model for model in found if str(model.status).rpartition(".")[2] == "READY"]


def _below(client: Any, run: Any) -> list[Any]:
    """Return the runs below one, however deep; a step may start them in another experiment."""
    own = run.info.experiment_id
    listed = _pages(lambda token: client.search_experiments(max_results=_PAGE, page_token=token))
    experiments = [own, *(each.experiment_id for each in listed if each.experiment_id != own)]
    wanted = [f"tags.`{_PARENT}` = '{run.info.run_id}'"]
    # Every run that a step starts has the tag of our run, whichever run it is nested in.
    if ours := run.data.tags.get(_RUN):
        wanted.append(f"tags.`{_RUN}` = '{ours}'")
    found: dict[str, Any] = {}
    for filter_string in wanted:
        found |= {each.info.run_id: each for each in _runs(client, experiments, filter_string)}
    inside = {run.info.run_id}
    while more := {i for i, each in found.items() if i not in inside and each.data.tags.get(_PARENT) in inside}:
        inside |= more
    return [each for i, each in found.items() if i in inside and i != run.info.run_id]


def _runs(client: Any, experiments: Sequence[str], wanted: str) -> Iterator[Any]:
    return _pages(lambda token: client.search_runs(experiments, wanted, max_results=_PAGE, page_token=token))


def _models(client: Any, run: Any) -> Iterator[Any]:
    where, wanted = [run.info.experiment_id], f"source_run_id = '{run.info.run_id}'"
    return _pages(
        lambda token: client.search_logged_models(where, filter_string=wanted, max_results=_PAGE, page_token=token)
    )


def _pages(page: Callable[[str | None], Any]) -> Iterator[Any]:
    token: str | None = None
    while True:
        found = page(token)
        yield from found
        token = getattr(found, "token", None)
        if not token:
            return
