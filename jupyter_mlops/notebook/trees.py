"""Small questions to syntax trees. Pure."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_mlops.notebook.mutation import VALUE_METHODS

_NAME_ERRORS = {"NameError", "UnboundLocalError", "Exception", "BaseException"}


def root_of(node: ast.expr) -> ast.Name | None:
    """Return the name whose object `node` is a part of, or None: ``a`` of ``a.b[0].c``."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VALUE_METHODS:
            node = node.func.value
        else:
            return None
    return node


def is_dotted(node: ast.expr) -> bool:
    """Whether the expression is a name with attributes and nothing else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def spell(node: ast.expr) -> str:
    """Return the source of an expression, cut to what fits a message."""
    return ast.unparse(node)[:60]


def arguments(args: ast.arguments) -> list[ast.arg]:
    """Return every argument of a function."""
    return [
        *args.posonlyargs,
        *args.args,
        *args.kwonlyargs,
        *[a for a in (args.vararg, args.kwarg) if a is not None],
    ]


def leaves(body: Sequence[ast.AST]) -> bool:
    """Whether the branch never reaches the code below it (within the loop or function)."""
    return bool(body) and isinstance(body[-1], ast.Raise | ast.Return)


def catches_name_error(node: ast.expr | None) -> bool:
    """Whether an `except` clause takes a name that is not defined."""
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return node is None or any(isinstance(name, ast.Name) and name.id in _NAME_ERRORS for name in names)
