"""Local modules: the files beside a notebook that its code imports, followed through their own imports.

Rule: what Python would find in the notebook's folder first is local; installed packages are not, they are in
the
environment lock. A package is frozen with all its files, because its code may read the ones that are no code.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

from jupyter_mlops.base.errors import UsageError

LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".git", ".venv", "node_modules"}
MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Imported:
    """What a piece of code imports: dotted names as written, and folders that it puts on `sys.path` itself."""

    names: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class LocalModules:
    """Files to freeze, relative to `root`; `live_paths` are folders the code adds to `sys.path`, which stay
    live.
    """

    root: Path
    files: tuple[Path, ...] = ()
    live_paths: tuple[str, ...] = field(default=())


def imported(source: str) -> Imported:
    r"""Return what `source` imports, wherever in it; code that does not parse imports nothing.

    >>> sorted(imported("import a.b, c\nfrom d import e").names)
    ['a.b', 'c', 'd', 'd.e']
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Imported()
    names: set[str] = set()
    paths: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call):
            called, literal = ast.unparse(node.func), _last_literal(node)
            if literal and called in ("importlib.import_module", "import_module", "__import__"):
                names.add(literal)
            elif literal and called in ("sys.path.append", "sys.path.insert", "sys.path.extend"):
                paths.append(literal)
    return Imported(frozenset(names), tuple(paths))


def _last_literal(call: ast.Call) -> str | None:
    values = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return values[-1] if values else None


def local_modules(sources: Iterable[str], root: Path) -> LocalModules:
    """Return the local modules that `sources`, run with `root` as the working folder, import directly or not.

    Raises
    ------
    UsageError
        ``job.modules_too_large`` when they hold more than 256 MB: a job version is no data store. ``job.link``.
    """
    files: dict[Path, None] = {}
    live: dict[str, None] = {}
    pending = [imported(source) for source in sources]
    seen: set[str] = set()
    while pending:
        found = pending.pop()
        live.update(dict.fromkeys(found.paths))
        for top in {name.split(".")[0] for name in found.names} - seen:
            seen.add(top)
            for file in _files_of(top, root):
                files[file] = None
                _check_link(root, file)
                if file.suffix == ".py":
                    pending.append(imported((root / file).read_text(encoding="utf-8", errors="replace")))
    size = sum((root / file).stat().st_size for file in files)
    if size > MOST_BYTES:
        largest = max(files, key=lambda f: (root / f).stat().st_size)
        raise UsageError(
            "job.modules_too_large",
            f"the local modules of the notebook hold {size // 2**20} MB, more than {MOST_BYTES // 2**20} MB",
            f"move data out of the package; the largest file is `{largest}`",
        )
    return LocalModules(root, tuple(sorted(files)), tuple(live))


def _check_link(root: Path, file: Path) -> None:
    """Refuse a link that leads out of the notebook's folder to anything but Python source, such as a key or a store."""
    target = (root / file).resolve()
    if not target.is_relative_to(root.resolve()) and (target.suffix != ".py" or not target.is_file()):
        raise UsageError(
            "job.link",
            f"`{file}` is a link out of the notebook's folder, to `{target.name}`, which is no Python module",
            "put a copy of the file into the folder, or take the link away",
        )


def _files_of(top: str, root: Path) -> Iterator[Path]:
    """The files of the module `top` in `root`, in Python's own order: package, extension, source, bare
    folder.
    """
    folder = root / top
    if (folder / "__init__.py").is_file():
        yield from _tree(folder, root, code_only=False)
        return
    for ending in (*EXTENSION_SUFFIXES, ".py"):
        file = root / f"{top}{ending}"
        if file.is_file():
            yield file.relative_to(root)
            return
    # A folder without __init__.py is imported only when nothing installed has the name.
    if folder.is_dir() and top.isidentifier() and not _installed(top):
        yield from _tree(folder, root, code_only=True)


def _tree(folder: Path, root: Path, *, code_only: bool) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(root)
        if LEFT_OUT.isdisjoint(inside.parts) and file.is_file() and (not code_only or file.suffix == ".py"):
            yield inside


def _installed(top: str) -> bool:
    if top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return True
    spec = PathFinder.find_spec(top, [p for p in sys.path if p])
    return spec is not None and spec.loader is not None and spec.origin is not None
