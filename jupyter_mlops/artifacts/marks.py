"""What pickle writes in its own way, whatever a pickler says, and reads as something else: floats and sets.

A float that is not equal to itself comes back as another object, and a set may come back with its elements in another
order. In an artifact that holds such an object a mark takes its place: what it is, and its number in the artifact.
"""

from __future__ import annotations

import sys
from typing import Any

from jupyter_mlops.artifacts import nans, setorder

_SETS = (set, frozenset)


class Writing:
    """Makes the marks of one artifact; `disordered` counts the sets whose order will be another one."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[object, int]] = {}
        self._other: dict[int, object] = {}
        self.disordered = 0

    def mark(self, value: Any) -> tuple[Any, ...] | None:
        """Return what stands for the object in a pickle; None for all that pickle writes as it is."""
        kind = type(value)
        if kind is float:
            return (nans.name_of(value), self._number(value)) if value != value else None
        if kind not in _SETS or id(value) in self._other:
            return None
        if id(value) in self._numbers:
            return kind is set, self._number(value), None
        found = setorder.recipe(value) if setorder.is_lost(value) else None
        if found is None:
            self.disordered += setorder.is_lost(value)
            self._other[id(value)] = value
            return None
        return kind is set, self._number(value), tuple(found)

    def _number(self, value: object) -> int:
        return self._numbers.setdefault(id(value), (value, len(self._numbers)))[1]


class Reading:
    """Makes the objects of one artifact."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def load(self, mark: tuple[Any, ...]) -> object:
        """Return the object that a mark stands for."""
        what, number, *recipe = mark
        if what and not recipe and isinstance(found := getattr(sys.modules.get(what), "nan", None), float):
            return found
        if number not in self._made:
            made = float("nan") if not recipe else setorder.make(set if what else frozenset, *recipe[0])
            self._made[number] = made
        found_again: object = self._made[number]
        return found_again
