"""Which definitions travel by their name inside a value, because the steps that take the value have them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.notebook.dataflow import StepFlow
from jupyter_mlops.notebook.facts import Fact
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis


def carried_by(analysis: Analysis, flow: StepFlow, name: str, takers: Sequence[StepFlow]) -> tuple[set[str], set[str]]:
    """Return the definitions inside an output that every step which takes it has, and those that only some have."""
    facts = analysis.reading.facts
    everywhere: set[str] = set()
    somewhere: set[str] = set()
    for pos in {pos for taker in takers for pos in taker.inputs[name].carries}:
        made = facts[pos]
        if not made.statement.kind.is_definition or not _is_current(analysis, flow, made):
            continue
        having = [taker for taker in takers if _has(analysis, taker, made)]
        others = [_defined_before(analysis, taker) for taker in takers if taker not in having]
        if not others:
            everywhere |= made.statement.defines
        elif having and not any(made.statement.defines & names for names in others):
            somewhere |= made.statement.defines
    # an object that set-up made only to be told apart from all others travels by its name
    above = setup_above(analysis, flow)
    marks = {n for fact in above for n, call in fact.statement.makes.items() if call == "object"}
    return everywhere | marks, somewhere - everywhere - marks


def _has(analysis: Analysis, taker: StepFlow, made: Fact) -> bool:
    """Whether a step has the definition under its names when its inputs are loaded, and no later one in its place."""
    later = (analysis.reading.facts[pos].statement.defines for pos in taker.replays if pos > made.pos)
    if any(made.statement.defines & defines for defines in later):
        return False
    return made.pos < taker.first if made.owner == SETUP else made.pos in taker.replays


def setup_above(analysis: Analysis, flow: StepFlow) -> list[Fact]:
    """Return the facts of set-up that run before a step's own cells."""
    return [fact for fact in analysis.reading.setup if fact.pos < flow.first]


def _is_current(analysis: Analysis, flow: StepFlow, made: Fact) -> bool:
    """Whether the definition is what its names still mean at the end of the step."""
    end = flow.facts[-1].pos
    for name in made.statement.defines:
        last = [link for link in analysis.reading.links[name] if link.pos <= end][-1:]
        if not last or made.pos not in last[0].defs:
            return False
    return True


def _defined_before(analysis: Analysis, flow: StepFlow) -> set[str]:
    """Return the names that a step's notebook has defined when its inputs are loaded."""
    made = {fact.pos for fact in setup_above(analysis, flow)} | flow.replays
    return {name for pos in made for name in analysis.reading.facts[pos].statement.defines}
