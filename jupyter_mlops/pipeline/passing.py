"""Which values travel inside others, so that two names for one object stay two names for one object. Pure.

Step one makes ``m`` and ``l = [m]``, step two makes ``k = [l]`` of it, step three takes ``m`` from one and ``k`` from
two. By themselves these would be two artifacts with an object each. So step two also says in its artifact which of its
objects is the ``m`` of step one, if ``k`` really holds it, and step three takes its ``m`` from there.

via
    an input -> the steps whose artifacts it may be found in, before the step that hands it over; the latest first.
passes
    a name -> the step that made the value, and the steps in whose artifacts it may come along; the latest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_mlops.notebook.dataflow import StepFlow
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.notebook.names import Kind
from jupyter_mlops.notebook.randomness import STATES


@dataclass
class Passing:
    """What one step takes from inside other values, and what it passes on inside its own."""

    via: dict[str, list[str]] = field(default_factory=dict)
    passes: dict[str, list[str]] = field(default_factory=dict)


def passing(analysis: Analysis, order: Sequence[str]) -> dict[str, Passing]:
    """Return for every step what it takes and passes on; `order` is a topological order of the steps."""
    return _Passing(analysis, order).build()


class _Passing:
    def __init__(self, analysis: Analysis, order: Sequence[str]) -> None:
        self._analysis = analysis
        self._order = order
        self._flows: Mapping[str, StepFlow] = analysis.flows
        self._sources = {name: sorted(set(flow.source.values())) for name, flow in self._flows.items()}
        self._above: dict[str, set[str]] = {}
        for name in order:
            sources = self._sources[name]
            self._above[name] = set(sources).union(*(self._above.get(source, ()) for source in sources))
        self._found = {name: Passing() for name in self._flows}

    def build(self) -> dict[str, Passing]:
        for name in reversed(self._order):
            flow = self._flows[name]
            for wanted, source in sorted(flow.source.items()):
                if self._may_share(flow, wanted):
                    used = self._analysis.reading.facts[flow.first_used[wanted]].statement.cell
                    self._route(name, wanted, source, used)
        return self._found

    def _may_share(self, flow: StepFlow, wanted: str) -> bool:
        link = flow.inputs[wanted]
        is_value = link.kind is Kind.DATA and not link.is_constant
        return is_value and wanted not in STATES and wanted not in flow.early

    def _route(self, name: str, wanted: str, source: str, used: float) -> None:
        # A step that only looks at a value hands on what it was given.
        makers = [source]
        while (above := self._flows[makers[-1]].source.get(wanted)) is not None and above not in makers:
            makers.append(above)
        routes = self._between(name, makers, used)
        if routes:
            self._found[name].via[wanted] = list(routes)
        for step, maker in routes.items():
            self._pass(step, wanted, maker)

    def _between(self, name: str, makers: Sequence[str], used: float = float("inf")) -> dict[str, str]:
        """Return the steps that `name` takes values from and that have taken values from one of `makers`: that one.

        The latest step is the first.
        """
        regions = self._analysis.layout.regions
        found: dict[str, str] = {}
        for step in sorted(self._sources[name], key=lambda step: -regions[step].last):
            taken = [maker for maker in makers if maker == step or maker in self._above[step]]
            if step != makers[0] and taken and regions[step].last < used:
                found[step] = taken[0]
        return found

    def _pass(self, name: str, wanted: str, source: str) -> None:
        known = self._found[name].passes
        if name == source or wanted in known:
            return
        routes = self._between(name, [source])
        known[wanted] = [source, *routes]
        for step in routes:
            self._pass(step, wanted, source)
