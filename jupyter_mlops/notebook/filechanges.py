"""What code does to files and to tables of databases, one operation after the other. Pure.

Reading a name says which values a step needs; this says which *files* it overwrites, adds to, removes or reads. Only
what is written in the code counts: literal paths, names of literal texts, SQL written as a text.
"""

from __future__ import annotations

import ast
import functools
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jupyter_mlops.notebook.filepaths import Place, place_of
from jupyter_mlops.notebook.files import looks_like_path
from jupyter_mlops.notebook.mutation import FILE_WRITERS
from jupyter_mlops.notebook.source import MagicCall, magic_call
from jupyter_mlops.notebook.sqltexts import sql_uses


class How(StrEnum):
    """What happens to a file, a folder or a table; what only edits gives the same when it runs again."""

    READ = "reads"
    BEGIN = "overwrites"
    ADD = "adds to"
    EDIT = "edits"
    REMOVE = "removes"
    MAKE = "makes"

    @property
    def is_change(self) -> bool:
        """Whether the content is another one afterwards."""
        return self in (How.BEGIN, How.ADD, How.EDIT, How.REMOVE)


@dataclass(frozen=True)
class Operation:
    """What happens to a place; `is_sure` unless a condition or a function stands around it.

    `is_table` tells tables of databases, whose `place` is the name, or empty where it is not written.
    """

    how: How
    place: Place
    line: int
    is_sure: bool = True
    is_table: bool = False


_MAY = re.compile(
    r"open|write|unlink|touch|remove|rmtree|rmdir|mkdir|makedirs|copy|move|rename|replace|save|dump|to_|urlretrieve"
    r"|get_ipython|execute|read_sql|\.sql\b|retrieve|exists|read|load|listdir|glob|\bis_?file|\bis_?dir|add|commit|File|basicConfig"
)
_REMOVERS = ("rmtree", "remove", "unlink", "rmdir", "removedirs")
_MOVERS = ("move", "rename", "replace", "copy", "copyfile", "copy2", "copytree")
_OF_SYSTEM = ("os", "shutil", "sh", "pathlib")
_MODES = ("filemode", "mode")
_TEXTS_OF = ("write_text", "write_bytes")
_ASKED = ("exist", "isfile", "isdir", "is_file", "is_dir")


@functools.lru_cache(maxsize=4096)
def operations(
    source: str, named: tuple[tuple[str, Place], ...], texts: tuple[tuple[str, str], ...]
) -> tuple[Operation, ...]:
    """Return what the source of a statement does to files and tables, in the order of the code.

    Parameters
    ----------
    named
        names that hold a path, and the path.
    texts
        names that hold a text, and the text.
    """
    if _MAY.search(source) is None:
        return ()
    return tuple(_Reader(dict(named), dict(texts)).of(ast.parse(source).body))


