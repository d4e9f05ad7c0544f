"""Which functions and classes change, when they are used, what they themselves keep. Pure.

A function with a default that it changes (``def add(x, rows=[])``), a class whose methods change an attribute of the
class (``cls.count += 1``, ``self.cache[key] = …`` where the body has ``cache = {}``), and what a function makes that
keeps something of its own (the wrapper of a decorator that counts its calls). One that returns what it keeps lets its
callers change it (``Registry.get(key).append(row)``). Steps that use one of these run one after the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlops.notebook.changes import changer
from jupyter_mlops.notebook.mutation import MUTATING_FUNCTIONS, is_mutator
from jupyter_mlops.notebook.trees import Function, arguments, nodes, root_of

_CHANGING = {*MUTATING_FUNCTIONS, "next"}
_FRESH = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_MAKERS = {"list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict", "count", "cycle", "iter", "WeakSet"}


def keeps(node: ast.stmt) -> bool:
    """Return whether what a definition makes changes what it keeps."""
    if isinstance(node, Function):
        return _changes_defaults(node) or any(_returns_own(node))
    return isinstance(node, ast.ClassDef) and any(_class_keeps(node))


def makes_keepers(node: ast.stmt) -> bool:
    """Return whether a function makes functions that change what they keep, as a decorator does that counts calls."""
    if isinstance(node, ast.ClassDef):
        # an object of a class that is called in the place of the function
        calls = [member for member in node.body if isinstance(member, Function) and member.name == "__call__"]
        return any(arguments(member.args)[0].arg in changer(member).changes for member in calls if member.args.args)
    if not isinstance(node, Function):
        return False
    inner = [child for child in nodes(node) if isinstance(child, Function) and child is not node]
    return any(any(_changes_outer(child)) for child in inner)


def _changes_defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    fresh = _fresh_defaults(node)
    return bool(fresh) and not fresh.isdisjoint(changer(node).changes)


def _returns_own(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[bool]:
    """Yield true for each return of a default or of an attribute of the function itself."""
    fresh = _fresh_defaults(node)
    for path in _returned_paths(node):
        yield path[0] in fresh or (path[0] == node.name and len(path) > 1)


def _returned_paths(node: ast.stmt) -> Iterator[tuple[str, ...]]:
    for child in nodes(node):
        if isinstance(child, ast.Return | ast.Yield) and isinstance(
            child.value, ast.Name | ast.Attribute | ast.Subscript
        ):
            yield _path(child.value)


def _fresh_defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    ordered = [*node.args.posonlyargs, *node.args.args]
    pairs = [*zip(reversed(ordered), reversed(node.args.defaults), strict=False)]
    pairs += [(name, value) for name, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value]
    return {name.arg for name, value in pairs if _is_fresh(value)}


def _is_fresh(value: ast.expr | None) -> bool:
    """Whether an expression makes a new mutable object."""
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in _MAKERS
    return isinstance(value, _FRESH)


def _changes_outer(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[bool]:
    """Yield true for each change of a variable of the function around, or of an attribute of such."""
    own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    own |= {n.id for n in nodes(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for child in nodes(node):
        if isinstance(child, ast.Nonlocal):
            yield True
        elif isinstance(child, ast.Attribute | ast.Subscript) and not isinstance(child.ctx, ast.Load):
            root = root_of(child.value)
            yield root is not None and root.id not in own
        elif isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            root = root_of(child.func.value)
            is_own = root is None or root.id in own
            yield not is_own and is_mutator(child.func.attr)


def _class_keeps(node: ast.ClassDef) -> Iterator[bool]:
    shared = {
        target.id
        for member in node.body
        if isinstance(member, ast.Assign | ast.AnnAssign) and _is_fresh(member.value)
        for target in (member.targets if isinstance(member, ast.Assign) else [member.target])
        if isinstance(target, ast.Name)
    }
    for member in node.body:
        if not isinstance(member, Function):
            continue
        yield _changes_defaults(member) or any(_returns_own(member))
        names = [argument.arg for argument in (*member.args.posonlyargs, *member.args.args)]
        first = names[0] if names else ""
        decorators = {getattr(each, "id", "") for each in member.decorator_list}
        is_of_class = "classmethod" in decorators or member.name in (
            "__init_subclass__",
            "__class_getitem__",
            "__new__",
        )
        for path in _changed_paths(member):
            of_class = path[0] == node.name or (path[0] == first and is_of_class)
            of_class |= path[:2] == (first, "__class__") or path[0] == f"type({first})"
            yield of_class or (path[0] == first and path[1:2] in [(name,) for name in shared] and len(path) > 2)
        for path in _returned_paths(member):
            yield path[0] in (node.name, first) and not shared.isdisjoint(path[1:2])


def _changed_paths(node: ast.stmt) -> Iterator[tuple[str, ...]]:
    """Yield what a method stores in or changes, part by part: ``("self", "cache", "[]")``."""
    for child in nodes(node):
        if isinstance(child, ast.Attribute | ast.Subscript) and not isinstance(child.ctx, ast.Load):
            yield _path(child)
        elif isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and is_mutator(child.func.attr):
            yield (*_path(child.func)[:-1], "()")
        elif isinstance(child, ast.Call) and child.args and getattr(child.func, "id", "") in _CHANGING:
            yield (*_path(child.args[0]), "()")


def _path(node: ast.expr) -> tuple[str, ...]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        parts.append(node.attr if isinstance(node, ast.Attribute) else "[]")
        node = node.value
    return (ast.unparse(node), *reversed(parts))
