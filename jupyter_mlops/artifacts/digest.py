"""A digest of a value that is the same in every process: equal digests, equal content.

Set-up cells run in every step and must make the same values everywhere; a definition's state (class attributes,
defaults, closures) must be what Run All would have. Both are compared across processes by this digest.

Dicts keep their order, sets are sorted by the digests of their elements, objects go by qualified type name and by
what pickle would save of them. What has no content to compare (functions, modules, files, connections, locks) gives
its name only. An object that is reached again gives its number: structure counts too.
"""

from __future__ import annotations

import abc
import enum
import functools
import hashlib
import importlib
import struct
import sys
import types
import weakref
from collections.abc import Iterable
from typing import Any

from jupyter_mlops.artifacts import arrays, kinds
from jupyter_mlops.artifacts.classes import ANY, derives, is_a, library_of, module_of, qualname_of
from jupyter_mlops.artifacts.columns import of_frame

_LIMIT = 5_000_000
#: So many decorators are looked through, because an object may say that it wraps itself.
_WRAPPED = 20
_WEAK = (weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet)
_DUNDER = frozenset({"_abc_impl"})
_ENUM = frozenset(vars(enum.Flag)) | {"_hashable_values_", "_unhashable_values_", "_unhashable_values_map_"}


class _TooLargeError(Exception):
    """The walk has met too many objects."""


def digest(value: object) -> str | None:
    """Return the digest, or None when there is none (too large, nested too deeply, or its own code fails)."""
    try:
        return _Digest().of(value).hex()
    except ANY:  # a door: reducing an object runs its class's code
        return None


def state_digest(definition: object) -> str | None:
    """Return the digest of what can change in a function or class without its source changing.

    That is, for a function, its defaults, attributes and closure; for a class, its attributes that are no code, and
    the same of its methods and where these were made; None for a module.
    """
    if is_a(definition, types.ModuleType):
        return None
    try:
        state = _state(definition)
    except ANY:  # a door: a decorator may have put any object in the place of a function
        return None
    return digest(state)


def _state(definition: Any) -> object:
    for _ in range(_WRAPPED):
        if is_a(definition, (type, types.FunctionType)) or not hasattr(definition, "__wrapped__"):
            break
        definition = definition.__wrapped__
    if is_a(definition, types.FunctionType):
        return _function_state(definition)
    if not is_a(definition, type):
        return definition
    state: dict[str, object] = {}
    if is_a(definition, abc.ABCMeta) and (others := registered(definition)):
        state["register()"] = others
    # What `enum` looks up members in grows with each combination of flags that is asked for.
    own = _ENUM if issubclass(definition, enum.Enum) else frozenset()
    # A class that travelled has its attributes in another order.
    for name, member in sorted(vars(definition).items(), key=lambda pair: str(pair[0])):
        if name in own:
            continue
        if is_a(member, (staticmethod, classmethod)):
            member = member.__func__
        if is_a(member, property):
            state[name] = [_method(f) for f in (member.fget, member.fset, member.fdel) if f is not None]
        elif is_a(member, functools.cached_property):
            state[name] = _method(member.func)
        elif is_a(member, types.FunctionType):
            state[name] = _method(member)
        elif is_a(member, type):
            state[name] = _state(member)
        elif not (name.startswith("__") and name.endswith("__")) and name not in _DUNDER and not callable(member):
            state[name] = member
    return state


def _method(member: Any) -> list[object]:
    """Return a method's state, and where it was made: ``A.m = other`` puts another one in its place."""
    return [getattr(member, "__qualname__", ""), _state(member)]


def registered(kind: Any) -> tuple[type, ...]:
    """Return the classes that were registered with an abstract class, by name; Python keeps them in no order."""
    dump = importlib.import_module("_abc")._get_dump
    classes = [found for each in dump(kind)[0] if (found := each()) is not None]
    return tuple(sorted(classes, key=lambda each: (module_of(each), qualname_of(each))))


def _function_state(function: types.FunctionType, above: tuple[object, ...] = ()) -> object:
    """Return the state; `above` are the functions whose closures lead here: functions may close over each other."""
    above = (*above, function)
    attributes = {name: value for name, value in vars(function).items() if name != "__wrapped__"}
    inner = getattr(function, "__wrapped__", None)
    cells: list[object] = []
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            cells.append(("empty",))
            continue
        # A wrapper closes over what it wraps: that function's state counts, not only its name.
        is_inner = is_a(content, types.FunctionType) and all(content is not outer for outer in above)
        cells.append(
            _function_state(content, above) if is_inner and content.__closure__ is not function.__closure__ else content
        )
    wrapped = _state(inner) if is_a(inner, types.FunctionType) else None
    return [function.__defaults__, function.__kwdefaults__, attributes, cells, wrapped]


