"""polars tables as Arrow IPC."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from jupyter_mlops.artifacts.classes import is_a


def is_table(value: object) -> bool:
    """Tell whether `value` is a DataFrame or Series of polars."""
    polars = sys.modules.get("polars")
    return polars is not None and is_a(value, (polars.DataFrame, polars.Series))


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write a DataFrame or Series: Arrow IPC, with one byte before it that tells a Series.

    None when there are Python objects in it.
    """
    polars = sys.modules.get("polars")
    if polars is None or type(value) not in (polars.DataFrame, polars.Series):
        return None
    is_series = is_a(value, polars.Series)
    types = [value.dtype] if is_series else value.dtypes
    # A table with rows and no columns is kept by polars, and not by Arrow.
    if any("Object" in str(t) for t in types) or (not types and len(value)):
        return None

    def write(file: BinaryIO) -> None:
        file.write(b"S" if is_series else b"D")
        (value.to_frame() if is_series else value).write_ipc(file, compression="uncompressed")

    return write


def read(file: BinaryIO) -> object:
    """Read what `writer` wrote."""
    import polars as pl

    is_series = file.read(1) == b"S"
    frame: Any = pl.read_ipc(io.BytesIO(file.read()))
    value: object = frame.to_series() if is_series else frame
    return value
