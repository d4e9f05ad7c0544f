"""Small questions to syntax trees. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from jupyter_mlops.notebook.mutation import TEXT_READERS, VALUE_METHODS

Function = ast.FunctionDef | ast.AsyncFunctionDef
_NAME_ERRORS = {"NameError", "UnboundLocalError", "Exception", "BaseException"}


def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node of a tree, as `ast.walk` does; kept with the tree."""
    found: tuple[ast.AST, ...] | None = getattr(tree, "_mlops_nodes", None)
    if found is None:
        found = tuple(ast.walk(tree))
        setattr(tree, "_mlops_nodes", found)  # noqa: B010
    return found


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


def stored_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that the code stores somewhere, in whichever scope."""
    found: set[str] = set()
    for node in (child for top in nodes for child in ast.walk(top)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
    return found


def is_true(test: ast.expr) -> bool:
    """Whether a condition holds in every notebook: ``True``, ``1``, ``__name__ == "__main__"``."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    return ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")


def leaves(body: Sequence[ast.AST]) -> bool:
    """Whether the branch never reaches the code below it (within the loop or function)."""
    return bool(body) and isinstance(body[-1], ast.Raise | ast.Return)


def catches_name_error(node: ast.expr | None) -> bool:
    """Whether an `except` clause takes a name that is not defined."""
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return node is None or any(isinstance(name, ast.Name) and name.id in _NAME_ERRORS for name in names)


def is_executed_text(node: ast.Call) -> bool:
    """Whether the call is ``exec("…")`` of a literal text in the notebook's namespace."""
    is_exec = isinstance(node.func, ast.Name) and node.func.id == "exec" and len(node.args) == 1
    return is_exec and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)


def is_namespace(node: ast.AST) -> bool:
    """Whether the node is ``globals()``, ``locals()`` or ``vars()``."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args
    return is_call and getattr(getattr(node, "func", None), "id", "") in ("globals", "locals", "vars")


def namespace_reads(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Return every look-up of a literal name: ``globals()["x"]``, ``globals().get("x")``, ``"x" in globals()``."""
    found: list[tuple[ast.AST, str]] = []
    for node in nodes(tree):
        owner: ast.AST | None = None
        key: ast.AST | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            owner, key = node.value, node.slice
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            owner, key = node.comparators[0], node.left
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            owner, key = node.func.value, node.args[0]
        if owner is not None and is_namespace(owner) and isinstance(key, ast.Constant) and isinstance(key.value, str):
            found.append((owner, key.value))
    return found


def namespace_writes(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Return every store under a literal name: ``globals()["x"] = 1``."""
    return [
        (node.value, node.slice.value)
        for node in nodes(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and is_namespace(node.value)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]


def names_in_texts(tree: ast.AST) -> set[str]:
    """Return the names that a text reads: ``df.query("a > @limit")``, ``eval("x + 1")``, ``duckdb.sql("from df")``."""
    found: set[str] = set()
    for node in nodes(tree):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        text = node.args[0].value
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute) and name in ("query", "eval") and isinstance(text, str):
            found |= {leading_name(part) for part in text.split("@")[1:]} - {""}
        elif name in TEXT_READERS and isinstance(text, str):
            found |= set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
        elif isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec") and isinstance(text, str):
            try:
                found |= {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
            except (SyntaxError, ValueError):
                continue
    return found


def leading_name(text: str) -> str:
    """Return the identifier that a text begins with, or an empty text."""
    end = next((number for number, char in enumerate(text) if not (char.isalnum() or char == "_")), len(text))
    return text[:end] if text[:end].isidentifier() else ""


def texts(tree: ast.AST) -> set[str]:
    """Return the literal texts in a tree."""
    return {node.value for node in nodes(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
