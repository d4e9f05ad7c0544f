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
    raise _only_by_a_step(name)


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


def reduce_function(function: types.FunctionType, mark: str | None = None) -> Reduced:
    """Reduce a function of the namespace to its code, its cells and the mark of the namespace.

    `mark` is the name that the consumer may define the function by.
    """
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
    state = (dict(function.__dict__), slots)
    if mark is not None:
        return known_function, (mark, *arguments), state, None, None, set_known_function
    return make_function, arguments, state, None, None, set_function_state


def known_function(
    mark: str,
    code: types.CodeType,
    namespace: Namespace,
    name: str,
    closure: tuple[types.CellType, ...] | None,
) -> types.FunctionType:
    """Mark the place of a function that the consumer may define itself; `Unpickler` puts the one or the other there."""
    raise _only_by_a_step(mark)


def set_known_function(function: types.FunctionType, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Set the state of a function at such a place, unless it is the consumer's own."""
    raise _only_by_a_step(function.__name__)


def known_class(mark: str, make: Callable[..., type], arguments: tuple[Any, ...]) -> type:
    """Mark the place of a class that the consumer may define itself; `Unpickler` puts the one or the other there."""
    raise _only_by_a_step(mark)


def set_known_class(kind: type, state: tuple[Callable[..., object], object]) -> None:
    """Set the state of a class at such a place, unless it is the consumer's own."""
    raise _only_by_a_step(kind.__name__)


def set_class_state(plain: Callable[[Any, Any], object], kind: Any, state: Any) -> object:
    """Set what a class holds as `plain`, which is cloudpickle's, does, without asking a metaclass of the notebook."""
    meta: Any = type(kind)
    if meta.__module__ != "__main__" or type(meta.__setattr__) is not types.FunctionType:
        return plain(kind, state)
    attributes, *rest = state
    for name, value in attributes.items():
        if name != "_abc_impl":
            type.__setattr__(kind, name, value)
    return plain(kind, ({name: value for name, value in attributes.items() if name == "_abc_impl"}, *rest))


def _only_by_a_step(name: str) -> HandoverError:
    return HandoverError("handover.not_loadable", f"`{name}` can only be loaded by a step", "load it with Handover")


#: What `functools` makes of a function and cannot pickle itself.
CACHED = (functools.cached_property, functools._lru_cache_wrapper)


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


#: What `look_up` returns when there is no such object.
ABSENT = object()


def has(namespace: Mapping[str, Any], qualname: str) -> bool:
    """Tell whether the namespace has an object called `qualname`."""
    return look_up(namespace, qualname) is not ABSENT


def look_up(namespace: Mapping[str, Any], qualname: str) -> object:
    """Return the object called `qualname`, or `ABSENT` when there is none."""
    top, *rest = qualname.split(".")
    found: object = namespace.get(top, ABSENT)
    for name in rest:
        found = vars(found).get(name, ABSENT) if isinstance(found, type) else ABSENT
    return found
