"""Previews: the beginning of every kind of artifact, and never code of it."""

from __future__ import annotations

import json
import math
import os
import pickle
import resource
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.artifacts import serializers
from jupyter_mlops.artifacts.preview import MOST_TEXT, Preview, preview
from jupyter_mlops.artifacts.ref import Ref
from jupyter_mlops.artifacts.store import FolderStore
from jupyter_mlops.artifacts.tableview import MOST_COLUMNS, MOST_ROWS, Table


def stored(folder: Path, value: object) -> tuple[Path, Ref]:
    store = FolderStore(folder / "artifacts")
    prepared = serializers.prepare(value)
    assert prepared is not None
    name, write = prepared
    made = store.put(write)
    return store.path(made.digest), Ref(made.digest, name, serializers.type_name(value), made.size_bytes)


def looked(folder: Path, value: object) -> Preview:
    return preview(*stored(folder, value))


def table(folder: Path, value: object) -> Table:
    found = looked(folder, value)
    assert found.table is not None, found
    return found.table


def test_a_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "n": range(1000),
            "x": [0.1, math.nan, math.inf, *[1.0] * 997],
            "text": ["a", None, "<b>", *["z"] * 997],
            "day": pd.to_datetime(["2026-01-31", None, "2026-02-01 10:00:00.5", *["2026-01-01"] * 997], format="mixed"),
            "kind": pd.Categorical(["u", "v", None, *["u"] * 997]),
            "flag": [True, False, True] + [True] * 997,
            "zoned": pd.Series(pd.date_range("2026-01-01", periods=1000, tz="Europe/Zurich")),
            "span": pd.to_timedelta(range(1000), unit="s"),
            7: range(1000),
        }
    )
    found = table(tmp_path, frame)
    assert found.columns == ("n", "x", "text", "day", "kind", "flag", "zoned", "span", "7")
    assert (len(found.rows), found.total_rows, found.is_cut) == (MOST_ROWS, 1000, False)
    assert found.rows[0][:6] == ("0", "0.1", "a", "2026-01-31 00:00:00", "u", "True")
    assert found.rows[0][6].endswith("Z")
    assert found.rows[1][1:5] == ("NaN", "null", "NaT", "v")
    assert found.rows[2][1:5] == ("inf", "<b>", "2026-02-01 10:00:00.5", "null")
    assert found.rows[2][7].startswith("2")


def test_index_series_and_levels(tmp_path: Path) -> None:
    named = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["p", "q"], name="who"))
    assert table(tmp_path, named).columns == ("who", "x")
    assert table(tmp_path, named).rows == (("p", "1"), ("q", "2"))
    series = pd.Series([1.5, 2.5], name="score")
    assert table(tmp_path, series) == Table(("score",), (("1.5",), ("2.5",)), 2, is_cut=False)
    levels = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", None])
    several = pd.DataFrame({("x", "mean"): [1, 2, 3, 4]}, index=levels)
    assert table(tmp_path, several).columns == ("k", "index", "x, mean")
    assert table(tmp_path, several).rows[2] == ("b", "1", "3")
    assert table(tmp_path, pd.DataFrame({"a": []})).rows == ()
    assert table(tmp_path, pd.DataFrame(index=range(3))).total_rows == 3


def test_wide_tables_and_long_cells_are_cut(tmp_path: Path) -> None:
    wide = pd.DataFrame(np.zeros((2, 300)))
    assert len(table(tmp_path, wide).columns) == MOST_COLUMNS
    assert table(tmp_path, wide).is_cut
    long = table(tmp_path, pd.DataFrame({"t": ["x" * 10_000, "y"]}))
    assert (len(long.rows[0][0]), long.is_cut) == (200, True)


def test_arrays(tmp_path: Path) -> None:
    assert table(tmp_path, np.arange(100.0)).rows[:2] == (("0.0",), ("1.0",))
    assert table(tmp_path, np.arange(6).reshape(2, 3)) == Table(
        ("0", "1", "2"), (("0", "1", "2"), ("3", "4", "5")), 2, is_cut=False
    )
    assert table(tmp_path, np.array([math.nan, 1.0])).rows == (("NaN",), ("1.0",))
    assert looked(tmp_path, np.float64(1.5)).text == "1.5"
    assert "3 x 4 x 5" in looked(tmp_path, np.zeros((3, 4, 5))).text
    records = np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i4"), ("b", "f8")])
    assert table(tmp_path, records).columns == ("a", "b")
    assert table(tmp_path, np.array(["2026-01-01"], dtype="M8[D]")).rows == (("2026-01-01",),)
    assert table(tmp_path, np.array(["ü", "x"])).rows == (("ü",), ("x",))
    assert table(tmp_path, np.zeros((0, 3))).rows == ()


