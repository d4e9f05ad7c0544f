"""Splits a cell into its top-level statements and says what each one does with names and files. Pure."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Sequence

from jupyter_mlops.notebook.aliases import aliases_of, bound_together, held_by, is_constant
from jupyter_mlops.notebook.bindings import (
    decorators,
    gives_back,
    makes,
    makes_figure,
    modules,
    numbers,
    patches,
    registers,
    registrations,
)
from jupyter_mlops.notebook.changes import changers
from jupyter_mlops.notebook.files import file_uses
from jupyter_mlops.notebook.hidden import hides, is_dynamic, is_plain, stars, troubles
from jupyter_mlops.notebook.keepers import keeps, makes_keepers
from jupyter_mlops.notebook.literals import in_texts
from jupyter_mlops.notebook.magic_effects import CONFIGURING, PYTHON_BODY, magic_effects, star_of
from jupyter_mlops.notebook.magic_effects import hides as magic_hides
from jupyter_mlops.notebook.mutation import CONSUMING_METHODS
from jupyter_mlops.notebook.names import Effects, Kind, Statement
from jupyter_mlops.notebook.settings import settings_of
from jupyter_mlops.notebook.source import AUTOMAGICS, CellSyntaxError, Tables, first_word, magic_call, parse, to_python
from jupyter_mlops.notebook.trees import FUNCTIONS, Function, forget, names_in_texts, namespace_reads, of
from jupyter_mlops.notebook.walker import Walker

_CODE: tuple[type[ast.AST], ...] = (ast.Lambda, *FUNCTIONS, ast.ClassDef)
_Definition = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def read_cell(cell: int, code: str) -> tuple[Statement, ...]:
    """Return the statements of a cell.

    Raises
    ------
    CellSyntaxError
        when the cell is not valid Python (or IPython).
    """
    return tuple(_in_cell(cell, statement) for statement in _read(code))


def _in_cell(cell: int, statement: Statement) -> Statement:
    """Return the statement as one of that cell; `dataclasses.replace` asks all forty fields one by one."""
    made = object.__new__(Statement)
    made.__dict__.update(statement.__dict__, cell=cell)
    return made


def calls_only(code: str) -> bool:
    """Whether a cell holds nothing but `%mlops` lines and the line that loads the extension; false for a blank one."""
    if "mlops" not in code:
        return False
    try:
        statements = _read(code)
    except CellSyntaxError:
        return False
    loads = re.compile(r"get_ipython\(\)\.run_line_magic\('(?:re)?load_ext', 'jupyter_mlops'\)")
    return bool(statements) and all(each.own_magic or loads.fullmatch(each.source.strip()) for each in statements)


def unreadable(cell: int, code: str) -> Statement:
    """Return what stands for a cell that is not valid Python: it may bind and read every name that its text holds."""
    words = frozenset(re.findall(r"[^\W\d]\w*", code))
    return Statement(cell, 1, 1, "", Kind.DATA, Effects(), Effects(), hides=True, unread=words)


# Who types changes one cell at a time: the others are not read again.
@functools.lru_cache(maxsize=2048)
def _read(code: str) -> tuple[Statement, ...]:
    cell = 0
    try:
        tree, tables = parse(code)
        node = tree.body[0] if len(tree.body) == 1 else None
        call = magic_call(node.value) if isinstance(node, ast.Expr) else None
        if node is not None and call is not None and call.body is not None and call.name in PYTHON_BODY:
            # the statements of the body are the cell's own; `%%capture out` binds a name besides
            above = "\n" * node.lineno
            bound = [word for word in call.line.split() if call.name == "capture" and word.isidentifier()]
            named = [made for word in bound for made in read_cell(cell, f"{above}{word} = object()")]
            return (*read_cell(cell, above + call.body), *named)
        lines = to_python(code).split("\n")
        read = tuple(_statement(cell, node, tables, lines) for node in tree.body)
        for node in tree.body:
            forget(node)
        if first_word(code) in AUTOMAGICS:
            # `ls -la` is a magic unless the notebook has such a name
            for statement in read:
                statement.eager.guarded |= statement.eager.reads.keys()
        return read
    except RecursionError as error:
        raise CellSyntaxError("an expression is nested too deeply to be read", 1) from error


def _statement(cell: int, node: ast.stmt, tables: Tables, lines: Sequence[str]) -> Statement:
    effects, late = Effects(), Effects()
    walker = Walker(tables, effects, late)
    walker.visit(node)
    plain = is_plain(node)
    found = [] if plain else list(troubles(node))
    brought = [] if plain else list(stars(node))
    hidden = not plain and hides(node)
    own = False
    for call_node in walker.magics:
        call = magic_call(call_node)
        if call is not None:
            own = (
                own
                or call.name == "mlops"
                or (call.name in ("load_ext", "reload_ext") and "jupyter_mlops" in call.line)
            )
            found += magic_effects(call, call_node.lineno, walker)
            brought += star_of(call)
            hidden = hidden or magic_hides(call)
    in_texts_read = names_in_texts(node) | (set() if plain else {name for _, name in namespace_reads(node)})
    effects.soft |= in_texts_read
    # the text in a function is read when that is called
    late.soft |= in_texts_read if isinstance(node, Function) else set()
    walker.finish()
    kind = _kind(node, own)
    if kind is Kind.DATA:
        _late_is_now(effects, late)
    if isinstance(node, ast.Expr) and first_word(lines[node.lineno - 1]) in AUTOMAGICS:
        # `ls -la` in a longer cell is meant as a magic, although IPython takes it for Python
        effects.certain.clear()
    start = min([node.lineno, *[d.lineno for d in getattr(node, "decorator_list", [])]])
    end = node.end_lineno or node.lineno
    return Statement(
        cell,
        start,
        end,
        ast.unparse(node) if _shares_line(node, lines, start, end) else "\n".join(lines[start - 1 : end]),
        kind,
        effects,
        late,
        frozenset(effects.binds | effects.maybe) if kind.is_definition else frozenset(),
        aliases_of(node),
        tuple(found),
        tuple(file_uses(node)),
        # a decorator may make something else of it, as `contextmanager` does
        is_generator=isinstance(node, Function) and _yields(node) and not node.decorator_list,
        is_constant=is_constant(node),
        keeps_code=_keeps_code(node),
        has_nested=any(inner is not node for inner in of(node, *_CODE)),
        own_magic=own,
        numbers=numbers(node),
        makes=dict(makes(node)),
        changers=tuple(changers(node)),
        stars=tuple(brought),
        hides=hidden,
        is_dynamic=not plain and is_dynamic(node),
        modules=modules(node),
        registers=registers(node),
        registrations=registrations(node),
        decorators=decorators(node),
        gives_back=isinstance(node, Function) and gives_back(node),
        patches=patches(node),
        makes_figure=makes_figure(node),
        settings=settings_of(node),
        keeps=keeps(node),
        makes_keepers=makes_keepers(node),
        texts=in_texts(node),
        together=tuple(bound_together(node)),
        held=tuple(held_by(node)),
    )


def _shares_line(node: ast.stmt, lines: Sequence[str], start: int, end: int) -> bool:
    """Whether the statement's lines hold more than the statement (``a = 1; b = 2``)."""
    if node.col_offset and not getattr(node, "decorator_list", []):
        return True
    rest = lines[end - 1].encode()[node.end_col_offset or 0 :].decode(errors="replace").strip()
    return bool(rest) and not rest.startswith("#")


