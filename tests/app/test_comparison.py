"""Comparison: what differs first, and the source of each step as a diff."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.comparison import SETUP_NAME, compare, difference
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.base.ids import RunId, StepName, new_run_id
from jupyter_mlops.pipeline.compile import compile_notebook
from jupyter_mlops.runs.run import Run, Status, StepRun
from tests.notebook.build import content, document


def run(folder: Path, *cells: tuple[str, str], parameters: dict[str, Any] | None = None, **metrics: float) -> Run:
    run_id = new_run_id()
    place = folder / run_id
    place.mkdir()
    pipeline = compile_notebook(document(*cells)).pipeline
    (place / "pipeline.json").write_text(json.dumps(pipeline.to_json()))
    (place / "source.ipynb").write_text(json.dumps(content(*cells)))
    steps = tuple(
        StepRun(StepName(s.name), Status.SUCCEEDED, s.notebook, metrics=metrics if s is pipeline.steps[-1] else {})
        for s in pipeline.steps
    )
    return Run(RunId(run_id), "case", Status.SUCCEEDED, place, steps, parameters or {}, datetime.now(UTC))


def test_what_differs_comes_first(tmp_path: Path) -> None:
    cells = [("step:a", "x = 1")]
    runs = [
        run(tmp_path, *cells, parameters={"a": 1, "b": 1, "c": 1}, f1=0.5, same=1.0),
        run(tmp_path, *cells, parameters={"a": 1, "b": 2, "c": 1.0}, f1=0.6, same=1.0),
        run(tmp_path, *cells, parameters={"a": 1, "b": 1, "c": 1, "d": None}, same=1.0),
    ]
    found = compare(runs)
    assert [(row.name, row.values, row.differs) for row in found.parameters] == [
        ("b", (1, 2, 1), True),
        ("c", (1, 1.0, 1), True),
        ("d", (None, None, None), True),
        ("a", (1, 1, 1), False),
    ]
    assert [(row.name, row.values) for row in found.metrics] == [("f1", (0.5, 0.6, None)), ("same", (1.0, 1.0, 1.0))]
    assert {step.change for step in found.steps} == {"same"}


def test_the_source_of_each_step(tmp_path: Path) -> None:
    first = run(tmp_path, ("imports", "import os"), ("step:a", "x = 1\ny = 2"), ("step:gone", "z = 3"))
    other = run(tmp_path, ("imports", "import sys"), ("step:a", "x = 1\ny = 4"), ("step:new", "z = 3"))
    found = {step.name: step for step in compare([first, other]).steps}
    assert {name: step.change for name, step in found.items()} == {
        SETUP_NAME: "changed",
        "a": "changed",
        "gone": "removed",
        "new": "added",
    }
    assert found["a"].diff == (("same", "x = 1"), ("removed", "y = 2"), ("added", "y = 4"))
    assert found["new"].diff == (("added", "z = 3"),)
    assert found["a"].run == other.id


def test_a_run_whose_folder_is_gone_is_compared_by_its_rows(tmp_path: Path) -> None:
    runs = [run(tmp_path, ("step:a", "x = 1"), parameters={"a": n}) for n in (1, 2)]
    for file in runs[0].folder.iterdir():
        file.unlink()
    found = compare(runs)
    assert found.parameters[0].differs
    assert found.steps == ()


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    one = run(tmp_path, ("step:a", "x = 1"))
    with pytest.raises(UsageError) as refusal:
        compare([one, one])
    assert refusal.value.code == "compare.twice"


def test_gaps_stand_for_what_is_left_out() -> None:
    old = [f"line {n}" for n in range(40)]
    new = [*old[:10], "changed", *old[11:30], *old[31:]]
    lines = list(difference("\n".join(old), "\n".join(new)))
    kinds = "".join(kind[0] for kind, _ in lines)
    assert kinds == "gsssrasssgsssrsssg"
    assert ("removed", "line 30") in lines
    assert list(difference("", "a")) == [("added", "a")]
    assert list(difference("a", "")) == [("removed", "a")]
