"""Objects that a library has one of and compares by ``is``: ``dataclasses.MISSING``, a module's ``object()``.

Pickle would make a second one. So an object without any state of its own that a module has as a global is written as
that global.
"""

from __future__ import annotations

import gc
import sys
import types
from typing import Any

from jupyter_mlops.artifacts.classes import module_of


class Singletons:
    """Finds the globals; each class, and `sys.modules`, is looked through once."""

    def __init__(self) -> None:
        self._found: dict[type, dict[int, tuple[types.ModuleType, str]]] = {}

    def reduce(self, value: object, kind: type) -> tuple[Any, ...] | None:
        """Return how to get the global that `value` is, or None."""
        known = self._found.get(kind)
        if known is None:
            known = self._found[kind] = _globals_of(kind)
        found = known.get(id(value)) if known else None
        return None if found is None else (getattr, found)


def _globals_of(kind: type) -> dict[int, tuple[types.ModuleType, str]]:
    name = module_of(kind)
    if name == "__main__":
        return {}
    named = list(sys.modules.items()) if kind is object else [(name, sys.modules.get(name))]
    return {
        id(value): (module, key)
        for place, module in named
        if type(module) is types.ModuleType and place != "__main__"
        for key, value in list(vars(module).items())
        if type(value) is kind and all(child is kind for child in gc.get_referents(value))
    }
