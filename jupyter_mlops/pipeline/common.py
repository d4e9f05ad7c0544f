"""What the notebooks of all steps of a pipeline need to know of the whole, worked out once. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from functools import cached_property

from jupyter_mlops.notebook.dataflow import StepFlow
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.pipeline import graph
from jupyter_mlops.pipeline.passing import Passing


class Common:
    """The whole that a step is a part of; `passed` says what each step takes from inside values, and passes on."""

    def __init__(self, analysis: Analysis, passed: Mapping[str, Passing]) -> None:
        self.passed = passed
        self._analysis = analysis

    def takers(self, flow: StepFlow, name: str) -> list[StepFlow]:
        """Return the steps that take an output from a step, or may take it from there although another hands it on."""
        inside = [taker for taker, each in self.passed.items() if flow.name in each.via.get(name, ())]
        return [self._analysis.flows[taker] for taker in dict.fromkeys((*flow.takers.get(name, ()), *inside))]

    def above(self, name: str) -> list[str]:
        """Return the steps that must have run before one, in reading order."""
        if not self._after[name]:
            return []
        above = graph.ancestors(self._after, name)
        return sorted(above, key=self._place.__getitem__)

    def setup_cells(self, first: float, last: float) -> list[int]:
        """Return the set-up cells between two, both left out."""
        cells = self._setup_cells
        return cells[bisect.bisect_right(cells, first) : bisect.bisect_left(cells, last)]

    @cached_property
    def used_setup(self) -> frozenset[str]:
        """The set-up values that any step uses."""
        return frozenset(name for flow in self._analysis.flows.values() for name in flow.setup)

    @cached_property
    def replayed(self) -> frozenset[int]:
        """The positions of definitions that any step defines again."""
        return frozenset(pos for flow in self._analysis.flows.values() for pos in flow.replays)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self._analysis.layout.regions)}

    @cached_property
    def _after(self) -> dict[str, set[str]]:
        flows = self._analysis.flows
        return {name: set(flow.after) & flows.keys() for name, flow in flows.items()}

    @cached_property
    def _setup_cells(self) -> list[int]:
        return sorted(cell for cell, owner in self._analysis.layout.owner.items() if owner == SETUP)
