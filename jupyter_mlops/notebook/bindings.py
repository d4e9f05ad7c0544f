"""What a statement binds its names to: results of calls, modules, figures. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlops.notebook.aliases import is_constant
from jupyter_mlops.notebook.mutation import FIGURE_MAKERS
from jupyter_mlops.notebook.names import GENERATOR
from jupyter_mlops.notebook.trees import dotted, of, root_of, stored_names


def makes(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the names that the statement binds to the result of a call or to a generator, as `Statement.makes` says."""
    if isinstance(node, ast.With | ast.AsyncWith):
        pairs = [(item.optional_vars, item.context_expr) for item in node.items if item.optional_vars is not None]
    elif isinstance(node, ast.Assign):
        pairs = [pair for target in node.targets for pair in _paired(target, node.value)]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        pairs = [(node.target, node.value)]
    else:
        pairs = []
    for target, value in pairs:
        if isinstance(target, ast.Name) and isinstance(value, ast.GeneratorExp):
            yield target.id, GENERATOR
        elif isinstance(target, ast.Name) and isinstance(value, ast.Call) and (path := dotted(value.func)):
            yield target.id, path


def _paired(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        if len(target.elts) == len(value.elts):
            return list(zip(target.elts, value.elts, strict=True))
        return []
    return [(target, value)]


_BINDERS = (ast.For, ast.AsyncFor, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem)


def numbers(node: ast.stmt) -> frozenset[str]:
    """Return the names that a compound statement binds to numbers and texts only, such as the variable of a `range`."""
    plain: set[str] = set()
    other: set[str] = set()
    for child in of(node, *_BINDERS):
        if isinstance(child, ast.For) and isinstance(child.iter, ast.Call) and isinstance(child.target, ast.Name):
            is_range = isinstance(child.iter.func, ast.Name) and child.iter.func.id == "range"
            (plain if is_range else other).add(child.target.id)
        elif isinstance(child, ast.Assign) and is_constant(child):
            plain |= stored_names(child.targets)
        elif isinstance(child, ast.Assign | ast.AnnAssign | ast.For | ast.AsyncFor | ast.NamedExpr | ast.withitem):
            targets = child.targets if isinstance(child, ast.Assign) else [getattr(child, "target", None)]
            targets = [child.optional_vars] if isinstance(child, ast.withitem) else targets
            other |= stored_names(target for target in targets if target is not None)
    return frozenset(plain - other)


def registers(node: ast.stmt) -> frozenset[str]:
    """Return the functions that a decorated one adds itself to: ``@show.register``."""
    found: set[str] = set()
    for decorator in getattr(node, "decorator_list", []):
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute) and target.attr == "register" and isinstance(target.value, ast.Name):
            found.add(target.value.id)
    return frozenset(found)


_REGISTERING = ("register", "magics_class", "register_plugin", "overload", "overload_method", "component", "factory")
# What runs when the process ends is no matter of the steps below.
_NOT_KEPT = ("atexit",)


def registrations(node: ast.stmt) -> frozenset[str]:
    """Return the decorators that may make a definition known to a library: ``@register_line_magic``."""
    found: set[str] = set()
    for decorator in getattr(node, "decorator_list", []):
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
        root = root_of(target)
        is_known = last in _REGISTERING or last.startswith("register_") or last.endswith("_accessor")
        if is_known and root is not None and root.id not in _NOT_KEPT:
            found.add(root.id)
    return frozenset(found)


def decorators(node: ast.stmt) -> frozenset[str]:
    """Return the names that the decorators of a class begin with."""
    roots = [root_of(d.func if isinstance(d, ast.Call) else d) for d in getattr(node, "decorator_list", [])]
    return frozenset(root.id for root in roots if root is not None) if isinstance(node, ast.ClassDef) else frozenset()


def patches(node: ast.stmt) -> frozenset[str]:
    """Return the classes that `patch` of fastcore adds a function to: ``@patch`` over ``def fit(self: Model)``."""
    if not isinstance(node, ast.FunctionDef) or not node.args.args or node.args.args[0].annotation is None:
        return frozenset()
    words = [ast.unparse(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list]
    if not any(word.rpartition(".")[2] == "patch" for word in words):
        return frozenset()
    return frozenset(each.id for each in ast.walk(node.args.args[0].annotation) if isinstance(each, ast.Name))


def gives_back(node: ast.stmt) -> bool:
    """Whether a function returns what it is given, as most decorators of classes do; also one that makes decorators."""
    for function in of(node, ast.FunctionDef):
        first = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)][:1]
        returned = [child.value for child in of(function, ast.Return)]
        if any(isinstance(value, ast.Name) and value.id in first for value in returned):
            return True
    return False


def makes_figure(node: ast.stmt) -> bool:
    """Whether the statement binds what matplotlib draws on; every method of that changes it."""
    value = getattr(node, "value", None)
    name = value.func.attr if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else ""
    return isinstance(node, ast.Assign) and name in FIGURE_MAKERS


def modules(node: ast.stmt) -> dict[str, str]:
    """Return for each name that an import binds the dotted name of what it is."""
    found: dict[str, str] = {}
    for child in of(node, ast.Import):
        found.update(
            {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in child.names}
        )
    for origin in of(node, ast.ImportFrom):
        found.update({a.asname or a.name: f"{origin.module}.{a.name}" for a in origin.names})
    return found