class _Digest:
    """One walk; objects are numbered in the order in which they are met."""

    def __init__(self, left: list[int] | None = None) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []
        self._left = left if left is not None else [_LIMIT]

    def of(self, value: Any) -> bytes:
        self._left[0] -= 1
        if self._left[0] < 0:
            raise _TooLargeError
        kind = type(value)
        atom = _ATOMS.get(kind)
        if atom is not None:
            return _hash(kind.__name__, atom(value))
        if kind is tuple:
            return _hash("tuple", *map(self.of, value))
        name = _name_only(value)
        if name is not None:
            return _hash("name", name.encode("utf-8", "surrogatepass"))
        if id(value) in self._numbers:
            return _hash("again", str(self._numbers[id(value)]).encode())
        self._numbers[id(value)] = len(self._numbers)
        self._kept.append(value)
        if kind is list:
            return _hash("list", *map(self.of, value))
        if kind is dict:
            return _hash("dict", *(self.of(part) for pair in value.items() for part in pair))
        if kind is set or kind is frozenset:
            # Each element by itself: numbers given along the way would depend on the order of the set.
            return _hash(kind.__name__, *sorted(_Digest(self._left).of(item) for item in value))
        parts = _table_parts(value)
        if parts is not None:
            return _hash(_qualified(kind), *map(self.of, parts))
        return self._of_object(value, kind)

    def _of_object(self, value: Any, kind: type) -> bytes:
        name = _qualified(kind).encode("utf-8", "surrogatepass")
        try:
            reduced = value.__reduce_ex__(4)
        except ANY:  # a door: an object that cannot be reduced has no content to compare
            return _hash("name", name)
        if is_a(reduced, str):
            return _hash("global", reduced.encode("utf-8", "surrogatepass"))
        make, arguments, *rest = reduced
        state, items, pairs = (*rest[:3], None, None, None)[:3]
        parts: list[bytes] = [name, self.of(make), self.of(tuple(arguments)), self.of(state)]
        parts.extend(map(self.of, items or ()))
        parts.extend(self.of(part) for pair in pairs or () for part in pair)
        return _hash("object", *parts)


def _hash(kind: str, *parts: bytes) -> bytes:
    found = hashlib.sha256(kind.encode("utf-8", "surrogatepass"))
    for part in parts:
        found.update(struct.pack("<Q", len(part)))
        found.update(part)
    return found.digest()


_ATOMS: dict[type, Any] = {
    type(None): lambda _: b"",
    bool: lambda v: b"1" if v else b"0",
    int: lambda v: v.to_bytes((v.bit_length() + 8) // 8, "little", signed=True),
    float: lambda v: struct.pack("<d", v),
    complex: lambda v: struct.pack("<dd", v.real, v.imag),
    str: lambda v: v.encode("utf-8", "surrogatepass"),
    bytes: bytes,
    bytearray: bytes,
    type(...): lambda _: b"",
}


def _qualified(kind: Any) -> str:
    if is_a(kind, type):
        return f"{module_of(kind)}.{qualname_of(kind)}"
    return f"{kind.__module__}.{kind.__qualname__}"


def _name_only(value: Any) -> str | None:
    """Return the name of what has no content of its own, or None."""
    if is_a(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        return _qualified(value)
    if is_a(value, types.ModuleType):
        return f"module {value.__name__}"
    if is_a(value, enum.Enum):
        return f"{_qualified(type(value))}.{value.name}"
    # What is held weakly can be made again at any time: the cache of a single dispatch.
    is_nothing = (
        derives(type(value), *_WEAK) or kinds.is_bound_kind(type(value)) or library_of(type(value)) == "matplotlib"
    )
    return _qualified(type(value)) if is_nothing else None


def _table_parts(value: Any) -> Iterable[object] | None:
    """Return the content of arrays and tables, whose pickles depend on their layout, or None."""
    if arrays.is_array(value) and module_of(type(value)) == "numpy":
        if value.dtype.hasobject:
            return [str(value.dtype), value.shape, value.ravel().tolist()]
        if value.dtype.fields:
            # Field by field: the bytes between them are not content.
            return [repr(value.dtype), value.shape, *(value[name] for name in value.dtype.names)]
        return [repr(value.dtype), value.shape, value.tobytes()]
    library = library_of(type(value))
    if library == "pandas":
        return _pandas_parts(value)
    if library == "polars":
        polars = sys.modules["polars"]
        if is_a(value, polars.Series):
            return [value.name, str(value.dtype), value.to_list()]
        if is_a(value, polars.DataFrame):
            return [value.shape, value.get_columns()]
    return None


def _pandas_parts(value: Any) -> Iterable[object] | None:
    pandas = sys.modules["pandas"]
    if is_a(value, pandas.DataFrame):
        columns = [of_frame(value, position) for position in range(value.shape[1])]
        return [value.columns, value.index, columns, value.attrs]
    if is_a(value, pandas.Series):
        return [value.name, value.index, value.array, value.attrs]
    if is_a(value, pandas.MultiIndex):
        return [list(value.names), [value.get_level_values(i).array for i in range(value.nlevels)]]
    if is_a(value, pandas.Index):
        return [value.name, value.array]
    if is_a(value, (pandas.arrays.DatetimeArray, pandas.arrays.TimedeltaArray)):
        return [str(value.dtype), value.asi8]
    if is_a(value, pandas.api.extensions.ExtensionArray):
        ordinary = value.to_numpy(dtype=object)
        return [str(value.dtype), [None if item is pandas.NA else item for item in ordinary]]
    return None
