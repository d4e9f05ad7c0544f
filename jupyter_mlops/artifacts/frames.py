"""pandas tables as Arrow IPC, exactly.

Arrow's own conversion of pandas is not exact: names become text, types of the column index and attributes are lost.
So the columns go by position (``c0``, ``c1``), index levels beside them (``i0``), and everything else, types first,
as JSON in the metadata of the schema. What has no exact form here raises `NotPlainError`, and the value is pickled.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from jupyter_mlops.artifacts import columns, plain
from jupyter_mlops.artifacts.classes import is_a
from jupyter_mlops.artifacts.plain import NotPlainError

_KEY = b"jupyter-mlops"


def is_table(value: object) -> bool:
    """Tell whether `value` is a DataFrame or Series of pandas, of any subclass."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and is_a(value, (pandas.DataFrame, pandas.Series))


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write a DataFrame or Series as one Arrow IPC file, uncompressed.

    None for a subclass, and when any part has no exact form.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or type(value) not in (pandas.DataFrame, pandas.Series):
        return None
    try:
        table = _to_table(value)
    except (NotPlainError, UnicodeError):
        return None

    def write(file: BinaryIO) -> None:
        import pyarrow as pa

        with pa.ipc.new_file(file, table.schema) as target:
            target.write_table(table)
            if not len(value):
                # A table without rows has no batches, and the categories travel in the batches.
                target.write_batch(pa.record_batch([columns.whole(c) for c in table.columns], schema=table.schema))

    return write


def read(file: BinaryIO) -> object:
    """Read a table with its own writable memory."""
    import pandas as pd
    import pyarrow as pa

    table = pa.ipc.open_file(file).read_all()
    form = json.loads(table.schema.metadata[_KEY])
    arrays = [columns.decode(table.column(f"c{i}"), column) for i, column in enumerate(form["columns"])]
    index = _index_from(table, form["index"])
    # pandas 3 takes a bare array of text for its own text type.
    fixed = (pd.Series(a, index, object, copy=False) if a.dtype == object else a for a in arrays)
    frame = pd.DataFrame(dict(enumerate(fixed)), index=index, copy=True)
    frame.columns = columns.labels_from_json(form["labels"])
    value = frame
    if form["kind"] == "Series":
        value = frame.iloc[:, 0].copy()
        value.name = plain.decode(form["name"])
    value.index = index
    value.attrs.update(plain.decode(form["attrs"]))
    if not form["allows_duplicate_labels"]:
        value = value.set_flags(allows_duplicate_labels=False)
    done: object = value
    return done


def summary(value: Any) -> str:
    """Return ``70,000 x 41``, or ``70,000 float64`` for a Series."""
    return f"{len(value):,} {value.dtype}" if len(value.shape) == 1 else f"{len(value):,} x {value.shape[1]:,}"


def _to_table(value: Any) -> Any:
    import pyarrow as pa

    is_series = value.ndim == 1
    parts = [value.array] if is_series else [columns.of_frame(value, i) for i in range(value.shape[1])]
    arrays: dict[str, Any] = {}
    forms = []
    for position, part in enumerate(parts):
        arrays[f"c{position}"], form = columns.encode(part)
        forms.append(form)
    form = {
        "version": 1,
        "kind": "Series" if is_series else "DataFrame",
        "columns": forms,
        "labels": columns.labels_to_json(value.index[:0] if is_series else value.columns),
        "name": plain.encode(value.name) if is_series else None,
        "index": _index_to(value.index, arrays),
        "attrs": plain.encode(value.attrs),
        "allows_duplicate_labels": value.flags.allows_duplicate_labels,
    }
    if is_series:
        form["labels"] = {"kind": "range", "bounds": [0, 1, 1], "name": None}
    table = pa.table(arrays) if arrays else pa.table({"none": pa.nulls(len(value))})
    return table.replace_schema_metadata({_KEY: json.dumps(form).encode("ascii")})


def _index_to(index: Any, arrays: dict[str, Any]) -> Any:
    """Return the JSON form of a row index; what is long goes to `arrays`."""
    import pandas as pd

    if isinstance(index, pd.MultiIndex):
        if type(index) is not pd.MultiIndex:
            raise NotPlainError("subclass of MultiIndex")
        levels = []
        for position, (level, codes) in enumerate(zip(index.levels, index.codes, strict=True)):
            import pyarrow as pa

            arrays[f"i{position}"] = pa.array(codes)
            levels.append({"labels": columns.labels_to_json(level), "dtype": str(codes.dtype)})
        return {"kind": "multi", "levels": levels, "names": plain.encode(list(index.names))}
    if type(index) is pd.RangeIndex:
        return columns.labels_to_json(index)
    head = columns.labels_to_json(index[:0], index)
    arrays["i0"], form = columns.encode(index.array)
    return {"kind": "flat", "class": head["class"], "name": head["name"], "freq": head["freq"], "column": form}


def _index_from(table: Any, form: Any) -> Any:
    import pandas as pd

    if form["kind"] == "range":
        return columns.labels_from_json(form)
    if form["kind"] == "multi":
        return pd.MultiIndex(
            levels=[columns.labels_from_json(level["labels"]) for level in form["levels"]],
            codes=[table.column(f"i{i}").to_numpy().astype(level["dtype"]) for i, level in enumerate(form["levels"])],
            names=plain.decode(form["names"]),
            verify_integrity=False,
        )
    return columns.make_index(columns.decode(table.column("i0"), form["column"]), form)
