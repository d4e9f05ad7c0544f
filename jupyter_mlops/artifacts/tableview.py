"""The beginning of a table or an array as texts: the file is mapped, and only what is shown is read.

Neither pandas nor polars is loaded, and no object is made from what the file says but numbers, texts and dates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.artifacts import plain

MOST_ROWS = 50
MOST_COLUMNS = 200
MOST_CELL = 200
"""Characters of one cell."""
_CORNER = 8
"""Values along each axis that are shown of an array of more than two dimensions."""
_FORM = b"jupyter-mlops"


@dataclass(frozen=True)
class Table:
    """Names of columns, first rows as texts, number of all rows; `is_cut` when a column or cell is not whole."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total_rows: int
    is_cut: bool


def of_arrow(path: Path, skip: int = 0) -> Table:
    """Return the beginning of an Arrow IPC file that starts after `skip` bytes; raise when it is damaged."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as mapped:
        buffer = mapped.read_buffer()
        file = pa.ipc.open_file(pa.BufferReader(buffer.slice(skip)))
        head, total = _head(file)
        form = json.loads((file.schema.metadata or {}).get(_FORM, b"null"))
        names, levels = _names(file.schema, form)
        chosen = _order(file.schema, names)[:MOST_COLUMNS]
        texts = []
        for position in chosen:
            values = head[position]
            # Wrong offsets in a damaged file would lead outside the mapped memory.
            values.validate(full=True)
            texts.append(list(_texts(values, levels.get(position))))
        is_cut = len(head) > MOST_COLUMNS or any(len(cell) >= MOST_CELL for column in texts for cell in column)
        rows = tuple(zip(*texts, strict=True)) if texts else ()
        return Table(tuple(names[p] for p in chosen), rows, total, is_cut)


def _head(file: Any) -> tuple[list[Any], int]:
    """Return the first rows of each column, and the number of all rows."""
    import pyarrow as pa

    total, parts = 0, []
    for number in range(file.num_record_batches):
        batch = file.get_batch(number)
        if total < MOST_ROWS:
            parts.append(batch.slice(0, MOST_ROWS - total))
        total += batch.num_rows
    if not parts:
        return [pa.array([], field.type) for field in file.schema], 0
    if len(parts) == 1:
        return list(parts[0].columns), total
    table = pa.Table.from_batches(parts)
    return [pa.concat_arrays([_plain(chunk) for chunk in column.chunks]) for column in table.columns], total


def _plain(chunk: Any) -> Any:
    import pyarrow as pa

    # Parts of one column may have different dictionaries.
    return chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk


def _names(schema: Any, form: Any) -> tuple[list[str], dict[int, list[str]]]:
    """Return the names of the columns, and the texts that the numbers of an index level stand for."""
    names: list[str] = list(schema.names)
    levels: dict[int, list[str]] = {}
    if not isinstance(form, dict):
        return names, levels
    is_series = form["kind"] == "Series"
    name = plain.decode(form["name"]) if is_series else None
    labels = ["value" if name is None else str(name)] if is_series else _labels(form["labels"])
    index = form["index"]
    titles = plain.decode(index["names"]) if index["kind"] == "multi" else [plain.decode(index.get("name"))]
    for position, field in enumerate(names):
        number = int(field[1:]) if field[:1] in "ci" and field[1:].isdecimal() else None
        if number is not None and field[0] == "c" and number < len(labels):
            names[position] = labels[number][:MOST_CELL]
        elif number is not None and field[0] == "i":
            names[position] = "index" if titles[number] is None else str(titles[number])[:MOST_CELL]
            if index["kind"] == "multi":
                levels[position] = _labels(index["levels"][number]["labels"])
    return names, levels


def _labels(form: Any) -> list[str]:
    """Return the texts of a short index; see `columns.labels_to_json`."""
    if form["kind"] == "range":
        return [str(number) for number in range(*form["bounds"])]
    if form["kind"] == "multi":
        levels = [_labels(level) for level in form["levels"]]
        parts = [
            [level[c] if c >= 0 else "NaN" for c in code["codes"]]
            for level, code in zip(levels, form["codes"], strict=True)
        ]
        return [", ".join(path) for path in zip(*parts, strict=True)]
    values = plain.decode(form["values"])
    if form["column"]["kind"] == "object":
        return [str(value) for value in values]
    import pyarrow as pa

    column = pa.ipc.open_stream(values).read_all().column("c").combine_chunks()
    return list(_texts(column, None))


def _order(schema: Any, names: list[str]) -> list[int]:
    """Put the levels of the index before the columns."""
    is_index = [name[:1] == "i" and name[1:].isdecimal() for name in schema.names]
    return sorted(range(len(names)), key=lambda position: not is_index[position])


def _texts(values: Any, level: list[str] | None) -> Iterator[str]:
    import pyarrow as pa

    if level is not None:
        for code in values.to_pylist():
            yield level[code][:MOST_CELL] if code is not None and 0 <= code < len(level) else "NaN"
        return
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        yield from _moments(values)
        return
    for scalar in values:
        yield _text(scalar.as_py())


def _moments(values: Any) -> Iterator[str]:
    """Write times by their integers: Python has no nanoseconds, and NaT is a number of its own."""
    import numpy as np
    import pyarrow as pa

    is_moment = pa.types.is_timestamp(values.type)
    zone = "Z" if is_moment and values.type.tz else ""
    for number in values.view(pa.int64()).to_pylist():
        if number is None or number == -(2**63):
            yield "NaT"
        elif is_moment:
            text = str(np.datetime64(number, values.type.unit)).replace("T", " ")
            yield (text.rstrip("0").rstrip(".") if "." in text else text) + zone
        else:
            yield str(np.timedelta64(number, values.type.unit))


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else repr(value)
    if isinstance(value, bytes | bytearray):
        return repr(bytes(value[:MOST_CELL]))[:MOST_CELL]
    return str(value)[:MOST_CELL]


def of_npy(path: Path) -> Table | str:
    """Return the beginning of an npy file: a table for one or two dimensions and for records, else a text."""
    import numpy as np

    array: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim == 0:
        return str(array[()])[: MOST_CELL * 10]
    if array.dtype.names and array.ndim == 1:
        names = array.dtype.names
        rows = tuple(tuple(_text(_item(row[n])) for n in names[:MOST_COLUMNS]) for row in array[:MOST_ROWS])
        return Table(tuple(names[:MOST_COLUMNS]), rows, len(array), len(names) > MOST_COLUMNS)
    if array.ndim > 2:
        corner = array[tuple(slice(0, _CORNER) for _ in array.shape)]
        shape = " x ".join(f"{n:,}" for n in array.shape)
        return f"{array.dtype} {shape}, its first corner:\n{np.array2string(corner, threshold=1000)}"
    grid = array[:MOST_ROWS, None] if array.ndim == 1 else array[:MOST_ROWS, :MOST_COLUMNS]
    columns = ("value",) if array.ndim == 1 else tuple(str(i) for i in range(grid.shape[1]))
    rows = tuple(tuple(_text(_item(value)) for value in row) for row in grid)
    return Table(columns, rows, len(array), array.ndim == 2 and array.shape[1] > MOST_COLUMNS)


def _item(value: Any) -> object:
    """Return a number as Python has it; a date stays, for it may have nanoseconds."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    found: object = value.item() if kind and kind in "biufcSU" and value.ndim == 0 else value
    return found


def of_sparse(path: Path) -> str:
    """Return what an npz file of scipy holds; its parts are not unpacked but for the shape."""
    import numpy as np

    with np.load(path, allow_pickle=False) as parts:
        shape = " x ".join(f"{int(n):,}" for n in parts["shape"])
        return f"sparse matrix, {shape}; " + ", ".join(sorted(parts.files))
