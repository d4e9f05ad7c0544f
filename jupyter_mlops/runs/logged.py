"""What steps logged: the models of their MLflow runs and of all that were started below. Imports nothing of MLflow.

A server may take half a second for a call, so the steps of a run are asked about together: the number of calls does not
grow with the steps but for one each, which are made side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_PAGE = 1000
# Ids in one filter, and calls at a time.
_AT_ONCE, _SIDE_BY_SIDE = 100, 8
_RUN, _PARENT = "mlops.run_id", "mlflow.parentRunId"


def logged_in(client: Any, run: Any) -> list[Any]:
    """Return MLflow's entities of the models of one step that are ready, in no order.

    Parameters
    ----------
    client
        MLflow's client.
    run
        MLflow's run of the step.
    """
    return logged_by(client, [run])[run.info.run_id]


def logged_by(client: Any, runs: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the models that are ready, by the id of the run that they were logged in or below."""
    owners = _owners(client, runs)
    experiments, ids = sorted({each.info.experiment_id for each, _ in owners.values()}), sorted(owners)
    found: dict[str, list[Any]] = {run.info.run_id: [] for run in runs}
    for start in range(0, len(ids), _AT_ONCE):
        wanted = f"source_run_id IN ({_quoted(ids[start : start + _AT_ONCE])})"
        for model in _pages(_models(client, experiments, wanted)):
            if str(model.status).rpartition(".")[2] == "READY":
                found[owners[model.source_run_id][1]].append(model)
    return found


def runs_of(client: Any, ids: Sequence[str]) -> list[Any]:
    """Return the runs with these ids, wherever they are; those that are not there are left out."""
    experiments = _experiments(client)
    return [
        run
        for start in range(0, len(ids), _AT_ONCE)
        for run in _runs(client, experiments, f"attributes.run_id IN ({_quoted(ids[start : start + _AT_ONCE])})")
    ]


def _owners(client: Any, runs: Sequence[Any]) -> dict[str, tuple[Any, str]]:
    """Return the given runs and all below them, by id, each with the id of the given one that it belongs to."""
    experiments = _experiments(client, [run.info.experiment_id for run in runs])
    wanted = [f"tags.`{_PARENT}` = '{run.info.run_id}'" for run in runs]
    # Every run that a step starts has the tag of our run, whichever run it is nested in.
    wanted += sorted({f"tags.`{_RUN}` = '{run.data.tags[_RUN]}'" for run in runs if run.data.tags.get(_RUN)})
    found: dict[str, Any] = {}
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for some in pool.map(lambda one: list(_runs(client, experiments, one)), wanted):
            found |= {each.info.run_id: each for each in some}
    owners: dict[str, tuple[Any, str]] = {run.info.run_id: (run, run.info.run_id) for run in runs}
    parents = {i: each.data.tags.get(_PARENT) for i, each in found.items()}
    while more := [i for i, parent in parents.items() if i not in owners and parent in owners]:
        owners |= {i: (found[i], owners[str(parents[i])][1]) for i in more}
    return owners


def _experiments(client: Any, first: Sequence[str] = ()) -> list[str]:
    listed = _pages(lambda token: client.search_experiments(max_results=_PAGE, page_token=token))
    return list(dict.fromkeys([*first, *(each.experiment_id for each in listed)]))


def _runs(client: Any, experiments: Sequence[str], wanted: str) -> Iterator[Any]:
    return _pages(lambda token: client.search_runs(experiments, wanted, max_results=_PAGE, page_token=token))


def _models(client: Any, experiments: list[str], wanted: str) -> Callable[[str | None], Any]:
    return lambda token: client.search_logged_models(experiments, filter_string=wanted, page_token=token)


def _quoted(ids: Sequence[str]) -> str:
    return ", ".join(f"'{each}'" for each in ids)


def _pages(page: Callable[[str | None], Any]) -> Iterator[Any]:
    token: str | None = None
    while True:
        found = page(token)
        yield from found
        token = getattr(found, "token", None)
        if not token:
            return
