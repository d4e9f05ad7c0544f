"""An array in the type of a signature, when no value changes by it (numbers may be rounded to a narrower float)."""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_mlops.deployments.serving.worker.errors import RequestError
from jupyter_mlops.deployments.serving.worker.tensors import datatype

_NUMBERS = {"double": np.float64, "float": np.float32, "long": np.int64, "integer": np.int32, "boolean": np.bool_}


def typed(name: str, array: Any, kind: Any) -> Any:
    """Return the array in one of MLflow's column types, or in a numpy type.

    Raises
    ------
    RequestError
        When a value would change; it names the column, the type and the value.
    """
    word = getattr(kind, "name", None) if not isinstance(kind, np.dtype) else None
    if word in _NUMBERS:
        return _number(name, array, np.dtype(_NUMBERS[word]), word)
    if isinstance(kind, np.dtype) and kind.kind in "fiub":
        return _number(name, array, kind, str(kind))
    if isinstance(kind, np.dtype) and kind.kind == "U":
        return _text(name, array, "string").astype(str)
    if word == "string":
        import pandas as pd

        texts = _text(name, array, word)
        # Inferred as MLflow's own way infers it, so that the column is of the same type.
        return pd.Series(texts.tolist()) if all(type(text) is str for text in texts) else texts
    if word == "binary":
        return _binary(name, array)
    if word == "datetime":
        return _dates(name, array)
    return array


def _wrong(name: str, expected: str, got: str) -> RequestError:
    return RequestError(400, "request.column", f"column `{name}`: expected {expected}, got {got}")


def _number(name: str, array: Any, dtype: Any, word: str) -> Any:
    if not isinstance(array, np.ndarray):
        raise _wrong(name, word, "several values in a row")
    if array.dtype == dtype:
        return array
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "b") != (dtype.kind == "b"):
        raise _wrong(name, word, datatype(array.dtype))
    with np.errstate(all="ignore"):
        out = array.astype(dtype)
        if dtype.kind == "f" and array.dtype.kind == "f":
            same = np.isinf(out) == np.isinf(array)
        else:
            same = (out.astype(array.dtype) == array) & (
                np.sign(out.astype(np.float64)) == np.sign(array.astype(np.float64))
            )
    if not same.all():
        raise _wrong(name, word, f"{array[~same].flat[0]!s} in {datatype(array.dtype)}")
    return out


def _text(name: str, array: Any, word: str) -> Any:
    if not isinstance(array, np.ndarray) or array.dtype != object:
        raise _wrong(
            name, f"{word} (BYTES)", "several values in a row" if isinstance(array, list) else datatype(array.dtype)
        )
    return array


def _binary(name: str, array: Any) -> Any:
    items = _text(name, array, "binary")
    out = np.empty(len(items), dtype=object)
    out[:] = [item.encode() if isinstance(item, str) else item for item in items]
    return out


def _dates(name: str, array: Any) -> Any:
    import pandas as pd

    texts = _text(name, array, "datetime")
    try:
        dates = pd.to_datetime(pd.Series(texts.tolist()))
        return dates.dt.as_unit("ns") if hasattr(dates.dt, "as_unit") else dates
    except (ValueError, TypeError, AttributeError) as error:
        raise _wrong(name, "datetime, as text like 2026-01-31T12:00:00", str(texts[0])[:60]) from error
