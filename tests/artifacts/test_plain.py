"""Plain data: everything comes back with its type and its bits, everything else is refused."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import io
import math
import uuid
import zoneinfo
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.artifacts import plain


def round_trip(value: object) -> object:
    write = plain.writer(value)
    assert write is not None, f"not plain: {value!r}"
    file = io.BytesIO()
    write(file)
    file.seek(0)
    return plain.read(file)


def form(value: Any) -> Any:
    """Return something that is equal only for values of the same types and bits."""
    kind = type(value)
    if kind in (list, tuple):
        return kind, [form(item) for item in value]
    if kind is dict:
        return kind, [(form(k), form(v)) for k, v in value.items()]
    if kind in (set, frozenset):
        return kind, sorted(repr(form(item)) for item in value)
    if kind is float:
        return kind, "nan" if math.isnan(value) else value.hex()
    if kind is complex:
        return kind, form(value.real), form(value.imag)
    if kind in (dt.datetime, dt.time):
        return kind, value.replace(tzinfo=None), value.fold, repr(value.tzinfo)
    return kind, repr(value) if kind is Decimal else value


_floats = st.floats(allow_nan=True, allow_infinity=True)
_text = st.text(st.characters(exclude_categories=[]), max_size=8)
_zones = st.one_of(
    st.none(),
    st.sampled_from([dt.UTC, zoneinfo.ZoneInfo("Europe/Berlin"), dt.timezone(dt.timedelta(hours=1), "A")]),
    st.integers(-86399, 86399).map(lambda s: dt.timezone(dt.timedelta(seconds=s))),
)
_atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(1 << 200), 1 << 200),
    _floats,
    _text,
    st.binary(max_size=8),
    st.complex_numbers(allow_nan=True),
    st.dates(),
    st.timedeltas(),
    st.builds(lambda d, z: d.replace(tzinfo=z), st.datetimes(), _zones),
    st.builds(lambda t, z: t.replace(tzinfo=z), st.times(), _zones),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.builds(PurePosixPath, st.text("abc/.é", max_size=8)),
    st.builds(range, st.integers(-5, 5), st.integers(-(1 << 70), 1 << 70), st.integers(1, 3)),
)
_hashable = st.recursive(_atoms, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
_plain = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(_hashable, inner, max_size=4),
        st.sets(_hashable, max_size=4),
        st.frozensets(_hashable, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_plain)
def test_any_plain_value(value: object) -> None:
    # Values that were drawn twice are one object twice, which is rightly not plain.
    if plain.writer(value) is not None:
        assert form(round_trip(value)) == form(value)


PLAIN: dict[str, object] = {
    "bool is not int": [True, 1, False, 0],
    "negative zero": -0.0,
    "nan": [float("nan"), float("inf"), float("-inf")],
    "neighbouring surrogates": "\ud83d" + "\ude00",
    "lone surrogate as key": {"\ud800": 1},
    "very large integer": 1 << 100_000,
    "key order": {"b": 1, "a": 2},
    "keys of many types": {1: 1, "1": 2, (1,): 3, None: 4, 2.5: 5, frozenset({1}): 6, True + 1: 7},
    "looks like a tag": {"tuple": [1], "int": "0x1"},
    "empty": [(), [], {}, set(), frozenset(), "", b""],
    "fold": dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "signalling decimal": Decimal("sNaN123"),
    "exponent": Decimal("1E+5"),
    "paths": [Path("a/b"), PureWindowsPath("c:\\x")],
    "uuid": uuid.UUID(int=5),
    "range": range(10, 0, -3),
}


@pytest.mark.parametrize("case", PLAIN)
def test_plain(case: str) -> None:
    assert form(round_trip(PLAIN[case])) == form(PLAIN[case])


class Colour(enum.IntEnum):
    RED = 1


class Words(list[str]):
    pass


Pair = collections.namedtuple("Pair", "a b")
_shared: list[int] = []
_cycle: list[object] = []
_cycle.append(_cycle)
_deep: list[object] = []
for _ in range(100_000):
    _deep = [_deep]

NOT_PLAIN: dict[str, object] = {
    "named tuple": Pair(1, 2),
    "subclass of list": Words(["a"]),
    "subclass of int": Colour.RED,
    "ordered dict": collections.OrderedDict(a=1),
    "default dict": collections.defaultdict(list),
    "bytearray": bytearray(b"x"),
    "one list twice": [_shared, _shared],
    "one list as value and in a tuple": {"a": _shared, "b": (_shared,)},
    "cycle": _cycle,
    "deep": _deep,
    "object": [object()],
    "function": len,
    "zone without a name": dt.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo.no_cache("UTC")),
}


@pytest.mark.parametrize("case", NOT_PLAIN)
def test_not_plain(case: str) -> None:
    assert plain.writer(NOT_PLAIN[case]) is None


def test_limit() -> None:
    with pytest.raises(plain.NotPlainError, match="too many"):
        plain.encode(list(range(11)), limit=10)
