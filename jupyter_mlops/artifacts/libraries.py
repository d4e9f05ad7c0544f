"""Objects of libraries that pickle cannot write, by the library's own format.

A row per class; a class whose module is not imported has no objects, so nothing is imported only to ask. What has no
row and cannot be pickled is refused, with what to do where `kinds` knows it.
"""

from __future__ import annotations

import importlib
import mmap
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.artifacts.classes import module_of, qualname_of

Reduced = tuple[Any, ...]


def way(kind: type) -> Callable[[Any], Reduced | None] | None:
    """Return how to reduce the objects of a class, or None for pickle's way."""
    return _ROWS.get(f"{module_of(kind)}.{qualname_of(kind)}")


def _reduce_dmatrix(value: Any) -> Reduced:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix"
        value.save_binary(str(path))
        return load_dmatrix, (path.read_bytes(),)


def load_dmatrix(content: bytes) -> object:
    """Return a `DMatrix` of xgboost out of its own binary file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix"
        path.write_bytes(content)
        matrix: object = importlib.import_module("xgboost").DMatrix(str(path))
        return matrix


def _reduce_dataset(value: Any) -> Reduced | None:
    """A `Dataset` of LightGBM that still has its table is as it was before it was binned: that is done again."""
    state = vars(value)
    if state.get("_handle") is None or state.get("data") is None:
        return None
    return make_dataset, (), {**state, "_handle": None}


def make_dataset() -> object:
    """Return an empty `Dataset` of LightGBM, to be given its state."""
    kind: Any = importlib.import_module("lightgbm").Dataset
    made: object = object.__new__(kind)
    return made


def _reduce_memmap(value: Any) -> Reduced | None:
    """An array over a file stays one: its steps share the file. One that copies on write goes by value."""
    import numpy as np

    order = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else ""
    if value.filename is None or value.mode == "c" or not order or not value.size:
        return None
    if value.mode != "r":
        value.flush()
    # The map begins at a whole page of the file.
    page = value.offset - value.offset % mmap.ALLOCATIONGRANULARITY
    start = np.frombuffer(value._mmap, dtype=np.uint8).__array_interface__["data"][0]
    offset = page + value.__array_interface__["data"][0] - start
    mode = "r+" if value.mode == "w+" else value.mode
    return open_memmap, (str(value.filename), value.dtype, mode, offset, value.shape, order)


def open_memmap(*arguments: Any) -> object:
    """Return an array over a file that is there."""
    array: object = importlib.import_module("numpy").memmap(*arguments)
    return array


_ROWS: Mapping[str, Callable[[Any], Reduced | None]] = {
    "xgboost.core.DMatrix": _reduce_dmatrix,
    "lightgbm.basic.Dataset": _reduce_dataset,
    "numpy.memmap": _reduce_memmap,
}
