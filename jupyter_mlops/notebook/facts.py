"""What a notebook says when it is read from top to bottom: links, facts, and all of them together. Pure values.

link
    the last statement above a point that gave a name its value: by binding it, by changing its object in place, or by
    deleting it. A link that is not sure has the one before it behind it.
fact
    what one statement needs and does, with the functions it calls followed: their reads, changes and global names count
    where they are called.
carry
    definitions that live on in a value: the class of an object, a function in a list.
extends
    functions and classes to which a statement only adds something (``Config.size = 2``): it is repeated with them.
states
    what a statement sets in the process or in libraries, and whether it does nothing else: `settings`.
draws, seeds, marks
    the global random generators that it draws from or seeds and whose state cannot be handed over, and those that the
    objects which it makes may draw from: `randomness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.names import Kind, Statement
from jupyter_mlops.notebook.settings import Setter
from jupyter_mlops.notebook.settingtable import CARRIED
from jupyter_mlops.notebook.takenback import taken_back


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
    extends: set[str] = field(default_factory=set)
    states: dict[str, Setter] = field(default_factory=dict)
    draws: frozenset[str] = frozenset()
    seeds: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()

    @property
    def reads_data(self) -> bool:
        """Whether it reads a value that a step makes."""
        links = (link for link in self.reads.values() if link is not None)
        return any(link.kind is Kind.DATA and link.owner != SETUP for link in links)

    @property
    def sets(self) -> set[str]:
        """The definitions that the statement itself changes, as opposed to what it calls."""
        return self.extends | (self.changed_definitions.keys() & self.statement.eager.writes.keys())

    @property
    def is_registration(self) -> bool:
        """Whether it defines what a decorator of a library makes known there: ``@register_line_magic``."""
        links = [self.reads.get(name) for name in self.statement.registrations]
        return self.statement.kind.is_definition and any(link and link.kind is Kind.IMPORT for link in links)

    @property
    def is_plain_setting(self) -> bool:
        """Whether all that it does is to set states, so that it can be run again in other steps."""
        return bool(self.states) and all(use.is_plain for use in self.states.values())


@dataclass(frozen=True)
class Settled:
    """The facts of steps that set a state: those that steps below repeat, those after which the state is carried, and
    those that set what can be neither repeated nor carried.
    """

    repeated: tuple[Fact, ...] = ()
    carried: tuple[Fact, ...] = ()
    lost: tuple[Fact, ...] = ()


def settle(setters: Sequence[Fact]) -> Settled:
    """Decide for each fact that sets a state whether it is repeated or carried.

    The settings of one state are all repeated or all carried: their order counts.
    """
    carried: set[str] = set()
    known = -1
    while len(carried) > known:
        known = len(carried)
        for fact in setters:
            is_repeatable = fact.is_plain_setting and not (fact.states.keys() & carried or fact.reads_data)
            if not is_repeatable:
                carried |= fact.states.keys() & CARRIED
    is_carried = {fact.pos: bool(fact.states.keys() & carried) for fact in setters}
    return Settled(
        tuple(fact for fact in setters if not is_carried[fact.pos] and fact.is_plain_setting),
        tuple(fact for fact in setters if is_carried[fact.pos]),
        tuple(
            fact
            for fact in setters
            if fact.states.keys() - CARRIED and (is_carried[fact.pos] or not fact.is_plain_setting)
        ),
    )


def _pos(fact: Fact) -> int:
    return fact.pos


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
    def unread(self) -> tuple[Fact, ...]:
        """The facts that stand for cells that are not valid Python."""
        return tuple(fact for fact in self.facts if fact.statement.unread)

    def may_be_bound(self, name: str, above: int, below: int = -1) -> bool:
        """Whether a cell that cannot be read, between two positions, may bind the name."""
        return any(below < fact.pos < above and name in fact.statement.unread for fact in self.unread)

    @cached_property
    def setup(self) -> tuple[Fact, ...]:
        """The facts of set-up cells."""
        return tuple(fact for fact in self.facts if fact.owner == SETUP)

    @cached_property
    def ambient(self) -> tuple[Fact, ...]:
        """What steps make for its effect: kernel configuration, `__future__`, registrations, silent imports."""
        above = (
            fact
            for fact in self.facts
            if fact.owner != SETUP and (self._is_ambient(fact.statement) or fact.is_registration)
        )
        return tuple(sorted({fact.pos: fact for fact in (*above, *self.settled.repeated)}.values(), key=_pos))

    def _is_ambient(self, statement: Statement) -> bool:
        silent = statement.kind is Kind.IMPORT and not (statement.defines & self.mentioned)
        return silent or statement.kind is Kind.CONFIGURE or "__future__" in statement.source.split()[1:2]

    @cached_property
    def settled(self) -> Settled:
        """What becomes of the states that steps set."""
        undone = taken_back(self.facts)
        return settle([f for f in self.facts if f.owner != SETUP and f.states and f.pos not in undone])

    @cached_property
    def changers(self) -> tuple[Fact, ...]:
        """The facts of steps that change a module, a class or a function, or add to one."""
        return tuple(fact for fact in self.facts if fact.owner != SETUP and (fact.changed_definitions or fact.extends))

    def link(self, name: str, above: int) -> Link | None:
        """Return what a name means at a position."""
        return next((found for found in reversed(self.links.get(name, ())) if found.pos < above), None)

    def is_changed(self, names: frozenset[str], above: int) -> bool:
        """Return whether a step changes one of the definitions above a position."""
        made = (made for made in self.changers if made.pos < above)
        return any(not names.isdisjoint(changer.changed_definitions.keys() | changer.extends) for changer in made)

    def uses(self, fact: Fact) -> set[str]:
        """Return the names that a fact reads, and those of the definitions behind them."""
        defined = (self.facts[pos].statement.defines for pos in fact.carried | fact.followed)
        return set(fact.reads).union(*defined)
