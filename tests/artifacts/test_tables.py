"""Tables of pandas and polars: every column type, every kind of index, exactly."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.artifacts.conftest import Notebook

_stamps = pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin", name="when")


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
PICKLED_FRAMES["attributes with objects"].attrs["x"] = bytearray(b"x")


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
