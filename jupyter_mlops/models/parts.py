"""What was predicted so far, chunk by chunk, on the disk: each part is whole or not there."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from jupyter_mlops.models.facts import Signature


class Parts:
    """The predictions of each chunk, a file each; those of another task are thrown away."""

    def __init__(self, folder: Path, key: dict[str, Any]) -> None:
        self._folder, wanted = folder / "parts", json.dumps(key, sort_keys=True)
        state = folder / "task.json"
        if not state.is_file() or state.read_text(encoding="utf-8", errors="replace") != wanted:
            shutil.rmtree(self._folder, ignore_errors=True)
            _put(state, wanted.encode())
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def kept(self, total: int, rows: int) -> int:
        """Return how many chunks are there, whole, from the first one on."""
        number = 0
        while number * rows < total and self._rows(number) == min(rows, total - number * rows):
            number += 1
        return number

    def write(self, number: int, table: Any) -> None:
        """Keep the predictions of a chunk."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        _put(self._path(number), sink.getvalue().to_pybytes())

    def read(self, number: int, schema: Any) -> Any:
        """Return the predictions of a chunk, as those of all chunks are."""
        import pyarrow as pa

        table = _opened(self._path(number))
        columns = []
        for field in schema:
            if field.name not in table.column_names:
                columns.append(pa.nulls(table.num_rows, field.type))
            else:
                columns.append(_cast(table[field.name], field.type))
        return pa.table(columns, schema=schema)

    def schema(self, count: int, signature: Signature | None) -> Any:
        """Return the columns of all parts, with types that hold those of every one."""
        import pyarrow as pa

        fields: dict[str, Any] = {}
        for number in range(count):
            for field in _opened(self._path(number)).schema:
                fields[field.name] = _wider(fields.get(field.name, field.type), field.type)
        if not count:
            outputs = signature.outputs if signature else ()
            fields = {column.name or "prediction": pa.string() for column in outputs} or {"prediction": pa.string()}
        return pa.schema(list(fields.items()))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}.arrow"

    def _rows(self, number: int) -> int:
        import pyarrow as pa

        try:
            return int(_opened(self._path(number)).num_rows)
        except (OSError, pa.ArrowException):
            return -1


def _opened(path: Path) -> Any:
    import pyarrow as pa

    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
        return reader.read_all()


def _wider(one: Any, other: Any) -> Any:
    import pyarrow as pa

    if one == other:
        return one
    try:
        fields = [pa.schema([("x", each)]) for each in (one, other)]
        return pa.unify_schemas(fields, promote_options="permissive").field("x").type
    except pa.ArrowException:
        # Numbers here and words there: a model may answer so, and all of it is kept.
        return pa.string()


def _cast(column: Any, kind: Any) -> Any:
    import pyarrow as pa

    try:
        return column.cast(kind)
    except pa.ArrowException:
        made = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(made, pa.string())]).cast(kind)


def _put(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Put on the disk which files a folder has."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
