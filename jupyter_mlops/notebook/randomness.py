"""The hidden state of global random generators, made a value that steps hand over like any other. Pure.

``np.random.seed(0)`` in one cell decides what ``np.random.rand()`` gives in all cells below it, in the order in which
they run. Run All has one stream of numbers; so do steps, when the generator's state travels from the one that drew last
to the one that draws next. Nothing is done in a notebook that never seeds: its numbers are not repeatable anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_mlops.notebook.names import Statement


@dataclass(frozen=True)
class Generator:
    """A global generator: the name that its state travels under, and its module."""

    name: str
    module: str


GENERATORS = (Generator("__mlops_random__", "random"), Generator("__mlops_numpy_random__", "numpy.random"))
STATES: Mapping[str, Generator] = {generator.name: generator for generator in GENERATORS}
_HARMLESS = frozenset(["default_rng", "getstate", "get_state", "SystemRandom"])
_SETTERS = frozenset({"seed", "setstate", "set_state"})
_NUMPY_DRAWERS = frozenset({"train_test_split", "sample", "resample", "shuffle"})


def seeded(statements: Iterable[Statement]) -> frozenset[str]:
    """Return the names of the generator states that the notebook seeds."""
    found: set[str] = set()
    modules: dict[str, str] = {}
    for statement in statements:
        modules.update(statement.modules)
        for effects in (statement.eager, statement.late):
            for path in effects.paths:
                full = resolve(path, modules)
                found.update(g.name for g in GENERATORS if full in (f"{g.module}.seed", f"{g.module}.set_state"))
    return frozenset(found)


def touched(paths: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the names of the generator states that code draws from, and of those it sets, given what it looks up."""
    drawn: set[str] = set()
    set_anew: set[str] = set()
    for path in paths:
        owner, _, last = path.rpartition(".")
        for generator in GENERATORS:
            if owner == generator.module and last not in _HARMLESS and last[:1].islower() and not last.endswith("()"):
                (set_anew if last in _SETTERS else drawn).add(generator.name)
        if last.removesuffix("()") in _NUMPY_DRAWERS and last.endswith("()") and owner != "random":
            drawn.add("__mlops_numpy_random__")
    return drawn, set_anew


def resolve(path: str, modules: Mapping[str, str]) -> str:
    """Return a dotted name with its first word replaced by the module it was imported as.

    >>> resolve("np.random.rand", {"np": "numpy"})
    'numpy.random.rand'
    """
    root, dot, rest = path.partition(".")
    return modules.get(root.removesuffix("()"), root) + dot + rest
