"""What each name means at the point of the notebook that reading has reached, and which names share objects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jupyter_mlops.notebook.aliases import PARTS
from jupyter_mlops.notebook.changes import Changers
from jupyter_mlops.notebook.facts import Fact, Link
from jupyter_mlops.notebook.following import Follower
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.names import Kind, Statement
from jupyter_mlops.notebook.objects import Objects
from jupyter_mlops.notebook.ties import Ties


class Environment:
    """`env` maps each name to its link at the point reached, `links` to all that it had.

    Parameters
    ----------
    values
        the positions of definitions that are values.
    """

    def __init__(self, statements: Sequence[tuple[str, Statement]], values: frozenset[int]) -> None:
        self.statements = statements
        self.values = values
        # the names that a definition was made with, and those that shared or may have held the same objects
        self.made_with: dict[int, set[str]] = {}
        self.env: dict[str, Link] = {}
        self.links: dict[str, list[Link]] = {}
        self.imported: set[str] = set()
        self.modules: dict[str, str] = {}
        self.ties = Ties()
        # names of objects that may hold one another, by what calls did with them
        self.holding = Ties()
        self.follow = Follower(statements, self.env)
        self.objects = Objects(statements, self.env, self.modules)
        self.changers = Changers(made for _, statement in statements for made in statement.changers)

    def advance(self, fact: Fact, deletes: set[str], maybe_deletes: set[str]) -> None:
        """Go past a statement: what it binds, changes, extends and deletes means something else from here on."""
        statement, carries = fact.statement, self.follow.carries(fact.pos, fact.statement)
        # What does something else when it is made cannot be made again: it is handed over.
        is_value = fact.owner != SETUP and statement.kind in (Kind.FUNCTION, Kind.CLASS)
        if is_value:
            made_with = {
                name
                for name, link in fact.reads.items()
                if link and link.kind is Kind.DATA and not (link.owner == SETUP and link.is_constant)
            }
            groups = [ties.group(name) for ties in (self.ties, self.holding) for name in made_with]
            self.made_with[fact.pos] = made_with.union(*groups)
            does_more = bool({*fact.writes, *fact.binds, *fact.maybe} - statement.defines)
            is_value = does_more or fact.pos in self.values
        if is_value:
            carries |= {fact.pos}
        # the groups as they are before the statement, which may bind the roots themselves
        shared = [
            (name, self.ties.group(root))
            for name, roots in statement.aliases.items()
            for root in roots
            if self.objects.is_shareable(root)
        ]
        for name in fact.writes:
            link = self.env.get(name)
            if name not in fact.binds and (link is not None or name in fact.reads):
                older = link.carries if link else frozenset()
                bound = link.made if link else None
                made = Link(fact.pos, fact.owner, Kind.DATA, True, carries=older | carries, before=link, bound=bound)
                self.link(name, replace(made, is_soft=True) if name in fact.perhaps else made)
        for name in sorted(fact.binds | fact.maybe):
            link = self.env.get(name)
            is_sure = name in fact.binds
            kind = statement.kind if name in statement.defines and is_sure and not is_value else Kind.DATA
            defs = self._defs(fact.pos, statement, link) if kind.is_definition else ()
            older = link.carries if link and (not is_sure or name in fact.writes) else frozenset()
            carried = frozenset() if kind.is_definition else carries | older
            self.link(
                name,
                Link(
                    fact.pos,
                    fact.owner,
                    kind,
                    is_sure,
                    False,
                    statement.is_constant or name in statement.numbers,
                    defs,
                    carried,
                    None if is_sure else link,
                ),
            )
            if is_sure and name not in fact.writes:
                self.ties.part(name)
        for name in statement.registers | fact.extends:
            link = self.env.get(name)
            if link is not None and link.kind.is_definition:
                self.link(name, replace(link, owner=fact.owner, defs=(*link.defs, fact.pos)))
        # a function that a decorator adds to a class lives on in the class
        added = carries | ({fact.pos} if statement.kind.is_definition else set())
        for name in fact.changed_definitions.keys() - fact.binds:
            link = self.env.get(name)
            if link is not None and link.kind.is_definition and added - link.carries:
                self.link(name, replace(link, carries=link.carries | added))
        for name in deletes | maybe_deletes:
            link = self.env.get(name)
            self.link(name, Link(fact.pos, fact.owner, Kind.DATA, name in deletes, True, before=link))
            if name in deletes:
                self.ties.part(name)
        for name, group in shared:
            self.ties.tie(name, group)
        for name in fact.binds - fact.writes.keys():
            self.holding.part(name)
        for held in statement.held:
            is_part = not held.method or held.method in PARTS or self.changers.has_method(held.method)
            for root in held.roots - {held.name}:
                if self.objects.is_shareable(root) and (is_part or self.objects.is_figure(root)):
                    self.holding.tie(held.name, self.holding.group(root))
        for name in statement.eager.called:
            link = self.env.get(name)
            if link is not None and link.kind is Kind.DATA and self._is_class(name, link):
                # an object of a class that is a value: the class is changed through the one and the other
                for target in fact.binds - {name}:
                    self.holding.tie(target, self.holding.group(name))
        for names in statement.together:
            first, *others = sorted(names & (fact.binds | fact.maybe)) or [""]
            for name in others:
                self.ties.tie(name, self.ties.group(first))

    def kind(self, name: str, link: Link) -> Kind:
        """Return what a call of the name calls: a function that is a value is a function all the same."""
        made = self.statements[link.made][1]
        return made.kind if name in made.defines else link.kind

    def _is_class(self, name: str, link: Link) -> bool:
        """Return whether a value is a class that was defined under its name, perhaps below an ``if``."""
        return f"class {name}" in self.statements[link.made][1].source

    def link(self, name: str, link: Link) -> None:
        """Let a name mean something else from here on."""
        self.env[name] = link
        self.imported.add(name) if link.kind is Kind.IMPORT else self.imported.discard(name)
        self.links.setdefault(name, []).append(link)

    def _defs(self, pos: int, statement: Statement, link: Link | None) -> tuple[int, ...]:
        # `import a.b` and `import a.c` build one module object between them
        adds = (
            statement.kind is Kind.IMPORT
            and statement.source.lstrip().startswith("import ")
            and "." in statement.source
        )
        return (*link.defs, pos) if adds and link and link.kind is Kind.IMPORT else (pos,)
