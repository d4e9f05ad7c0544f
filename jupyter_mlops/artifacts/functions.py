"""Functions, classes and closures as they travel in a pickle.

A notebook's functions look their globals up when they are called, in the one namespace of the kernel. So a function
whose globals are that namespace is rebuilt on the other side over the *consumer's* namespace, never over a frozen
copy. A function or class that the consumer replays from source is written as its name only: the object that comes
back is the replayed one, and `isinstance` holds. Closure cells keep their identity: two functions that share a
variable go on sharing it.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlops.base.errors import HandoverError

Namespace = dict[str, Any]
Reduced = tuple[Any, ...]


class LiveNamespace:
    """Stands for the namespace in a pickle; there is one, `LIVE`."""


LIVE = LiveNamespace()


def live_namespace() -> Namespace:
    """Mark the place of the consumer's namespace in a pickle; `Unpickler` puts its own in its place."""
    raise HandoverError("handover.not_loadable", "this artifact can only be loaded by a step", "load it with Handover")


def definition(name: str, fallback: bytes | None = None) -> object:
    """Mark the place of a replayed definition in a pickle; `Unpickler` puts its own in its place."""
    raise HandoverError("handover.not_loadable", f"`{name}` can only be loaded by a step", "load it with Handover")


def make_function(
    code: types.CodeType, namespace: Namespace, name: str, closure: tuple[types.CellType, ...] | None
) -> types.FunctionType:
    """Return a function over the given (live) globals."""
    return types.FunctionType(code, namespace, name, None, closure)


def set_function_state(function: types.FunctionType, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Set what a function may refer to itself by: attributes, defaults, annotations."""
    attributes, slots = state
    function.__dict__.update(attributes)
    for name, value in slots.items():
        setattr(function, name, value)


def reduce_function(function: types.FunctionType) -> Reduced:
    """Reduce a function of the namespace to its code, its cells and the mark of the namespace."""
    slots = {
        name: getattr(function, name)
        for name in (
            "__qualname__",
            "__module__",
            "__doc__",
            "__defaults__",
            "__kwdefaults__",
            "__annotations__",
            "__type_params__",
        )
        if hasattr(function, name)
    }
    arguments = (function.__code__, LIVE, function.__name__, function.__closure__)
    return make_function, arguments, (dict(function.__dict__), slots), None, None, set_function_state


def reduce_cached(value: Any, home: object) -> Reduced | None:
    """Reduce what `functools` makes of a function of module `home` and cannot pickle itself; None for all else.

    A cache starts empty on the other side.
    """
    if type(value) is functools.cached_property:
        return make_cached_property, (value.func, value.attrname)
    if type(value) is functools._lru_cache_wrapper and value.__module__ == home:
        return make_cached, (value.__wrapped__, value.cache_parameters())
    return None


def make_cached_property(function: Callable[[Any], Any], name: str | None) -> object:
    """Return a cached property that already knows its name: a class that is rebuilt does not tell it."""
    made = functools.cached_property(function)
    made.attrname = name
    return made


def make_cached(function: Callable[..., Any], parameters: dict[str, Any]) -> object:
    """Return a function under `functools.lru_cache`."""
    return functools.lru_cache(**parameters)(function)


def make_cell() -> types.CellType:
    """Return an empty closure cell."""
    return types.CellType()


def fill_cell(cell: types.CellType, state: tuple[object]) -> None:
    """Put the content into a cell."""
    (cell.cell_contents,) = state


def reduce_cell(cell: types.CellType) -> Reduced:
    """Reduce a cell so that it is known before its content, which may refer back to it."""
    try:
        content = cell.cell_contents
    except ValueError:
        return make_cell, ()
    return make_cell, (), (content,), None, None, fill_cell


class Definitions:
    """Which objects of a namespace travel by name.

    Parameters
    ----------
    namespace
        the globals of the producing step.
    names
        the names that every consumer replays; None for every function and class that the notebook defines.
    optional
        names that only some consumers replay: written by name, with a copy by value for the others.
    """

    def __init__(
        self, namespace: Namespace, names: frozenset[str] | None, optional: frozenset[str] = frozenset()
    ) -> None:
        self.namespace = namespace
        self.optional = optional
        self._names = names
        # What a library defines travels by the library's name; this is for what the notebook itself has made.
        here = namespace.get("__name__")
        wanted = {name: namespace[name] for name in (names or frozenset()) | optional if name in namespace}
        self._by_id = {
            id(v): name for name, v in wanted.items() if type(v) is object or getattr(v, "__module__", None) == here
        }

    def without_names(self) -> Definitions:
        """Return the same with nothing by name."""
        return Definitions(self.namespace, frozenset())

    def name_of(self, value: object) -> str | None:
        """Return the name (``C`` or ``C.Inner``) by which `value` travels, or None."""
        name = self._by_id.get(id(value))
        if name is not None:
            return name
        if not isinstance(value, type | types.FunctionType) or value.__module__ != self.namespace.get("__name__"):
            return None
        top = value.__qualname__.partition(".")[0]
        allowed = self._names is None or top in self._names or top in self.optional
        return value.__qualname__ if allowed and look_up(self.namespace, value.__qualname__) is value else None


_ABSENT = object()


def has(namespace: Mapping[str, Any], qualname: str) -> bool:
    """Tell whether the namespace has an object called `qualname`."""
    return look_up(namespace, qualname) is not _ABSENT


def look_up(namespace: Mapping[str, Any], qualname: str) -> object:
    """Return the object called `qualname`, or a private mark when there is none."""
    top, *rest = qualname.split(".")
    found: object = namespace.get(top, _ABSENT)
    for name in rest:
        found = vars(found).get(name, _ABSENT) if isinstance(found, type) else _ABSENT
    return found


def resolver(namespace: Namespace, rebuild: Callable[[bytes], object], used: set[str]) -> Callable[..., object]:
    """Return what `definition` is at load: it takes the consumer's object, or rebuilds the copy, or says what lacks."""

    def resolve(name: str, fallback: bytes | None = None) -> object:
        found = look_up(namespace, name)
        if found is not _ABSENT:
            used.add(name.partition(".")[0])
            return found
        if fallback is not None:
            return rebuild(fallback)
        top = name.partition(".")[0]
        raise HandoverError(
            "handover.definition_missing",
            f"name '{top}' is not defined here: a value that is handed over needs it",
            f"define `{top}` in a cell tagged `functions`, so that every step has it",
        )

    return resolve
