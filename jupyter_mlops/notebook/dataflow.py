"""From facts to steps: which step hands over what to which, what is replayed, and what cannot be given. Pure.

The rule (every other one follows from it): a name that a step reads comes from the nearest step above it, in reading
order, that binds it, changes it in place or deletes it. Data travels as artifacts, definitions as code. Where an
ancestor of the step has the same value in its hands later than the one who made it, the ancestor hands it over, so that
changes through an alias are carried along.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from jupyter_mlops.notebook import stateflow
from jupyter_mlops.notebook.chains import Chains
from jupyter_mlops.notebook.complaints import Complaints
from jupyter_mlops.notebook.facts import Fact, Link, Reading
from jupyter_mlops.notebook.layout import SETUP, Layout
from jupyter_mlops.notebook.names import Kind
from jupyter_mlops.notebook.randomness import STATES


@dataclass
class StepFlow:
    """What one step takes, gives and replays.

    `first` is its first position in reading order; `inputs` maps a name to the link that made it, `source` to the step
    that hands it over, `takers` an output to the steps that take it; `replays` are positions of definitions of other
    steps; `early` are names they need when made; `latest` is the last link of a name that several would have to give;
    `restores` are positions of settings of other steps after which the state of their process is restored here.
    """

    name: str
    first: int
    facts: list[Fact] = field(default_factory=list)
    inputs: dict[str, Link] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    used_at: dict[str, int] = field(default_factory=dict)
    first_used: dict[str, int] = field(default_factory=dict)
    takers: dict[str, list[str]] = field(default_factory=dict)
    after: set[str] = field(default_factory=set)
    replays: set[int] = field(default_factory=set)
    early: set[str] = field(default_factory=set)
    latest: dict[str, Link] = field(default_factory=dict)
    restores: set[int] = field(default_factory=set)
    setup: set[str] = field(default_factory=set)
    taken_from_setup: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    pending: dict[str, tuple[Fact, Link]] = field(default_factory=dict)

    @property
    def outputs(self) -> set[str]:
        """The names that other steps take."""
        return set(self.takers)


class Dataflow:
    """Builds the `StepFlow` of every step from a reading; `findings` say what cannot be given."""

    def __init__(self, layout: Layout, reading: Reading, declared: frozenset[str]) -> None:
        self.layout = layout
        self.reading = reading
        self.declared = declared
        self.complain = Complaints(reading, declared)
        self.flows: dict[str, StepFlow] = {}
        self._chains = Chains(reading)
        # what each step replays, by the step and the name that is defined
        self._replayed: dict[tuple[str, str], list[int]] = {}
        for fact in reading.facts:
            if fact.owner != SETUP:
                flow = self.flows.setdefault(fact.owner, StepFlow(fact.owner, fact.pos))
                flow.facts.append(fact)
        for name, region in layout.regions.items():
            self.flows.setdefault(name, StepFlow(name, self._place(region.first)))

    def build(self) -> dict[str, StepFlow]:
        """Resolve every name of every step; return the steps by name."""
        for fact in self.reading.facts:
            self._setup_fact(fact) if fact.owner == SETUP else self._step_fact(fact)
        self.complain.lost_settings()
        self.complain.begun_anew()
        stateflow.carry(self.reading, self.flows, self.complain)
        self._demand()
        for flow in self.flows.values():
            for pos in sorted({pos for fact in flow.facts for pos in fact.carried}):
                self._carry(flow, pos)
            for made in self.reading.ambient:
                if made.pos < flow.first and stateflow.is_seen(flow, made):
                    self._replay_at(flow, made, "", made.pos)
                    for name, link in stateflow.used_by_library(self.reading, flow, made):
                        self._resolve(flow, made, name, link)
            stateflow.keep(self.reading, self.flows, flow, self.complain)
            last = self.layout.regions[flow.name].last
            above = [fact for fact in self.reading.setup if fact.statement.cell < last]
            flow.parameters |= {name for fact in above for name in fact.reads if name in self.declared}
            self._check_ends(flow)
        for flow in self.flows.values():
            for name, link in flow.inputs.items():
                flow.source[name] = link.owner
                flow.after.add(link.owner)
        return self.flows

    def _demand(self) -> None:
        """A step that may or may not bind a name needs the old value too, when somebody takes the name from there."""
        changed, hidden = True, set[tuple[str, str]]()
        while changed:
            changed = False
            for flow in self.flows.values():
                for name, link in list(flow.inputs.items()):
                    maker = self.flows[link.owner]
                    held = maker.pending.pop(name, None)
                    if held is None and link.before is not None and (maker.name, name) not in hidden:
                        hidden.add((maker.name, name))
                        held = None if link.is_sure else (self.reading.facts[link.pos], link.before)
                    if held is not None:
                        self._resolve(maker, held[0], name, held[1])
                        changed = True

    def _place(self, first: float) -> int:
        return bisect.bisect_right(self.reading.facts, first, key=lambda fact: fact.statement.cell)

    # -- reads

    def _setup_fact(self, fact: Fact) -> None:
        for name, link in fact.reads.items():
            if link is None:
                self.complain.undefined(fact, name)
            elif link.owner != SETUP:
                self._setup_reads_step(fact, name, link)

    def _setup_reads_step(self, fact: Fact, name: str, link: Link) -> None:
        """What a set-up cell needs of a step is defined again in the other steps that run the cell."""
        regions = self.layout.regions
        running = [flow for flow in self.flows.values() if regions[flow.name].last > fact.statement.cell]
        others = [flow for flow in running if flow.name != link.owner]
        if self._is_code_alone(link):
            for flow in others:
                self._replay(flow, fact, name, link)
        elif others:
            self.complain.setup_reads_step(fact, name, link.owner)

    def _is_code_alone(self, link: Link) -> bool:
        """Whether running a definition again needs no value that a step makes."""
        if link.is_deleted or not link.kind.is_definition:
            return False
        made_with = (read for pos in link.defs for read in self.reading.facts[pos].reads.values())
        return all(read is None or read.owner == SETUP or self._is_code_alone(read) for read in made_with)

    def _step_fact(self, fact: Fact) -> None:
        flow = self.flows[fact.owner]
        for name, link in fact.reads.items():
            self._resolve(flow, fact, name, link)
        for name, link in fact.prior.items():
            if link is not None and not (link.is_deleted and link.is_sure) and name not in fact.reads:
                flow.pending.setdefault(name, (fact, link))

    def _resolve(self, flow: StepFlow, fact: Fact, name: str, link: Link | None) -> None:
        if link is None:
            self.complain.undefined(fact, name)
            return
        found = self._chains.given(flow.name, link)
        if found is None:
            return
        if found.is_deleted and found.is_sure:
            self.complain.deleted(fact, name, found, is_last=found is link)
        elif found.owner == SETUP:
            self._from_setup(flow, name, found)
            flow.taken_from_setup.add(name)
        elif found.kind.is_definition:
            self._replay(flow, fact, name, found)
        else:
            self._input(flow, fact, name, found)

    def _from_setup(self, flow: StepFlow, name: str, link: Link) -> None:
        if name in self.declared:
            flow.parameters.add(name)
        if link.kind is Kind.DATA and name not in STATES:
            flow.setup.add(name)

    def _input(self, flow: StepFlow, fact: Fact, name: str, link: Link) -> None:
        known = flow.inputs.setdefault(name, link)
        if known.sure == link.sure:
            known = flow.inputs[name] = max(known, link, key=lambda found: found.pos)
            link = known
        flow.used_at[name] = max(fact.pos, flow.used_at.get(name, -1))
        flow.first_used.setdefault(name, fact.pos)
        has_own = any(a.pos < link.pos for a in self._chains.own(flow.name, name)[:1])
        if known != link or has_own or (name in flow.taken_from_setup and fact.owner == flow.name):
            flow.latest[name] = link
            other = known.owner if known != link else flow.name
            self.complain.tell(
                "notebook.interleaved",
                fact,
                name,
                f'step "{flow.name}" needs `{name}` as step "{link.owner}" leaves it, but also as step "{other}" '
                "leaves it, and a step starts with one value of each name",
                f'split step "{flow.name}" in two, or move its cells together',
            )

    def _replay(self, flow: StepFlow, fact: Fact, name: str, link: Link) -> None:
        for pos in link.defs:
            self._replay_at(flow, fact, name, pos)
        own = [a for a in self._chains.own(flow.name, name) if a.pos < link.pos]
        if any(self._source(a) != self._source(link) for a in own):
            self.complain.tell(
                "notebook.interleaved",
                fact,
                name,
                f'step "{flow.name}" defines `{name}` and also needs it as step "{link.owner}" defines it',
                f'split step "{flow.name}" in two, or give one of them another name',
            )

    def _replay_at(self, flow: StepFlow, fact: Fact, name: str, pos: int) -> None:
        definition = self.reading.facts[pos]
        if pos in flow.replays or definition.owner in (flow.name, SETUP):
            return
        clash = [
            p
            for p in (self._replayed.get((flow.name, name), ()) if name in definition.statement.defines else ())
            if self.reading.facts[p].statement.kind is not Kind.IMPORT
            and not self._is_built_on(max(p, pos), min(p, pos), name)
        ]
        if clash:
            self.complain.tell(
                "notebook.interleaved",
                fact,
                name,
                f'step "{flow.name}" needs two different definitions of `{name}`',
                "give one of them another name",
            )
        flow.replays.add(pos)
        for defined in definition.statement.defines:
            self._replayed.setdefault((flow.name, defined), []).append(pos)
        for needed, link in definition.reads.items():
            if link is not None:
                self._needed_when_made(flow, definition, needed, link)

    def _is_built_on(self, later: int, earlier: int, name: str) -> bool:
        """Whether a definition is made from the one that had its name before (``class Model(Model)``)."""
        link = self.reading.facts[later].reads.get(name)
        return link is not None and earlier in link.defs

    def _needed_when_made(self, flow: StepFlow, definition: Fact, name: str, link: Link) -> None:
        """A default, decorator, base class or class body reads `name` while the definition is made."""
        if link.is_deleted or link.owner == SETUP:
            if link.owner == SETUP:
                self._from_setup(flow, name, link)
            return
        if link.owner == flow.name and link.kind is Kind.IMPORT:
            # The definition stands above the step's own cells: so does the import that it needs.
            flow.replays.update(link.defs)
            return
        if link.kind.is_definition and link.owner != flow.name:
            for pos in link.defs:
                self._replay_at(flow, definition, name, pos)
            return
        if link.owner == flow.name:
            self.complain.tell(
                "notebook.interleaved",
                definition,
                name,
                f'step "{flow.name}" needs a definition that reads `{name}` as the step itself makes it',
                f'split step "{flow.name}" in two',
            )
            return
        flow.early.add(name)
        self._input(flow, definition, name, link)

    def _carry(self, flow: StepFlow, pos: int) -> None:
        """Replay a definition that a value may hold, when that is possible; otherwise the value brings it along."""
        fact = self.reading.facts[pos]
        names = fact.statement.defines
        is_taken = any((flow.name, name) in self._replayed for name in names)
        if not fact.statement.kind.is_definition or fact.owner in (flow.name, SETUP) or is_taken or fact.writes:
            return
        links = {name: self.reading.link(name, flow.first) for name in names}
        if not all(link is not None and pos in link.defs for link in links.values()):
            # something has bound or deleted the name since
            return
        # One that a step has changed since comes with that change only where it is defined again.
        if (
            self.reading.is_changed(names, flow.first)
            or all(link is None or link.owner == SETUP or link.kind.is_definition for link in fact.reads.values())
        ) and not any(a.pos < self.reading.facts[-1].pos for n in names for a in self._chains.own(flow.name, n)[:1]):
            for name, link in links.items():
                for each in link.defs if link is not None else ():
                    self._replay_at(flow, fact, name, each)

    # -- what cannot be given

    def _check_ends(self, flow: StepFlow) -> None:
        for name, link in flow.inputs.items():
            made = self._chains.own(link.owner, name)
            later = bisect.bisect_right(made, link.pos, key=lambda found: found.pos)
            if later < len(made):
                self.complain.changed_after_use(self.reading.facts[made[later].pos], name, flow.name)

    def _source(self, link: Link) -> str:
        return "\n".join(self.reading.facts[pos].statement.source for pos in link.defs)
