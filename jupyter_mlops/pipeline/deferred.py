"""Definitions of other steps that are made with values handed over, and the order in which a step gets both. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.notebook.dataflow import StepFlow
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.notebook.names import Kind


def deferred(analysis: Analysis, flow: StepFlow) -> set[int]:
    """Return the replays that read a handed-over value when they are made, and those that need them."""
    facts = analysis.reading.facts
    late: set[int] = set()
    for pos in sorted(flow.replays):
        for link in facts[pos].reads.values():
            is_foreign = link is not None and link.owner not in (SETUP, flow.name)
            if link is not None and is_foreign and (link.kind is Kind.DATA or set(link.defs) & late):
                late.add(pos)
    return late


def in_turn(analysis: Analysis, flow: StepFlow, late: set[int]) -> Iterator[tuple[set[str], int]]:
    """Yield each of these definitions, with the inputs that it needs and none before it did.

    An input may hold objects of a class that is made with another input.
    """
    loaded: set[str] = set()
    for pos in sorted(late):
        wanted = flow.early & analysis.reading.facts[pos].reads.keys() - loaded
        loaded |= wanted
        yield wanted, pos
