"""Walks one statement's tree in evaluation order and collects its `Effects` on global names. Pure.

The walker keeps the set of names that are surely bound at the point it stands at: a read of such a name is the
statement's own business. Branches are walked on copies and joined by intersection. Bodies of functions are walked into
`late` with a fresh set, because nobody knows when they run. The compiler's symbol tables say which names are global.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Sequence

from jupyter_mlops.notebook.mutation import MUTATING_FUNCTIONS, VALUE_METHODS, is_mutator
from jupyter_mlops.notebook.names import Effects
from jupyter_mlops.notebook.source import Tables, magic_call

Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS: dict[type[ast.AST], str] = {
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}
_NAME_ERRORS = {"NameError", "UnboundLocalError", "Exception", "BaseException"}


class Walker(ast.NodeVisitor):
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
        self.magics: list[ast.Call] = []

    def finish(self) -> None:
        """Settle what is sure and what is only possible; call once, at the end of the code."""
        self.effects.maybe = self.effects.binds - self.bound
        self.effects.binds = self.effects.binds & self.bound
        self.effects.maybe_deletes = self.effects.deletes - self.deleted
        self.effects.deletes = self.effects.deletes & self.deleted

    # -- names

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
        if not self.is_global(name) and (not self._is_class_body() or name in self.in_class):
            return
        (self.effects.held if held else self.effects.called).add(name)
        self.effects.paths.add(name)
        if name in self.bound:
            return
        if self.guards and name not in self.effects.reads:
            self.effects.guarded.add(name)
        elif not self.guards:
            self.effects.guarded.discard(name)
        self.effects.reads.setdefault(name, line)

    def bind(self, name: str) -> None:
        """Note a new value for `name`."""
        if self.is_global(name):
            self.bound.add(name)
            self.deleted.discard(name)
            self.effects.binds.add(name)
        elif self._is_class_body():
            self.in_class.add(name)

    def _is_class_body(self) -> bool:
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

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.read(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        elif self.is_global(node.id):
            self.read(node.id, node.lineno)
            self.bound.discard(node.id)
            self.deleted.add(node.id)
            self.effects.deletes.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.write(node.value, _spell(node))
        elif (root := root_of(node)) is not None and self.is_global(root.id) and _is_dotted(node):
            self.effects.paths.add(ast.unparse(node))
        self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.write(node.value, _spell(node))
        self.visit(node.value)
        self.visit(node.slice)

    # -- statements whose parts are not evaluated in the order of their fields

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.each(node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        if not self.scopes or self._is_class_body():
            self._soft(node.annotation)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read(node.target.id, node.lineno)
            self.write(node.target, _spell(node.target))
            self.visit(node.value)
            self.bind(node.target.id)
        else:
            self.visit(node.value)
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.branches([[node.target, *node.body], []])
        self.branches([node.orelse, []])

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self.branches([node.body, []])
        self.branches([node.orelse, []])

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self.branches([node.body, node.orelse])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self.branches([[node.body], [node.orelse]])

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self.branches([node.values[1:], []])

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
        swallows = any(
            "suppress" in ast.unparse(item.context_expr) or "raises" in ast.unparse(item.context_expr)
            for item in node.items
        )
        self.branches([node.body, []] if swallows else [node.body])

    visit_AsyncWith = visit_With

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        cases = [[case.pattern, *([case.guard] if case.guard else []), *case.body] for case in node.cases]
        self.branches([*cases, []])

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.pattern is not None:
            self.visit(node.pattern)
        if node.name:
            self.bind(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.each([*node.keys, *node.patterns])
        if node.rest:
            self.bind(node.rest)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        guarded = any(_catches_name_error(handler.type) for handler in node.handlers)
        before = set(self.bound), set(self.deleted)
        self.guards += guarded
        self.each(node.body)
        self.guards -= guarded
        sure = before[0] & self.bound
        self.each(node.orelse)
        ends = [(set(self.bound), set(self.deleted))]
        for handler in node.handlers:
            self.bound, self.deleted = set(sure), set(before[1])
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name:
                self.bind(handler.name)
            self.each(handler.body)
            if handler.name:
                self.bound.discard(handler.name)
            if not _leaves(handler.body):
                ends.append((set(self.bound), set(self.deleted)))
        self._join(ends)
        self.each(node.finalbody)

    visit_TryStar = visit_Try

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.bind(alias.asname or alias.name.split(".")[0])

    visit_ImportFrom = visit_Import

    # -- scopes

    def visit_FunctionDef(self, node: Function) -> None:
        self.making += 1
        self.each(node.decorator_list)
        self._defaults(node.args)
        self.making -= 1
        annotations = [a.annotation for a in _arguments(node.args) if a.annotation is not None]
        for annotation in [*annotations, *([node.returns] if node.returns else [])]:
            self._soft(annotation)
        self._body(node.name, node.lineno, node.body)
        self.bind(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        inner = self._body("lambda", node.lineno, [node.body])
        if self.making:
            # a default, a decorator or a class body may call it while the definition is made
            for name in inner.reads.keys() - self.effects.reads.keys() - self.bound:
                self.effects.reads[name] = node.lineno
                self.effects.guarded.add(name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.making += 1
        self.each([*node.decorator_list, *node.bases, *[keyword.value for keyword in node.keywords]])
        table = self.tables.take(node.name, node.lineno)
        scopes, in_class = self.scopes, self.in_class
        if table is not None:
            self.scopes, self.in_class = (*scopes, table), set()
            self.each(node.body)
        self.scopes, self.in_class = scopes, in_class
        self.making -= 1
        self.bind(node.name)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        table = self.tables.take(_COMPREHENSIONS[type(node)], node.lineno)
        scopes, bound = self.scopes, set(self.bound)
        self.scopes = (*scopes, table) if table else scopes
        for number, generator in enumerate(node.generators):
            if number:
                self.visit(generator.iter)
            self.each([generator.target, *generator.ifs])
        self.each([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scopes, self.bound = scopes, bound

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _body(self, name: str, line: int, body: Sequence[ast.AST]) -> Effects:
        table = self.tables.take(name, line)
        if table is None:
            return Effects()
        inner = Walker(self.tables, Effects(), self.late, (*self.scopes, table))
        inner.each(body)
        inner.finish()
        absorb(self.late, inner.effects)
        return inner.effects

    def _defaults(self, args: ast.arguments) -> None:
        self.each([*args.defaults, *[default for default in args.kw_defaults if default is not None]])

    # -- calls

    def visit_Call(self, node: ast.Call) -> None:
        if magic_call(node) is not None:
            self.magics.append(node)
            return
        if isinstance(node.func, ast.Name):
            self.read(node.func.id, node.lineno, held=False)
        else:
            self.visit(node.func)
        self.each([*node.args, *[keyword.value for keyword in node.keywords]])
        self._changes(node)

    def _changes(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute) and is_mutator(name):
            self.write(node.func.value, _spell(node.func), direct=isinstance(node.func.value, ast.Name))
        if not any(keyword.arg in ("random_state", "seed", "rng") for keyword in node.keywords):
            self.effects.paths.add(f"{name}()")
        if name in MUTATING_FUNCTIONS and node.args:
            self.write(node.args[0], f"{name}(…)")
        for keyword in node.keywords:
            if keyword.arg == "out":
                self.write(keyword.value, f"{name}(out=…)")
            elif keyword.arg == "inplace" and isinstance(node.func, ast.Attribute):
                self.write(node.func.value, f"{name}(inplace=…)")

    # -- control

    def each(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _soft(self, annotation: ast.expr) -> None:
        """An annotation is evaluated, but nobody would miss its name in a step."""
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name) and self.is_global(node.id) and node.id not in self.bound:
                self.effects.soft.add(node.id)

    def branches(self, branches: Sequence[Sequence[ast.AST]]) -> None:
        before = set(self.bound), set(self.deleted)
        ends: list[tuple[set[str], set[str]]] = []
        for branch in branches:
            self.bound, self.deleted = set(before[0]), set(before[1])
            self.each(branch)
            if not _leaves(branch):
                ends.append((self.bound, self.deleted))
        self._join(ends or [before])

    def _join(self, ends: Sequence[tuple[set[str], set[str]]]) -> None:
        self.bound = set.intersection(*(bound for bound, _ in ends))
        self.deleted = set.intersection(*(deleted for _, deleted in ends))


def absorb(into: Effects, other: Effects) -> None:
    """Add what another function does; nothing that happens in a called body is sure for the caller."""
    for name, line in other.reads.items():
        into.reads.setdefault(name, line)
    into.guarded |= other.guarded
    into.soft |= other.soft
    into.maybe |= other.binds | other.maybe
    into.writes = {**other.writes, **into.writes}
    into.direct |= other.direct
    into.maybe_deletes |= other.deletes | other.maybe_deletes
    into.held |= other.held
    into.called |= other.called
    into.paths |= other.paths


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


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _spell(node: ast.expr) -> str:
    return ast.unparse(node)[:60]


def _arguments(args: ast.arguments) -> list[ast.arg]:
    return [
        *args.posonlyargs,
        *args.args,
        *args.kwonlyargs,
        *[a for a in (args.vararg, args.kwarg) if a is not None],
    ]


def _leaves(body: Sequence[ast.AST]) -> bool:
    """Whether the branch never reaches the code below it (within the loop or function)."""
    return bool(body) and isinstance(body[-1], ast.Raise | ast.Return)


def _catches_name_error(node: ast.expr | None) -> bool:
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return node is None or any(isinstance(name, ast.Name) and name.id in _NAME_ERRORS for name in names)
