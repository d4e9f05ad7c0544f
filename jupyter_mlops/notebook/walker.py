"""Walks one statement's tree in evaluation order and collects its `Effects` on global names. Pure.

The walker keeps the set of names that are surely bound at the point it stands at: a read of such a name is the
statement's own business. Branches are walked on copies and joined by intersection. Bodies of functions are walked into
`late` with a fresh set, because nobody knows when they run. The compiler's symbol tables say which names are global.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_mlops.notebook import dunders
from jupyter_mlops.notebook.changes import ATTRIBUTE
from jupyter_mlops.notebook.names import Effects
from jupyter_mlops.notebook.source import magic_call
from jupyter_mlops.notebook.standpoint import Standpoint
from jupyter_mlops.notebook.trees import (
    Function,
    arguments,
    catches_name_error,
    dotted,
    is_executed_text,
    is_namespace,
    is_true,
    leaves,
    namespace_writes,
    spell,
    texts,
)

_COMPREHENSIONS: dict[type[ast.AST], str] = {
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}


class Walker(Standpoint):
    """Collects into `effects`; `late` gets what the functions defined on the way do when they are called."""

    # -- names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.read(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        elif self.is_global(node.id):
            self.read(node.id, node.lineno)
            self.delete(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.write(node.value, spell(node))
        elif (path := dotted(node)) is not None and self.is_global(path.partition(".")[0]):
            self.effects.paths.add(path)
        self.dunder(node.value, ATTRIBUTE + node.attr)
        self.visit(node.value)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self.dunder(node.left, dunders.OPERATORS[type(node.op)])
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for value, operator in zip([node.left, *node.comparators], node.ops, strict=False):
            self.dunder(value, dunders.OPERATORS.get(type(operator), ""))
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        for _, name in namespace_writes(node) if is_namespace(node.value) else ():
            self.effects.binds.add(name)
            self.possible.add(name)
            self.bound |= set() if self.scopes else {name}
        if not isinstance(node.ctx, ast.Load):
            self.write(node.value, spell(node))
        self.visit(node.value)
        self.dunder(node.value, "__getitem__")
        self.visit(node.slice)

    # -- statements whose parts are not evaluated in the order of their fields

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.each(node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        if not self.scopes or self.is_class_body():
            self.soft(node.annotation)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read(node.target.id, node.lineno)
            self.write(node.target, spell(node.target))
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
        self.dunder(node.iter, "__next__")
        self.loop([node.target, *node.body])
        self.branches([node.orelse, []])

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self.loop(node.body)
        self.branches([node.orelse, []])

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        # `if "x" in globals(): x` knows that x may be absent
        asked = texts(node.test) - self.asked
        self.asked |= asked
        self.branches([node.body, node.orelse], certain=is_true(node.test))
        self.asked -= asked

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)
        self.branches([[node.msg] if node.msg else [], []])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self.branches([[node.body], [node.orelse]])

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self.branches([node.values[1:], []])

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            self.dunder(item.context_expr, "__enter__", "__exit__")
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
        managers = " ".join(ast.unparse(item.context_expr) for item in node.items)
        guarded = "suppress" in managers and "NameError" in managers
        self.guards += guarded
        may_stop = "suppress" in managers or "raises" in managers
        self.branches([node.body, []] if may_stop else [node.body], certain=True)
        self.guards -= guarded

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
        guarded = any(catches_name_error(handler.type) for handler in node.handlers)
        bound, _, deleted = self.state()
        self.guards += guarded
        self.each(node.body)
        self.guards -= guarded
        stopped = (bound & self.bound, set(self.possible), deleted)
        self.each(node.orelse)
        ends = [self.state()]
        self.conditions += 1
        for handler in node.handlers:
            self.stand(stopped)
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name:
                self.bind(handler.name)
            self.each(handler.body)
            if handler.name:
                self.bound.discard(handler.name)
            if not leaves(handler.body):
                ends.append(self.state())
        self.conditions -= 1
        self.join(ends)
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
        annotations = [a.annotation for a in arguments(node.args) if a.annotation is not None]
        for annotation in [*annotations, *([node.returns] if node.returns else [])]:
            self.soft(annotation)
        inner = self._body(node.name, node.lineno, node.body)
        if not (node.decorator_list or self.scopes or self.conditions or isinstance(node, ast.AsyncFunctionDef)):
            self.late.certain |= inner.certain
            self.late.runs |= inner.runs
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
        self.late.absorb(inner.effects)
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
            if not self.conditions and self.is_global(node.func.id) and node.func.id not in self.bound:
                self.effects.runs.add(node.func.id)
        else:
            self.visit(node.func)
        self.each([*node.args, *[keyword.value for keyword in node.keywords]])
        self.changes(node)
        if is_executed_text(node) and not self.scopes:
            self.inner_code(ast.literal_eval(node.args[0]), is_sure=True)
