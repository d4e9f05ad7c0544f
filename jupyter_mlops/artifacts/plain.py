"""Plain Python data as JSON, exactly: what comes back has the same types, keys, order and bits.

A JSON array is a list; a JSON object has one member, whose name is the tag of the type. Only exact types are plain (a
`bool` is no `int`, a named tuple no `tuple`). A container that is reached twice is not plain either, because JSON
would give two copies of it. Pure.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import pathlib
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, BinaryIO

#: Beyond so many values JSON takes seconds, and a pickle does the same.
LIMIT = 250_000

_WORD = 1 << 63
_PATHS: dict[type, str] = {
    type(pathlib.Path()): "Path",
    pathlib.PurePosixPath: "PurePosixPath",
    pathlib.PureWindowsPath: "PureWindowsPath",
}


class NotPlainError(ValueError):
    """The value has no exact JSON form."""


def encode(value: object, limit: int = LIMIT) -> Any:
    """Return the tagged JSON form; raise `NotPlainError` when there is no exact one."""
    try:
        return _Encoder(limit).encode(value)
    except RecursionError as error:
        raise NotPlainError("nested too deeply") from error


def decode(data: Any) -> Any:
    """Return the value whose JSON form is `data`.

    >>> decode(encode({1: (2, {3}), "x": float("-inf")}))
    {1: (2, {3}), 'x': -inf}
    """
    if type(data) is list:
        return [decode(item) for item in data]
    if type(data) is dict:
        ((tag, content),) = data.items()
        return _DECODERS[tag](content)
    return data


def writer(value: object) -> Callable[[BinaryIO], None] | None:
    """Return how to write `value`, or None when it is not plain."""
    try:
        data = encode(value)
    except NotPlainError:
        return None

    def write(file: BinaryIO) -> None:
        file.write(json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii"))

    return write


def read(file: BinaryIO) -> object:
    """Read what `write` wrote."""
    value: object = decode(json.loads(file.read()))
    return value


class _Encoder:
    def __init__(self, limit: int) -> None:
        self._seen: set[int] = set()
        self._left = limit

    def encode(self, value: object) -> Any:
        encoder = _ENCODERS.get(type(value))
        if encoder is None:
            raise NotPlainError(f"not plain: {type(value).__name__}")
        return encoder(self, value)

    def items(self, owner: object, values: Iterable[object], count: int) -> list[Any]:
        if count or not isinstance(owner, tuple | frozenset):
            if id(owner) in self._seen:
                raise NotPlainError("one container is reached twice")
            self._seen.add(id(owner))
        self._left -= count
        if self._left < 0:
            raise NotPlainError("too many values")
        return [self.encode(value) for value in values]


def _same(_: _Encoder, value: Any) -> Any:
    return value


def _int(_: _Encoder, value: int) -> Any:
    # Python refuses to read or write very long decimal numbers.
    return value if -_WORD <= value < _WORD else {"int": hex(value)}


def _float(_: _Encoder, value: float) -> Any:
    return value if math.isfinite(value) else {"float": repr(value)}


def _str(_: _Encoder, value: str) -> Any:
    # JSON readers join two lone surrogates that happen to be neighbours.
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return {"str": value.encode("utf-8", "surrogatepass").hex()}
    return value


def _dict(self: _Encoder, value: dict[object, object]) -> Any:
    values = self.items(value, value.values(), len(value))
    keys = [self.encode(key) for key in value]
    if all(type(key) is str for key in keys):
        return {"map": dict(zip(keys, values, strict=True))}
    return {"dict": [list(pair) for pair in zip(keys, values, strict=True)]}


def _datetime(self: _Encoder, value: dt.datetime) -> Any:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    return {"datetime": [parts, value.fold, _zone(value.tzinfo)]}


def _time(self: _Encoder, value: dt.time) -> Any:
    parts = [value.hour, value.minute, value.second, value.microsecond]
    return {"time": [parts, value.fold, _zone(value.tzinfo)]}


def _zone(zone: dt.tzinfo | None) -> Any:
    if zone is None:
        return None
    if type(zone) is zoneinfo.ZoneInfo and zone.key and zone is zoneinfo.ZoneInfo(zone.key):
        return zone.key
    if type(zone) is dt.timezone:
        offset = zone.utcoffset(None)
        name = zone.tzname(None)
        given = None if dt.timezone(offset).tzname(None) == name else _str(_Encoder(0), name)
        return [offset.days, offset.seconds, offset.microseconds, given]
    raise NotPlainError(f"time zone of type {type(zone).__name__}")


def _unzone(data: Any) -> dt.tzinfo | None:
    if data is None:
        return None
    if type(data) is str:
        return zoneinfo.ZoneInfo(data)
    offset = dt.timedelta(data[0], data[1], data[2])
    return dt.timezone(offset) if data[3] is None else dt.timezone(offset, decode(data[3]))


def _datetime_of(parts: list[int], fold: int, zone: Any) -> dt.datetime:
    year, month, day, *time = parts
    return dt.datetime.combine(dt.date(year, month, day), _time_of(time, fold, zone))


def _time_of(parts: list[int], fold: int, zone: Any) -> dt.time:
    hour, minute, second, microsecond = parts
    return dt.time(hour, minute, second, microsecond, _unzone(zone), fold=fold)


def _uuid(_: _Encoder, value: uuid.UUID) -> Any:
    if value.is_safe is not uuid.SafeUUID.unknown:
        raise NotPlainError("UUID that knows whether it is safe")
    return {"uuid": value.hex}


_ENCODERS: dict[type, Callable[[_Encoder, Any], Any]] = {
    type(None): _same,
    bool: _same,
    int: _int,
    float: _float,
    str: _str,
    complex: lambda self, v: {"complex": [_float(self, v.real), _float(self, v.imag)]},
    bytes: lambda _, v: {"bytes": base64.b64encode(v).decode("ascii")},
    list: lambda self, v: self.items(v, v, len(v)),
    tuple: lambda self, v: {"tuple": self.items(v, v, len(v))},
    set: lambda self, v: {"set": self.items(v, v, len(v))},
    frozenset: lambda self, v: {"frozenset": self.items(v, v, len(v))},
    dict: _dict,
    dt.datetime: _datetime,
    dt.time: _time,
    dt.date: lambda _, v: {"date": [v.year, v.month, v.day]},
    dt.timedelta: lambda _, v: {"timedelta": [v.days, v.seconds, v.microseconds]},
    Decimal: lambda _, v: {"decimal": str(v)},
    uuid.UUID: _uuid,
    range: lambda self, v: {"range": [_int(self, v.start), _int(self, v.stop), _int(self, v.step)]},
    **{kind: lambda self, v: {"path": [_PATHS[type(v)], _str(self, str(v))]} for kind in _PATHS},
}

_DECODERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda data: int(data, 16),
    "float": float,
    "str": lambda data: bytes.fromhex(data).decode("utf-8", "surrogatepass"),
    "complex": lambda data: complex(decode(data[0]), decode(data[1])),
    "bytes": base64.b64decode,
    "tuple": lambda data: tuple(decode(item) for item in data),
    "set": lambda data: {decode(item) for item in data},
    "frozenset": lambda data: frozenset(decode(item) for item in data),
    "map": lambda data: {key: decode(item) for key, item in data.items()},
    "dict": lambda data: {decode(key): decode(item) for key, item in data},
    "datetime": lambda data: _datetime_of(*data),
    "time": lambda data: _time_of(*data),
    "date": lambda data: dt.date(*data),
    "timedelta": lambda data: dt.timedelta(*data),
    "decimal": Decimal,
    "uuid": lambda data: uuid.UUID(hex=data),
    "range": lambda data: range(*(decode(bound) for bound in data)),
    "path": lambda data: getattr(pathlib, data[0])(decode(data[1])),
}
