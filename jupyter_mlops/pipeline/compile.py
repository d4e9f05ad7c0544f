"""Compiles a notebook to a pipeline: the one place where reading a notebook turns into steps, edges and options."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.base import collecting
from jupyter_mlops.notebook import ignoring
from jupyter_mlops.notebook.dataflow import StepFlow
from jupyter_mlops.notebook.document import Document
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import Region, lay_out
from jupyter_mlops.notebook.lint import Analysis, analyse
from jupyter_mlops.notebook.tagvalues import parse_duration
from jupyter_mlops.pipeline import graph
from jupyter_mlops.pipeline.common import Common
from jupyter_mlops.pipeline.parameters import declare
from jupyter_mlops.pipeline.passing import passing
from jupyter_mlops.pipeline.spec import Options, Parameter, Pipeline, Step
from jupyter_mlops.pipeline.stepbook import Stepbook, file_name


@dataclass(frozen=True)
class Compiled:
    """A notebook, the pipeline it is, and everything to say about it; with errors the pipeline is a best guess.

    `ignore` are the codes that the caller asked to ignore, beside those that the notebook itself ignores.
    """

    document: Document
    pipeline: Pipeline
    findings: tuple[Finding, ...]
    analysis: Analysis = field(repr=False)
    _books: Mapping[str, Stepbook]
    ignore: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which a run is refused."""
        return tuple(finding for finding in self.findings if finding.is_error)

    @property
    def ignored(self) -> tuple[Finding, ...]:
        """The findings that a comment, a tag or the caller ignores."""
        return tuple(finding for finding in self.findings if finding.is_ignored)

    @property
    def defaults(self) -> dict[str, Any]:
        """The values (JSON form) that the notebook's own cells give its parameters."""
        return {p.name: p.default for p in self.pipeline.parameters if not p.required and not p.computed}

    def stepbooks(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return one notebook (`nbformat.NotebookNode`) per step, with the parameters' values (JSON form) injected."""
        return {name: book.notebook(parameters) for name, book in self._books.items()}


@collecting.paused()
def compile_notebook(document: Document, ignore: Collection[str] = ()) -> Compiled:
    """Compile a notebook; never raises for what the notebook says: read `findings`.

    Parameters
    ----------
    ignore
        codes of findings that do not refuse the notebook, as `ignoring.ignorable` returns them.
    """
    parameters, findings = declare(document, lay_out(document))
    analysis = analyse(document, frozenset(parameter.name for parameter in parameters))
    flows = analysis.flows
    after = {name: set(flow.after) & flows.keys() for name, flow in flows.items()}
    order = graph.ordered(after)
    if len(order) == len(flows):
        _nearest(analysis, order, after)
    order += [name for name in flows if name not in order]
    for name in order:
        for wanted, source in flows[name].source.items():
            flows[source].takers.setdefault(wanted, []).append(name)
    found = dict.fromkeys([*analysis.findings, *findings, *_unused(parameters, analysis)])
    told = ignoring.ignore(document, found, ignore)
    told.sort(key=lambda f: (f.cell is None, f.cell or 0, f.line or 0, f.code))
    let_go = frozenset(f.subject for f in told if f.code == "notebook.interleaved" and f.is_ignored)
    common = Common(analysis, passing(analysis, order))
    books = {
        name: Stepbook(analysis, flows[name], parameters, file_name(number, name, len(order)), common, let_go)
        for number, name in enumerate(order, 1)
    }
    place = {name: at for at, name in enumerate(analysis.layout.regions)}
    steps = tuple(
        _step(analysis, flows[name], sorted(after[name], key=place.__getitem__), books[name]) for name in order
    )
    pipeline = Pipeline(document.name, steps, parameters, document.kernel, "python", document.sha256, analysis.files)
    return Compiled(document, pipeline, tuple(dict.fromkeys(told)), analysis, books, tuple(ignore))


def _nearest(analysis: Analysis, order: list[str], after: Mapping[str, set[str]]) -> None:
    """Let the last ancestor that has a name pass it on, so that changes through an alias are carried along."""
    flows = analysis.flows
    above = graph.all_ancestors(after, order)
    users: dict[str, list[str]] = {}
    for name in order:
        for wanted in flows[name].inputs:
            users.setdefault(wanted, []).append(name)
    for name in order:
        flow = flows[name]
        for wanted, link in flow.inputs.items():
            if wanted in flow.early:
                continue
            holders = [
                other
                for other in users[wanted]
                if other in above[name]
                and other != link.owner
                and flows[other].inputs[wanted] == link
                and link.pos < flows[other].used_at[wanted] < flow.used_at[wanted]
            ]
            if holders:
                nearest = max(holders, key=lambda other: flows[other].used_at[wanted])
                flow.source[wanted] = nearest
                flow.after.add(nearest)
                after[name].add(nearest)


def _step(analysis: Analysis, flow: StepFlow, after: list[str], book: Stepbook) -> Step:
    region = analysis.layout.regions[flow.name]
    options = _options(region)
    static = [
        book.sources(),
        sorted(flow.source.items()),
        sorted(flow.outputs),
        options.engine,
        options.image,
    ]
    digest = hashlib.sha256(json.dumps(static, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
    return Step(
        name=flow.name,
        cells=tuple(region.cells),
        after=tuple(after),
        inputs=dict(sorted(flow.source.items())),
        outputs=tuple(sorted(flow.outputs)),
        parameters=tuple(sorted(flow.parameters)),
        metrics=tuple(
            name
            for cell in region.cells
            if cell in analysis.layout.metrics
            for name in metric_names(analysis.document.cells[cell].code)
        ),
        definitions=book.replayed,
        setup=tuple(sorted(flow.setup)),
        via=_tuples(book.passing.via),
        passes=_tuples(book.passing.passes),
        options=options,
        notebook=book.file,
        fingerprint=digest,
    )


def _tuples(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(steps) for name, steps in sorted(lists.items())}


def metric_names(code: str) -> tuple[str, ...]:
    r"""Return the names that a `pipeline-metrics` cell logs: bare names and arguments of ``print``, in order.

    >>> metric_names("print(accuracy)\nf1")
    ('accuracy', 'f1')
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return ()
    return tuple(dict.fromkeys(name for node in tree.body for name in _bare_names(node)))


def _bare_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name):
        yield node.value.id
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "print":
        yield from (argument.id for argument in node.value.args if isinstance(argument, ast.Name))


def _options(region: Region) -> Options:
    def one(option: str) -> str | None:
        return next(iter(region.options.get(option, {})), None)

    def pairs(option: str) -> dict[str, str]:
        return {v.rpartition(":")[0]: v.rpartition(":")[2] for v in region.options.get(option, {})}

    timeout = one("timeout")
    return Options(
        retry=int(one("retry") or 0),
        timeout_s=parse_duration(timeout) if timeout else None,
        cache=one("cache") == "enabled",
        limits=pairs("limit"),
        engine=one("engine"),
        image=one("image"),
        secrets=tuple(region.options.get("secret", {})),
        labels=pairs("label"),
        model=one("model"),
    )


def _unused(parameters: tuple[Parameter, ...], analysis: Analysis) -> Iterator[Finding]:
    used = {name for flow in analysis.flows.values() for name in flow.parameters}
    used.update(*(fact.statement.unread for fact in analysis.reading.unread))
    for parameter in parameters:
        if parameter.name not in used and parameter.name not in analysis.reading.mentioned:
            yield Finding(
                "notebook.unused_parameter",
                "warning",
                parameter.cell,
                None,
                f"parameter `{parameter.name}` is never used",
                "take it out, or use it",
                parameter.name,
            )
