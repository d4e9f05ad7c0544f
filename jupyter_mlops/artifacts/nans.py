"""Floats that are not equal to themselves: ``x in rows`` and ``rows == other`` go by which object it is.

Pickle writes the bits of a float and makes a new one of them. Where a value holds one of these, each is written as
which one it is: that of a library, or the first, second, ... of the artifact.
"""

from __future__ import annotations

import sys
from typing import Any

_NAMES = (("numpy", "nan"), ("math", "nan"))


def name_of(value: object) -> str:
    """Return the module whose ``nan`` the object is, or an empty text."""
    return next((name for name, key in _NAMES if value is getattr(sys.modules.get(name), key, None)), "")


class Writing:
    """Numbers the objects of one artifact."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[object, int]] = {}

    def mark(self, value: Any) -> tuple[str, int] | None:
        """Return what stands for such a float in a pickle; None for all else."""
        if type(value) is not float or value == value:
            return None
        return name_of(value), self._numbers.setdefault(id(value), (value, len(self._numbers)))[1]


class Reading:
    """Makes the objects of one artifact."""

    def __init__(self) -> None:
        self._made: dict[int, float] = {}

    def nan(self, mark: tuple[str, int]) -> float:
        """Return the float that a mark stands for."""
        name, number = mark
        found = getattr(sys.modules.get(name), "nan", None) if name else None
        return found if isinstance(found, float) else self._made.setdefault(number, float("nan"))
