"""Objects of libraries that pickle cannot write: by the library's own format, or refused with what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jupyter_mlops.base.errors import HandoverError
from tests.artifacts.conftest import Notebook
from tests.notebook.build import compiled


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_matrix_of_xgboost(notebook: Notebook) -> None:
    xgb = pytest.importorskip("xgboost")
    table = np.array([[1.0, np.nan, 0.0], [0.0, 2.0, 5.0], [3.0, 0.0, 0.0]])
    made = xgb.DMatrix(table, label=[0, 1, 0], weight=[1, 2, 3], feature_names=["a", "b", "c"])
    back, _ = notebook.hand_over({"train": made, "again": [made]})
    matrix = back["train"]
    assert matrix is back["again"][0]
    assert matrix.feature_names == ["a", "b", "c"]
    assert (matrix.get_label().tolist(), matrix.get_weight().tolist()) == ([0, 1, 0], [1, 2, 3])
    assert (matrix.get_data() != made.get_data()).nnz == 0
    trees = [xgb.train({"verbosity": 0, "seed": 1}, each, 3).get_dump() for each in (made, matrix)]
    assert trees[0] == trees[1]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_matrix_that_only_the_library_has(notebook: Notebook) -> None:
    xgb = pytest.importorskip("xgboost")
    with pytest.raises(HandoverError) as caught:
        notebook.hand_over([xgb.QuantileDMatrix(np.eye(4), label=[0, 1, 0, 1])])
    assert "`value[0]` (QuantileDMatrix)" in caught.value.message
    assert "hand over the table" in caught.value.hint


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_dataset_of_lightgbm(notebook: Notebook) -> None:
    lgb = pytest.importorskip("lightgbm")
    table, labels = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    used = lgb.Dataset(table, label=labels, free_raw_data=False)
    first = lgb.train({"verbosity": -1, "seed": 1}, used, 3)
    back, _ = notebook.hand_over([used, lgb.Dataset(table, label=labels)])
    for dataset in back:
        assert lgb.train({"verbosity": -1, "seed": 1}, dataset, 3).model_to_string() == first.model_to_string()
    gone = lgb.Dataset(table, label=labels)
    lgb.train({"verbosity": -1}, gone, 1)
    with pytest.raises(HandoverError) as caught:
        notebook.hand_over(gone)
    assert "free_raw_data" in caught.value.hint


def test_loader_of_torch(notebook: Notebook) -> None:
    torch = pytest.importorskip("torch")
    data: Any = torch.utils.data
    loader = data.DataLoader(data.TensorDataset(torch.arange(6)), batch_size=2)
    back, _ = notebook.hand_over(loader)
    assert [batch[0].tolist() for batch in back] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(HandoverError) as caught:
        notebook.hand_over(iter(loader))
    assert "DataLoader" in caught.value.hint


def test_dataset_of_tensorflow(notebook: Notebook) -> None:
    tf = pytest.importorskip("tensorflow")
    with pytest.raises(HandoverError) as caught:
        notebook.hand_over({"d": tf.data.Dataset.range(3)})
    assert "`value['d']`" in caught.value.message
    assert "arrays" in caught.value.hint


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ("import tensorflow as tf\nd = tf.data.Dataset.from_tensor_slices([1, 2])", "print(d)"),
        ("import xgboost as xgb\nd = xgb.QuantileDMatrix([[1]])", "print(d)"),
        ("from torch.utils.tensorboard import SummaryWriter\nd = SummaryWriter()", "d.close()"),
    ],
)
def test_refused_by_check(made: str, used: str) -> None:
    (found,) = compiled(("step:a", made), ("step:b", used)).errors
    assert found.code == "notebook.not_storable"
    assert found.hint != "make it in the step that uses it"
    assert compiled(("step:a", f"{made}\n{used}")).errors == ()


def test_what_can_be_handed_over_is_not_refused() -> None:
    made = "import xgboost as xgb\nd = xgb.DMatrix([[1]])\nb = xgb.train({}, d)"
    assert compiled(("step:a", made), ("step:b", "print(d, b)")).errors == ()
