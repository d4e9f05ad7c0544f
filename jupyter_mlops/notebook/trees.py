"""Small questions to syntax trees. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from jupyter_mlops.notebook.mutation import TEXT_READERS, VALUE_METHODS

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Node = TypeVar("Node", bound=ast.AST)
_BRACES, _PERCENT = re.compile(r"(?<!\{)\{([^\W\d]\w*)"), re.compile(r"%\(([^\W\d]\w*)\)")
_DOLLARS = re.compile(r"(?<!\$)\$\{?([^\W\d]\w*)")
_FILLED = {"format": _BRACES, "format_map": _BRACES, "substitute": _DOLLARS, "safe_substitute": _DOLLARS}
_NAME_ERRORS = {"NameError", "UnboundLocalError", "Exception", "BaseException"}


def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node of a tree but contexts and operators, in the order of `ast.walk`; kept with the tree."""
    found: tuple[ast.AST, ...] | None = getattr(tree, "_mlops_nodes", None)
    if found is None:
        found = tuple(_walk(tree))
        setattr(tree, "_mlops_nodes", found)  # noqa: B010
    return found


def _walk(tree: ast.AST) -> list[ast.AST]:
    found = [tree]
    for node in found:
        found += children(node)
    return found


def children(node: ast.AST) -> tuple[ast.AST, ...]:
    """Return the nodes right below one, without its context and operator; kept with the node."""
    found: tuple[ast.AST, ...] | None = getattr(node, "_mlops_children", None)
    if found is None:
        found = tuple(_children(node))
        setattr(node, "_mlops_children", found)  # noqa: B010
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            if name != "ctx" and name != "op":
                found.append(value)
        elif value.__class__ is list:
            found += [part for part in value if isinstance(part, ast.AST)]
    return found


class Visitor(ast.NodeVisitor):
    """Walks a tree as `ast.NodeVisitor` does, but for contexts and operators; faster."""

    _visitors: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Any]]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._visitors = {}

    def visit(self, node: ast.AST) -> None:
        """Visit a node by the method for its kind, which is looked up once."""
        kind = node.__class__
        visitor = self._visitors.get(kind)
        if visitor is None:
            name = f"visit_{kind.__name__}"
            visitor = self._visitors[kind] = getattr(self.__class__, name, self.__class__.generic_visit)
        visitor(self, node)

    def generic_visit(self, node: ast.AST) -> None:
        """Visit what is right below a node."""
        for child in children(node):
            self.visit(child)


def forget(tree: ast.AST) -> None:
    """Drop what is kept with the nodes of a tree: it holds the tree itself, and only the collector would free it."""
    for node in nodes(tree):
        vars(node).pop("_mlops_kinds", None)
        if node is not tree:
            vars(node).pop("_mlops_nodes", None)
    vars(tree).pop("_mlops_nodes", None)


def of(tree: ast.AST, *kinds: type[Node]) -> list[Node]:
    """Return the nodes of a tree that are of these kinds, kind by kind; kept with the tree."""
    index: dict[type[ast.AST], list[Any]] | None = getattr(tree, "_mlops_kinds", None)
    if index is None:
        index = {}
        for node in nodes(tree):
            index.setdefault(type(node), []).append(node)
        setattr(tree, "_mlops_kinds", index)  # noqa: B010
    return index.get(kinds[0], []) if len(kinds) == 1 else [node for kind in kinds for node in index.get(kind, ())]


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


def dotted(node: ast.expr) -> str | None:
    """Return the source of a name with attributes and nothing else (``a.b.c``), or None."""
    words: list[str] = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(words)]) if isinstance(node, ast.Name) else None


def spell(node: ast.expr) -> str:
    """Return the source of an expression, cut to what fits a message."""
    return (dotted(node) or ast.unparse(node))[:60]


def arguments(args: ast.arguments) -> list[ast.arg]:
    """Return every argument of a function."""
    return [
        *args.posonlyargs,
        *args.args,
        *args.kwonlyargs,
        *[a for a in (args.vararg, args.kwarg) if a is not None],
    ]


