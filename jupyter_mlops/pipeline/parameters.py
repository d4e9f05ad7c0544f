"""Parameters: declared in the cells tagged `parameters`, checked against what a run gives, injected as data. Pure.

Only literals are taken over into the pipeline, with their exact type; a default that is computed stays code and is
overridden only when a run gives a value. Values are in JSON form everywhere outside a kernel: dates as ISO texts,
non-finite floats as ``nan``, ``inf``, ``-inf``, and a literal that JSON cannot hold (a tuple, a set, bytes, a dict with
other keys than texts) as its Python text, with the type ``literal``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.notebook.document import Document
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import Layout
from jupyter_mlops.notebook.source import CellSyntaxError, parse
from jupyter_mlops.pipeline.spec import Parameter, Pipeline
from jupyter_mlops.pipeline.types import NoLiteral, accept, read_text, type_of_annotation, type_of_default


def declare(document: Document, layout: Layout) -> tuple[tuple[Parameter, ...], tuple[Finding, ...]]:
    """Return the parameters that a notebook declares, in the order of their first mention, and what is wrong."""
    found: dict[str, Parameter] = {}
    findings: list[Finding] = []
    for index in layout.parameters:
        try:
            tree, _ = parse(document.cells[index].code)
        except CellSyntaxError:
            continue
        for name, annotation, value, line in _assignments(tree):
            try:
                parameter = _declare(name, annotation, value, index)
            except UsageError as error:
                findings.append(
                    Finding(
                        "notebook.parameter",
                        "error",
                        index,
                        line + document.cells[index].shift,
                        error.message,
                        error.hint,
                    )
                )
                continue
            if name in found and found[name].cell != index:
                findings.append(
                    Finding(
                        "notebook.parameter",
                        "error",
                        index,
                        line + document.cells[index].shift,
                        f"parameter `{name}` is declared twice, here and in {cell_text(found[name].cell)}",
                        "keep one of the declarations",
                    )
                )
            found[name] = parameter
    return tuple(found.values()), tuple(findings)


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None, ast.expr | None, int]]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.annotation, node.value, node.lineno
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name, value in _pairs(target, node.value):
                    yield name, None, value, node.lineno


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for left, right in zip(target.elts, value.elts, strict=True):
            yield from _pairs(left, right)


def _declare(name: str, annotation: ast.expr | None, value: ast.expr | None, cell: int) -> Parameter:
    declared = type_of_annotation(annotation) if annotation is not None else None
    if value is None:
        return Parameter(name, declared or "any", None, required=True, cell=cell)
    try:
        inferred, default = type_of_default(value)
    except NoLiteral:
        return Parameter(name, declared or "any", None, cell=cell, computed=True)
    if declared in (None, "any") or inferred == "literal":
        return Parameter(name, inferred, default, cell=cell)
    try:
        return Parameter(name, declared, accept(declared, default), cell=cell)
    except ValueError as error:
        raise UsageError(
            "notebook.parameter",
            f"parameter `{name}` is declared as {declared}, but its default is not: {error}",
            "change the annotation or the default",
        ) from error


def parse_value(parameter: Parameter, text: str) -> Any:
    """Return the JSON form of a value given as text (``-p NAME=VALUE``), read by the declared type.

    Raises
    ------
    UsageError
        ``parameter.type``: the text is no value of that type.
    """
    try:
        return read_text(parameter.type, text)
    except ValueError as error:
        raise UsageError(
            "parameter.type", f"parameter `{parameter.name}`: {error}", f"its type is {parameter.type}"
        ) from error


def resolve(pipeline: Pipeline, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON form of every parameter of a run; a computed default that is not given is left out.

    Raises
    ------
    UsageError
        ``parameter.unknown``, ``parameter.type``, ``parameter.missing`` or ``parameter.several``, all problems at once.
    """
    known = {parameter.name: parameter for parameter in pipeline.parameters}
    problems: list[UsageError] = []
    for name in given.keys() - known.keys():
        problems.append(_unknown(str(name), list(known)))
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in given:
            try:
                values[name] = accept(parameter.type, given[name])
            except ValueError as error:
                problems.append(
                    UsageError("parameter.type", f"parameter `{name}`: {error}", f"its type is {parameter.type}")
                )
        elif parameter.required:
            problems.append(missing(name))
        elif not parameter.computed:
            values[name] = parameter.default
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise UsageError(
            "parameter.several",
            "; ".join(sorted(p.message for p in problems)),
            "; ".join(dict.fromkeys(p.hint for p in problems if p.hint)),
        )
    return values


def missing(name: str) -> UsageError:
    """Return the error of a run that gives a required parameter no value."""
    message = f"parameter `{name}` has no default and no value was given"
    return UsageError("parameter.missing", message, f"give one: -p {name}=VALUE")


def _unknown(name: str, known: list[str]) -> UsageError:
    import difflib

    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else ""
    if not close:
        hint = "its parameters are: " + ", ".join(known) if known else "tag a cell `parameters` to declare some"
    return UsageError("parameter.unknown", f"the notebook has no parameter `{name}`", hint)


def source_of(parameter: Parameter, value: Any) -> str:
    """Return Python source whose value is exactly the parameter's value.

    >>> source_of(Parameter("a", "float"), "-inf"), source_of(Parameter("d", "date"), "2026-01-31")
    ("float('-inf')", "__import__('datetime').date.fromisoformat('2026-01-31')")
    """
    kind = parameter.type.removeprefix("Optional[").removesuffix("]")
    if value is not None and kind in ("date", "datetime"):
        return f"__import__('datetime').{kind}.fromisoformat({value!r})"
    if kind == "literal" and isinstance(value, str):
        return value
    if kind == "float" and isinstance(value, str):
        return f"float({value!r})"
    return ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
