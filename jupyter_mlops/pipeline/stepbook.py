"""Writes a step as a notebook that runs by itself, from top to bottom, in a kernel of its own.

Order: set-up cells and replayed definitions in reading order, the values handed over, definitions that need such a
value when they are made, the step's own cells, and at the end what is handed on. Every cell says in ``metadata.mlops``
what it is for (`role`) and which cell of the source notebook it stands for (`cell`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from jupyter_mlops.notebook.dataflow import StepFlow
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.notebook.names import Kind
from jupyter_mlops.notebook.randomness import STATES
from jupyter_mlops.pipeline.carried import carried_by, setup_above
from jupyter_mlops.pipeline.common import Common
from jupyter_mlops.pipeline.concealed import Concealed
from jupyter_mlops.pipeline.deferred import deferred, in_turn
from jupyter_mlops.pipeline.parameters import source_of
from jupyter_mlops.pipeline.spec import Parameter
from jupyter_mlops.pipeline.stepcells import GENERATED, code_cell, markdown_cell, without_own_magics

_OPENING = "from jupyter_mlops.artifacts.incell import Handover"


def file_name(number: int, step: str, count: int) -> str:
    """Return a file name for a step's notebook that any file system takes: its number and what is left of its name.

    >>> file_name(3, "Train / μοντέλο 🎉", 12)
    '03-Train-montelo.ipynb'
    """
    letters = unicodedata.normalize("NFKD", step).translate(_GREEK)
    slug = "".join(
        c if c.isascii() and (c.isalnum() or c in "_-") else " " if not unicodedata.combining(c) else ""
        for c in letters
    )
    return f"{number:0{max(2, len(str(count)))}d}-{'-'.join(slug.split())[:40] or 'step'}.ipynb"


_GREEK = str.maketrans("αβγδεζηικλμνοπρσςτυφω", "abgdeziiklmnoprsstyfo")


class Stepbook:
    """One step's notebook, apart from the values of parameters.

    Parameters
    ----------
    common
        what it shares with the other steps' notebooks.
    let_go
        names whose value another step may take as this one leaves it, although it uses the name before: somebody
        ignores that finding.
    """

    def __init__(
        self,
        analysis: Analysis,
        flow: StepFlow,
        parameters: tuple[Parameter, ...],
        file: str,
        common: Common,
        let_go: frozenset[str] = frozenset(),
    ) -> None:
        self.analysis = analysis
        self.flow = flow
        self.parameters = parameters
        self.file = file
        self.let_go = let_go
        self.passing = common.passed[flow.name]
        self.common = common
        self._deferred = deferred(analysis, flow)

    @property
    def replayed(self) -> tuple[str, ...]:
        """The names of other steps' functions, classes and imports that the notebook defines again."""
        reading = self.analysis.reading
        statements = [reading.facts[pos].statement for pos in self.flow.replays]
        # `import *` defines hundreds of names; those that the notebook uses are listed
        used = [s.defines & reading.mentioned if s.stars else s.defines for s in statements]
        return tuple(sorted(set[str]().union(*used)))

    def sources(self) -> list[str]:
        """Return the code of every cell, without values of parameters, as far as it decides the step's result.

        Which set-up is looked after, which steps are above and what travels inside other values is no part of it: what
        another step does may come and go.
        """
        apart = [f"setup={self._stock()!r}", f"above={self.common.above(self.flow.name)!r}", *self._passed()]
        others = [f"\n    {part}," for part in apart]
        code = (cell["source"] for cell in self._cells({}) if cell["cell_type"] == "code")
        return [_without(source, others) if source.startswith(_OPENING) else source for source in code]

    def notebook(self, values: Mapping[str, Any]) -> Any:
        """Return the notebook (`nbformat.NotebookNode`) with the given values (JSON form) of parameters."""
        import nbformat

        source = self.analysis.document
        metadata = {
            key: source.metadata[key] for key in ("language_info",) if isinstance(source.metadata.get(key), dict)
        }
        metadata["kernelspec"] = {"name": source.kernel, "language": "python", "display_name": source.kernel}
        metadata["mlops"] = {"step": self.flow.name, "pipeline": source.name, "version": 1}
        cells = [{**cell, "id": f"mlops-{number}"} for number, cell in enumerate(self._cells(values))]
        content = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
        return nbformat.from_dict(content)  # type: ignore[no-untyped-call]

    # -- parts

    def _cells(self, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        flow, document = self.flow, self.analysis.document
        yield markdown_cell(f"# {flow.name}\n\nA step of `{document.path.name}`, written by jupyter-mlops.")
        region = self.analysis.layout.regions[flow.name]
        needs, late = self._handover(), list(in_turn(self.analysis, flow, self._deferred))
        restores = {pos for pos in flow.restores if needs}
        if restores:
            # What steps above set must be there before the imports of steps above are repeated.
            yield code_cell(needs, "load", generated=True)
        yield from self._prelude(region.first, values, restores)
        load = "" if late else "__mlops__.load()"
        if needs and (opening := "\n".join(filter(None, ["" if restores else needs, load]))):
            yield code_cell(opening, "load", generated=True)
        if late:
            yield code_cell("\n".join(self._late(late)), "definitions", generated=True)
            yield code_cell("__mlops__.load()", "load", generated=True)
        setup = self.common.setup_cells(region.first, region.last)
        marks = self._marks(region.cells)
        for index in sorted([*region.cells, *setup]):
            yield from self._user_cell(index, values)
            if index in self.analysis.layout.metrics and (logged := _metrics(document.cells[index].code)):
                yield code_cell(f"__mlops__.metrics({logged})", "metrics", index, generated=True)
            if index in marks:
                yield code_cell(f"__mlops__.mark({', '.join(map(repr, sorted(marks[index])))})", "mark", generated=True)
        if needs:
            yield code_cell("__mlops__.save()", "save", generated=True)

    def _prelude(self, first: float, values: Mapping[str, Any], restores: set[int]) -> Iterator[dict[str, Any]]:
        facts = self.analysis.reading.facts
        replays: dict[int, list[int]] = {}
        for pos in sorted(self.flow.replays - self._deferred | restores):
            replays.setdefault(facts[pos].statement.cell, []).append(pos)
        setup = set(self.common.setup_cells(-1, first))
        for index in sorted(setup | replays.keys()):
            if index in setup:
                yield from self._user_cell(index, values)
            else:
                yield code_cell(self._definitions(set(replays[index])), "definitions", index, generated=True)

    def _user_cell(self, index: int, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        cell = self.analysis.document.cells[index]
        layout = self.analysis.layout
        role = "cell" if layout.owner[index] != SETUP else "parameters" if index in layout.parameters else "setup"
        tags = cell.metadata.get("tags")
        kept = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        yield code_cell(without_own_magics(cell.code), role, index, tags=kept, shift=cell.shift)
        given = {p.name: p for p in self.parameters if p.cell == index and p.name in values}
        if role == "parameters" and given:
            lines = list(_assigned(given, values))
            if lines:
                yield code_cell("\n".join(lines), "injected", index, tags=["injected-parameters", GENERATED])

    def _definitions(self, replays: set[int]) -> str:
        facts = self.analysis.reading.facts
        return "\n".join(
            f"__mlops__.restore({facts[pos].owner!r})"
            if pos in self.flow.restores
            # a step above has printed the folder
            else facts[pos].statement.source.replace("run_line_magic('cd', '", "run_line_magic('cd', '-q ")
            for pos in sorted(replays)
        )

    def _late(self, late: list[tuple[set[str], int]]) -> Iterator[str]:
        for inputs, pos in late:
            if inputs:
                yield f"__mlops__.load({', '.join(map(repr, sorted(inputs)))})"
            yield self._definitions({pos})

    def _handover(self) -> str:
        """Return the code that says what the step takes from others, and what it hands on."""
        flow = self.flow
        several = len(self.analysis.flows) > 1
        logs = any(cell in self.analysis.layout.metrics for cell in self.analysis.layout.regions[flow.name].cells)
        if not (several or logs):
            return ""
        parts = [f"step={flow.name!a}" if not flow.name.isprintable() else f"step={flow.name!r}"]
        parts += [f"inputs={dict(sorted(flow.source.items()))!r}"] if flow.source else []
        parts += [f"outputs={sorted(flow.outputs)!r}"] if flow.outputs else []
        parts += self._passed()
        stock = self._stock() if several else []
        parts += [f"setup={stock!r}"] if stock else []
        above = self.common.above(self.flow.name)
        parts += [f"above={above!r}"] if above else []
        seeded = self._seeded() if several else {}
        parts += [f"seeded={seeded!r}"] if seeded else []
        watched = self._watched()
        parts += [f"definitions={watched!r}"] if watched else []
        unused = self._unused(watched)
        parts += [f"unused={unused!r}"] if unused else []
        carried = {
            name: carried_by(self.analysis, flow, name, self.common.takers(flow, name)) for name in sorted(flow.outputs)
        }
        for word, place in (("carried", 0), ("sometimes", 1)):
            said = {name: sorted(sets[place]) for name, sets in carried.items() if sets[place]}
            parts += [f"{word}={said!r}"] if said or (word == "carried" and flow.outputs) else []
        arguments = ",\n    ".join(["globals()", *parts])
        lines = [
            _OPENING,
            "",
            f"__mlops__ = Handover(\n    {arguments},\n)",
        ]
        return "\n".join(lines)

    def _passed(self) -> list[str]:
        via, passes = self.passing.via, self.passing.passes
        return [f"{word}={dict(sorted(said.items()))!r}" for word, said in (("via", via), ("passes", passes)) if said]

    def _seeded(self) -> dict[str, bool]:
        """Return the generators that the notebook seeds, and whether this step does so before it draws."""
        found: dict[str, bool] = {}
        for state in sorted(self.analysis.reading.seeded):
            touching = [fact for fact in self.flow.facts if state in fact.binds]
            found[STATES[state].module] = bool(touching) and state not in touching[0].reads
        return found

    def _marks(self, cells: list[int]) -> dict[int, set[str]]:
        """Return the names that another step uses before this one is at its end, by the cell they are taken after."""
        facts, flows = self.analysis.reading.facts, self.analysis.flows
        found: dict[int, set[str]] = {}
        for name, takers in self.flow.takers.items():
            used = min(facts[flows[taker].first_used[name]].statement.cell for taker in takers)
            above = [cell for cell in cells if cell < used]
            if above and cells[-1] > used and name not in STATES and name not in self.let_go:
                found.setdefault(above[-1], set()).add(name)
        return found

    def _stock(self) -> list[str]:
        """Return the set-up values that any step uses: they may share objects, so every step keeps an eye on all."""
        made = {name for fact in setup_above(self.analysis, self.flow) for name in fact.binds | fact.maybe}
        return sorted(self.common.used_setup & made)

    def _watched(self) -> list[str]:
        """Return the functions and classes whose state must be the same in every step that has them."""
        facts = self.analysis.reading.facts
        own = {fact.pos for fact in self.flow.facts}
        last = self.flow.facts[-1].pos if self.flow.facts else 0
        setup = {fact.pos for fact in self.analysis.reading.setup if fact.pos < last}
        names: set[str] = set()
        for pos in self.flow.replays | (own & self.common.replayed) | setup:
            statement = facts[pos].statement
            # `try: from a import C` may define C itself where there is no such module
            if statement.kind in (Kind.FUNCTION, Kind.CLASS) or statement.has_nested:
                names |= {name for name in statement.defines if self._is_last_definition(name, pos)}
        return sorted(names)

    def _unused(self, names: Collection[str]) -> list[str]:
        """Return those of set-up that the step has and nothing in it uses: another step may change them."""
        reading = self.analysis.reading
        if any(fact.statement.is_dynamic or fact.statement.hides for fact in self.flow.facts):
            return []
        needed = {name for pos in self.flow.replays for name in reading.uses(reading.facts[pos])}
        used = needed.union(*map(reading.uses, self.flow.facts))
        own = self.flow.replays | {fact.pos for fact in self.flow.facts}
        return sorted(set(names).difference(used, *(reading.facts[pos].statement.defines for pos in own)))

    def _is_last_definition(self, name: str, pos: int) -> bool:
        """Whether no other definition of the name follows: steps hand on the state of the last one only."""
        return self.analysis.reading.links[name][-1].defs[:1] == (pos,)


def _without(source: str, parts: list[str]) -> str:
    for part in parts:
        source = source.replace(part, "", 1)
    return source


def _metrics(code: str) -> str:
    from jupyter_mlops.pipeline.compile import metric_names

    return ", ".join(map(repr, metric_names(code)))


def _assigned(given: Mapping[str, Parameter], values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that give parameters their values."""
    for name, parameter in given.items():
        value = values[name]
        if not isinstance(value, Concealed):
            yield f"{name} = {source_of(parameter, value)}"
        elif parameter.required or parameter.computed or parameter.default != value.value:
            yield f"{name} = {value.source(parameter)}"
