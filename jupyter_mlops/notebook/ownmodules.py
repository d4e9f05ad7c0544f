"""What the functions of modules that lie beside the notebook do to random generators. Reads files; runs none of them.

``set_seed(0)`` of a `utils.py` decides what ``np.random.rand()`` gives in the notebook, like a seed that is written in
a cell. So the generator functions that a function of such a module calls, itself or through others of its modules,
count where the notebook calls it.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_mlops.notebook.generatortable import may_touch
from jupyter_mlops.notebook.names import Statement
from jupyter_mlops.notebook.stars import absolute, parsed, spec_of
from jupyter_mlops.notebook.trees import dotted, is_main

_DEEPEST = 6
_DOTTED = re.compile(r"\b\w+(?:\.\w+)+")
_SEEDED = ("random_state", "seed", "rng", "generator")
_TOP = ""
Calls = Mapping[str, frozenset[str]]
"""For each function or class of a module, and for `_TOP`, its own lines: the generator functions that it calls."""


def brought(statement: Statement, folder: Path) -> dict[str, frozenset[str]]:
    """Return what an import brings: dotted name of a function, or ``import MODULE`` -> generator functions."""
    found: dict[str, frozenset[str]] = {}
    stars = (star.target for star in statement.stars if not star.is_file)
    # `import a.b` binds `a` only
    for path in {*statement.modules.values(), *stars, *_DOTTED.findall(statement.source)}:
        top = path.partition(".")[0]
        if (folder / f"{top}.py").is_file() or (folder / top).is_dir():
            for module in _prefixes(path):
                calls = _of_module(module, str(folder), 0)
                found.update(
                    {f"{module}.{name}" if name else f"import {module}": paths for name, paths in calls.items()}
                )
    return found


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _of_module(module: str, folder: str, depth: int) -> Calls:
    spec = spec_of(module, folder) if depth < _DEEPEST else None
    origin = spec.origin if spec is not None else None
    if origin is None or not origin.endswith(".py") or not Path(origin).is_relative_to(folder):
        return {}
    if "site-packages" in Path(origin).relative_to(folder).parts:
        return {}
    try:
        return _calls(Path(origin), Path(origin).stat().st_mtime_ns, module, folder, depth)
    except OSError:
        return {}


@functools.lru_cache(maxsize=256)
def _calls(path: Path, modified_ns: int, module: str, folder: str, depth: int) -> Calls:
    tree = parsed(path)
    if tree is None:
        return {}
    names = _imported(tree, module, path)
    bodies: dict[str, list[ast.AST]] = {_TOP: []}
    for node in _imported_lines(tree.body):
        name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else _TOP
        bodies.setdefault(name, []).append(node)
    direct, inner = dict[str, set[str]](), dict[str, set[str]]()
    for name, body in bodies.items():
        direct[name], inner[name] = set(), set()
        for call in (child for node in body for child in ast.walk(node) if isinstance(child, ast.Call)):
            if (spelled := dotted(call.func)) is None:
                continue
            root, dot, rest = spelled.partition(".")
            if root in bodies:
                inner[name].add(root)
            else:
                direct[name] |= _reached(names.get(root, root) + dot + rest, call, folder, depth)
    for _ in bodies:
        for name, others in inner.items():
            direct[name] = direct[name].union(*(direct[other] for other in others))
    made = {name: frozenset(paths) for name, paths in direct.items() if paths}
    # a function that another module of the notebook's folder has, and that is imported from here
    for name, origin in names.items():
        given = _reached_in(origin, folder, depth) if name not in made else frozenset[str]()
        made.update({name: given} if given else {})
    return made


def _imported_lines(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that an import runs."""
    for node in body:
        if isinstance(node, ast.If) and is_main(node.test):
            yield from node.orelse
        else:
            yield node


def _reached(path: str, call: ast.Call, folder: str, depth: int) -> frozenset[str]:
    if may_touch(path):
        is_told = any(keyword.arg in _SEEDED for keyword in call.keywords)
        return frozenset({path if is_told else f"{path}()"})
    return _reached_in(path, folder, depth)


def _reached_in(path: str, folder: str, depth: int) -> frozenset[str]:
    """Return what a function of another module of the folder calls."""
    top = path.partition(".")[0]
    if "." not in path or not ((Path(folder) / f"{top}.py").is_file() or (Path(folder) / top).is_dir()):
        return frozenset()
    module, _, name = path.rpartition(".")
    return _of_module(module, folder, depth + 1).get(name, frozenset())


def _imported(tree: ast.Module, module: str, path: Path) -> dict[str, str]:
    """Return what the imports of a file bind, those inside of functions included."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(
                {
                    a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                    for a in node.names
                }
            )
        elif isinstance(node, ast.ImportFrom):
            origin = absolute(node, module, path)
            found.update({a.asname or a.name: f"{origin}.{a.name}" for a in node.names})
    return found
