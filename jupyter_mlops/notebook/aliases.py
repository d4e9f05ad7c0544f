"""Which names a statement may make share one object: ``b = a``, ``c = [a]``, ``for v in xs``. Pure.

Only forms that surely hand on a reference are read; what a call returns is left to the check at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from jupyter_mlops.notebook.mutation import VALUE_METHODS
from jupyter_mlops.notebook.trees import Function, of, root_of

_KEEPING_CALLS = {
    "list",
    "tuple",
    "dict",
    "set",
    "zip",
    "enumerate",
    "reversed",
    "iter",
    "map",
    "filter",
    "sorted",
    "next",
}
_LOOKING_CALLS = {
    *("memoryview", "MappingProxyType", "ChainMap", "partial", "proxy", "chain", "cycle", "islice", "tee"),
    *("asarray", "asanyarray", "frombuffer", "ravel", "squeeze", "transpose", "swapaxes", "reshape", "atleast_1d"),
    *("atleast_2d", "broadcast_to", "expand_dims", "moveaxis", "from_numpy", "as_tensor"),
}
"""Functions, of modules too, whose result holds their arguments or looks at them."""
_KEEPING_METHODS = {"append", "add", "insert", "extend", "update", "setdefault", "appendleft", "push"}
_LITERALS = (ast.List, ast.Tuple, ast.ListComp, ast.Dict, ast.DictComp)
_COPYING_INDEX = (ast.List, ast.ListComp, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp)


_COPIES = frozenset({"Counter", "Decimal", "Fraction", "Path", "PurePath"})
_MAKERS = frozenset({"make_pipeline", "make_union", "make_column_transformer", "compose"})
PARTS = frozenset(
    "add_subplot add_axes add_gridspec add_subfigure subfigures gca get_figure get_axes twinx twiny secondary_xaxis "
    "secondary_yaxis inset_axes legend get_legend get_lines get_children get_texts find child children parent sibling "
    "getroot getparent iter findall find_all select xpath getElementById get_node get_child get_layer add_child "
    "add_node subtree create_group require_group create_dataset".split()
)
"""Methods whose result is a part of their object, or has it as a part."""


_FIGURES = frozenset({"subplots", "subplot_mosaic"})


@dataclass(frozen=True)
class Held:
    """A name bound to the result of a call, which may hold the objects of `roots`.

    `method` is the method of the one root that gave it; empty for a call that was given them.
    """

    name: str
    roots: frozenset[str]
    method: str = ""


def held_by(statement: ast.stmt) -> Iterator[Held]:
    """Yield what calls may hold: ``p = make_pipeline(scaler, Ridge())``, ``trainer = Trainer(model)``,
    ``ax = fig.add_subplot()``.
    """
    if isinstance(statement, Function | ast.ClassDef):
        return
    for node in of(statement, ast.Assign):
        call = node.value
        if not isinstance(call, ast.Call):
            continue
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in _FIGURES:
            # `fig, (left, right) = plt.subplots(1, 2)`
            names = {name.id for target in node.targets for name in of(target, ast.Name) if _is_store(name, target)}
            yield from (Held(name, frozenset(names - {name})) for name in sorted(names) if len(names) > 1)
            continue
        method, roots = "", _given_to(call)
        if isinstance(call.func, ast.Attribute) and not roots:
            owner = root_of(call.func.value)
            method, roots = call.func.attr, frozenset({owner.id}) if owner is not None else frozenset()
        if roots:
            stored = (name for target in node.targets for name in of(target, ast.Name) if _is_store(name, target))
            yield from (Held(name.id, roots, method) for name in stored)


def _given_to(call: ast.Call) -> frozenset[str]:
    """Return the names that a constructor is given, by themselves, in displays and in constructors inside."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if not (name[:1].isupper() or name in _MAKERS) or name in _COPIES:
        return frozenset()
    found: set[str] = set()
    stack: list[ast.expr] = [*call.args, *[keyword.value for keyword in call.keywords]]
    while stack:
        value = stack.pop()
        if isinstance(value, ast.Name):
            found.add(value.id)
        elif isinstance(value, ast.Tuple | ast.List | ast.Set):
            stack += value.elts
        elif isinstance(value, ast.Dict):
            stack += value.values
        elif isinstance(value, ast.Starred):
            stack.append(value.value)
        elif isinstance(value, ast.Call):
            found |= _given_to(value) | _call(value)
    return frozenset(found)


_BINDERS = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Call)


