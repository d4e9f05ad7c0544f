"""The hidden state of random generators, made a value that steps hand over like any other. Pure.

``np.random.seed(0)`` in one cell decides what ``np.random.rand()`` gives in all cells below it, in the order in which
they run. Run All has one stream of numbers; so do steps, when the generator's state travels from the one that drew last
to the one that draws next. Nothing is done in a notebook that never seeds: its numbers are not repeatable anyway.

global generator
    one that a library keeps to itself: `generatortable` says what draws from it.
mark
    a global generator that an object may draw from when it is used: a model of torch, an estimator without a seed.
generator object
    ``np.random.default_rng(0)``: a value, which whatever uses it changes in place.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_mlops.notebook import dunders
from jupyter_mlops.notebook.changes import ATTRIBUTE, Use
from jupyter_mlops.notebook.generatortable import GENERATORS, GIVES_DATA, MAKERS, QUIET, Generator, may_touch, pattern
from jupyter_mlops.notebook.names import Statement

STATES: Mapping[str, Generator] = {generator.name: generator for generator in GENERATORS}
CARRIED = frozenset(generator.name for generator in GENERATORS if generator.is_carried)


@dataclass(frozen=True)
class Touch:
    """The states that code draws from, those that it seeds, and those that its objects may draw from later on."""

    drawn: frozenset[str] = frozenset()
    seeded: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()


def seeded(statements: Iterable[Statement]) -> frozenset[str]:
    """Return the names of the generator states that the notebook seeds."""
    found: set[str] = set()
    modules: dict[str, str] = {}
    own: dict[str, frozenset[str]] = {}
    for statement in statements:
        modules.update(statement.modules)
        own.update(statement.brings)
        for path in looked_up(statement, statement.eager.paths | statement.late.paths, modules, own):
            found |= _touch(path).seeded
    return frozenset(found)


def looked_up(
    statement: Statement, paths: Iterable[str], modules: Mapping[str, str], own: Mapping[str, frozenset[str]]
) -> set[str]:
    """Return the dotted names that code looks up, from the module on.

    With the generator functions that functions of the notebook's `own` modules call, and an import's lines.
    """
    found = {resolve(path, modules) for path in paths}
    if not own:
        return found
    called = {path.removesuffix("()") for path in found if "." in path}
    if statement.brings:
        targets = {*statement.modules.values(), *(star.target for star in statement.stars)}
        called |= {f"import {'.'.join(t.split('.')[:n])}" for t in targets for n in range(1, t.count(".") + 2)}
    return found.union(*(own[path] for path in called & own.keys()))


@functools.lru_cache(maxsize=16384)
def _touch(path: str) -> Touch:
    """Return what looking up or calling a dotted name does to the global generators."""
    name = path.removesuffix("()")
    if not may_touch(name):
        return Touch()
    last = name.rpartition(".")[2]
    drawn, seeds, marks = set(), set(), set()
    for generator in GENERATORS:
        is_seeder = pattern(generator.seeders).fullmatch(name) is not None
        is_drawer = pattern(generator.drawers).fullmatch(path) and not pattern(generator.harmless).fullmatch(path)
        if is_seeder:
            seeds.add(generator.name)
        if is_drawer and (not is_seeder or _is_partial(generator, name)):
            drawn.add(generator.name)
        is_family = any(f"{name}.".startswith(f"{family}.") for family in generator.families.split())
        # an estimator without a seed draws when it is fitted
        if is_family or (is_drawer and path.endswith("()") and last[:1].isupper()):
            marks.add(generator.name)
    return Touch(frozenset(drawn), frozenset(seeds), frozenset(marks))


def _is_partial(generator: Generator, name: str) -> bool:
    """Whether a call seeds a part of the state only, as `torch.cuda.manual_seed` does."""
    return generator.module == "torch" and name.startswith(("torch.cuda.", "torch.mps."))


def touched(paths: Iterable[str]) -> Touch:
    """Return what code does to the global generators, given what it looks up."""
    found = [_touch(path) for path in paths]
    return Touch(
        frozenset().union(*(touch.drawn for touch in found)),
        frozenset().union(*(touch.seeded for touch in found)),
        frozenset().union(*(touch.marks for touch in found)),
    )


def resolve(path: str, modules: Mapping[str, str]) -> str:
    """Return a dotted name with its first word replaced by the module it was imported as.

    >>> resolve("np.random.rand", {"np": "numpy"}), resolve("KMeans()", {"KMeans": "sklearn.cluster.KMeans"})
    ('numpy.random.rand', 'sklearn.cluster.KMeans()')
    """
    root, dot, rest = path.partition(".")
    bare = root.removesuffix("()")
    return modules.get(bare, bare) + root[len(bare) :] + dot + rest


def makes_generator(path: str) -> bool:
    """Return whether calling a dotted name makes a generator object."""
    return pattern(MAKERS).fullmatch(path.removesuffix("()")) is not None


def gives_data(made: str) -> bool:
    """Return whether the result of a call can draw nothing, given the call's dotted name."""
    return made.rpartition(".")[2] in GIVES_DATA or _is_quiet(made)


@functools.lru_cache(maxsize=4096)
def _is_quiet(path: str) -> bool:
    return any(f"{path}.".startswith(f"{name}.") for name in QUIET)


def active(use: Use, modules: Mapping[str, str]) -> Iterable[str]:
    """Return the names whose objects a call may let draw."""
    if use.name in GIVES_DATA or use.name in dunders.QUIET or use.name.startswith(ATTRIBUTE):
        return ()
    owner = use.owner if use.is_method else use.name
    if owner is not None and _is_quiet(modules.get(owner, "")):
        return ()
    given = [name for _, name in use.given]
    return [*given, owner] if owner is not None else given
