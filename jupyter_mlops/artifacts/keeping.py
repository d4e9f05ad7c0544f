"""What classes and functions keep besides their source, carried on to the steps that define them again.

place
    where one value is: ``.count`` is an attribute, ``.add()=`` the defaults of a method, ``[calls]`` a variable of a
    closure, ``|.calls`` an attribute of the function that a decorator has wrapped.

A step below starts with a fresh class. It is given the places whose values differ from those that the source alone
makes, which the step that hands them on has seen when it defined the class again itself. A step that makes the class
in its own cells has not, so it hands on all of them.
"""

from __future__ import annotations

import abc
import collections
import enum
import functools
import sys
import types
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_mlops.artifacts.classes import ANY, is_a, library_of, module_of, qualname_of
from jupyter_mlops.artifacts.digest import digest, registered

_ATOMS = (type(None), bool, int, float, complex, str, bytes)
_DEEP = 20
#: Attributes that Python and `abc` write for themselves.
_OWN = frozenset({"_abc_impl"})


@dataclass
class State:
    """Values by place, and all places there are: an attribute that is not among them was deleted.

    A method that was set from outside (``A.m = other``) may only have been set further down: it was deleted when it is
    `gone`.
    """

    values: dict[str, object] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Slot:
    """A place; `is_code` when the source made what is there, which counts only when another object takes its place."""

    get: Callable[[], object]
    set: Callable[[object], None]
    delete: Callable[[], None] | None = None
    is_code: bool = False

    def digest(self) -> str | None:
        """Return what tells its content from another; None when that is not known."""
        return f"code at {id(self.get())}" if self.is_code else digest(self.get())


@dataclass(frozen=True)
class _Fresh:
    """A definition as its source alone makes it: its places, which keep what was there alive, and their digests."""

    definition: object
    slots: Mapping[str, _Slot]
    digests: Mapping[str, str | None]

    def differs(self, place: str, slot: _Slot) -> bool:
        return place not in self.digests or (found := slot.digest()) is None or found != self.digests[place]


class Keeping:
    """The classes and functions of one step, by name.

    Parameters
    ----------
    namespace
        the globals of the step.
    names
        the definitions that are looked after.
    """

    def __init__(self, namespace: Mapping[str, Any], names: Collection[str]) -> None:
        self._namespace = namespace
        self._names = tuple(names)
        self._home = namespace.get("__name__")
        #: What is defined before the step's cells, by name.
        self._fresh: dict[str, _Fresh] = {}

    def note(self) -> None:
        """Look at the definitions before anything is changed."""
        for name in self._names:
            if name in self._namespace:
                definition = self._namespace[name]
                slots = _slots(definition, self._home)
                digests = {place: slot.digest() for place, slot in slots.items()}
                self._fresh[name] = _Fresh(definition, slots, digests)

    def fresh(self) -> list[str]:
        """Return the names that have been defined anew, and are to be given the state that they had above."""
        return list(self._fresh)

    def give(self, name: str, state: State, *, is_shared: bool = False) -> None:
        """Leave a definition as a step above left its own.

        Parameters
        ----------
        is_shared
            other values hold objects of the state, so the definition gets these and not equal ones of its own.
        """
        here = _slots(self._namespace[name], self._home)
        for place, value in state.values.items():
            slot = here.get(place)
            if slot is not None and (type(value) in _ATOMS or not is_shared) and _is_like(slot, value):
                continue
            try:
                slot.set(value) if slot is not None else _add(self._namespace[name], place, value)
            except ANY:  # a door: a metaclass decides what may be set
                continue
        for place in here.keys() - set(state.places):
            delete = here[place].delete
            if delete is not None and (place in state.gone or not is_a(here[place].get(), types.FunctionType)):
                delete()

    def states(self, may: Callable[[object], bool], replacing: Callable[[object], None]) -> dict[str, State]:
        """Return what steps below need to know, by name.

        Parameters
        ----------
        may
            tells whether a value can be handed over. A value that cannot be is left out: a step that starts without
            it fails the audit.
        replacing
            is told each function that has taken the place of one that the source makes.
        """
        found: dict[str, State] = {}
        for name in self._names:
            if name not in self._namespace:
                continue
            slots, fresh = _slots(self._namespace[name], self._home), self._fresh.get(name)
            if fresh is not None and fresh.definition is not self._namespace[name]:
                fresh = None
            values = {
                place: slot.get()
                for place, slot in slots.items()
                if (_is_state(place, slot) if fresh is None else fresh.differs(place, slot))
            }
            for part in (part for place, value in values.items() if slots[place].is_code for part in _functions(value)):
                replacing(part)
            gone = tuple(fresh.slots.keys() - slots.keys()) if fresh is not None else ()
            values = {place: value for place, value in values.items() if may(value)}
            if values or gone:
                found[name] = State(values, tuple(slots), gone)
        return found


