"""Order between steps that name the same file, when one of them writes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jupyter_mlops.notebook.facts import Fact, Reading
from jupyter_mlops.notebook.files import looks_like_path
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.names import Kind


def file_edges(reading: Reading) -> set[tuple[str, str]]:
    """Return (earlier step, later step) for every pair where the later one names a file that either of them writes."""
    edges: set[tuple[str, str]] = set()
    root = _Folder()
    for owner, path, is_write in _touches(reading):
        if owner != SETUP:
            edges.update((other, owner) for other in root.touch(path, owner, is_write) if other != owner)
    return edges


@dataclass
class _Folder:
    """A path that steps name: the `owners` that do, and those that name a path `below` it, and whether they write."""

    owners: dict[str, bool] = field(default_factory=dict)
    below: dict[str, bool] = field(default_factory=dict)
    parts: dict[str, _Folder] = field(default_factory=dict)

    def touch(self, path: str, owner: str, is_write: bool) -> set[str]:
        """Note that a step names a path below this one; return the steps that named it, a folder of it or a path in it,
        where either of the two writes.
        """
        passed, here = [self], self
        for part in path.split("/"):
            here = here.parts.setdefault(part, _Folder())
            passed.append(here)
        known = [*(folder.owners for folder in passed), here.below]
        found = {other for owners in known for other, wrote in owners.items() if wrote or is_write}
        here.owners[owner] = here.owners.get(owner, False) or is_write
        for folder in passed[:-1]:
            folder.below[owner] = folder.below.get(owner, False) or is_write
        return found


def data_files(reading: Reading) -> tuple[str, ...]:
    """Return the literal paths that the notebook names, in the order of their first mention."""
    found = dict.fromkeys(path for _, path, _ in _touches(reading))
    imported = {use.path for fact in reading.facts if _is_import(fact) for use in fact.statement.files}
    # `sklearn.tree.Tree` is what a module has, where that module is imported.
    modules = {name.partition(".")[0] for fact in reading.facts for name in fact.statement.modules.values()}
    return tuple(path for path in found if path not in imported and not _is_of(path, modules))


def _touches(reading: Reading) -> Iterator[tuple[str, str, bool]]:
    paths: dict[str, str] = {}
    seen: set[tuple[str, str, bool]] = set()
    for fact in reading.facts:
        # a function's files count where it is called
        uses = [] if fact.statement.kind.is_definition and not _is_import(fact) else list(fact.statement.files)
        for pos in sorted(fact.followed):
            uses += reading.facts[pos].statement.files
        if fact.statement.is_constant:
            literal = [use.path for use in uses if looks_like_path(use.path)]
            paths.update({name: literal[0] for name in fact.binds if literal})
        for use in uses:
            path = paths.get(use.path[1:]) if use.path.startswith("$") else use.path
            touch = (fact.owner, path or "", use.is_write)
            if path and touch not in seen:
                seen.add(touch)
                yield touch


def _is_import(fact: Fact) -> bool:
    return fact.statement.kind is Kind.IMPORT


def _is_of(path: str, modules: set[str]) -> bool:
    return "/" not in path and path.partition(".")[0] in modules
