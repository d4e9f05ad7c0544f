"""Everything that can be said about a notebook before a run: the analysis and all of its findings at once. Pure.

A check is a small generator of findings over an `Analysis`; `CHECKS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from jupyter_mlops.notebook import stateflow, unstorable
from jupyter_mlops.notebook.caches import cached
from jupyter_mlops.notebook.dataflow import Dataflow, StepFlow
from jupyter_mlops.notebook.doclint import of_document
from jupyter_mlops.notebook.document import Document
from jupyter_mlops.notebook.facts import Fact, Reading
from jupyter_mlops.notebook.filechanges import is_opened_to_add
from jupyter_mlops.notebook.fileflow import data_files, file_edges
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import SETUP, Layout, lay_out
from jupyter_mlops.notebook.names import GENERATOR, Kind, Statement
from jupyter_mlops.notebook.ownmodules import brought
from jupyter_mlops.notebook.reading import read_all
from jupyter_mlops.notebook.setupwrites import setup_writes
from jupyter_mlops.notebook.source import CellSyntaxError
from jupyter_mlops.notebook.stars import resolved
from jupyter_mlops.notebook.statements import read_cell, unreadable


@dataclass(frozen=True)
class Analysis:
    """A notebook understood: layout, reading, the flow of every step, edges from `prev:` and files, findings."""

    document: Document
    layout: Layout
    reading: Reading
    flows: dict[str, StepFlow]
    files: tuple[str, ...]
    findings: tuple[Finding, ...]


def analyse(document: Document, declared: frozenset[str] = frozenset()) -> Analysis:
    """Read a notebook; `declared` are the names of its parameters."""
    layout = lay_out(document)
    findings = list(layout.findings)
    statements: list[tuple[str, Statement]] = []
    skipped: dict[str, int] = {}
    for cell in document.cells:
        owner = layout.owner.get(cell.index)
        if owner is None and cell.index not in layout.skipped:
            continue
        try:
            read = read_cell(cell.index, cell.code)
        except CellSyntaxError as error:
            if owner is not None and cell.index not in layout.raises:
                statements.append((owner, unreadable(cell.index, cell.code)))
                # one step gives what Run All gives, whatever its cells hold; several need every cell read
                severe = len(layout.regions) > 1 or owner == SETUP
                findings.append(
                    Finding(
                        "notebook.syntax",
                        "error" if severe else "warning",
                        cell.index,
                        error.line + cell.shift,
                        f"not valid Python: {error.message}",
                        "mend the line, or tag the cell `skip`",
                    )
                )
            continue
        if owner is None:
            skipped.update(dict.fromkeys((n for s in read for n in s.eager.binds), cell.index))
        else:
            folder = document.path.parent
            own = [resolved(statement, folder) for statement in read if not statement.own_magic]
            statements += [(owner, replace(s, brings=brought(s, folder)) if s.modules else s) for s in own]
    reading = read_all(statements, layout.raises)
    reading.skipped_names.update(skipped)
    dataflow = Dataflow(layout, reading, declared)
    flows = dataflow.build()
    _order(layout, reading, flows, findings)
    _take_the_last(flows)
    stateflow.changed_after_use(reading, flows, dataflow.complain)
    stateflow.changed_before_another(reading, flows, dataflow.complain)
    findings += [_shifted(document, finding) for finding in dataflow.complain.findings]
    analysis = Analysis(document, layout, reading, flows, data_files(reading), ())
    for check in CHECKS:
        findings += [_shifted(document, finding) for finding in check(analysis)]
    ordered = sorted(dict.fromkeys(findings), key=lambda f: (f.cell is None, f.cell or 0, f.line or 0, f.code))
    return Analysis(document, layout, reading, flows, analysis.files, tuple(ordered))


def _shifted(document: Document, finding: Finding) -> Finding:
    """Lines are counted in the user's cell, with its `%%mlops` line."""
    if finding.cell is None or finding.line is None or not document.cells[finding.cell].shift:
        return finding
    return replace(finding, line=finding.line + document.cells[finding.cell].shift)


def _take_the_last(flows: dict[str, StepFlow]) -> None:
    """Where a step needs several values of a name, give it the last, unless the step that makes it waits for this one.

    That several are needed is a finding; this decides what happens when it is ignored.
    """
    for flow in flows.values():
        for name, link in flow.latest.items():
            if flow.name not in stateflow.ancestors(flows, link.owner):
                flow.inputs[name] = link
                flow.source[name] = link.owner
                flow.after.add(link.owner)


def _order(layout: Layout, reading: Reading, flows: dict[str, StepFlow], findings: list[Finding]) -> None:
    """Add the edges that `prev:` and files ask for."""
    names = list(layout.regions)
    for name, region in layout.regions.items():
        for before, cell in region.options.get("prev", {}).items():
            if before not in flows:
                findings.append(
                    Finding(
                        "notebook.unknown_prev",
                        "error",
                        cell,
                        None,
                        f'step "{name}" runs after `prev:{before}`, but there is no step "{before}"',
                        "the steps are: " + ", ".join(names),
                        before,
                    )
                )
            elif names.index(before) >= names.index(name):
                findings.append(
                    Finding(
                        "notebook.later_prev",
                        "error",
                        cell,
                        None,
                        f'step "{name}" cannot run after step "{before}", which stands below it',
                        "move the cells, or take off the tag",
                        before,
                    )
                )
            else:
                flows[name].after.add(before)
    for earlier, later in file_edges(reading):
        flows[later].after.add(earlier)


