"""What a notebook says when it is read from top to bottom: links, facts, and all of them together. Pure values.

link
    the last statement above a point that gave a name its value: by binding it, by changing its object in place, or by
    deleting it. A link that is not sure has the one before it behind it.
fact
    what one statement needs and does, with the functions it calls followed: their reads, changes and global names count
    where they are called.
carry
    definitions that live on in a value: the class of an object, a function in a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.mutation import PROCESS_SETTERS
from jupyter_mlops.notebook.names import Kind, Statement


@dataclass(frozen=True)
class Link:
    """Where a name's value comes from: the statement at `pos` of `owner`; `defs` are all statements that define it.

    A *soft* link is a call that may have changed the object and may have left it as it was.
    """

    pos: int
    owner: str
    kind: Kind
    is_sure: bool = True
    is_deleted: bool = False
    is_constant: bool = False
    defs: tuple[int, ...] = ()
    carries: frozenset[int] = frozenset()
    before: Link | None = None
    bound: int | None = None
    is_soft: bool = False

    @property
    def sure(self) -> Link:
        """The nearest link above that is not soft; itself where it is none."""
        link = self
        while link.is_soft and link.before is not None:
            link = link.before
        return link

    @property
    def made(self) -> int:
        """The position of the statement that bound the name; a change in place keeps it."""
        return self.pos if self.bound is None else self.bound


@dataclass
class Fact:
    """What the statement at `pos` needs: for each name it reads the link above it (None when nothing defines it).

    `paths` and `makes` begin at the module that a name was imported as (``numpy.random.rand``).
    """

    pos: int
    owner: str
    statement: Statement
    reads: dict[str, Link | None] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    certain: set[str] = field(default_factory=set)
    guarded: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    writes: dict[str, str] = field(default_factory=dict)
    perhaps: set[str] = field(default_factory=set)
    carried: set[int] = field(default_factory=set)
    followed: set[int] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    makes: dict[str, str] = field(default_factory=dict)
    prior: dict[str, Link | None] = field(default_factory=dict)
    changed_definitions: dict[str, str] = field(default_factory=dict)
    changed_modules: set[str] = field(default_factory=set)


@dataclass
class Reading:
    """The whole notebook read: a fact per statement in reading order, and every link of every name.

    `mentioned` are all names that anything looks up; `skipped_names` maps names that only left-out cells define to the
    cell; from position `unseen` on, names may come from an `import *` that no file explains; `seeded` are the states of
    generators that are seeded.
    """

    facts: list[Fact]
    links: dict[str, list[Link]]
    mentioned: frozenset[str] = frozenset()
    skipped_names: dict[str, int] = field(default_factory=dict)
    unseen: int | None = None
    seeded: frozenset[str] = frozenset()

    @cached_property
    def setup(self) -> tuple[Fact, ...]:
        """The facts of set-up cells."""
        return tuple(fact for fact in self.facts if fact.owner == SETUP)

    @cached_property
    def ambient(self) -> tuple[Fact, ...]:
        """What steps make for its effect: kernel configuration, `__future__`, imports that nobody mentions."""
        return tuple(fact for fact in self.facts if fact.owner != SETUP and self._is_ambient(fact.statement))

    def _is_ambient(self, statement: Statement) -> bool:
        silent = statement.kind is Kind.IMPORT and not (statement.defines & self.mentioned)
        return silent or statement.kind is Kind.CONFIGURE or "__future__" in statement.source.split()[1:2]

    @cached_property
    def setters(self) -> tuple[tuple[Fact, str], ...]:
        """The facts of steps that change a module or the process, with the dotted name of what they change."""
        found: list[tuple[Fact, str]] = []
        for fact in self.facts:
            if fact.owner != SETUP:
                found += [(fact, path) for path in sorted(fact.paths & PROCESS_SETTERS)]
                found += [(fact, path) for path in sorted(fact.changed_modules)]
        return tuple(found)

    @cached_property
    def changers(self) -> tuple[Fact, ...]:
        """The facts of steps that change a module, a class or a function."""
        return tuple(fact for fact in self.facts if fact.owner != SETUP and fact.changed_definitions)
