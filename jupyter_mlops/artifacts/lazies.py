"""What objects of libraries note down while they are read, which is no change of them.

A graph keeps the views that it was asked for, a fitted model its summary, a tree how often it was searched. A step that
only reads such an object leaves another pickle of it behind, while the steps beside it have the object as it was, and
both are right. Objects of the notebook's own classes are never looked at in this way.

restless
    objects of which everything may change when they are read: they count by identity.
parts
    what an object is, without what it counts and remembers.
kept back
    what a `functools.cached_property` has made; private attributes that are None or empty, whose names end in
    ``cache``, or that were not there when the step began: code that misses one of these makes it, or fails.
"""

from __future__ import annotations

import copyreg
import functools
from collections.abc import Collection
from typing import Any

from jupyter_mlops.artifacts.classes import ANY, library_of, module_of, qualname_of

_RESTLESS = frozenset({"matplotlib", "statsmodels"})
#: Triangulations and the like are complete when they are made; they work out the rest when they are asked.
_COMPLETE = frozenset({"Delaunay", "ConvexHull", "Voronoi"})
_TREES = frozenset({"KDTree", "BallTree"})


def is_restless(value: object, library: str) -> bool:
    """Return whether everything in an object may change when it is read."""
    if library == "pandas":
        # Groups and windows look at a table, which is looked at itself.
        return not hasattr(value, "_mgr") and hasattr(value, "obj") and hasattr(value, "__dict__")
    return library in _RESTLESS or (library == "scipy" and qualname_of(type(value)) in _COMPLETE)


def parts(value: Any, library: str) -> tuple[object, ...] | None:
    """Return what an object is; None where its pickle says that."""
    name = qualname_of(type(value))
    if library == "sklearn" and name in _TREES:
        return tuple(memoryview(each).tobytes() for each in value.get_arrays())
    if library == "numpy" and name == "MaskedArray":
        return (value.data, value.mask, value.fill_value, value.hardmask)
    if library == "difflib" and name == "SequenceMatcher":
        return (value.a, value.b, value.isjunk, value.autojunk)
    return None


class Lazies:
    """Leaves out of the states of objects what is kept back, over one walk.

    Parameters
    ----------
    home
        the module of the notebook.
    names
        the private attributes of each object of a library in a walk when the step began, in the order of the walk;
        None in that walk itself.

    Attributes
    ----------
    met
        the same of this walk.
    """

    def __init__(self, home: object, names: Collection[frozenset[str]] | None = None) -> None:
        self._home = home
        self._before = None if names is None else iter(names)
        self._derived: dict[type, frozenset[str] | None] = {}
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self.met: list[frozenset[str]] = []

    def reduce(self, value: object, kind: type) -> Any:
        """Return how pickle reduces an object, without what is kept back; None where pickle does that alone."""
        if kind not in self._derived:
            self._derived[kind] = self._look_at(kind)
        derived = self._derived[kind]
        if derived is None:
            return None
        try:
            reduced = value.__reduce_ex__(5)
        except ANY:  # a door: the class decides how it is reduced; pickle will say so
            return None
        state = reduced[2] if type(reduced) is tuple and len(reduced) > 2 else None
        # Attributes in slots are a second dict.
        if type(state) is tuple and len(state) == 2 and all(part is None or type(part) is dict for part in state):
            kept: Any = tuple(part and self._without(part, derived) for part in state)
        elif type(state) is dict:
            kept = self._without(state, derived)
        else:
            return None
        return (*reduced[:2], kept, *reduced[3:])

    def _without(self, state: dict[Any, Any], derived: frozenset[str]) -> dict[Any, Any]:
        private = frozenset(name for name in state if type(name) is str and name.startswith("_"))
        self.met.append(self._same.setdefault(private, private))
        out = {name for name in private if name.rstrip("_").endswith("cache") or _is_nothing(state[name])}
        out |= derived & state.keys()
        if self._before is not None:
            out |= private - next(self._before, private)
        return {name: part for name, part in state.items() if name not in out} if out else state

    def _look_at(self, kind: type) -> frozenset[str] | None:
        """Return the attributes of a library's class that are made on demand; None for all other classes."""
        if module_of(kind) in ("builtins", self._home) or library_of(kind) in ("cloudpickle", "jupyter_mlops"):
            return None
        if kind in copyreg.dispatch_table or issubclass(kind, type):
            return None
        return frozenset(
            name
            for base in kind.__mro__
            for name, part in vars(base).items()
            if type(part) is functools.cached_property
        )


def _is_nothing(value: object) -> bool:
    return value is None or (type(value) in (dict, list, set) and not value)
