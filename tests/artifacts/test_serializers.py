"""The table of values: each goes from step to step and comes back the same, by the serializer it should."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import fractions
import functools
import re
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn import cluster, decomposition, ensemble, linear_model, pipeline, preprocessing, svm

from jupyter_mlops.artifacts import serializers
from tests.artifacts.conftest import Notebook

matplotlib.use("Agg")
_stamps = pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin", name="when")
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
    "matrix": (np.asmatrix(np.eye(2)), "cloudpickle"),
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


COLUMNS: dict[str, Any] = {
    "integers": [1, 2, 3],
    "floats": [1.5, np.nan, -0.0],
    "bools": [True, False, True],
    "text": ["a", None, "c"],
    "text objects": pd.Series(["a", "b", None], dtype=object),
    "text and nan": pd.Series(["a", "b", np.nan], dtype=object),
    "string": pd.array(["a", None, "b"], dtype="string"),
    "string in python": pd.array(["a", None, "b"], dtype="string[python]"),
    "dates": np.array(["2020-01-01", "NaT", "2021-01-01"], dtype="M8[s]"),
    "nanoseconds": np.array(["2020-01-01", "NaT", "2021-01-01T00:00:00.000000001"], dtype="M8[ns]"),
    "zoned": _stamps,
    "differences": pd.to_timedelta([1, 2, None], unit="s"),
    "categories": pd.Categorical(["x", "y", None], categories=["y", "x", "z"], ordered=True),
    "number categories": pd.Categorical([1, 2, 1]),
    "nullable integers": pd.array([1, None, 3], dtype="Int64"),
    "nullable floats": pd.array([1.5, None, 3], dtype="Float32"),
    "nullable bools": pd.array([True, None, False], dtype="boolean"),
    "small": np.array([1, 2, 3], dtype="u1"),
    "half": np.array([1, 2, 3], dtype="f2"),
    "arrow": pd.array([1, 2, None], dtype="int32[pyarrow]"),
}


def assert_same_frame(back: Any, value: Any) -> None:
    pd.testing.assert_frame_equal(back, value, check_exact=True, check_freq=True, check_column_type=True)
    assert [str(d) for d in back.dtypes] == [str(d) for d in value.dtypes]
    for name in ("index", "columns"):
        one, other = getattr(back, name), getattr(value, name)
        assert type(one) is type(other)
        assert one.dtype == other.dtype
        assert one.names == other.names
    assert back.attrs == value.attrs
    assert back.flags.allows_duplicate_labels == value.flags.allows_duplicate_labels


@pytest.mark.parametrize("case", COLUMNS)
@pytest.mark.parametrize("rows", [slice(None), slice(0), slice(None, None, -1)])
def test_column(notebook: Notebook, case: str, rows: slice) -> None:
    frame = pd.DataFrame({"a": COLUMNS[case]}).iloc[rows]
    back, ref = notebook.hand_over(frame)
    assert ref["serializer"] == "arrow"
    assert_same_frame(back, frame)
    back, ref = notebook.hand_over(frame["a"])
    assert ref["serializer"] == "arrow"
    pd.testing.assert_series_equal(back, frame["a"], check_exact=True)
    if case == "half":
        return  # pandas has no index of half floats
    indexed = pd.DataFrame({"n": range(3)}, index=pd.Index(COLUMNS[case], name="k")).iloc[rows]
    back, _ = notebook.hand_over(indexed)
    assert_same_frame(back, indexed)


def _with_attrs() -> Any:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"source": ["x", (1, 2)]}
    return frame


FRAMES: dict[str, Any] = {
    "empty": pd.DataFrame(),
    "no columns": pd.DataFrame(index=["a", "b"]),
    "integer columns": pd.DataFrame(np.ones((2, 3))),
    "unordered integer columns": pd.DataFrame(np.ones((2, 3)), columns=[5, 1, 2]),
    "same name twice": pd.DataFrame(np.ones((2, 2)), columns=["a", "a"]),
    "names of many types": pd.DataFrame(np.ones((2, 4)), columns=["a", 1, ("t", 2), None]),
    "column levels": pd.DataFrame(
        np.ones((2, 4)), columns=pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None])
    ),
    "date columns": pd.DataFrame(np.ones((2, 3)), columns=pd.date_range("2020", periods=3, freq="MS")),
    "dates with frequency": pd.DataFrame({"a": range(3)}, index=_stamps),
    "levels": pd.DataFrame({"k": ["a", "a", "b"], "n": [1, 2, 1], "v": 1.5}).set_index(["k", "n"]),
    "level values that are not used": pd.DataFrame(
        {"v": range(4)}, index=pd.MultiIndex.from_product([[1, 2], ["a", "b"]])
    )[:2],
    "name of columns": pd.DataFrame({"a": [1]}).rename_axis(columns="names"),
    "attributes": _with_attrs(),
    "no duplicates": pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
    "many columns": pd.DataFrame({f"c{i}": [i] for i in range(300)}),
    "range": pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(4, 0, -2, name=("a", 1))),
}


@pytest.mark.parametrize("case", FRAMES)
def test_frame(notebook: Notebook, case: str) -> None:
    back, ref = notebook.hand_over(FRAMES[case])
    assert ref["serializer"] == "arrow"
    assert_same_frame(back, FRAMES[case])
    if back.size:
        back.iloc[0, 0] = back.iloc[0, 0]


PICKLED_FRAMES: dict[str, Any] = {
    "objects": pd.DataFrame({"a": [[1], {"b": 2}]}),
    "mixed objects": pd.Series(["a", 1.0], dtype=object),
    "surrogates": pd.Series(["\ud800"], dtype=object),
    "periods": pd.Series(pd.period_range("2020", periods=2)),
    "intervals": pd.DataFrame({"a": pd.interval_range(0, 2)}),
    "sparse": pd.Series(pd.arrays.SparseArray([0, 1])),
    "complex": pd.Series([1j]),
    "attributes with objects": _with_attrs(),
}
PICKLED_FRAMES["attributes with objects"].attrs["x"] = Point(1)


@pytest.mark.parametrize("case", PICKLED_FRAMES)
def test_frame_without_an_exact_form_is_pickled(notebook: Notebook, case: str) -> None:
    value = PICKLED_FRAMES[case]
    back, ref = notebook.hand_over(value)
    assert ref["serializer"] == "cloudpickle"
    (pd.testing.assert_frame_equal if value.ndim == 2 else pd.testing.assert_series_equal)(back, value)
    assert back.attrs == value.attrs


POLARS = pl.DataFrame(
    {
        "a": [1, None],
        "s": ["x", "y"],
        "c": pl.Series(["q", None], dtype=pl.Categorical),
        "l": [[1], [2, 3]],
        "d": [dt.date(2020, 1, 1), None],
        "t": [{"u": 1}, {"u": 2}],
    }
)


@pytest.mark.parametrize("value", [POLARS, POLARS["c"], POLARS[:0], pl.DataFrame()], ids=repr)
def test_polars(notebook: Notebook, value: Any) -> None:
    back, ref = notebook.hand_over(value)
    assert ref["serializer"] == "arrow-polars"
    assert type(back) is type(value)
    assert back.equals(value)
    assert str(getattr(back, "schema", back.dtype if isinstance(back, pl.Series) else None)) == str(
        getattr(value, "schema", value.dtype if isinstance(value, pl.Series) else None)
    )


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