def aliases_of(statement: ast.stmt) -> Mapping[str, frozenset[str]]:
    """Return for each name that the statement binds the names whose object it may share, itself included.

    >>> sorted(aliases_of(ast.parse("a = [a, b]").body[0])["a"])
    ['a', 'b']
    """
    found: dict[str, set[str]] = {}
    for target, value in _pairs(statement):
        roots = references(value)
        for node in of(target, ast.Name) if roots else ():
            if _is_store(node, target):
                found.setdefault(node.id, set()).update(roots)
    if isinstance(statement, Function | ast.ClassDef):
        # The names in the body are its own, even where the notebook has the same.
        declared = {name for node in of(statement, ast.Global) for name in node.names}
        found = {name: roots for name, roots in found.items() if name in declared}
    return {name: frozenset(roots) for name, roots in found.items()}


def bound_together(statement: ast.stmt) -> Iterator[frozenset[str]]:
    """Yield the names that are bound to one new object: ``a = b = []``, ``a = [(b := [])]``."""
    if isinstance(statement, Function | ast.ClassDef):
        return
    for node in of(statement, ast.Assign):
        targets: list[ast.expr] = [*node.targets, *[inner.target for inner in of(node.value, ast.NamedExpr)]]
        if len(targets) > 1 and not isinstance(node.value, ast.Constant):
            yield frozenset(name.id for target in targets for name in of(target, ast.Name) if _is_store(name, target))


def _is_store(node: ast.Name, target: ast.expr) -> bool:
    # `a[0] = b` and `a.x = b` make a share b's object although a is only read there
    return isinstance(node.ctx, ast.Store) or root_of(target) is node


def _pairs(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in of(statement, *_BINDERS):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _unpack(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, ast.For | ast.AsyncFor):
            yield node.target, node.iter
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from (
                (item.optional_vars, item.context_expr) for item in node.items if item.optional_vars is not None
            )
        elif isinstance(node, ast.Call) and _keeps(node.func):
            yield from ((node.func.value, value) for value in [*node.args, *[k.value for k in node.keywords]])


def _keeps(function: ast.expr) -> TypeGuard[ast.Attribute]:
    if not isinstance(function, ast.Attribute):
        return False
    return isinstance(function.value, ast.Name) and function.attr in _KEEPING_METHODS


def _unpack(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        starred = any(isinstance(part, ast.Starred) for part in [*target.elts, *value.elts])
        if len(target.elts) == len(value.elts) and not starred:
            for left, right in zip(target.elts, value.elts, strict=True):
                yield from _unpack(left, right)
            return
    yield target, value


def references(node: ast.expr) -> set[str]:
    """Return the names whose objects the value of an expression may be or hold."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Starred):
        root = root_of(node)
        return {root.id} if root else set()
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, _COPYING_INDEX):
            return set()
        root = root_of(node)
        return {root.id} if root else references(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return _union(node.elts)
    if isinstance(node, ast.Dict):
        return _union(list(node.values))
    if isinstance(node, ast.IfExp):
        return references(node.body) | references(node.orelse)
    if isinstance(node, ast.BoolOp):
        return _union(node.values)
    if isinstance(node, ast.BinOp):
        # A sum with a list written out is a list, which holds what the other one holds.
        return (
            _union([node.left, node.right])
            if isinstance(node.left, _LITERALS) or isinstance(node.right, _LITERALS)
            else set()
        )
    if isinstance(node, ast.NamedExpr | ast.Await):
        return references(node.value)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        element = node.value if isinstance(node, ast.DictComp) else node.elt
        return references(element) and references(element) | _union([generator.iter for generator in node.generators])
    if isinstance(node, ast.Call):
        return _call(node)
    return set()


def _call(node: ast.Call) -> set[str]:
    if isinstance(node.func, ast.Name) and node.func.id in _KEEPING_CALLS:
        return _union(node.args)
    if isinstance(node.func, ast.Attribute) and node.func.attr in VALUE_METHODS:
        return references(node.func.value) | (_union(node.args) if node.func.attr in _LOOKING_CALLS else set())
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return _union(node.args) if name in _LOOKING_CALLS else set()


def _union(nodes: list[ast.expr]) -> set[str]:
    return set().union(*(references(node) for node in nodes)) if nodes else set()


def is_constant(statement: ast.stmt) -> bool:
    """Whether an assignment gives its names a number, a text or a sum of such, which cannot be changed in place."""
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(value, ast.expr):
        return False
    if isinstance(statement, ast.Assign) and not all(isinstance(target, ast.Name) for target in statement.targets):
        return False
    kinds = (
        ast.Constant,
        ast.UnaryOp,
        ast.BinOp,
        ast.operator,
        ast.unaryop,
        ast.JoinedStr,
        ast.FormattedValue,
    )
    return all(isinstance(node, kinds) for node in ast.walk(value))
