"""The point a walk through code has reached: which scope it is in, which names are surely bound there. Pure.

Branches are walked on copies of what is bound and joined by intersection.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Sequence

from jupyter_mlops.notebook.names import Effects
from jupyter_mlops.notebook.source import Tables
from jupyter_mlops.notebook.trees import leaves, root_of


class Standpoint(ast.NodeVisitor):
    """Collects into `effects`; `late` gets what the functions defined on the way do when they are called."""

    def __init__(
        self, tables: Tables, effects: Effects, late: Effects, scopes: Sequence[symtable.SymbolTable] = ()
    ) -> None:
        self.tables = tables
        self.effects = effects
        self.late = late
        self.scopes = tuple(scopes)
        self.bound: set[str] = set()
        self.deleted: set[str] = set()
        self.in_class: set[str] = set()
        self.guards = 0
        self.making = 0
        self.asked: set[str] = set()
        self.magics: list[ast.Call] = []

    def finish(self) -> None:
        """Settle what is sure and what is only possible; call once, at the end of the code."""
        self.effects.maybe = self.effects.binds - self.bound
        self.effects.binds = self.effects.binds & self.bound
        self.effects.maybe_deletes = self.effects.deletes - self.deleted
        self.effects.deletes = self.effects.deletes & self.deleted

    def is_global(self, name: str) -> bool:
        """Whether `name` means the notebook's global in the scope that is being walked."""
        if not self.scopes:
            return True
        try:
            return self.scopes[-1].lookup(name).is_global()
        except KeyError:
            return False

    def read(self, name: str, line: int, *, held: bool = True) -> None:
        """Note a look-up of `name`."""
        if not self.is_global(name) and (not self.is_class_body() or name in self.in_class):
            return
        (self.effects.held if held else self.effects.called).add(name)
        self.effects.paths.add(name)
        if name in self.bound:
            return
        if (self.guards or name in self.asked) and name not in self.effects.reads:
            self.effects.guarded.add(name)
        elif not (self.guards or name in self.asked):
            self.effects.guarded.discard(name)
        self.effects.reads.setdefault(name, line)

    def bind(self, name: str) -> None:
        """Note a new value for `name`."""
        if self.is_global(name):
            self.bound.add(name)
            self.deleted.discard(name)
            self.effects.binds.add(name)
        elif self.is_class_body():
            self.in_class.add(name)

    def is_class_body(self) -> bool:
        """Whether the walk stands in the body of a class."""
        return bool(self.scopes) and self.scopes[-1].get_type() == "class"

    def write(self, node: ast.expr, how: str, *, direct: bool = False) -> None:
        """Note that the object behind `node` is changed in place; `direct`: by a method called on the name itself."""
        root = root_of(node)
        if root is None or not self.is_global(root.id):
            return
        if direct and isinstance(node, ast.Name):
            self.effects.direct.add(root.id)
        else:
            self.effects.writes.setdefault(root.id, how)

    def each(self, nodes: Iterable[ast.AST]) -> None:
        """Walk nodes one after the other."""
        for node in nodes:
            self.visit(node)

    def soft(self, annotation: ast.expr) -> None:
        """An annotation is evaluated, but nobody would miss its name in a step."""
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name) and self.is_global(node.id) and node.id not in self.bound:
                self.effects.soft.add(node.id)

    def branches(self, branches: Sequence[Sequence[ast.AST]]) -> None:
        """Walk each branch from here; afterwards only what all of them bind is sure."""
        before = set(self.bound), set(self.deleted)
        ends: list[tuple[set[str], set[str]]] = []
        for branch in branches:
            self.bound, self.deleted = set(before[0]), set(before[1])
            self.each(branch)
            if not leaves(branch):
                ends.append((self.bound, self.deleted))
        self._join(ends or [before])

    def _join(self, ends: Sequence[tuple[set[str], set[str]]]) -> None:
        self.bound = set.intersection(*(bound for bound, _ in ends))
        self.deleted = set.intersection(*(deleted for _, deleted in ends))
