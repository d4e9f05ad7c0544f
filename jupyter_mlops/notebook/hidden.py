"""What a statement does with names that are not spelt out in it: `import *`, `exec`, `globals()`, `eval`. Pure."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from jupyter_mlops.notebook.names import Star, Trouble
from jupyter_mlops.notebook.trees import FUNCTIONS, is_namespace, namespace_reads, namespace_writes, of

_LONGEST_TEXT = 2_000
_UNSEEN = frozenset({"exec", "eval", "globals", "locals", "vars", "dir", "get_ipython"})
_SHELL_BINDERS = frozenset({"push", "ex", "run_cell", "run_code", "user_ns", "user_global_ns"})
"""What of IPython's shell binds names in the notebook's namespace."""


def is_plain(node: ast.stmt) -> bool:
    """Whether nothing in the statement reads or binds names unseen: most do not."""
    calls = (call.func.id for call in of(node, ast.Call) if isinstance(call.func, ast.Name))
    return _UNSEEN.isdisjoint(calls) and not of(node, ast.ImportFrom)


def stars(node: ast.stmt) -> Iterator[Star]:
    """Yield the modules whose names the statement binds, and the file in ``exec(open("x.py").read())``."""
    for child in of(node, ast.ImportFrom):
        if any(alias.name == "*" for alias in child.names) and not child.level:
            yield Star(child.module or "")
    for call in of(node, ast.Call):
        if (file := _executed_file(call)) is not None:
            yield Star(file, is_file=True)


def _executed_file(node: ast.Call) -> str | None:
    if not (isinstance(node.func, ast.Name) and node.func.id == "exec" and node.args):
        return None
    for child in ast.walk(node.args[0]):
        if isinstance(child, ast.Call) and ast.unparse(child.func) == "open" and child.args:
            file = child.args[0]
            return file.value if isinstance(file, ast.Constant) and isinstance(file.value, str) else None
    return None


def hides(node: ast.stmt) -> bool:
    """Whether the statement may bind names that are not written in it: a computed `exec`, changes of `globals()`,
    ``get_ipython().push(...)``.
    """
    understood = {id(owner) for owner, _ in [*namespace_reads(node), *namespace_writes(node)]}
    calls = (call for call in of(node, ast.Call) if isinstance(call.func, ast.Name) and call.func.id == "exec")
    if any(_is_computed(call) and _executed_file(call) is None for call in calls):
        return True
    parts: list[ast.Subscript | ast.Attribute] = of(node, ast.Subscript, ast.Attribute)
    for child in parts:
        if isinstance(child, ast.Attribute) and child.attr in _SHELL_BINDERS and _is_shell(child.value):
            return True
        if is_namespace(child.value):
            is_changed = isinstance(child.ctx, ast.Store) or getattr(child, "attr", "") in ("update", "setdefault")
            if is_changed and id(child.value) not in understood:
                return True
    return False


def _is_shell(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython"


def _is_computed(node: ast.Call) -> bool:
    """Whether the code that `exec` or `eval` is given is no literal and runs in the notebook's own namespace."""
    spaces = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "globals")]
    is_own = all(isinstance(space, ast.Constant) or is_namespace(space) for space in spaces)
    return is_own and not (node.args and isinstance(node.args[0], ast.Constant))


def is_dynamic(node: ast.stmt) -> bool:
    """Whether the code reads names that are given to it as text: `eval`, `globals()[name]`."""
    understood = {id(owner) for owner, _ in namespace_reads(node)}
    return any(
        (isinstance(child.func, ast.Name) and child.func.id in ("eval", "exec"))
        or (is_namespace(child) and id(child) not in understood)
        for child in of(node, ast.Call)
    )


def _lists_names(node: ast.Call, *, is_in_function: bool) -> bool:
    """Whether a call gives the notebook's names: ``globals()``; outside of functions also ``dir()``, ``locals()``."""
    name = node.func.id if isinstance(node.func, ast.Name) and not node.args else ""
    return name == "globals" or (name in ("dir", "locals", "vars") and not is_in_function)


@functools.lru_cache(maxsize=1024)
def names_of_texts(source: str) -> frozenset[str]:
    """Return the names in the literal texts of a statement, as far as these are expressions or code."""
    found: set[str] = set()
    for child in ast.walk(ast.parse(source)):
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and len(child.value) < _LONGEST_TEXT:
            try:
                found |= {name.id for name in ast.walk(ast.parse(child.value.strip())) if isinstance(name, ast.Name)}
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return frozenset(found)


def troubles(node: ast.stmt) -> Iterator[Trouble]:
    """Yield what reading cannot follow in the statement; the pipeline may run all the same."""
    in_functions = {id(call) for function in of(node, *FUNCTIONS) for call in of(function, ast.Call)}
    understood = {id(owner) for owner, _ in [*namespace_reads(node), *namespace_writes(node)]}
    for child in of(node, ast.Call):
        line = child.lineno
        if isinstance(child.func, ast.Name) and child.func.id in ("exec", "eval"):
            if _is_computed(child) and _executed_file(child) is None:
                yield Trouble(
                    "notebook.dynamic_code",
                    line,
                    f"`{child.func.id}(…)` hides which names it reads and defines",
                    "write the code out, or keep it and all that uses its names in one step",
                    is_error=False,
                )
        elif _lists_names(child, is_in_function=id(child) in in_functions) and id(child) not in understood:
            yield Trouble(
                "notebook.dynamic_code",
                line,
                f"`{ast.unparse(child)}` hides which names are read and defined",
                "use the names themselves",
                is_error=False,
            )
