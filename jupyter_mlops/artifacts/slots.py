"""The places in a class or function that hold what it keeps besides its source.

place
    where one value is: ``.count`` is an attribute or method, ``.add()=`` the defaults of a method, ``[calls]`` a
    variable of a closure, ``|.calls`` an attribute of the function that a decorator has wrapped.
"""

from __future__ import annotations

import abc
import collections
import enum
import functools
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlops.artifacts.classes import ANY, is_a, library_of, module_of, qualname_of
from jupyter_mlops.artifacts.digest import digest, registered

ATOMS = (type(None), bool, int, float, complex, str, bytes)
_DEEP = 20
#: Attributes that Python and `abc` write for themselves.
_OWN = frozenset({"_abc_impl"})


@dataclass(frozen=True)
class Slot:
    """A place; `is_code` when the source made what is there, which counts only when another object takes its place."""

    get: Callable[[], object]
    set: Callable[[object], None]
    delete: Callable[[], None] | None = None
    is_code: bool = False

    def digest(self) -> str | None:
        """Return what tells its content from another; None when that is not known."""
        return f"code at {id(self.get())}" if self.is_code else digest(self.get())


def slots_of(definition: Any, home: object) -> dict[str, Slot]:
    found: dict[str, Slot] = {}
    try:
        found.update(_walk(definition, "", ()))
        if not found and module_of(type(definition)) == home:
            # what a decorator of the notebook has put in the place of the function: an object that may be called
            found.update({f".{name}": _attribute(definition, name, value) for name, value in vars(definition).items()})
    except ANY:  # a door: a decorator may have put any object in the place of a function
        return {}
    return found


def _walk(definition: Any, at: str, above: tuple[object, ...]) -> Iterator[tuple[str, Slot]]:
    if len(above) > _DEEP or any(definition is outer for outer in above):
        return
    above = (*above, definition)
    if is_a(definition, types.FunctionType):
        yield from _of_function(definition, at, above)
    elif is_a(definition, type):
        yield from _of_class(definition, at, above)
    elif is_a(definition, functools._lru_cache_wrapper):
        yield from _walk(definition.__wrapped__, f"{at}|", above)


def _of_function(function: Any, at: str, above: tuple[object, ...]) -> Iterator[tuple[str, Slot]]:
    for name in list(vars(function)):
        if name != "__wrapped__":
            yield f"{at}.{name}", _attribute(function, name, vars(function)[name])
    for name, mark in (("__defaults__", "="), ("__kwdefaults__", "*=")):
        if getattr(function, name):
            yield f"{at}{mark}", _attribute(function, name, getattr(function, name), may_go=False)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        if is_a(content, types.FunctionType):
            yield from _walk(content, f"{at}[{name}]", above)
        elif not is_a(content, (type, types.ModuleType)):
            yield f"{at}[{name}]", _variable(cell)
    yield from _walk(getattr(function, "__wrapped__", None), f"{at}|", above)


def _of_class(kind: Any, at: str, above: tuple[object, ...]) -> Iterator[tuple[str, Slot]]:
    if is_a(kind, abc.ABCMeta):
        # of the standard library, for its own debugging: the only way to ask
        yield f"{at}.register()", Slot(lambda: registered(kind), functools.partial(_register, kind))
    own = vars(enum.Enum).keys() | vars(enum.Flag).keys() if issubclass(kind, enum.Enum) else frozenset()
    is_own = _is_own(kind)
    for name, member in list(vars(kind).items()):
        is_special = name.startswith("__") and name.endswith("__")
        if name in own or name in _OWN:
            continue
        inner = parts_of(member)
        if all(is_a(part, types.FunctionType) for part in inner):
            if is_special and not all(_is_written(part) for part in inner):
                continue
            is_of = all(_is_of(kind, part) for part in inner)
            yield f"{at}.{name}", replace(_attribute(kind, name, member), is_code=is_of)
            for part in inner if is_of else ():
                yield from _walk(part, f"{at}.{name}()", above)
        elif is_special:
            continue
        elif is_a(member, type):
            yield from _walk(member, f"{at}.{name}()", above)
        elif callable(member):
            yield f"{at}.{name}", replace(_attribute(kind, name, member), is_code=True)
        elif not _is_code(kind, member) and (is_own or _is_plain(member)):
            yield f"{at}.{name}", _attribute(kind, name, member)


def parts_of(member: Any) -> list[Any]:
    """Return the functions that a member of a class is made of, or the member itself."""
    if is_a(member, (staticmethod, classmethod)):
        return [member.__func__]
    if is_a(member, property):
        return [part for part in (member.fget, member.fset, member.fdel) if part is not None]
    return [member.func] if is_a(member, functools.cached_property) else [member]


def _is_written(function: Any) -> bool:
    """Whether somebody has written a function, as opposed to those that a library makes for a class from a text."""
    return str(function.__code__.co_filename) != "<string>"


def _is_code(kind: type, member: object) -> bool:
    """Whether Python or a library has put a descriptor into a class."""
    if is_a(member, (types.MemberDescriptorType, types.GetSetDescriptorType)):
        return True
    known = {library_of(kind), *sys.stdlib_module_names}
    return hasattr(type(member), "__get__") and library_of(type(member)) not in known


def _is_own(kind: type) -> bool:
    """Whether no library has a hand in a class: tables, fields and traits it makes again itself."""
    makers = {library_of(base) for base in (*kind.__mro__, type(kind))}
    return makers <= {library_of(kind), *sys.stdlib_module_names}


def _is_plain(value: Any) -> bool:
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))
    if type(value) in (dict, collections.OrderedDict, collections.Counter, collections.defaultdict):
        return all(_is_plain(part) for pair in value.items() for part in pair)
    return type(value) in ATOMS


def _is_of(kind: type, function: Any) -> bool:
    """Whether the class body made a function; a decorator may have given it another name."""
    return function.__qualname__.startswith(f"{qualname_of(kind)}.") or "<locals>" in function.__qualname__


def _register(kind: Any, classes: Any) -> None:
    for other in classes:
        kind.register(other)


def _attribute(owner: object, name: str, value: Any, *, may_go: bool = True) -> Slot:
    delete = functools.partial(delattr, owner, name) if may_go else None
    if is_a(value, weakref.WeakSet):
        # Pickle cannot write a `WeakSet`. Here its members are written as a list; the loaded set drops every member
        # that the step itself does not hold.
        return Slot(lambda: list(value), value.update)
    return Slot(lambda: value, functools.partial(setattr, owner, name), delete)


def _variable(cell: types.CellType) -> Slot:
    return Slot(lambda: cell.cell_contents, functools.partial(setattr, cell, "cell_contents"))
