"""Known failures of MLflow get a hint, which names what the message names; others get none."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.base.errors import HandoverError
from jupyter_mlops.runs import failure
from jupyter_mlops.runs.execution import Fall
from jupyter_mlops.runs.knownfailures import KNOWN, Known, hint_of


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.example[:30])
def test_a_known_failure_has_its_own_hint(known: Known) -> None:
    hint = hint_of(known.ename, known.example)
    assert hint[:12] == known.hint[:12]
    assert "{" not in hint


@pytest.mark.parametrize(
    ("ename", "evalue"),
    [("KeyError", "'a'"), ("ValueError", KNOWN[0].example), ("MlflowException", "something new"), (None, None)],
)
def test_another_failure_has_none(ename: str | None, evalue: str | None) -> None:
    assert hint_of(ename, evalue) == ""


def test_the_step_says_what_to_write() -> None:
    reply = {"ename": "MlflowException", "evalue": KNOWN[0].example, "traceback": []}
    error = failure.of_fall("fit", Fall(0, "error", reply), None, None, None)
    assert "skops_trusted_types=['sklearn.tree._tree.Tree']" in error["hint"]
    assert 'serialization_format="cloudpickle"' in error["hint"]


def test_what_mlflow_really_says(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("skops")
    ensemble = pytest.importorskip("sklearn.ensemble")
    model = ensemble.RandomForestClassifier(1).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(mlflow.exceptions.MlflowException) as raised:
        mlflow.sklearn.save_model(model, str(tmp_path / "model"))
    hint = hint_of(type(raised.value).__name__, str(raised.value))
    assert "skops_trusted_types=['sklearn.tree._tree.Tree']" in hint


def test_a_hint_of_our_own_is_told_once() -> None:
    error = HandoverError("handover.not_storable", "`lock` cannot be handed over", "keep it within one step")
    reply = {"ename": "HandoverError", "evalue": str(error), "traceback": [str(error)]}
    told = failure.of_fall("fit", Fall(0, "error", reply, error=error.to_json()), None, None, None)
    assert (told["evalue"], told["hint"]) == ("`lock` cannot be handed over", "keep it within one step")
