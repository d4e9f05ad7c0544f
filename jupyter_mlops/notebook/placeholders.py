"""The default that a quick fix writes for a new parameter: a value by which the notebook still runs. Pure.

It is a guess from the first use that says something; the user is to type over it. Where no use says anything it is
`None`, which most code refuses loudly rather than to compute something with it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from jupyter_mlops.notebook.source import CellSyntaxError, parse

_COUNTED = frozenset({"range", "islice", "sample", "head", "tail", "nlargest", "nsmallest"})
_OPENED = frozenset({"open", "Path", "exists", "listdir", "glob", "load", "join"})
_TEXT_METHODS = frozenset(
    "casefold endswith format join lower lstrip partition removeprefix removesuffix replace rsplit rstrip split "
    "splitlines startswith strip title upper".split()
)


def placeholder(name: str, sources: Iterable[str]) -> str:
    """Return the source of a default for a parameter, by how cells use its name.

    >>> placeholder("threshold", ["kept = [x for x in rows if x > threshold]"]), placeholder("k", ["f(k=k)"])
    ('1.0', 'None')
    """
    for source in sources:
        try:
            tree, _ = parse(source)
        except CellSyntaxError:
            continue
        for node in ast.walk(tree):
            for is_so, value in _USES:
                if is_so(node, name):
                    return value
    return "None"


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _called(node: ast.AST, name: str, known: frozenset[str], beginning: str = "") -> bool:
    """Whether it is a call of one of these functions, or of one that begins so, with the name as an argument."""
    if not isinstance(node, ast.Call) or not any(_is_name(arg, name) for arg in node.args):
        return False
    func = node.func
    word = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return word in known or (beginning != "" and word.startswith(beginning))


def _is_counted(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Slice):
        return any(_is_name(part, name) for part in (node.lower, node.upper, node.step))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        is_sequence = isinstance(node.left, ast.List | ast.Tuple | ast.JoinedStr)
        is_sequence |= isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        return is_sequence and _is_name(node.right, name)
    return _called(node, name, _COUNTED)


def _is_text(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in _TEXT_METHODS:
        return _is_name(node.value, name)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pair = (node.left, node.right)
        is_text = any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in pair)
        return is_text and any(_is_name(side, name) for side in pair)
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        is_text = any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
        return is_text and any(_is_name(side, name) for side in sides)
    return _called(node, name, _OPENED, "read_")


def _is_number(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr | ast.BitAnd):
        return _is_name(node.left, name) or _is_name(node.right, name)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _is_name(node.operand, name)
    if isinstance(node, ast.Compare):
        ordered = all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
        return ordered and any(_is_name(side, name) for side in (node.left, *node.comparators))
    return False


def _is_list(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.For | ast.comprehension) and _is_name(node.iter, name)


def _is_flag(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _is_name(node.operand, name)
    return isinstance(node, ast.If | ast.IfExp) and _is_name(node.test, name)


_USES: tuple[tuple[Callable[[ast.AST, str], bool], str], ...] = (
    (_is_counted, "1"),
    (_is_text, '""'),
    (_is_number, "1.0"),
    (_is_list, "[]"),
    (_is_flag, "False"),
)
