"""The path that an expression stands for, put together from literals and from names that hold texts. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

_JOINERS = ("join", "Path", "PurePath", "PosixPath", "joinpath", "abspath", "normpath", "realpath", "expanduser", "str")
_LISTERS = ("glob", "iglob", "rglob", "iterdir", "listdir", "scandir", "sorted", "list", "set")


@dataclass(frozen=True)
class Place:
    """A path relative to the notebook; unless it `is_exact`, only the folder that it begins with is known.

    `pattern` says which files of that folder are meant (``out/*.csv``), where the code does.
    """

    path: str
    is_exact: bool = True
    pattern: str = ""

    def holds(self, other: Place) -> bool:
        """Whether the other one is this file, or lies in this folder for sure."""
        if self.pattern:
            return other.path != self.path and fnmatch(other.path, self.pattern)
        return self.is_exact and (self.path == other.path or other.path.startswith(self.path + "/"))

    def meets(self, other: Place) -> bool:
        """Whether the two may be one file, or one lies in the other."""
        return self.path == other.path or self.holds(other) or other.holds(self)


def place_of(node: ast.expr, named: Mapping[str, Place]) -> Place | None:
    """Return the path that an expression stands for, or None.

    >>> place_of(ast.parse("os.path.join('data', f'{n}.csv')", mode="eval").body, {})
    Place(path='data', is_exact=False, pattern='')
    """
    found = _joined(node, named)
    if found is None or not found.path.strip("./"):
        return None
    path = found.path.removeprefix("./")
    if found.pattern:
        return found
    if "*" not in path and found.is_exact:
        return Place(path.rstrip("/"))
    folder = path.partition("*")[0].rpartition("/")[0]
    return Place(folder, is_exact=False, pattern=path if "*" in path and found.is_exact else "") if folder else None


def _joined(node: ast.expr, named: Mapping[str, Place]) -> Place | None:
    if isinstance(node, ast.Constant):
        return Place(node.value) if isinstance(node.value, str) and _is_plain(node.value) else None
    if isinstance(node, ast.Name):
        return named.get(node.id)
    if isinstance(node, ast.JoinedStr):
        return _texts([p.value if isinstance(p, ast.FormattedValue) else p for p in node.values], named, "")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Div):
        return _texts([node.left, node.right], named, "/" if isinstance(node.op, ast.Div) else "")
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _JOINERS:
            owner = [node.func.value] if name == "joinpath" and isinstance(node.func, ast.Attribute) else []
            return _texts([*owner, *node.args], named, "/")
        if name in _LISTERS:
            owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            listed = next((p for part in [*owner, *node.args] if (p := place_of(part, named))), None)
            return listed and Place(listed.path + "/", False, listed.pattern or f"{listed.path}/*")
    return None


def _texts(parts: Iterable[ast.expr], named: Mapping[str, Place], between: str) -> Place | None:
    path: str | None = None
    for part in parts:
        found = _joined(part, named)
        start = "" if path is None else path + between
        if found is None:
            return Place(start, is_exact=False) if path is not None else None
        path = found.path if between and found.path.startswith("/") else start + found.path
        if not found.is_exact:
            return Place(path, is_exact=False)
    return Place(path) if path is not None else None


def _is_plain(text: str) -> bool:
    return bool(text) and len(text) <= 300 and "\n" not in text and "://" not in text