def stored_names(trees: Iterable[ast.AST]) -> set[str]:
    """Return the names that the code stores somewhere, in whichever scope."""
    found: set[str] = set()
    for top in trees:
        found |= {node.id for node in of(top, ast.Name) if isinstance(node.ctx, ast.Store)}
        definitions: list[Function | ast.ClassDef] = of(top, *FUNCTIONS, ast.ClassDef)
        found |= {node.name for node in definitions}
        imports: list[ast.Import | ast.ImportFrom] = of(top, ast.Import, ast.ImportFrom)
        found |= {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names}
        named: list[ast.ExceptHandler | ast.MatchAs | ast.MatchStar]
        named = of(top, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
        found |= {node.name for node in named if node.name}
    return found


def is_true(test: ast.expr) -> bool:
    """Whether a condition holds in every notebook: ``True``, ``1``, ``__name__ == "__main__"``."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    return is_main(test)


def is_main(test: ast.expr) -> bool:
    """Whether a condition holds where the code is run, and not where it is imported."""
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
    """Return every look-up of a literal name: ``globals()["x"]``, ``"x" in globals()``, ``"{x}".format(**vars())``."""
    if not any(map(is_namespace, of(tree, ast.Call))):
        return []
    pairs: list[tuple[ast.AST, ast.AST]] = [
        (node.value, node.slice) for node in of(tree, ast.Subscript) if isinstance(node.ctx, ast.Load)
    ]
    pairs += [
        (node.comparators[0], node.left)
        for node in of(tree, ast.Compare)
        if isinstance(node.ops[0], ast.In | ast.NotIn)
    ]
    pairs += [
        (node.func.value, node.args[0])
        for node in of(tree, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args
    ]
    return _template_reads(tree) + [
        (owner, key.value)
        for owner, key in pairs
        if is_namespace(owner) and isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]


def _template_reads(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Return the names that literal texts have filled in: ``"%(x)s" % vars()``, ``"{x}".format_map(globals())``."""
    found: list[tuple[ast.AST, str]] = []
    for call in of(tree, ast.Call):
        spaces = [value for value in [*call.args, *(k.value for k in call.keywords)] if is_namespace(value)]
        owner = call.func.value if spaces and isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Call) and owner.args:
            owner = owner.args[0]
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if isinstance(owner, ast.Constant) and isinstance(owner.value, str) and method in _FILLED:
            found += [(space, name) for space in spaces for name in _FILLED[method].findall(owner.value)]
    for node in of(tree, ast.BinOp):
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and is_namespace(node.right):
            found += [(node.right, name) for name in _PERCENT.findall(str(node.left.value))]
    return found


def namespace_writes(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Return every store under a literal name: ``globals()["x"] = 1``."""
    return [
        (node.value, node.slice.value)
        for node in of(tree, ast.Subscript)
        if isinstance(node.ctx, ast.Store)
        and is_namespace(node.value)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]


_AT_NAME = re.compile(r"(?<![\w.])@([^\W\d]\w*)")


def names_in_texts(tree: ast.AST) -> set[str]:
    """Return the names that a text reads: ``df.query("a > @limit")``, ``eval("x + 1")``, ``duckdb.sql("from df")``.

    A text with ``@limit`` may be put together first, and be given to `query` somewhere else.
    """
    found = {name for text in texts(tree) if "@" in text for name in _AT_NAME.findall(text)}
    for node in of(tree, ast.Call):
        if not (node.args and isinstance(node.args[0], ast.Constant)):
            continue
        text = node.args[0].value
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in TEXT_READERS and isinstance(text, str):
            found |= set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
        elif ast.unparse(node.func) in ("eval", "exec", "pd.eval", "pandas.eval") and isinstance(text, str):
            try:
                found |= {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
            except (SyntaxError, ValueError):
                continue
    return found


def texts(tree: ast.AST) -> set[str]:
    """Return the literal texts in a tree."""
    return {node.value for node in of(tree, ast.Constant) if isinstance(node.value, str)}
