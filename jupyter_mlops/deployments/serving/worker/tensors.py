"""Tensors of the Open Inference Protocol and numpy arrays, one into the other, no value changed.

JSON data may be flat or nested. In binary, numbers are little-endian in row order, and each item of BYTES is preceded
by its length in four bytes. JSON knows no NaN: a missing number is null, both ways; infinity is a number too large.

https://github.com/kserve/open-inference-protocol
"""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any

import numpy as np

from jupyter_mlops.deployments.serving.worker.errors import RequestError

DTYPES: dict[str, Any] = {
    "BOOL": np.dtype(np.bool_),
    **{f"UINT{bits}": np.dtype(f"<u{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": np.dtype(f"<i{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
    "BYTES": np.dtype(object),
}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_LENGTH = struct.Struct("<I")
_DIMENSIONS = 32


def datatype(dtype: Any) -> str:
    """Return the protocol's word for a numpy type; what is no number is BYTES.

    Examples
    --------
    >>> datatype(np.dtype("float32")), datatype(np.dtype("<U3"))
    ('FP32', 'BYTES')
    """
    return _NAMES.get(np.dtype(dtype), "BYTES")


def mistake(name: str, message: str, hint: str = "") -> RequestError:
    """Return the error of an input that cannot be read."""
    return RequestError(400, "request.tensor", f"input `{name}`: {message}", hint)


class Binary:
    """The bytes behind the JSON of a request, taken in order by the inputs that say they have some."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, name: str, size: int) -> bytes:
        """Return the next so many bytes."""
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise mistake(name, f"`binary_data_size` is {size}, but {len(self._data) - self._at} bytes are left")
        piece, self._at = self._data[self._at : end], end
        return piece

    def done(self) -> None:
        """Refuse bytes that no input asked for."""
        if self._at != len(self._data):
            rest = len(self._data) - self._at
            raise RequestError(400, "request.tensor", f"{rest} bytes follow that no input's `binary_data_size` names")


def decode(tensor: Any, binary: Binary) -> tuple[str, Any]:
    """Return the name and the array of an input.

    Raises
    ------
    RequestError
        When it is not what it says it is.
    """
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise RequestError(400, "request.tensor", "each input is an object with `name`, `shape`, `datatype` and `data`")
    name, shape, kind = tensor["name"], tensor.get("shape"), tensor.get("datatype")
    dtype = DTYPES.get(kind) if isinstance(kind, str) else None
    if dtype is None or not isinstance(kind, str):
        raise mistake(name, f"no such datatype: {kind!r}", f"one of: {', '.join(DTYPES)}")
    if not isinstance(shape, list) or any(type(side) is not int or side < 0 for side in shape):
        raise mistake(name, f"`shape` is a list of lengths, got {shape!r}")
    if len(shape) > _DIMENSIONS:
        raise mistake(name, f"more than {_DIMENSIONS} dimensions")
    size = math.prod(shape)
    parameters = tensor.get("parameters") or {}
    length = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if length is not None:
        if type(length) is not int:
            raise mistake(name, "`binary_data_size` is a number of bytes")
        array = _from_bytes(name, kind, dtype, binary.take(name, length), size)
    else:
        if "data" not in tensor:
            raise mistake(name, "there is no `data`")
        array = _from_json(name, kind, dtype, tensor["data"])
    if array.size != size:
        raise mistake(name, f"shape {shape} holds {size} values, but there are {array.size}")
    return name, array.reshape(shape)


def _from_bytes(name: str, kind: str, dtype: Any, data: bytes, size: int) -> Any:
    if kind != "BYTES":
        if len(data) != size * dtype.itemsize:
            raise mistake(name, f"{size} values of {kind} are {size * dtype.itemsize} bytes, but there are {len(data)}")
        return np.frombuffer(data, dtype).copy()
    items, at = [], 0
    while at < len(data):
        end = at + _LENGTH.size
        if end > len(data) or end + _LENGTH.unpack_from(data, at)[0] > len(data):
            raise mistake(name, "an item of BYTES is longer than what is left")
        at = end + _LENGTH.unpack_from(data, at)[0]
        items.append(_text(data[end:at]))
    return objects(items)


def _from_json(name: str, kind: str, dtype: Any, data: Any) -> Any:
    if not isinstance(data, list):
        raise mistake(name, f"`data` is a list, got {type(data).__name__}")
    if kind == "BYTES":
        items = flat(data)
        if not all(type(item) in (str, type(None)) for item in items):
            raise mistake(name, "expected text (BYTES)")
        return objects(items)
    try:
        natural = np.array(data)
    except ValueError as error:
        raise mistake(name, "`data` is nested unevenly") from error
    if natural.size == 0:
        return natural.astype(dtype)
    if natural.dtype.kind in "fO" and dtype.kind in "iu" and all(type(item) is int for item in flat(data)):
        # numpy takes whole numbers of which some need 64 bits without a sign, and others have one, for real ones.
        natural = np.array(flat(data), dtype=object)
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        if beyond := next((item for item in natural if not lowest <= item <= highest), None):
            raise mistake(name, f"{beyond} is out of the range of {kind}")
        return natural.astype(dtype)
    if natural.dtype == object and dtype.kind == "f":
        natural = np.array([math.nan if item is None else item for item in flat(data)])
    fits = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}[dtype.kind]
    if natural.dtype.kind not in fits:
        wrong = next((item for item in flat(data) if np.array(item).dtype.kind not in fits), data[0])
        raise mistake(name, f"expected {kind}, got {wrong!r:.60}")
    with np.errstate(over="ignore"):
        array = natural.astype(dtype)
    if dtype.kind in "iu" and (array != natural).any():
        raise mistake(name, f"{natural[array != natural].flat[0]} is out of the range of {kind}")
    if dtype.kind == "f" and (np.isinf(array) & ~np.isinf(natural.astype(np.float64))).any():
        raise mistake(name, f"a number is out of the range of {kind}")
    return array


def flat(data: Any) -> list[Any]:
    """Return the items of nested lists, in order.

    Examples
    --------
    >>> flat([[1, [2]], 3])
    [1, 2, 3]
    """
    found, waiting = [], [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        else:
            found.append(item)
    return found


def objects(items: list[Any]) -> Any:
    """Return a flat array of objects."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _text(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def json_data(array: Any) -> list[Any]:
    """Return the values of an array as flat JSON data."""
    if array.dtype.kind == "f":
        values: list[Any] = array.ravel().tolist()
        return values if np.isfinite(array).all() else [_number(value) for value in values]
    if array.dtype.kind in "biu":
        plain: list[Any] = array.ravel().tolist()
        return plain
    return [_word(item) for item in array.ravel().tolist()]


def _number(value: float) -> Any:
    return None if math.isnan(value) else value


def _word(item: Any) -> Any:
    if item is None or isinstance(item, str):
        return item
    if isinstance(item, bytes):
        text = _text(item)
        return text if isinstance(text, str) else base64.b64encode(item).decode("ascii")
    if hasattr(item, "isoformat"):
        return item.isoformat()
    return json.dumps(item, default=str)


def dumps(answer: dict[str, Any]) -> bytes:
    """Return JSON that is valid for every reader: infinity is ``1e999``, which no double holds."""
    text = json.dumps(answer)
    if "Infinity" in text:
        text = _strict(answer)
    return text.encode()


def _strict(value: Any) -> str:
    """Return JSON with infinities written as numbers too large."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_strict(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_strict, value)) + "]"
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    return json.dumps(value)


def raw_data(array: Any) -> bytes:
    """Return the values of an array as binary data."""
    kind = datatype(array.dtype)
    if kind != "BYTES":
        return bytes(np.ascontiguousarray(array, DTYPES[kind]).tobytes())
    pieces = []
    for item in array.ravel().tolist():
        data = item if isinstance(item, bytes) else str(_word(item)).encode()
        pieces += [_LENGTH.pack(len(data)), data]
    return b"".join(pieces)
