"""The global random generators: the names their states travel under, and how to get, set and compare the states.

A state is an output like any other; a step that takes it goes on where the step before stopped.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.artifacts.digest import digest

RANDOM, NUMPY = "random", "numpy.random"
#: The names under which states travel, and the modules that they belong to.
STATES: Mapping[str, str] = {"__mlops_random__": RANDOM, "__mlops_numpy_random__": NUMPY}


@dataclass(frozen=True)
class _Access:
    get: Callable[[Any], Any]
    set: Callable[[Any, Any], None]


_ACCESS = {
    RANDOM: _Access(lambda module: module.getstate(), lambda module, state: module.setstate(state)),
    NUMPY: _Access(lambda module: module.get_state(), lambda module, state: module.set_state(state)),
}


def get(generator: str) -> object:
    """Return the generator's state."""
    return _ACCESS[generator].get(importlib.import_module(generator))


def restore(generator: str, state: object) -> None:
    """Let the generator go on from `state`."""
    _ACCESS[generator].set(importlib.import_module(generator), state)


def digests(generators: Collection[str]) -> dict[str, str | None]:
    """Return the digest of each generator's state, None for one that is not loaded."""
    return {name: digest(get(name)) if name in sys.modules else None for name in generators if name in _ACCESS}


def wake(generators: Collection[str]) -> None:
    """Import the modules, so that a step that imports one later on is known to have drawn from it."""
    for name in generators:
        if name in _ACCESS:
            try:
                importlib.import_module(name)
            except ImportError:
                continue