@functools.lru_cache(maxsize=1024)
def is_opened_to_add(source: str) -> bool:
    """Whether every file that the source opens is opened with mode `a`: steps that open it again go on writing it."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    opened = [c for c in calls if getattr(c.func, "id", getattr(c.func, "attr", "")) == "open"]
    return bool(opened) and all(
        "a" in _mode(c, isinstance(c.func, ast.Attribute)) or "a" in _mode(c, False) for c in opened
    )


class _Reader:
    def __init__(self, named: dict[str, Place], texts: dict[str, str]) -> None:
        self.named = named
        self.texts = texts

    def of(self, body: Sequence[ast.AST], is_sure: bool = True) -> Iterator[Operation]:
        for node in body:
            yield from self._node(node, is_sure)

    def _node(self, node: ast.AST, is_sure: bool) -> Iterator[Operation]:
        if isinstance(node, ast.If):
            yield from self._if(node, is_sure)
        elif isinstance(node, ast.For):
            place = place_of(node.iter, self.named)
            if place is not None and isinstance(node.target, ast.Name):
                self.named[node.target.id] = Place(place.path, False, place.pattern)
            yield from self.of([node.iter, *node.body, *node.orelse], is_sure)
        elif isinstance(node, ast.Try):
            handled = [statement for handler in node.handlers for statement in handler.body]
            yield from _forgiving(self.of(node.body, is_sure))
            yield from self.of(handled, False)
            yield from self.of([*node.orelse, *node.finalbody], is_sure)
        elif isinstance(node, ast.With) and any("suppress" in ast.unparse(item.context_expr) for item in node.items):
            yield from _forgiving(self.of(node.body, is_sure))
        elif isinstance(node, ast.Lambda | ast.ClassDef | ast.While | ast.Match | ast.IfExp):
            yield from self.of(list(ast.iter_child_nodes(node)), False)
        else:
            yield from self.of(list(ast.iter_child_nodes(node)), is_sure)
            if isinstance(node, ast.Call):
                yield from self._call(node, is_sure)

    def _if(self, node: ast.If, is_sure: bool) -> Iterator[Operation]:
        """Who asks first whether the file is there removes it for sure, and writes it only once."""
        asked = ast.unparse(node.test)
        yield from self._node(node.test, is_sure)
        for branch in (node.body, node.orelse):
            found = list(self.of(branch, False))
            if any(word in asked for word in _ASKED):
                kept = (op for op in found if op.how in (How.REMOVE, How.READ))
                removes = any(op.how is How.REMOVE for op in found)
                later = found if removes else kept
                yield from (_surer(op, is_sure and removes) for op in later)
            else:
                yield from found

    def _call(self, node: ast.Call, is_sure: bool) -> Iterator[Operation]:
        magic = magic_call(node)
        if magic is not None:
            yield from _of_magic(magic, node.lineno, is_sure)
            return
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        for how, table in sql_uses(name, node, self.texts):
            yield Operation(How(how), Place(table, bool(table)), node.lineno, is_sure and bool(table), True)
        values = [*node.args, *[keyword.value for keyword in node.keywords if keyword.arg is not None]]
        places = [place for value in values if (place := place_of(value, self.named)) is not None]
        own = place_of(owner, self.named) if owner is not None else None
        is_system = isinstance(owner, ast.Name) and owner.id in _OF_SYSTEM
        reached = [own] if own is not None else places[:1]
        if name in ("FileHandler", "basicConfig"):
            modes = [k.value.value for k in node.keywords if k.arg in _MODES and isinstance(k.value, ast.Constant)]
            is_new = "w" in modes or _mode(node, False) == "w"
            yield from (Operation(How.BEGIN, place, node.lineno, is_sure) for place in places[:1] if is_new)
        elif name in ("open", "ZipFile", "File"):
            how = _opened(node, own is not None)
            yield from (Operation(how, place, node.lineno, is_sure) for place in reached)
        elif name in _MOVERS and _is_moved(node, is_system or owner is None, own is not None) and (own or places[1:]):
            pair = [own, *places] if own is not None else places
            source = How.READ if name.startswith("copy") else How.REMOVE
            yield Operation(source, pair[0], node.lineno, is_sure)
            if len(pair) > 1:
                yield Operation(How.BEGIN, pair[1], node.lineno, is_sure and pair[1].is_exact)
        elif name in _REMOVERS:
            # lists have `remove`, paths have not
            if is_system or (name != "remove" and (own is not None or owner is None)):
                yield from (Operation(How.REMOVE, place, node.lineno, is_sure) for place in reached)
        elif name == "connect":
            yield from (Operation(How.EDIT, place, node.lineno, False) for place in reached)
        elif name in ("mkdir", "makedirs", "touch", "extractall", "unpack_archive"):
            may_stay = any(keyword.arg == "exist_ok" for keyword in node.keywords) or not name.startswith("m")
            yield from (Operation(How.MAKE, place, node.lineno, is_sure and not may_stay) for place in reached)
        elif name in _TEXTS_OF:
            yield from (Operation(How.BEGIN, place, node.lineno, is_sure) for place in [own] if place is not None)
        elif name in FILE_WRITERS - {"replace", "copy", "move", "rename"}:
            how = How.ADD if _mode(node, False).startswith("a") else How.BEGIN
            likely = [place for place in places if looks_like_path(place.path) or not place.is_exact]
            yield from (Operation(how, place, node.lineno, is_sure) for place in likely[:1])
        else:
            given = [*([own] if own is not None and name not in _JOINING else []), *places]
            for place in given if name not in _JOINING else ():
                yield Operation(How.READ, place, node.lineno, is_sure)


_JOINING = ("join", "Path", "PurePath", "joinpath", "print", "str", "glob", "iglob", "append", "sorted", "format")


def _is_moved(node: ast.Call, is_system: bool, is_method: bool) -> bool:
    """Whether a call moves or copies a file; `replace` with two arguments is a method of texts."""
    return is_system or (is_method and len(node.args) == 1)


def _forgiving(operations: Iterator[Operation]) -> Iterator[Operation]:
    """What is there already is no fault where errors are caught."""
    yield from (_surer(op, op.is_sure and op.how is not How.MAKE) for op in operations)


def _surer(operation: Operation, is_sure: bool) -> Operation:
    return Operation(operation.how, operation.place, operation.line, is_sure, operation.is_table)


def _mode(node: ast.Call, is_first: bool) -> str:
    """Return the mode that a file is opened with, or an empty text."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] + node.args[0 if is_first else 1 :]
    values = [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return next((value for value in values if value and set(value) <= set("rwaxbtU+")), "")


def _opened(node: ast.Call, is_first: bool) -> How:
    mode = _mode(node, is_first) or "r"
    if set(mode) & set("wx"):
        return How.BEGIN
    if "a" in mode:
        return How.ADD
    return How.EDIT if "+" in mode else How.READ


def _of_magic(call: MagicCall, line: int, is_sure: bool) -> Iterator[Operation]:
    if call.name in ("writefile", "file"):
        words = call.line.split()
        how = How.ADD if "-a" in words or "--append" in words else How.BEGIN
        yield from (Operation(how, _place(word), line, is_sure) for word in words if not word.startswith("-"))
    elif call.name in ("!", "bash", "sh", "sx", "system"):
        for command in re.split(r"&&|;|\n|\|\|?", call.line + "\n" + (call.body or "")):
            yield from _of_command(command, line, is_sure)


def _place(word: str) -> Place:
    found = place_of(ast.Constant(word), {})
    return found if found is not None else Place(word)


def _of_command(command: str, line: int, is_sure: bool) -> Iterator[Operation]:
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars="<>")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return
    plain: list[str] = []
    pending = ""
    for word in words:
        if word in (">", ">>", "<"):
            pending = word
        elif pending:
            how = {">": How.BEGIN, ">>": How.ADD, "<": How.READ}[pending]
            yield Operation(how, _place(word), line, is_sure)
            pending = ""
        else:
            plain.append(word)
    verb, flags = plain[:1], [word for word in plain[1:] if word.startswith("-")]
    given = [_place(word) for word in plain[1:] if not word.startswith("-") and "{" not in word and "$" not in word]
    if verb in (["rm"], ["rmdir"], ["unlink"]):
        yield from (Operation(How.REMOVE, place, line, is_sure) for place in given)
    elif verb in (["cp"], ["mv"]) and len(given) > 1:
        first = How.READ if verb == ["cp"] else How.REMOVE
        yield from (Operation(first, place, line, is_sure) for place in given[:-1])
        if looks_like_path(given[-1].path) and given[-1].is_exact:
            yield Operation(How.BEGIN, given[-1], line, is_sure)
    elif verb == ["tee"]:
        how = How.ADD if "-a" in flags else How.BEGIN
        yield from (Operation(how, place, line, is_sure) for place in given)
    elif verb == ["mkdir"]:
        yield from (Operation(How.MAKE, place, line, is_sure and "-p" not in flags) for place in given)
    elif verb in (["cat"], ["head"], ["tail"], ["ls"], ["wc"], ["grep"], ["python"], ["find"], ["du"]):
        yield from (Operation(How.READ, place, line, is_sure) for place in given)
