"""Which names other files bring: for `from x import *`, `%pylab` and `%run x.py`. Reads files; runs none of them.

What a file exports is its `__all__`, when that is made of literals and of the `__all__` of modules it imports, or the
`__all__` of the stub beside it, and otherwise each public name that it binds at its top. Only extension modules of the
standard library, which have no source, are imported.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.machinery
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_mlops.notebook.names import Kind, Star, Statement, Trouble
from jupyter_mlops.notebook.source import CellSyntaxError, to_python
from jupyter_mlops.notebook.trees import stored_names

_LARGEST = 1_000_000
_DEEPEST = 8
Names = frozenset[str] | None
"""The names, or None when reading does not tell."""


@dataclass(frozen=True)
class Run:
    """What `%run FILE` brings: the names, and whether the file holds nothing but definitions and constants."""

    names: frozenset[str]
    only_defines: bool


def of_module(module: str, folder: Path) -> Names:
    """Return the names that ``from module import *`` binds in a notebook that lies in `folder`."""
    return _of_module(module, str(folder), 0)


def of_file(file: str, folder: Path) -> Run | None:
    """Return what ``%run file`` brings, or None when the file is not there or cannot be read."""
    path = folder / file
    candidates = [path, path.with_name(path.name + ".py")]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    tree = parsed(found) if found is not None else None
    if found is None or tree is None:
        return None
    names = _bound(tree, found, "", str(folder), 0)
    return None if names is None else Run(names, all(map(_defines, tree.body)))


def resolved(statement: Statement, folder: Path) -> Statement:
    """Return the statement with the names that its stars bring, or with a trouble where no file tells them."""
    for star in statement.stars:
        statement = _with_file(statement, star, folder) if star.is_file else _with_module(statement, star, folder)
    return statement


def _with_module(statement: Statement, star: Star, folder: Path) -> Statement:
    names = of_module(star.target, folder)
    if names is None:
        trouble = Trouble(
            "notebook.import_star",
            statement.line,
            _untold(star.target, folder),
            "import the names that are used, one by one; every step below runs the line too",
            is_error=False,
        )
        return replace(statement, unseen=True, troubles=(*statement.troubles, trouble))
    paths = {name: f"{star.target}.{name}" for name in names}
    made = _binding(statement, names)
    return replace(made, defines=made.defines | names, modules={**paths, **statement.modules})


def _untold(module: str, folder: Path) -> str:
    if spec_of(module, str(folder)) is None:
        return f"the names of `{module}` are not known, because it is not installed here"
    return f"the names of `{module}` are not known, because only running it would tell them"


def _with_file(statement: Statement, star: Star, folder: Path) -> Statement:
    run = of_file(star.target, folder)
    if run is None:
        trouble = Trouble(
            "notebook.dynamic_code",
            statement.line,
            f"`{star.target}` brings names that reading does not tell: the file is not there, or cannot be followed",
            "put the file beside the notebook, or import what is used from it",
            is_error=False,
        )
        return replace(statement, hides=True, troubles=(*statement.troubles, trouble))
    made = _binding(statement, run.names)
    return replace(made, kind=Kind.IMPORT, defines=made.defines | run.names) if run.only_defines else made


def _binding(statement: Statement, names: frozenset[str]) -> Statement:
    eager = statement.eager
    is_sure = statement.kind is not Kind.IMPORT or not eager.maybe
    if is_sure:
        return replace(statement, eager=replace(eager, binds=eager.binds | names))
    return replace(statement, eager=replace(eager, maybe=eager.maybe | names))


def _of_module(module: str, folder: str, depth: int) -> Names:
    is_standard = module.partition(".")[0] in sys.stdlib_module_names
    spec = spec_of(module, folder) if depth < _DEEPEST else None
    if is_standard and module in sys.modules and not (spec and spec.origin and spec.origin.startswith(folder)):
        return _public(sys.modules[module])
    if spec is None or spec.origin is None:
        return None
    if spec.origin.endswith(".py"):
        path = Path(spec.origin)
        try:
            return _exports(path, path.stat().st_mtime_ns, module, folder, depth)
        except OSError:
            return None
    return _public(importlib.import_module(module)) if is_standard else None


def spec_of(module: str, folder: str) -> importlib.machinery.ModuleSpec | None:
    """Find a module as the import system would, without importing the packages above it."""
    if module in sys.builtin_module_names:
        return importlib.machinery.BuiltinImporter.find_spec(module)
    path: list[str] | None = [folder, *sys.path]
    spec: importlib.machinery.ModuleSpec | None = None
    for part in module.split("."):
        try:
            # By its last part alone: the path of a dotted folder without `__init__.py` would need the package above it.
            spec = importlib.machinery.PathFinder.find_spec(part, path)
        except (ImportError, OSError, ValueError):
            return None
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
    return spec


def _public(module: object) -> frozenset[str]:
    names = getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    return frozenset(names)


def parsed(path: Path) -> ast.Module | None:
    """Return the syntax tree of a Python file or of the code cells of a notebook."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        text = path.read_bytes().decode("utf-8-sig")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            text = "\n".join(to_python(source) for source in sources)
        return ast.parse(text)
    except (OSError, ValueError, SyntaxError, CellSyntaxError, RecursionError, LookupError, TypeError):
        return None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what runs at the top of a file, also below `if`, `try`, `for` and `with`."""
    for node in body:
        yield node
        for field_name in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _statements(getattr(node, field_name, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


def _bound(tree: ast.Module, path: Path, module: str, folder: str, depth: int) -> Names:
    """Return every name that the file binds at its top; None when a star of its own cannot be followed."""
    found: set[str] = set()
    for node in _statements(tree.body):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            names = _of_module(absolute(node, module, path), folder, depth + 1)
            if names is None:
                return None
            found |= names
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        else:
            found |= stored_names([node])
    return frozenset(found)


def absolute(node: ast.ImportFrom, module: str, path: Path) -> str:
    """Return the module that an import names, with leading dots resolved."""
    parts = module.split(".") if module else []
    above = parts if path.name == "__init__.py" else parts[:-1]
    kept = above[: len(above) - node.level + 1] if node.level else []
    return ".".join([*kept, *([node.module] if node.module else [])])


@functools.lru_cache(maxsize=256)
def _exports(path: Path, modified_ns: int, module: str, folder: str, depth: int) -> Names:
    tree = parsed(path)
    if tree is None:
        return None
    if "__all__" in stored_names(tree.body):
        names = _All(path, module, folder, depth).read(tree)
        stub = parsed(path.with_suffix(".pyi")) if names is None else None
        return names if stub is None else _All(path, module, folder, depth).read(stub)
    bound = _bound(tree, path, module, folder, depth)
    return None if bound is None else frozenset(name for name in bound if not name.startswith("_"))


class _UnknownError(Exception):
    """A part of `__all__` that only running the file would give."""


@dataclass
class _All:
    """Works out `__all__` from literals, from lists with names, and from other modules' `__all__`."""

    path: Path
    module: str
    folder: str
    depth: int
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)

    def read(self, tree: ast.Module) -> Names:
        try:
            for node in _statements(tree.body):
                self._follow(node)
        except _UnknownError:
            return None
        return self.known.get("__all__")

    def _follow(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            self.modules.update({a.asname: a.name for a in node.names if a.asname})
        elif isinstance(node, ast.ImportFrom):
            origin = absolute(node, self.module, self.path)
            self.modules.update({a.asname or a.name: f"{origin}.{a.name}" for a in node.names})
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._assign(node.targets[0].id, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            self._assign(node.target.id, node.value)
        elif isinstance(node, ast.AugAssign) and ast.unparse(node.target) == "__all__":
            self.known["__all__"] = self.known.get("__all__", frozenset()) | self._value(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._call(node.value)

    def _assign(self, name: str, value: ast.expr) -> None:
        try:
            self.known[name] = self._value(value)
        except _UnknownError:
            if name == "__all__":
                raise

    def _call(self, node: ast.Call) -> None:
        function = ast.unparse(node.func)
        if function in ("__all__.extend", "__all__.append") and len(node.args) == 1:
            self.known["__all__"] = self.known.get("__all__", frozenset()) | self._value(node.args[0])
        elif "__all__" in function or function == "extend_all":
            raise _UnknownError

    def _value(self, node: ast.expr) -> frozenset[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return frozenset({node.value})
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return frozenset[str]().union(*map(self._value, node.elts))
        if isinstance(node, ast.Starred):
            return self._value(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
            return self._value(node.left) | self._value(node.right)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("list", "set", "sorted", "tuple") and node.args:
            return self._value(node.args[0])
        if isinstance(node, ast.Name) and node.id in self.known:
            return self.known[node.id]
        if isinstance(node, ast.Attribute) and node.attr == "__all__":
            names = _of_module(self._named(ast.unparse(node.value), self.modules), self.folder, self.depth + 1)
            if names is not None:
                return names
        raise _UnknownError

    def _named(self, alias: str, modules: Mapping[str, str]) -> str:
        return modules.get(alias, f"{self.module}.{alias}")


def _defines(node: ast.stmt) -> bool:
    """Whether running the statement again in another process does nothing but define."""
    if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        return False
    if isinstance(node, ast.If | ast.Try):
        bodies = [*node.body, *node.orelse, *getattr(node, "finalbody", [])]
        return all(map(_defines, [*bodies, *(n for h in getattr(node, "handlers", []) for n in h.body)]))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not any(isinstance(child, ast.Call | ast.Await) for child in ast.walk(node))
    definitions = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Pass
    return isinstance(node, definitions)
