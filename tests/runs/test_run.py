"""The table of states, and the published form of a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.base.ids import RunId, StepName
from jupyter_mlops.runs.run import (
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    Run,
    Status,
    StepRun,
    sources,
)

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_every_state_has_a_row() -> None:
    assert set(STEP_TRANSITIONS) == set(Status)
    assert set(RUN_TRANSITIONS) == set(Status) - {Status.PENDING, Status.SKIPPED}


@pytest.mark.parametrize("table", [RUN_TRANSITIONS, STEP_TRANSITIONS])
@given(data=st.data())
def test_whoever_follows_the_table_comes_to_an_end_that_is_final(
    table: dict[Status, frozenset[Status]], data: st.DataObject
) -> None:
    state = Status.QUEUED
    retries = 0
    while table[state]:
        # Only another attempt leads back, and there are finitely many of those.
        following = table[state] - ({Status.QUEUED} if retries > 5 else set())
        state = data.draw(st.sampled_from(sorted(following)))
        retries += state is Status.QUEUED
    assert state.is_terminal


@pytest.mark.parametrize("state", list(Status))
def test_nothing_leads_out_of_a_terminal_state(state: Status) -> None:
    assert state.is_terminal == (not STEP_TRANSITIONS[state])
    if state.is_terminal:
        assert not any(state in sources(STEP_TRANSITIONS, target) for target in Status)


def test_the_published_form() -> None:
    error = {"code": "run.cell_error", "cell": 3, "line": 2, "message": "it broke", "ename": "KeyError"}
    steps = (
        StepRun(StepName("load"), Status.SUCCEEDED, "01-load.ipynb", cached=True, manifest=Path("/old/1/outputs.json")),
        StepRun(StepName("train"), Status.FAILED, "02-train.ipynb", 2, started_at=AT, finished_at=AT, error=error),
        StepRun(StepName("test"), Status.SKIPPED, "03-test.ipynb", finished_at=AT),
    )
    run = Run(RunId("ab" * 16), "churn", Status.FAILED, Path("/home/r"), steps, {"lr": 0.1}, AT)
    published = run.to_json()
    assert json.loads(json.dumps(published)) == published
    assert list(published)[:7] == ["version", "id", "name", "status", "parameters", "mlflow_run_id", "steps"]
    wanted = ["name", "status", "attempts", "cached", "started_at", "finished_at", "error", "notebook"]
    assert all(list(step)[:8] == wanted for step in published["steps"])
    assert published["steps"][0]["notebook"] == "/old/1/executed.ipynb"
    assert published["steps"][1]["notebook"] == "/home/r/attempts/02-train/2/executed.ipynb"
    assert published["steps"][1]["error"] == {**error, "cell_number": 4}
    assert published["steps"][1]["started_at"] == "2026-11-21T03:00:00+00:00"
    assert published["steps"][2]["notebook"] is None
