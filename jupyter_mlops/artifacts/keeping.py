"""What classes and functions keep besides their source, carried on to the steps that define them again.

A step below starts with a fresh class. It is given the places whose values differ from those that the source alone
makes, which the step that hands them on has seen when it defined the class again itself. A step that makes the class
in its own cells has not, so it hands on all of them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.artifacts.classes import ANY, is_a
from jupyter_mlops.artifacts.digest import digest
from jupyter_mlops.artifacts.slots import ATOMS, Slot, parts_of, slots_of


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
class _Fresh:
    """A definition as its source alone makes it: its places, which keep what was there alive, and their digests."""

    definition: object
    slots: Mapping[str, Slot]
    digests: Mapping[str, str | None]

    def differs(self, place: str, slot: Slot) -> bool:
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
                slots = slots_of(definition, self._home)
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
        here = slots_of(self._namespace[name], self._home)
        for place, value in state.values.items():
            slot = here.get(place)
            if slot is not None and (type(value) in ATOMS or not is_shared) and _is_like(slot, value):
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
            called with each function that has taken the place of one that the source makes.
        """
        found: dict[str, State] = {}
        for name in self._names:
            if name not in self._namespace:
                continue
            slots, fresh = slots_of(self._namespace[name], self._home), self._fresh.get(name)
            if fresh is not None and fresh.definition is not self._namespace[name]:
                fresh = None
            values = {
                place: slot.get()
                for place, slot in slots.items()
                if (_is_state(place, slot) if fresh is None else fresh.differs(place, slot))
            }
            for part in (part for place, value in values.items() if slots[place].is_code for part in parts_of(value)):
                replacing(part)
            gone = tuple(fresh.slots.keys() - slots.keys()) if fresh is not None else ()
            values = {place: value for place, value in values.items() if may(value)}
            if values or gone:
                found[name] = State(values, tuple(slots), gone)
        return found


def _is_like(slot: Slot, value: object) -> bool:
    found = slot.digest()
    return found is not None and found == digest(value)


def _is_state(place: str, slot: Slot) -> bool:
    """Whether a value may have been changed since the definition was made: a plain default may not."""
    value = slot.get()
    if slot.is_code:
        return False
    return not place.endswith("=") or any(type(part) not in ATOMS for part in _parts(value))


def _parts(value: Any) -> Collection[object]:
    return list(value.values()) if type(value) is dict else value or ()


def _add(definition: object, place: str, value: object) -> None:
    """Set an attribute that the fresh definition has not; of what is not there at all, nothing can be set."""
    name = place.removeprefix(".")
    if place.startswith(".") and name.isidentifier():
        setattr(definition, name, value)