def _kind(node: ast.stmt, own: bool) -> Kind:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return Kind.IMPORT
    if isinstance(node, ast.ClassDef):
        return Kind.CLASS
    if isinstance(node, Function):
        return Kind.FUNCTION
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        return Kind.FUNCTION if all(isinstance(target, ast.Name) for target in node.targets) else Kind.DATA
    if isinstance(node, ast.Try | ast.If) and _only_defines(node):
        return Kind.IMPORT
    call = magic_call(node.value) if isinstance(node, ast.Expr) else None
    if call is not None and call.name in CONFIGURING and not own:
        return Kind.CONFIGURE
    return Kind.DATA


def _only_defines(node: ast.stmt) -> bool:
    """Whether a compound statement holds only definitions and constants, and at least one definition."""
    leaves = list(_leaves(node))
    constants = (ast.Assign, ast.Pass, ast.AnnAssign)
    return any(isinstance(leaf, _Definition) for leaf in leaves) and all(
        isinstance(leaf, _Definition)
        or (isinstance(leaf, constants) and (isinstance(leaf, ast.Pass) or is_constant(leaf)))
        for leaf in leaves
    )


def _leaves(node: ast.stmt) -> Iterator[ast.stmt]:
    if not isinstance(node, ast.Try | ast.If):
        yield node
        return
    bodies = [node.body, node.orelse]
    if isinstance(node, ast.Try):
        bodies += [node.finalbody, *[handler.body for handler in node.handlers]]
    for child in (child for body in bodies for child in body):
        yield from _leaves(child)


def _late_is_now(effects: Effects, late: Effects) -> None:
    """A function inside a statement that is no definition may be called by it (``map(lambda x: x * k, xs)``)."""
    for name, line in late.reads.items():
        if name not in effects.reads:
            effects.reads[name] = line
            effects.guarded.add(name)
    effects.soft |= late.soft
    effects.maybe |= late.maybe - effects.binds
    effects.maybe_deletes |= late.maybe_deletes
    effects.writes = {**late.writes, **effects.writes}
    effects.methods = {**late.methods, **effects.methods}
    effects.direct |= late.direct
    effects.held |= late.held
    effects.called |= late.called
    effects.uses |= late.uses
    effects.paths |= late.paths


def _yields(node: Function) -> bool:
    stack: list[ast.AST] = list(node.body)
    while stack:
        child = stack.pop()
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef | ast.GeneratorExp):
            stack += ast.iter_child_nodes(child)
    return False


def _keeps_code(node: ast.stmt) -> bool:
    """Whether a function made inside the statement may live on in a value; ``df.apply(lambda …)`` only uses it up."""
    used_up = {
        id(argument)
        for call in of(node, ast.Call)
        if _consumes(call)
        for argument in [*call.args, *[keyword.value for keyword in call.keywords]]
    }
    return any(id(child) not in used_up for child in of(node, *_CODE))


def _consumes(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in CONSUMING_METHODS
    return isinstance(call.func, ast.Name) and call.func.id in {
        "sorted",
        "max",
        "min",
        "any",
        "all",
        "sum",
        "list",
    }
