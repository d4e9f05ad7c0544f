"""A look at an artifact: its first rows, its text or its picture, read without running any code of it.

Tables and arrays are mapped, never loaded: what is read is what is shown, however large the file. What could run code
when it is loaded (pickles, models) is not opened at all.
"""

from __future__ import annotations

import base64
import json
import pprint
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.artifacts import plain, tableview
from jupyter_mlops.artifacts.ref import Ref
from jupyter_mlops.artifacts.serializers import is_pickle
from jupyter_mlops.artifacts.tableview import MOST_CELL, Table

MOST_TEXT = 20_000
"""Characters of a text that are shown."""
MOST_JSON_BYTES = 8_000_000
"""A larger JSON file is shown as it is written, its beginning only."""
MOST_IMAGE_BYTES = 5_000_000
_CODE = frozenset({"skops", "torch"})
_PICTURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


@dataclass(frozen=True)
class Preview:
    """What there is to see: a table, a text, a picture (`data_url`), or the reason why there is nothing."""

    kind: Literal["table", "text", "image", "none"]
    table: Table | None = None
    text: str = ""
    is_cut: bool = False
    data_url: str = ""
    reason: str = ""


def is_code(serializer: str) -> bool:
    """Tell whether loading an artifact of this serializer could run code."""
    return is_pickle(serializer) or serializer in _CODE


def preview(path: Path, ref: Ref) -> Preview:
    """Return a look at the artifact whose bytes are at `path`; a missing or damaged file is a reason, no error."""
    if is_code(ref.serializer):
        what = "a pickle" if is_pickle(ref.serializer) else f"a file of {ref.serializer}"
        return _nothing(f"it is {what}: loading it could run code, so it is not opened here")
    if not path.is_file():
        return _nothing("its file is not in the store any more; run the step again")
    reader = _READERS.get(ref.serializer)
    if reader is None:
        return _nothing(f"there is no preview of `{ref.serializer}` files")
    try:
        return reader(path)
    # A door for files: whatever a damaged one makes a reader do, the reader of this page is told.
    except Exception as error:
        return _nothing(f"its file cannot be read: {type(error).__name__}: {str(error)[:200]}")


def _nothing(reason: str) -> Preview:
    return Preview("none", reason=reason)


def _table(table: Table) -> Preview:
    return Preview("table", table=table, is_cut=table.is_cut)


def _text(text: str, *, is_cut: bool = False) -> Preview:
    return Preview("text", text=text[:MOST_TEXT], is_cut=is_cut or len(text) > MOST_TEXT)


def _json(path: Path) -> Preview:
    if path.stat().st_size > MOST_JSON_BYTES:
        with path.open("rb") as file:
            return _text(file.read(MOST_TEXT).decode("utf-8", "replace"), is_cut=True)
    value = plain.decode(json.loads(path.read_bytes()))
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, str):
        return _text(value.encode("utf-8", "replace").decode())
    rows = _records(value)
    return _table(rows) if rows is not None else _text(pprint.pformat(value, width=100, sort_dicts=False))


def _bytes(value: bytes) -> Preview:
    for mark, media_type in _PICTURES:
        if value.startswith(mark):
            if len(value) > MOST_IMAGE_BYTES:
                return _nothing(f"the picture has {len(value):,} bytes, too many to be shown here")
            return Preview("image", data_url=f"data:{media_type};base64,{base64.b64encode(value).decode('ascii')}")
    return _text(repr(value[: MOST_TEXT + 1]))


def _records(value: object) -> Table | None:
    """Return a list of dicts with texts as keys as a table."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(row, dict) and row for row in value):
        return None
    shown: Sequence[dict[Any, Any]] = value[: tableview.MOST_ROWS]
    names = list(dict.fromkeys(name for row in shown for name in row))
    if not all(isinstance(name, str) for name in names) or len(names) > tableview.MOST_COLUMNS:
        return None
    rows = tuple(tuple(str(row[n])[:MOST_CELL] if n in row else "" for n in names) for row in shown)
    return Table(tuple(names), rows, len(value), is_cut=False)


def _array(path: Path) -> Preview:
    found = tableview.of_npy(path)
    return _text(found) if isinstance(found, str) else _table(found)


_READERS: dict[str, Callable[[Path], Preview]] = {
    "json": _json,
    "npy": _array,
    "npy-frozen": _array,
    "npy-scalar": _array,
    "npz-sparse": lambda path: _text(tableview.of_sparse(path)),
    "arrow": lambda path: _table(tableview.of_arrow(path)),
    "arrow-polars": lambda path: _table(tableview.of_arrow(path, skip=1)),
}