def _cycles(analysis: Analysis) -> Iterator[Finding]:
    left = {name: set(flow.after) & analysis.flows.keys() for name, flow in analysis.flows.items()}
    while ready := [name for name, after in left.items() if not after]:
        for name in ready:
            del left[name]
        for after in left.values():
            after.difference_update(ready)
    knot = {name for name, after in left.items() if any(name in other for other in left.values())}
    if knot:
        named = " and ".join(f'"{name}"' for name in analysis.layout.regions if name in knot)
        cell = max(analysis.layout.regions[name].cells[-1] for name in knot)
        yield Finding(
            "notebook.cycle",
            "error",
            cell,
            None,
            f"steps {named} need each other's results",
            "split one of them, so that values flow in one direction",
        )


def _troubles(analysis: Analysis) -> Iterator[Finding]:
    several = len(analysis.layout.regions) > 1
    for fact in analysis.reading.facts:
        for trouble in fact.statement.troubles:
            severe = trouble.is_error and several and fact.owner != SETUP
            yield Finding(
                trouble.code,
                "error" if severe else "warning",
                fact.statement.cell,
                trouble.line,
                trouble.message,
                trouble.hint,
            )


def _generators(analysis: Analysis) -> frozenset[str]:
    """Return the names of the functions that give generators."""
    facts = analysis.reading.facts
    return frozenset(name for fact in facts if fact.statement.is_generator for name in fact.statement.defines)


def _bound_to_process(fact: Fact, name: str, generators: frozenset[str]) -> str:
    """Return what the statement binds the name to, when that lives in one process only; else an empty text."""
    call = fact.makes.get(name, "")
    if call == GENERATOR:
        return "a generator"
    if unstorable.is_bound_to_process(call):
        return f"what `{fact.statement.makes[name]}(…)` gives"
    return f"the generator that `{call}(…)` gives" if call in generators else ""


def _used_up(analysis: Analysis) -> Iterator[Finding]:
    """A generator or a file of set-up begins anew in every step; Run All goes on where the step above stopped."""
    generators = _generators(analysis)
    for fact in analysis.reading.setup:
        for name in sorted(fact.makes):
            what = _bound_to_process(fact, name, generators)
            is_read_on = "generator" in what or ("open" in what and not is_opened_to_add(fact.statement.source))
            users = [flow.name for flow in analysis.flows.values() if name in flow.setup]
            if is_read_on and len(users) > 1:
                yield Finding(
                    "notebook.not_storable",
                    "error",
                    fact.statement.cell,
                    fact.statement.line,
                    f'steps "{users[0]}" and "{users[1]}" both use `{name}`, but {what} begins anew in every step',
                    "use it in one step only, or make a list of it; open a file that several steps write with mode `a`",
                )


def _cached(analysis: Analysis) -> Iterator[Finding]:
    yield from cached(analysis.reading)


def _unstorable(analysis: Analysis) -> Iterator[Finding]:
    generators = _generators(analysis)
    for flow in analysis.flows.values():
        for name, link in flow.inputs.items():
            made = analysis.reading.facts[link.made]
            statement = made.statement
            what = _bound_to_process(made, name, generators)
            if what:
                yield Finding(
                    "notebook.not_storable",
                    "error",
                    statement.cell,
                    statement.line,
                    f'step "{flow.name}" needs `{name}` from step "{link.owner}", but {what} cannot be handed over',
                    unstorable.CALLS.get(made.makes.get(name, ""), "make it in the step that uses it"),
                    name,
                )


def _own_classes(analysis: Analysis) -> Iterator[Finding]:
    """Inputs are there before the first cell of a step, and so must be the classes of their objects."""
    for flow in analysis.flows.values():
        for name, link in flow.inputs.items():
            made = analysis.reading.facts[link.made]
            called = made.statement.makes.get(name, "")
            kind = made.reads.get(called)
            defined = analysis.reading.facts[kind.defs[0]] if kind is not None and kind.defs else None
            if defined is not None and defined.owner == flow.name and defined.statement.kind is Kind.CLASS:
                yield Finding(
                    "notebook.interleaved",
                    "error",
                    made.statement.cell,
                    made.statement.line,
                    f'step "{flow.name}" takes `{name}` from step "{link.owner}", an object of `{called}`, '
                    f'which step "{flow.name}" itself defines',
                    f'split step "{flow.name}" in two, or tag the cell that defines the class `functions`',
                    name,
                )


def _strings(analysis: Analysis) -> Iterator[Finding]:
    for fact in analysis.reading.facts:
        for found in fact.statement.texts:
            yield replace(found, cell=fact.statement.cell)


def _setup_writes(analysis: Analysis) -> Iterator[Finding]:
    yield from setup_writes(analysis.layout, analysis.reading)


def _of_document(analysis: Analysis) -> Iterator[Finding]:
    yield from of_document(analysis.document)


CHECKS: tuple[Callable[[Analysis], Iterator[Finding]], ...] = (
    _cycles,
    _troubles,
    _unstorable,
    _own_classes,
    _used_up,
    _cached,
    _setup_writes,
    _strings,
    _of_document,
)
