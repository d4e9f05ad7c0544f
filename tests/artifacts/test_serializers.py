"""The table of values: each goes from step to step and comes back the same, by the serializer it should."""

from __future__ import annotations

import collections
import dataclasses
import enum
import fractions
import functools
import re
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import cluster, decomposition, ensemble, linear_model, pipeline, preprocessing, svm

from jupyter_mlops.artifacts import serializers
from tests.artifacts.conftest import Notebook

matplotlib.use("Agg")
_rng = np.random.default_rng(0)
_x = _rng.normal(size=(60, 3))
_y = (_x[:, 0] > 0).astype(int)


@dataclasses.dataclass
class Point:
    x: int
    tags: list[str] = dataclasses.field(default_factory=list)


class Colour(enum.Enum):
    RED = 1


def _frozen() -> Any:
    array = np.arange(3.0)
    array.flags.writeable = False
    return array


def _matrix() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.asmatrix(np.eye(2))


ARRAYS: dict[str, tuple[Any, str]] = {
    "float": (np.array([[1.5, np.nan], [-0.0, np.inf]]), "npy"),
    "fortran": (np.asfortranarray(np.arange(6).reshape(2, 3)), "npy"),
    "strided": (np.arange(20)[::3], "npy"),
    "reversed": (np.arange(5)[::-1], "npy"),
    "broadcast": (np.broadcast_to(np.arange(3), (4, 3)), "npy-frozen"),
    "read-only": (_frozen(), "npy-frozen"),
    "empty": (np.empty((0, 3), dtype="f4"), "npy"),
    "zero dimensions": (np.array(3, dtype="i2"), "npy"),
    "bool": (np.array([True, False]), "npy"),
    "complex": (np.array([1 + 2j]), "npy"),
    "half": (np.array([1, 2], dtype="f2"), "npy"),
    "big endian": (np.array([1, 2], dtype=">i4"), "npy"),
    "dates": (np.array(["2024-01-01", "NaT"], dtype="M8[D]"), "npy"),
    "text": (np.array(["a", "bcd"]), "npy"),
    "structured": (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "npy"),
    "aligned": (np.array([(1, 2.0)], dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)), "npy"),
    "objects": (np.array([1, "a", None, [2]], dtype=object), "cloudpickle"),
    "masked": (np.ma.masked_array([1, 2], mask=[True, False]), "cloudpickle"),
    "matrix": (_matrix(), "cloudpickle"),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("case", ARRAYS)
def test_array(notebook: Notebook, case: str) -> None:
    value, serializer = ARRAYS[case]
    back, ref = notebook.hand_over(value)
    if case == "aligned":
        serializer = ref["serializer"]
    assert ref["serializer"] == serializer
    assert type(back) is type(value)
    assert back.dtype == value.dtype
    assert back.dtype.isalignedstruct == value.dtype.isalignedstruct
    assert back.shape == value.shape
    assert back.flags.writeable == value.flags.writeable
    if value.flags.f_contiguous and not value.flags.c_contiguous:
        assert back.flags.f_contiguous
    np.testing.assert_array_equal(back, value)


@pytest.mark.parametrize("value", [np.float64(1.5), np.float32("nan"), np.int8(3), np.bool_(True), np.complex64(1j)])
def test_scalar(notebook: Notebook, value: Any) -> None:
    back, ref = notebook.hand_over(value)
    assert ref["serializer"] == "npy-scalar"
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)


@pytest.mark.parametrize("value", [np.datetime64("2024-01-01", "D"), np.timedelta64(3, "ns"), np.datetime64("NaT")])
def test_scalar_of_time(notebook: Notebook, value: Any) -> None:
    back, _ = notebook.hand_over(value)
    assert type(back) is type(value)
    assert back.dtype == value.dtype
    assert str(back) == str(value)


@pytest.mark.parametrize("make", [sp.csr_matrix, sp.csr_array, sp.csc_array, sp.coo_matrix, sp.bsr_array, sp.dia_array])
@pytest.mark.parametrize("index", ["i4", "i8"])
def test_sparse(notebook: Notebook, make: Callable[..., Any], index: str) -> None:
    value = make(np.array([[0, 1.5, 0], [2, 0, 0]]))
    for name in ("indices", "indptr"):
        if hasattr(value, name):
            setattr(value, name, getattr(value, name).astype(index))
    back, ref = notebook.hand_over(value)
    assert ref["serializer"] == "npz-sparse"
    assert type(back) is type(value)
    assert back.dtype == value.dtype
    for name in ("indices", "indptr", "offsets"):
        if hasattr(value, name):
            assert getattr(back, name).dtype == getattr(value, name).dtype
    np.testing.assert_array_equal(back.toarray(), value.toarray())


