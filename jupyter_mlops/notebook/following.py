"""Follows the functions and classes behind names to what they do and to what lives on in values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_mlops.notebook.facts import Link
from jupyter_mlops.notebook.names import Effects, Kind, Statement


@dataclass
class Called:
    """What the followed functions do together, the definitions that values carry, and where the functions stand."""

    effects: Effects = field(default_factory=Effects)
    carried: set[int] = field(default_factory=set)
    followed: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Follower:
    """Looks names up in `env`, which the reader moves on, and definitions in `statements`."""

    statements: Sequence[tuple[str, Statement]]
    env: Mapping[str, Link]

    def called(self, mentions: Iterable[str]) -> Called:
        """Follow the functions behind the mentioned names, and those that their values carry, to what they do."""
        found = Called()
        queue = list(mentions)
        seen: set[str] = set()
        while queue:
            name = queue.pop()
            link = self.env.get(name)
            if name in seen or link is None:
                continue
            seen.add(name)
            found.carried |= link.carries
            for pos in {*link.defs, *link.carries} - found.followed:
                found.followed.add(pos)
                statement = self.statements[pos][1]
                if pos in link.carries:
                    # the class of an object, with what was added to it since the object was made
                    queue += [made for made in statement.defines if pos in self._defs(made)]
                found.effects.absorb(statement.late)
                queue += statement.late.mentions
                if statement.kind.is_definition or pos in link.defs:
                    # a decorator, a base class, a default or a method that is added lives on in what it helped to make
                    queue += statement.eager.held | statement.eager.called
        return found

    def _defs(self, name: str) -> tuple[int, ...]:
        link = self.env.get(name)
        return link.defs if link is not None else ()

    def surely_read(self, runs: Iterable[str]) -> set[str]:
        """Return what the functions that are called for sure look up for sure."""
        found: set[str] = set()
        queue, seen = list(runs), set[str]()
        while queue:
            name = queue.pop()
            link = self.env.get(name)
            if name in seen or link is None or link.kind is not Kind.FUNCTION:
                continue
            seen.add(name)
            for statement in (self.statements[pos][1] for pos in link.defs):
                if not statement.is_generator:
                    found |= statement.late.certain
                    queue += statement.late.runs
        return found

    def keepers(self, followed: Iterable[int]) -> set[str]:
        """Return the functions and classes among those followed that change, when they are used, what they keep."""
        definitions = [self.statements[pos][1] for pos in followed]
        kept = [made for made in definitions if made.kind in (Kind.FUNCTION, Kind.CLASS) and self._is_keeper(made)]
        return {name for made in kept for name in made.defines}

    def _is_keeper(self, definition: Statement) -> bool:
        around = (self.env.get(name) for name in definition.eager.called | definition.eager.held)
        made = {pos for link in around if link is not None for pos in link.defs}
        return definition.keeps or any(self.statements[pos][1].makes_keepers for pos in made)

    def carries(self, pos: int, statement: Statement) -> frozenset[int]:
        """Return the definitions that may live on in values made by the statement."""
        found: set[int] = set()
        if statement.kind is Kind.DATA and statement.keeps_code:
            found.add(pos)
        queue = [(name, True) for name in statement.eager.held] + [(name, False) for name in statement.eager.called]
        seen: set[tuple[str, bool]] = set()
        while queue:
            name, is_held = queue.pop()
            link = self.env.get(name)
            if (name, is_held) in seen or link is None:
                continue
            seen.add((name, is_held))
            found |= link.carries
            for made in link.defs:
                definition = self.statements[made][1]
                if definition.kind is Kind.IMPORT or definition.kind is Kind.CONFIGURE:
                    continue
                if is_held or definition.kind is Kind.CLASS or definition.has_nested:
                    found.add(made)
                queue += [(other, True) for other in definition.late.held]
                queue += [(other, False) for other in definition.late.called]
        return frozenset(found)
