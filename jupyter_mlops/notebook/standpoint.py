"""The point a walk through code has reached: which scope it is in, which names are bound there. Pure.

`bound` are the names that the code has surely bound on the way, `possible` those that it has bound on some path;
`deleted` likewise. Branches are walked on copies and joined: what is sure by intersection, what is possible by union.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jupyter_mlops.notebook import dunders
from jupyter_mlops.notebook.changes import Use, use_of
from jupyter_mlops.notebook.mutation import MUTATING_FUNCTIONS, OUT_PLACES, is_mutator
from jupyter_mlops.notebook.names import Effects
from jupyter_mlops.notebook.source import CellSyntaxError, Tables, parse
from jupyter_mlops.notebook.trees import Visitor, dotted, leaves, root_of, spell, stored_names

State = tuple[set[str], set[str], set[str]]


class Standpoint(Visitor):
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
        self.possible: set[str] = set()
        self.conditions = 0
        self.loops: list[tuple[int, set[str]]] = []
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
            symbol = self.scopes[-1].lookup(name)
        except KeyError:
            return False
        # `symtable` takes a function called `top` for the module, and calls its local names global and local.
        return symbol.is_declared_global() or (symbol.is_global() and not symbol.is_local())

    def read(self, name: str, line: int, *, held: bool = True) -> None:
        """Note a look-up of `name`."""
        if not self.is_global(name) and (not self.is_class_body() or name in self.in_class or self._is_around(name)):
            return
        (self.effects.held if held else self.effects.called).add(name)
        self.effects.paths.add(name)
        if name in self.bound:
            return
        if self.guards or name in self.asked or self._may_be_bound(name):
            if name not in self.effects.reads:
                self.effects.guarded.add(name)
        else:
            self.effects.guarded.discard(name)
            if not self.conditions:
                self.effects.certain.add(name)
        self.effects.reads.setdefault(name, line)

    def _may_be_bound(self, name: str) -> bool:
        """Whether the code itself may have bound the name: on a path above, or in an earlier round of a loop."""
        return name in self.possible or any(
            self.conditions > conditions and name in bound for conditions, bound in self.loops
        )

    def bind(self, name: str) -> None:
        """Note a new value for `name`."""
        if self.is_global(name):
            self.bound.add(name)
            self.possible.add(name)
            self.deleted.discard(name)
            self.effects.binds.add(name)
        elif self.is_class_body():
            self.in_class.add(name)

    def is_class_body(self) -> bool:
        """Whether the walk stands in the body of a class."""
        return bool(self.scopes) and self.scopes[-1].get_type() == "class"

    def _is_around(self, name: str) -> bool:
        """Whether a name of a class body is a variable of the function around the class."""
        try:
            return self.scopes[-1].lookup(name).is_free()
        except KeyError:
            return False

    def delete(self, name: str) -> None:
        """Note that `name` has no value any more."""
        self.bound.discard(name)
        self.possible.discard(name)
        self.deleted.add(name)
        self.effects.deletes.add(name)

    def write(self, node: ast.expr, how: str, *, method: bool = False) -> None:
        """Note that the object behind `node` is changed in place; `method`: by a method that is called on it."""
        root = root_of(node)
        if root is None or not self.is_global(root.id):
            return
        if method and isinstance(node, ast.Name):
            self.effects.direct.add(root.id)
        elif method and dotted(node):
            self.effects.methods.setdefault(root.id, how)
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

    def branches(self, branches: Sequence[Sequence[ast.AST]], *, certain: bool = False) -> None:
        """Walk each branch from here; afterwards only what all of them bind is sure.

        With `certain` the code runs through the first branch whenever it runs at all, as through the body of a loop.
        """
        before = self.state()
        ends: list[State] = []
        for number, branch in enumerate(branches):
            self.stand(before)
            self.conditions += not (certain and number == 0)
            self.each(branch)
            self.conditions -= not (certain and number == 0)
            if not leaves(branch):
                ends.append(self.state())
        self.join(ends or [before])

    def loop(self, body: Sequence[ast.AST]) -> None:
        """Walk the body of a loop; below a condition, it may read what an earlier round has bound."""
        self.loops.append((self.conditions, stored_names(body)))
        self.branches([body, []], certain=True)
        self.loops.pop()

    def inner_code(self, code: str, *, is_sure: bool) -> None:
        """Walk code that is written as a text; unless it `is_sure` to run as Python, nothing in it is sure."""
        try:
            tree, tables = parse(code)
        except CellSyntaxError:
            return
        outer, self.tables = self.tables, tables
        if is_sure:
            self.each(tree.body)
        else:
            self.guards += 1
            self.branches([tree.body, []])
            self.guards -= 1
        self.tables = outer

    def dunder(self, node: ast.expr, *names: str) -> None:
        """Note that the code makes Python call special methods of an object, such as `__enter__`."""
        root = root_of(node)
        if root is not None and self.is_global(root.id):
            self.effects.uses |= {Use(name, root.id, True) for name in names}

    def of_globals(self, use: Use) -> Use | None:
        """Return the use with what are global names of its arguments."""
        owner = use.owner if use.owner is not None and self.is_global(use.owner) else None
        given = tuple((place, name) for place, name in use.given if self.is_global(name))
        is_local = not use.is_method and not self.is_global(use.name)
        is_idle = is_local or (use.is_method and not (owner or given))
        return None if is_idle else replace(use, owner=owner, given=given)

    def state(self) -> State:
        """Return copies of what is bound, possible and deleted here."""
        return set(self.bound), set(self.possible), set(self.deleted)

    def stand(self, state: State) -> None:
        """Go to a point where this was bound, possible and deleted."""
        self.bound, self.possible, self.deleted = (set(names) for names in state)

    def join(self, ends: Sequence[State]) -> None:
        """Go to the point where all `ends` come together."""
        self.bound = set.intersection(*(bound for bound, _, _ in ends))
        self.possible = set.union(*(possible for _, possible, _ in ends))
        self.deleted = set.intersection(*(deleted for _, _, deleted in ends))

    def changes(self, node: ast.Call) -> None:
        """Note what a call may change: what it is called on, and its arguments."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        use = use_of(node)
        if use is not None:
            self.effects.uses |= {kept} if (kept := self.of_globals(use)) is not None else set()
        if isinstance(node.func, ast.Attribute) and is_mutator(name):
            self.write(node.func.value, spell(node.func), method=True)
        if not any(keyword.arg in ("random_state", "seed", "rng", "generator") for keyword in node.keywords):
            self.effects.paths.add(f"{dotted(node.func) or name}()")
        for value in node.args if name in dunders.FUNCTIONS and isinstance(node.func, ast.Name) else ():
            self.dunder(value, *dunders.FUNCTIONS[name])
        place = OUT_PLACES.get(name, len(node.args)) if isinstance(node.func, ast.Attribute) else len(node.args)
        if place < len(node.args):
            self.write(node.args[place], f"{name}(…)")
        if name in MUTATING_FUNCTIONS and node.args:
            self.write(node.args[0], f"{name}(…)")
        for keyword in node.keywords:
            if keyword.arg == "out":
                self.write(keyword.value, f"{name}(out=…)")
            elif keyword.arg == "inplace" and isinstance(node.func, ast.Attribute):
                self.write(node.func.value, f"{name}(inplace=…)")
