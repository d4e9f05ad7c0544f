"""Reads a notebook from top to bottom, as Run All would run it, and says where each name comes from. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jupyter_mlops.notebook import randomness
from jupyter_mlops.notebook.changes import CALL, Changed, Use
from jupyter_mlops.notebook.drawing import Drawing
from jupyter_mlops.notebook.environment import Environment
from jupyter_mlops.notebook.facts import Fact, Link, Reading
from jupyter_mlops.notebook.hidden import names_of_texts
from jupyter_mlops.notebook.known import KNOWN
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.madeonce import made_once
from jupyter_mlops.notebook.names import Effects, Kind, Statement
from jupyter_mlops.notebook.settings import Setter

#: Methods that a class has from Python itself and that change it.
REGISTERING = ("register",)


def read_all(statements: Sequence[tuple[str, Statement]], raises: Iterable[int] = ()) -> Reading:
    """Return where the names of a notebook come from.

    Which definitions are values is known only when all was read once.

    Parameters
    ----------
    statements
        each with the step that it belongs to.
    raises
        cells that are expected to fail.
    """
    values: frozenset[int] = frozenset()
    while True:
        reader = Reader(statements, raises, values)
        reading = reader.read()
        found = made_once(reading, reader.made_with)
        if found <= values:
            return reading
        values |= found


class Reader(Environment):
    """Walks the statements once.

    Parameters
    ----------
    raises
        cells that are expected to fail.
    values
        the positions of definitions that are values.
    """

    def __init__(
        self,
        statements: Sequence[tuple[str, Statement]],
        raises: Iterable[int] = (),
        values: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(statements, values)
        self.raises = set(raises)
        self.draws = Drawing(statements, self.env, self.ties)
        # what functions and classes set, by their positions, as long as `modules` stays the same
        self.known_states: dict[int, dict[str, Setter]] = {}
        self.hider: Link | None = None
        self.builtins = {
            setting.spelled.removeprefix("builtins.")
            for _, statement in statements
            for setting in statement.settings.found
            if setting.spelled.startswith("builtins.")
        }
        self.changed: set[str] = set()
        blocks = [owner for owner, _ in itertools.groupby(owner for owner, _ in statements if owner != SETUP)]
        self.is_contiguous = len(blocks) == len(set(blocks))

    def read(self) -> Reading:
        """Return the facts of all statements."""
        facts = [self._fact(pos, owner, statement) for pos, (owner, statement) in enumerate(self.statements)]
        told = [name for _, s in self.statements for effects in (s.eager, s.late) for name in effects.mentions]
        unseen = next((fact.pos for fact in facts if fact.statement.unseen), None)
        return Reading(facts, self.links, frozenset(told), unseen=unseen, seeded=self.draws.seeded)

    def _fact(self, pos: int, owner: str, statement: Statement) -> Fact:
        eager = statement.eager
        called = self.follow.called(eager.mentions)
        fact = Fact(pos, owner, statement)
        fact.carried = called.carried
        names = {**dict.fromkeys(called.effects.mentions), **eager.reads}
        fact.reads = {name: self.env.get(name) for name in sorted(names | dict.fromkeys(eager.soft))}
        self._look_hidden(fact, called.followed)
        fact.lines = {name: eager.reads.get(name, statement.line) for name in names}
        fact.late = (called.effects.mentions - eager.reads.keys()) | eager.soft
        fact.certain = eager.certain | self.follow.surely_read(eager.runs)
        fact.guarded = eager.guarded | eager.soft | called.effects.forgiven - eager.reads.keys()
        # the statement itself may bind what a function that it calls reads, and the other way round
        fact.guarded |= called.effects.maybe | (fact.late & (eager.binds | eager.maybe))
        if statement.modules:
            self.modules.update(statement.modules)
            self.known_states.clear()
        fact.makes = {name: randomness.resolve(call, self.modules) for name, call in statement.makes.items()}
        fact.writes = self._written(eager, called.effects, fact)
        fact.changed_definitions.update({name: name for name in sorted(self.follow.keepers(called.followed))})
        patched = {name: self.env.get(name) for name in statement.patches}
        fact.changed_definitions.update({n: n for n, link in patched.items() if link and link.kind is Kind.CLASS})
        fact.states = self._states(statement, called.followed)
        fact.binds = set(eager.binds)
        fact.paths = randomness.looked_up(statement, eager.paths | called.effects.paths, self.modules, self.draws.own)
        fact.followed = called.followed
        self.draws.draw(fact, eager.uses | called.effects.uses, self.modules)
        fact.maybe = eager.maybe | (called.effects.maybe - eager.binds)
        if statement.cell in self.raises:
            fact.guarded |= fact.reads.keys()
            fact.maybe |= fact.binds
            fact.binds = set()
        deletes = eager.maybe_deletes | called.effects.maybe_deletes
        fact.prior = {name: self.env.get(name) for name in fact.maybe | fact.writes.keys() | deletes}
        self.advance(fact, eager.deletes, deletes)
        self.draws.mark(fact)
        self._hide(fact)
        return fact

    # -- names that the text does not show

    def _look_hidden(self, fact: Fact, followed: Iterable[int]) -> None:
        """Add the names that are given as texts to code that reads such, and names that may have been hidden above."""
        statements = [fact.statement, *(self.statements[pos][1] for pos in followed)]
        if any(statement.is_dynamic for statement in statements):
            named = names_of_texts(fact.statement.source) - fact.reads.keys()
            fact.reads.update({name: self.env[name] for name in sorted(named) if name in self.env})
        if any("__subclasses__" in statement.source for statement in statements):
            classes = {name: link for name, link in self.env.items() if link.kind is Kind.CLASS}
            fact.reads.update({name: link for name, link in classes.items() if name not in fact.reads})
        fact.reads = {name: link for name, link in fact.reads.items() if link or name not in self.builtins}
        if self.hider is not None:
            for name, link in fact.reads.items():
                if link is None and name not in KNOWN:
                    fact.reads[name] = self.hider

    def _hide(self, fact: Fact) -> None:
        """From here on, every value may be one that the statement has bound unseen."""
        if not any(self.statements[pos][1].hides for pos in {fact.pos, *fact.followed}):
            return
        for name, link in list(self.env.items()):
            if link.kind is Kind.DATA and link.pos != fact.pos:
                fact.prior.setdefault(name, link)
                self.link(name, Link(fact.pos, fact.owner, Kind.DATA, is_sure=False, before=link))
        self.hider = Link(fact.pos, fact.owner, Kind.DATA, is_sure=False, before=self.hider)

    # -- calls

    def _states(self, statement: Statement, followed: Iterable[int]) -> dict[str, Setter]:
        """Return the states of the process and of libraries that a statement sets."""
        found: dict[str, Setter] = {}
        if not statement.kind.is_definition and statement.settings.found:
            found.update(statement.settings.states(self.modules, self.imported))
        for pos in followed:
            if pos not in self.known_states:
                self.known_states[pos] = self.statements[pos][1].settings.states(self.modules)
            for name, use in self.known_states[pos].items():
                found[name] = replace(use, is_plain=False, is_direct=name in found)
        return found

    def _written(self, eager: Effects, late: Effects, fact: Fact) -> dict[str, str]:
        """Return the data names whose objects the statement changes, through every name that shares them."""
        written: dict[str, str] = {}
        drawn = {path.partition(".")[0]: path for path in eager.paths | late.paths if "." in path}
        drawn = {
            name: path for name, path in drawn.items() if self.objects.is_figure(name) or name in self.draws.objects
        }
        if not fact.statement.kind.is_definition:
            # `axes[0].plot(x)`, `draw(fig)`: a statement that reads a figure may draw on it
            drawn |= {name: name for name in eager.reads if self.objects.is_figure(name)}
        drawn.update(self.draws.used_objects(eager.uses | late.uses, self.modules))
        stored = {**late.writes, **eager.writes}
        changed, perhaps = self._changed(eager.uses | late.uses)
        if fact.statement.kind.is_definition:
            perhaps = {}
        candidates = {**perhaps, **drawn, **late.methods, **eager.methods, **stored, **changed}
        surely = {*drawn, *late.methods, *eager.methods, *stored, *changed, *eager.direct, *late.direct}
        soft, hard = ({n for name in names for n in self._sharing(name, fact.statement)} for names in (perhaps, surely))
        fact.perhaps = soft - hard
        for name in soft | hard if self.is_contiguous else ():
            for other in self.holding.group(name) - hard - soft:
                link = self.env.get(other)
                if (
                    link is not None
                    and link.owner != SETUP
                    and not link.is_deleted
                    and self.objects.is_shareable(other)
                ):
                    fact.perhaps.add(other)
                    written.setdefault(other, candidates.get(name, name))
        for name in {*candidates, *surely}:
            link = self.env.get(name)
            if link is None or link.kind is Kind.DATA:
                for other in self._sharing(name, fact.statement):
                    holder = self.env.get(other)
                    if holder is not None and holder.kind in (Kind.FUNCTION, Kind.CLASS):
                        # `A.rows = rows` above `rows.append(1)`: the step needs the class to hand on what it keeps
                        fact.reads.setdefault(other, holder)
                        fact.changed_definitions.setdefault(other, candidates.get(name, name))
                    else:
                        written.setdefault(other, candidates.get(name, name))
            elif name in candidates and not (link.kind is Kind.IMPORT and name in self.modules):
                for other in self._sharing(name, fact.statement) - {name} if link.kind is Kind.CLASS else ():
                    # `rows = Log.rows` above `Log.rows.append(1)`
                    if self.env[other].kind is Kind.DATA:
                        written.setdefault(other, candidates[name])
                is_store = fact.statement.settings.is_store and not fact.reads_data
                if fact.owner != SETUP and is_store and name not in self.changed:
                    fact.extends.add(name)
                else:
                    fact.changed_definitions[name] = candidates[name]
                    # what is added now comes after the change: a step below takes both as they are in the end
                    self.changed |= {name} if link.kind is not Kind.IMPORT else set()
        return written

    def _changed(self, uses: Iterable[Use]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the data names that calls change, as the functions and classes of the notebook say, or may change.

        What *may* change only moves on where it comes from, and only where no step is resumed further down: there it
        would tie two steps into a knot.
        """
        surely: dict[str, str] = {}
        perhaps: dict[str, str] = {}
        for use in uses:
            surely.update({name: f"{use.name}(…)" for _, name in use.given if self.objects.is_iterator(name)})
            link = None if use.is_method else self.env.get(use.name)
            if link is None and not use.is_method:
                continue
            called, kind = use, None if link is None else self.kind(use.name, link)
            if kind is Kind.DATA:
                called = Use(CALL, use.name, True, use.given)
            elif kind is Kind.CLASS:
                called = Use("__init__", None, True, use.given)
            changed = self.changers.changed(called)
            if link is not None and link.kind is Kind.DATA and (link.carries or len(self.ties.group(use.name)) > 1):
                # a closure, or a method that was given a name: `push = items.append`
                changed = Changed(changed.surely, changed.perhaps | {use.name})
            elif use.name == "__getitem__" and self.objects.is_defaultdict(use.owner):
                changed = Changed(changed.surely | {use.owner or ""}, changed.perhaps)
            for name in changed.surely | changed.perhaps:
                made = self.env.get(name)
                if made is not None and made.kind is Kind.CLASS and use.name in REGISTERING:
                    surely[name] = f"{name}.{use.name}(…)"
                elif made is not None and made.kind in (Kind.CLASS, Kind.FUNCTION) and name in changed.surely:
                    surely[name] = f"{use.name}(…)"
                if made is None or made.kind is not Kind.DATA or made.is_constant:
                    continue
                if name in changed.surely:
                    surely[name] = f"{use.name}(…)"
                elif self.is_contiguous and made.owner != SETUP:
                    perhaps[name] = f"{use.name}(…)"
        return surely, perhaps

    def _sharing(self, name: str, statement: Statement) -> set[str]:
        """Return the names that share the object, also those that the statement itself ties together."""
        aliases = {
            target: [r for r in roots if self.objects.is_shareable(r)] for target, roots in statement.aliases.items()
        }
        for names in statement.together:
            aliases.update({target: [*aliases.get(target, ()), *names] for target in names})
        reached = self.ties.reached(name, aliases)
        return {other for other in reached if other == name or other in self.env}
