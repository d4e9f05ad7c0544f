"""Which definitions cannot be made again in another step, so that they are made once and handed over as values. Pure.

A definition that was made with what changes further down (a default, a base, a class body), one that its own step
changes by more than plain stores, and one whose name means something else later on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupyter_mlops.notebook.facts import Reading
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.names import Kind


def made_once(reading: Reading, made_with: Mapping[int, set[str]]) -> frozenset[int]:
    """Return the positions of these definitions.

    Parameters
    ----------
    made_with
        the names that a definition was made with, and those that shared or may have held the same objects.
    """
    found = {*_of_what_changes(reading, made_with), *_changed_at_home(reading)}
    return frozenset(found.union(_renamed(reading), _made_into_another(reading)))


def _of_what_changes(reading: Reading, made_with: Mapping[int, set[str]]) -> Iterator[int]:
    last = {name: fact.pos for fact in reading.facts for name in (*fact.writes, *fact.binds, *fact.maybe)}
    for name, links in reading.links.items():
        last[name] = max([last.get(name, -1), *(link.pos for link in links if link.is_deleted)])
    for pos, names in made_with.items():
        if any(last.get(name, -1) > pos for name in names):
            yield pos


def _changed_at_home(reading: Reading) -> Iterator[int]:
    """Yield what its own step changes by more than plain stores, which are repeated: ``A.m = wrap(A.m)``."""
    for fact in reading.changers:
        for name in fact.sets - fact.extends:
            link = reading.link(name, fact.pos)
            if link is not None and link.defs and reading.facts[link.defs[0]].owner == fact.owner:
                yield link.defs[0]


def _renamed(reading: Reading) -> Iterator[int]:
    """Yield the classes whose name a decorator gives to something else; their objects mean the class."""
    for fact in reading.facts:
        makers = [fact.reads.get(name) for name in fact.statement.decorators]
        functions = [reading.facts[link.defs[0]] for link in makers if link and link.kind is Kind.FUNCTION]
        if not all(function.statement.gives_back for function in functions):
            yield fact.pos


def _made_into_another(reading: Reading) -> Iterator[int]:
    """Yield the definitions from which something is made that takes their name, and what is made.

    ``P = register(P)``, ``class Model(Model)``: an object of the class may be alive, and means the class that the name
    meant when it was made.
    """
    for fact in reading.facts:
        eager = fact.statement.eager
        for name in (fact.binds | fact.maybe) & eager.reads.keys() & (eager.held | eager.called):
            link = fact.reads.get(name)
            if link is not None and link.kind in (Kind.FUNCTION, Kind.CLASS) and link.owner != SETUP:
                yield from (link.defs[0], fact.pos)
