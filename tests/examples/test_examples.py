"""The examples: they compile without a word, and run to the end with their metrics in the run and in MLflow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.notebook.document import read
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.fixtures.doors import Door, door
from tests.pace import wait_until

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """What an example promises: how many steps, which of them run side by side, its metrics, a run's parameters."""

    file: str
    steps: int
    side_by_side: frozenset[str]
    metrics: frozenset[str]
    given: tuple[str, ...] = ()
    best: tuple[str, float, float] = ("", 0.0, 0.0)

    def __str__(self) -> str:
        return self.file


ALL = (
    Example(
        "digits.ipynb",
        7,
        frozenset({"vectors", "logistic"}),
        frozenset({"accuracy", "f1", "vectors_accuracy", "logistic_accuracy"}),
        ("test_share=0.2", "scaling=minmax", "width=0.05"),
        ("accuracy", 0.9, 1.0),
    ),
    Example(
        "timeseries.ipynb",
        7,
        frozenset({"naive", "ridge", "forest"}),
        frozenset({"best_error", "naive_error", "ridge_error", "forest_error"}),
        ("first_day=2023-06-01", "days=500", "folds=3", 'holidays=["12-24", "12-25"]'),
        ("best_error", 1.0, 30.0),
    ),
    Example(
        "magics.ipynb",
        5,
        frozenset({"nearest", "tree"}),
        frozenset({"accuracy", "nearest_score", "tree_score"}),
        ("neighbours=5",),
        ("accuracy", 0.8, 1.0),
    ),
    Example(
        "churn.ipynb",
        2,
        frozenset(),
        frozenset({"auc", "accuracy"}),
        ("customers=800", "penalty=2"),
        ("auc", 0.75, 1.0),
    ),
)
# They need what another example made: `test_stories`.
LONG = {"timeseries.ipynb", "magics.ipynb", "digits.ipynb"}
RUN = [pytest.param(each, marks=[pytest.mark.long] if each.file in LONG else []) for each in ALL]
STORIES = {"scoring.ipynb", "serving.ipynb"}


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.ipynb")} == {*(example.file for example in ALL), *STORIES}


@pytest.mark.parametrize("example", ALL, ids=str)
def test_an_example_compiles_without_findings(example: Example) -> None:
    compiled = compile_notebook(read(EXAMPLES / example.file))
    assert compiled.findings == ()
    pipeline = compiled.pipeline
    assert len(pipeline.steps) == example.steps
    between = {step.name: set(step.after) & example.side_by_side for step in pipeline.steps}
    assert all(between[name] == set() for name in example.side_by_side)
    assert any(met == example.side_by_side for met in between.values())
    assert {name for step in pipeline.steps for name in step.metrics} == example.metrics


@pytest.mark.parametrize("example", ALL, ids=str)
def test_an_example_has_no_outputs(example: Example) -> None:
    cells = json.loads((EXAMPLES / example.file).read_text(encoding="utf-8"))["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert sum(cell["cell_type"] == "markdown" for cell in cells) >= 6


@pytest.fixture(scope="module")
def mlops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("mlops") / "home") as opened:
        yield opened


def tracked(mlops: Door, run: Any) -> Any:
    """Return the run's MLflow run, and the models that were logged in it or below."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{mlops.home / 'mlflow' / 'mlflow.db'}")
    # MLflow follows the store.
    wait_until(lambda: client.get_run(run["mlflow_run_id"]).info.status != "RUNNING")
    parent = client.get_run(run["mlflow_run_id"])
    experiment = [parent.info.experiment_id]
    nested = client.search_runs(experiment, f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    return parent, nested, client.search_logged_models(experiment)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own, while it opens its database here
@pytest.mark.parametrize("example", RUN, ids=str)
def test_an_example_runs(example: Example, mlops: Door, tmp_path: Path) -> None:
    notebook = Path(shutil.copy(EXAMPLES / example.file, tmp_path))
    given = [word for value in example.given for word in ("-p", value)]
    code, run, err = mlops.call(tmp_path, "run", notebook.name, *given)
    assert (code, run["status"]) == (0, "succeeded"), err
    assert notebook.read_bytes() == (EXAMPLES / example.file).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [example.file]
    assert run["metrics"].keys() == example.metrics
    name, least, most = example.best
    assert least <= run["metrics"][name] <= most
    parent, nested, models = tracked(mlops, run)
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics == pytest.approx(run["metrics"])
    assert len(parent.data.params) == len(run["parameters"])
    assert {each.data.tags["mlops.step"] for each in nested} == {step["name"] for step in run["steps"]}
    if example.file == "digits.ipynb":
        (model,) = models
        (source,) = [each for each in nested if each.info.run_id == model.source_run_id]
        assert source.data.tags["mlops.step"] == "model"