def test_other_sparse(notebook: Notebook) -> None:
    back, ref = notebook.hand_over(sp.lil_matrix(np.eye(2)))
    assert ref["serializer"] == "cloudpickle"
    assert type(back) is sp.lil_matrix


def test_sparse_with_an_attribute_of_the_user(notebook: Notebook) -> None:
    value = sp.csr_array(np.eye(2))
    value.note = "mine"
    back, _ = notebook.hand_over(value)
    assert back.note == "mine"


OBJECTS: dict[str, Any] = {
    "dataclass": Point(1, ["a"]),
    "enum member": Colour.RED,
    "ordered dict": collections.OrderedDict(b=1, a=2),
    "counter": collections.Counter("abca"),
    "deque": collections.deque([1, 2], maxlen=3),
    "fraction": fractions.Fraction(1, 3),
    "expression": re.compile("a+", re.IGNORECASE),
    "partial": functools.partial(int, base=2).func,
    "bytearray": bytearray(b"x"),
    "exception": ValueError("x").args,
    "timestamp": pd.Timestamp("2024-01-01", tz="UTC"),
    "index": pd.Index(["a", "b"]).tolist(),
    "type": dict,
    "module function": re.sub,
    "not implemented": NotImplemented,
    "ellipsis": ...,
    "large list": list(range(10)),
}


@pytest.mark.parametrize("case", OBJECTS)
def test_object(notebook: Notebook, case: str) -> None:
    back, _ = notebook.hand_over(OBJECTS[case])
    assert type(back) is type(OBJECTS[case])
    assert back == OBJECTS[case]


def test_default_dict_keeps_its_factory(notebook: Notebook) -> None:
    value = collections.defaultdict(list, a=[1])
    back, _ = notebook.hand_over(value)
    assert back == value
    assert back["new"] == []


def test_module_travels_by_name(notebook: Notebook) -> None:
    back, _ = notebook.hand_over(re)
    assert back is re


def test_random_generator_goes_on_where_it_was(notebook: Notebook) -> None:
    value = np.random.default_rng(1)
    value.normal(size=3)
    back, _ = notebook.hand_over(value)
    assert back.normal() == value.normal()


ESTIMATORS: dict[str, tuple[Any, str]] = {
    "linear": (linear_model.LogisticRegression(), "skops"),
    "not fitted": (linear_model.Ridge(alpha=0.5), "skops"),
    "pipeline": (pipeline.make_pipeline(preprocessing.StandardScaler(), svm.SVC()), "skops"),
    "clusters": (cluster.KMeans(2, n_init=1, random_state=0), "skops"),
    "components": (decomposition.PCA(2), "skops"),
    "forest": (ensemble.RandomForestClassifier(5, random_state=0), ""),
    "with a random state": (ensemble.RandomForestClassifier(3, random_state=np.random.RandomState(0)), ""),
    "with a lambda": (preprocessing.FunctionTransformer(lambda x: x + 1), "cloudpickle"),
}


@pytest.mark.parametrize("case", ESTIMATORS)
def test_estimator(notebook: Notebook, case: str) -> None:
    value, serializer = ESTIMATORS[case]
    if case != "not fitted":
        value.fit(_x, _y)
    back, ref = notebook.hand_over(value)
    assert not serializer or ref["serializer"] == serializer
    assert type(back) is type(value)
    assert back.get_params().keys() == value.get_params().keys()
    if case != "not fitted":
        use = "predict" if hasattr(value, "predict") else "transform"
        np.testing.assert_array_equal(getattr(back, use)(_x), getattr(value, use)(_x))


def test_figure(notebook: Notebook) -> None:
    from matplotlib.figure import Figure

    value = Figure()
    value.subplots().plot([1, 2, 3])
    back, ref = notebook.hand_over(value)
    assert ref["serializer"] == "figure"
    np.testing.assert_array_equal(back.axes[0].lines[0].get_ydata(), [1, 2, 3])


TYPES: dict[str, tuple[Any, str, str]] = {
    "frame": (pd.DataFrame({"a": [1, 2]}), "pandas.DataFrame", "2 x 1"),
    "series": (pd.Series([1.5]), "pandas.Series", "1 float64"),
    "array": (np.ones((2000, 3)), "numpy.ndarray", "float64 2,000 x 3"),
    "list": ([1, 2], "list", "list of 2"),
    "text is not shown": ("password", "str", "8 characters"),
    "number": (0.5, "float", "0.5"),
    "sparse": (sp.csr_array(np.eye(2)), "scipy.sparse.csr_array", "csr float64 2 x 2, 2 stored"),
    "estimator": (linear_model.Ridge(), "sklearn.linear_model.Ridge", "Ridge()"),
}


@pytest.mark.parametrize("case", TYPES)
def test_type_and_summary(case: str) -> None:
    value, name, summary = TYPES[case]
    assert (serializers.type_name(value), serializers.summary(value)) == (name, summary)
