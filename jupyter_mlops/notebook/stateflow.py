"""Which steps take what steps above leave in their processes, where the code is not repeated. Pure.

That is the state of the process and of libraries, and what classes and functions keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from jupyter_mlops.notebook.facts import Fact, Link, Reading
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.names import Kind
from jupyter_mlops.notebook.settingtable import is_always_seen, shows

if TYPE_CHECKING:
    from jupyter_mlops.notebook.complaints import Complaints
    from jupyter_mlops.notebook.dataflow import StepFlow


def carry(reading: Reading, flows: Mapping[str, StepFlow], complain: Complaints) -> None:
    """Let each step run after those that set a state it may see, and restore the state where the setting stands."""
    carried = {made.pos for made in reading.settled.carried}
    for flow in flows.values():
        end = flow.facts[-1].pos if flow.facts else flow.first
        for made in (*reading.settled.repeated, *reading.settled.carried):
            if made.owner == flow.name or made.pos > end or not is_seen(flow, made):
                continue
            if made.pos > flow.first:
                complain.set_in_between(flow.name, made)
            elif made.pos in carried and flows[made.owner].facts[-1].pos > flow.first:
                complain.set_in_between(made.owner, made)
            elif made.pos in carried:
                flow.restores.add(made.pos)
                flow.after.add(made.owner)


def keep(reading: Reading, flows: Mapping[str, StepFlow], flow: StepFlow, complain: Complaints) -> None:
    """Let a step run after those that change what a class or function keeps which it may use.

    What a statement adds to a class is repeated, but a step in between hands on the class without it: the step is given
    the class's state by the step that added it.
    """
    used, end = _used(reading, flow), flow.facts[-1].pos if flow.facts else flow.first
    above: list[str] = []
    for made in reading.changers:
        changed = made.changed_definitions.keys() | made.extends
        names = sorted(name for name in changed & used if _is_defined(reading, name, made.pos))
        if not names or made.owner == flow.name or made.pos > end:
            continue
        if made.pos < flow.first and flows[made.owner].facts[-1].pos < flow.first:
            above.append(made.owner)
        elif made.pos > flow.first:
            below = (reading.uses(fact) for fact in flow.facts if fact.pos > made.pos)
            is_used = any(not (made.sets & found).isdisjoint(names) for found in below)
            complain.changed_in_between(flow.name, made, names[0], severe=is_used)
        elif surely := [name for name in names if name in made.changed_definitions]:
            complain.changed_in_between(flow.name, made, surely[0], severe=False)
    implied = set[str]()
    for owner in reversed(above):
        if owner not in implied:
            flow.after.add(owner)
            implied |= ancestors(flows, owner)


def changed_after_use(reading: Reading, flows: Mapping[str, StepFlow], complain: Complaints) -> None:
    """Tell of each change of a class or function below a step that uses it and gets it as the changing step leaves it.

    A step that does not run after the changing one defines the class afresh, as it is at that point.
    """
    for flow in flows.values():
        used, end = _used(reading, flow), flow.facts[-1].pos if flow.facts else flow.first
        above = ancestors(flows, flow.name) - {flow.name}
        for made in reading.changers:
            if made.pos < end or made.owner not in above or flows[made.owner].first > flow.first:
                continue
            for name in sorted((made.changed_definitions.keys() | made.extends) & used):
                if _is_defined(reading, name, made.pos):
                    complain.changed_after_use(made, name, flow.name, severe=name in made.sets)


def changed_before_another(reading: Reading, flows: Mapping[str, StepFlow], complain: Complaints) -> None:
    """Warn of each change of a class or function whose name is defined again below: only the last definition's state is
    handed on.
    """
    end = max((flow.facts[-1].pos for flow in flows.values() if flow.facts), default=0)
    for made in reading.changers:
        if made.owner == SETUP or made.pos >= end:
            continue
        for name in sorted(made.changed_definitions.keys() | made.extends):
            here, last = reading.link(name, made.pos + 1), reading.links[name][-1]
            if here is not None and here.defs and last.defs and here.defs[0] != last.defs[0]:
                complain.changed_before_another(made, name)


def ancestors(flows: Mapping[str, StepFlow], name: str) -> set[str]:
    """Return a step and the steps that it runs after."""
    found = {name}
    left = [name]
    while left:
        new = flows[left.pop()].after & flows.keys() - found
        found |= new
        left += new
    return found


def _used(reading: Reading, flow: StepFlow) -> set[str]:
    """Return the names that a step uses, and those of the definitions behind them."""
    used = {name for fact in flow.facts for name in reading.uses(fact)}
    return used.union(*(reading.facts[pos].statement.defines for pos in flow.replays))


def used_by_library(reading: Reading, flow: StepFlow, made: Fact) -> Iterator[tuple[str, Link]]:
    """Yield what the body of a definition reads that a library calls by itself, as it is above the step."""
    queue, seen = [made] if made.is_registration else [], set[int]()
    while queue:
        fact = queue.pop()
        seen.add(fact.pos)
        for name in sorted(fact.statement.late.mentions - fact.statement.defines):
            link = next((found for found in reversed(reading.links.get(name, ())) if found.pos < flow.first), None)
            if link is not None and link.owner not in (flow.name, SETUP) and not link.is_deleted:
                yield name, link
                queue += [reading.facts[pos] for pos in link.defs if pos not in seen]


def _is_defined(reading: Reading, name: str, pos: int) -> bool:
    """Return whether a name is a class or function of the notebook at a position."""
    link = reading.link(name, pos + 1)
    if link is None or not link.defs:
        return False
    # `try: from a import C` may define C itself where there is no such module
    return link.kind in (Kind.FUNCTION, Kind.CLASS) or reading.facts[link.defs[0]].statement.has_nested


def is_seen(flow: StepFlow, made: Fact) -> bool:
    """Return whether the step can tell that a state was set; a setting of pictures counts where pictures are drawn."""
    if not made.states or any(is_always_seen(name) for name in made.states):
        return True
    # `pd.DataFrame.clean = clean`: objects of the class come along without a word of its library
    if any(part[:1].isupper() for use in made.states.values() for part in use.path.split(".")[1:-1]):
        return True
    paths = {path for fact in flow.facts for path in fact.paths}
    return any(shows(name, path) for name in made.states for path in paths)