def test_sparse(tmp_path: Path) -> None:
    import scipy.sparse

    assert "10 x 20" in looked(tmp_path, scipy.sparse.csr_matrix((10, 20))).text


def test_plain_values(tmp_path: Path) -> None:
    assert looked(tmp_path, {"a": [1, (2, math.nan)]}).text == "{'a': [1, (2, nan)]}"
    assert looked(tmp_path, "plain <script>").text == "plain <script>"
    cut = looked(tmp_path, "x" * 100_000)
    assert (len(cut.text), cut.is_cut) == (MOST_TEXT, True)
    assert looked(tmp_path, "\ud800").text == "?"
    rows = table(tmp_path, [{"a": 1, "b": None}, {"a": 2}])
    assert rows == Table(("a", "b"), (("1", "None"), ("2", "")), 2, is_cut=False)
    huge = looked(tmp_path, ["y" * 100] * 90_000)
    assert (len(huge.text), huge.is_cut) == (MOST_TEXT, True)


def test_pictures(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    found = looked(tmp_path, png)
    assert found.kind == "image"
    assert found.data_url.startswith("data:image/png;base64,iVBOR")
    assert looked(tmp_path, b"\xff\xd8\xff0").data_url.startswith("data:image/jpeg;")
    assert looked(tmp_path, b"<svg onload=alert(1)>").kind == "text"
    assert looked(tmp_path, png + b"0" * 5_500_000).kind == "none"


class Canary:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["CANARY"],)


@pytest.mark.parametrize("serializer", ["cloudpickle", "figure", "skops", "torch", "pickle", "npy", "json", "arrow"])
def test_code_never_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serializer: str) -> None:
    monkeypatch.setenv("CANARY", str(tmp_path / "canary"))
    file = tmp_path / "file"
    file.write_bytes(pickle.dumps(Canary()))
    found = preview(file, Ref("0" * 64, serializer, "x.Y", 1))
    assert found.kind == "none"
    assert found.reason
    np.save(tmp_path / "objects.npy", np.array([Canary()], dtype=object), allow_pickle=True)
    assert preview(tmp_path / "objects.npy", Ref("0" * 64, "npy", "x", 1)).kind == "none"
    np.savez(tmp_path / "objects.npz", shape=np.array([Canary()], dtype=object))
    assert preview(tmp_path / "objects.npz", Ref("0" * 64, "npz-sparse", "x", 1)).kind == "none"
    assert not (tmp_path / "canary").exists()


def test_a_file_that_is_gone_is_a_reason(tmp_path: Path) -> None:
    found = preview(tmp_path / "gone", Ref("0" * 64, "arrow", "x", 1))
    assert (found.kind, "not in the store" in found.reason) == ("none", True)


VALUES = [
    pd.DataFrame({"a": range(100), "b": ["text"] * 100, "c": pd.Categorical(["u"] * 100)}),
    np.arange(1000.0),
    {"a": [1, 2, 3] * 10},
]


@pytest.mark.parametrize("value", VALUES, ids=["arrow", "npy", "json"])
def test_a_damaged_file_is_shown_or_a_reason(tmp_path: Path, value: object) -> None:
    path, ref = stored(tmp_path, value)
    content = path.read_bytes()
    damaged = tmp_path / "damaged"
    for cut in (0, 1, 7, 50, len(content) // 2, len(content) - 1):
        damaged.write_bytes(content[:cut])
        assert preview(damaged, ref).kind in ("none", "table", "text")
    step = max(1, len(content) // 400)
    for place in range(0, len(content), step):
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        assert preview(damaged, ref).kind in ("none", "table", "text", "image")


def test_polars(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, 2], "t": ["x", None], "l": [[1], [2, 3]]})
    found = table(tmp_path, frame)
    assert found.columns == ("a", "t", "l")
    assert found.rows[1] == ("2", "null", "[2, 3]")


def test_a_large_table_takes_little_memory(tmp_path: Path) -> None:
    path, ref = stored(tmp_path, pd.DataFrame({f"c{i}": np.zeros(2_000_000) for i in range(10)}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = preview(path, ref)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert found.table is not None
    assert found.table.total_rows == 2_000_000
    assert grown_kb < 30_000


def test_labels_that_were_tampered_with_are_a_reason(tmp_path: Path) -> None:
    import pyarrow as pa

    forms: list[Any] = [{"kind": "DataFrame"}, {"kind": "Series", "name": {"path": ["sys", "x"]}}, [], {"kind": 5}]
    for form in forms:
        schema = pa.schema([("c0", pa.int64())], metadata={b"jupyter-mlops": json.dumps(form).encode()})
        file = tmp_path / "t.arrow"
        with pa.ipc.new_file(cast(Any, str(file)), schema) as target:
            target.write_table(pa.table({"c0": [1]}, schema=schema))
        assert preview(file, Ref("0" * 64, "arrow", "x", 1)).kind in ("none", "table")
