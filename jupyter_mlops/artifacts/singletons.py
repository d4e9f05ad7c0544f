"""Objects that a library has one of and compares by ``is``: ``dataclasses.MISSING``, a module's ``object()``.

Pickle would make a second one. So an object without any state of its own that a module has as a global is written as
that global. So are the generators that the functions of `random` and `numpy.random` draw from: their states are handed
over apart.
"""

from __future__ import annotations

import gc
import sys
import types
from typing import Any

from jupyter_mlops.artifacts.classes import module_of

Found = dict[int, tuple[types.ModuleType, str]]


#: Module and name of the global random generators.
_GENERATORS = (("random", "_inst"), ("numpy.random.mtrand", "_rand"))


def generators() -> list[tuple[object, types.ModuleType, str]]:
    """Return the global random generators of the modules that are loaded, with module and name."""
    found = [(sys.modules.get(module), name) for module, name in _GENERATORS]
    return [(vars(module)[name], module, name) for module, name in found if module and name in vars(module)]


def reduce(value: object, found: Found) -> tuple[Any, ...] | None:
    """Return how to get the global that `value` is, or None."""
    place = found.get(id(value))
    return None if place is None else (getattr, place)


def of(kind: type) -> Found:
    """Return the globals of a class, by their ids: its module and the name there."""
    name = module_of(kind)
    if name == "__main__":
        return {}
    own = {id(value): (module, key) for value, module, key in generators() if type(value) is kind}
    named = list(sys.modules.items()) if kind is object else [(name, sys.modules.get(name))]
    return own | {
        id(value): (module, key)
        for place, module in named
        if type(module) is types.ModuleType and place != "__main__"
        for key, value in list(vars(module).items())
        if type(value) is kind and all(child is kind for child in gc.get_referents(value))
    }