def _is_like(slot: _Slot, value: object) -> bool:
    found = slot.digest()
    return found is not None and found == digest(value)


def _is_state(place: str, slot: _Slot) -> bool:
    """Whether a value may have been changed since the definition was made: a plain default may not."""
    value = slot.get()
    if slot.is_code:
        return False
    return not place.endswith("=") or any(type(part) not in _ATOMS for part in _parts(value))


def _parts(value: Any) -> Collection[object]:
    return list(value.values()) if type(value) is dict else value or ()


def _slots(definition: Any, home: object) -> dict[str, _Slot]:
    found: dict[str, _Slot] = {}
    try:
        found.update(_walk(definition, "", ()))
        if not found and module_of(type(definition)) == home:
            # what a decorator of the notebook has put in the place of the function: an object that may be called
            found.update({f".{name}": _attribute(definition, name, value) for name, value in vars(definition).items()})
    except ANY:  # a door: a decorator may have put any object in the place of a function
        return {}
    return found


def _walk(definition: Any, at: str, above: tuple[object, ...]) -> Iterator[tuple[str, _Slot]]:
    if len(above) > _DEEP or any(definition is outer for outer in above):
        return
    above = (*above, definition)
    if is_a(definition, types.FunctionType):
        yield from _of_function(definition, at, above)
    elif is_a(definition, type):
        yield from _of_class(definition, at, above)
    elif is_a(definition, functools._lru_cache_wrapper):
        yield from _walk(definition.__wrapped__, f"{at}|", above)


def _of_function(function: Any, at: str, above: tuple[object, ...]) -> Iterator[tuple[str, _Slot]]:
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


def _of_class(kind: Any, at: str, above: tuple[object, ...]) -> Iterator[tuple[str, _Slot]]:
    if is_a(kind, abc.ABCMeta):
        # of the standard library, for its own debugging: the only way to ask
        yield f"{at}.register()", _Slot(lambda: registered(kind), functools.partial(_register, kind))
    own = vars(enum.Enum).keys() | vars(enum.Flag).keys() if issubclass(kind, enum.Enum) else frozenset()
    is_own = _is_own(kind)
    for name, member in list(vars(kind).items()):
        is_special = name.startswith("__") and name.endswith("__")
        if name in own or name in _OWN:
            continue
        inner = _functions(member)
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


def _functions(member: Any) -> list[Any]:
    """Return the functions that a member of a class is made of, or the member itself."""
    if is_a(member, (staticmethod, classmethod)):
        return [member.__func__]
    if is_a(member, property):
        return [part for part in (member.fget, member.fset, member.fdel) if part is not None]
    return [member.func] if is_a(member, functools.cached_property) else [member]


def _is_written(function: Any) -> bool:
    """Whether somebody has written a function, as opposed to those that a library makes for a class from a text."""
    return function.__code__.co_filename != "<string>"


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
    return type(value) in _ATOMS


def _is_of(kind: type, function: Any) -> bool:
    """Whether the class body made a function; a decorator may have given it another name."""
    return function.__qualname__.startswith(f"{qualname_of(kind)}.") or "<locals>" in function.__qualname__


def _register(kind: Any, classes: Any) -> None:
    for other in classes:
        kind.register(other)


def _attribute(owner: object, name: str, value: Any, *, may_go: bool = True) -> _Slot:
    delete = functools.partial(delattr, owner, name) if may_go else None
    if is_a(value, weakref.WeakSet):
        # Pickle cannot write a `WeakSet`. Here its members are written as a list; the loaded set drops every member
        # that the step itself does not hold.
        return _Slot(lambda: list(value), value.update)
    return _Slot(lambda: value, functools.partial(setattr, owner, name), delete)


def _variable(cell: types.CellType) -> _Slot:
    return _Slot(lambda: cell.cell_contents, functools.partial(setattr, cell, "cell_contents"))


def _add(definition: object, place: str, value: object) -> None:
    """Set an attribute that the fresh definition has not; of what is not there at all, nothing can be set."""
    name = place.removeprefix(".")
    if place.startswith(".") and name.isidentifier():
        setattr(definition, name, value)
