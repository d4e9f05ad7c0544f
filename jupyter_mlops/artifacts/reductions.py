"""Objects that pickle writes but cannot read, or reads as something else, because it calls their class again.

An exception with an ``__init__`` of its own is called with what its base class kept of the arguments; a class with a
``__new__`` of its own is called without arguments, or with its content, which that ``__new__`` may change. Here such an
object is rebuilt from what it holds. What writes itself in its own way (``__reduce__``) is left alone, and whether that
can be read is found out by reading it: `is_risky` says of which classes.
"""

from __future__ import annotations

import copyreg
import functools
import sys
import types
from collections.abc import Callable
from typing import Any

from jupyter_mlops.artifacts.classes import library_of, module_of

Reduced = tuple[Any, ...]

#: What `object` reduces to; the type stubs leave it out.
_NEW = vars(copyreg)["__newobj__"]
_CONTENT = (tuple, int, float, complex, str, bytes, frozenset)
_HOOKS = (
    *("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__new__", "__getnewargs__", "__getnewargs_ex__"),
    *("__setattr__", "__setitem__", "__hash__", "__eq__", "append", "extend", "add"),
)
_TRUSTED = frozenset(sys.stdlib_module_names) - {"__main__", "unittest"} | {
    *("numpy", "pandas", "scipy", "sklearn", "matplotlib", "polars", "pyarrow", "torch", "tensorflow", "keras"),
    *("xgboost", "lightgbm", "cloudpickle", "PIL", "networkx", "sympy", "dateutil", "pytz", "jupyter_mlops"),
}
_APART = frozenset({"__dict__", "__traceback__", "__context__", "__cause__", "__suppress_context__", "args"})


def may_apply(kind: type, home: object) -> bool:
    """Return whether `reduce` is for this class: an exception, or one of module `home` that pickle may not read."""
    is_own = module_of(kind) == home and (type(kind.__new__) is types.FunctionType or _answers(kind))
    return issubclass(kind, BaseException) or is_own


def _answers(kind: Any) -> bool:
    """Return whether a class answers for attributes that are not there, pickle's questions to an empty object too."""
    return hasattr(kind, "__getattr__") and not hasattr(kind, "__setstate__")


def reduce(value: Any, may: Callable[[object], bool]) -> Reduced | None:
    """Return how to rebuild an object of such a class; None to leave it to pickle.

    `may` tells whether an exception behind the exception can be written: pickle itself leaves those out.
    """
    kind = type(value)
    return _reduce_exception(value, kind, may) if issubclass(kind, BaseException) else _reduce_made(value, kind)


def is_risky(kind: type) -> bool:
    """Return whether objects of a class may be written and yet not be readable."""
    if library_of(kind) in _TRUSTED:
        return False
    for hook in _HOOKS:
        owner = next((base for base in kind.__mro__ if hook in vars(base)), object)
        if library_of(owner) not in _TRUSTED and vars(owner)[hook] is not None:
            return True
    return False


def _reduce_exception(value: Any, kind: Any, may: Callable[[object], bool]) -> Reduced | None:
    is_plain = not _is_heap(kind) and value.__context__ is None and value.__cause__ is None
    if is_plain or issubclass(kind, BaseExceptionGroup):
        return None
    if type(kind.__reduce__) is not types.MethodDescriptorType or kind.__reduce_ex__ is not object.__reduce_ex__:
        return None
    if type(kind.__setstate__) is not types.MethodDescriptorType:
        return None
    members = {name: found for name, member in _members(kind) if (found := _get(member, value)) is not None}
    behind = [link if link is None or may(link) else None for link in (value.__cause__, value.__context__)]
    state = (dict(object.__getattribute__(value, "__dict__")), members, (*behind, value.__suppress_context__))
    return make_exception, (kind, value.args), state, None, None, set_exception_state


@functools.lru_cache(maxsize=256)
def _members(kind: Any) -> list[tuple[str, Any]]:
    """Return what a class keeps outside of `__dict__`: the fields of its builtin base, and its slots."""
    return [
        (name, member)
        for base in kind.__mro__[:-1]
        for name, member in vars(base).items()
        if type(member) in (types.MemberDescriptorType, types.GetSetDescriptorType) and name not in _APART
    ]


def _get(member: Any, value: object) -> object:
    try:
        return member.__get__(value)
    except AttributeError:
        return None


def make_exception(kind: type[BaseException], arguments: tuple[Any, ...]) -> BaseException:
    """Return an exception with these `args`, without calling its class."""
    made: BaseException = _solid(kind).__new__(kind)
    made.args = arguments
    return made


def set_exception_state(error: BaseException, state: tuple[dict[str, Any], dict[str, Any], tuple[Any, ...]]) -> None:
    """Set what an exception holds: attributes, what its base class keeps, and the exceptions behind it."""
    attributes, members, links = state
    for name, value in members.items():
        owner = next(base for base in type(error).__mro__ if name in vars(base))
        vars(owner)[name].__set__(error, value)
    object.__getattribute__(error, "__dict__").update(attributes)
    error.__cause__, error.__context__, error.__suppress_context__ = links


def _reduce_made(value: Any, kind: Any) -> Reduced | None:
    if kind.__reduce_ex__ is not object.__reduce_ex__ or kind.__reduce__ is not object.__reduce__:
        return None
    base = _solid(kind)
    named = getattr(kind, "__getnewargs__", None)
    # A named tuple has one that is made for it.
    is_own = type(named) is types.FunctionType and not hasattr(kind, "_fields")
    if is_own or hasattr(kind, "__getnewargs_ex__"):
        return None
    reduced = value.__reduce_ex__(4)
    if reduced[0] is not _NEW:
        return None
    if _answers(kind):
        reduced = (*(*reduced, None, None, None)[:5], set_state)
    if type(kind.__new__) is not types.FunctionType:
        return tuple(reduced)
    if base in _CONTENT:
        content = tuple(tuple.__iter__(value)) if base is tuple else base(value)
        return make_of_content, (kind, base, content), *reduced[2:]
    return make_empty, (kind, base), *reduced[2:]


def make_of_content(kind: type, base: Any, content: object) -> object:
    """Return an object of a class that derives from a number, a text or a tuple, without calling its `__new__`."""
    return base.__new__(kind, content)


def make_empty(kind: Any, base: Any) -> object:
    """Return an object without state; its class's own `__new__` makes it when that needs no arguments."""
    try:
        return kind.__new__(kind)
    except TypeError:
        return base.__new__(kind)


def set_state(value: object, state: Any) -> None:
    """Set attributes and slots, without asking the object for anything."""
    attributes, slots = state if type(state) is tuple else (state, None)
    for name, found in (attributes or {}).items():
        object.__getattribute__(value, "__dict__")[name] = found
    for name, found in (slots or {}).items():
        object.__setattr__(value, name, found)


def _solid(kind: type) -> Any:
    """Return the nearest base class that is not written in Python: its `__new__` makes the object."""
    return next(base for base in kind.__mro__ if type(base.__new__) is not types.FunctionType and not _is_heap(base))


def _is_heap(kind: type) -> bool:
    return bool(kind.__flags__ & _HEAP)


#: Python's own flag for classes that a class statement (or an extension in that way) makes.
_HEAP = 1 << 9
