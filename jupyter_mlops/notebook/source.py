"""A cell's source as Python: IPython's own transformer first, then `ast` and the compiler's symbol tables.

IPython syntax becomes calls (``get_ipython().run_line_magic(...)``); `MagicCall` reads them back, so that no one has to
look at text. Line numbers stay those of the source, because the transformer keeps lines but for blank ones at the top.
"""

from __future__ import annotations

import ast
import functools
import symtable
import warnings
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

AUTOMAGICS = frozenset(
    "alias autoawait automagic bookmark cat cd code_wrap colors conda config cp debug dhist dirs doctest_mode ed "
    "edit env gui hist history killbgscripts ldir less lf lk ll load load_ext loadpy logoff logon logstart "
    "logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir more mv notebook page "
    "pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd pycat "
    "pylab quickref recall rehashx reload_ext rep rerun reset reset_selective rm rmdir run save sc set_env store "
    "sx system tb time timeit unalias unload_ext uv who who_ls whos xdel xmode".split()
)
"""The line magics and aliases of IPython that work without their `%`."""
_CALLS = {"run_line_magic": 2, "run_cell_magic": 3, "system": 1, "getoutput": 1, "getoutput_cell": 1}


class CellSyntaxError(Exception):
    """The cell is not valid Python; `line` is 1-based in the cell's code."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message, line)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class MagicCall:
    """A magic or a shell command: `name` is the magic's name, or ``!`` for the shell; `body` of a cell magic."""

    name: str
    line: str
    body: str | None = None


class Tables:
    """The compiler's symbol tables of one source, found by the node that opens the scope."""

    def __init__(self, source: str) -> None:
        self._by_place: dict[tuple[str, int], deque[symtable.SymbolTable]] = defaultdict(deque)
        for table in _descend(symtable.symtable(source, "<cell>", "exec")):
            self._by_place[table.get_name().strip("<>"), table.get_lineno()].append(table)

    def take(self, name: str, line: int) -> symtable.SymbolTable | None:
        """Return the next table of the scope called `name` that opens at `line`."""
        tables = self._by_place.get((name, line))
        return tables.popleft() if tables else None


def _descend(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _descend(child)


@functools.cache
def _transformer() -> Any:
    from jupyter_mlops.notebook.transformer import Transformer

    make: Any = Transformer
    return make()


def is_plain(code: str) -> bool:
    """Whether the code has nothing that IPython would transform, so that the transformer can be left out."""
    first = code.lstrip("\n")
    return (
        not any(mark in code for mark in ("%", "!", "?"))
        and not first.startswith((" ", "\t", ",", ";", "/", ">>>", "In ["))
        and not first.lstrip().startswith((">>>", "In ["))
        and first_word(code) not in AUTOMAGICS
    )


def first_word(code: str) -> str:
    """Return the dotted word that a cell of one line begins with, or an empty text.

    Without a `%`, IPython takes only a cell of one line for a magic.
    """
    line = code.strip()
    if "\n" in line:
        return ""
    end = next((at for at, char in enumerate(line) if not (char.isalnum() or char in "_.")), len(line))
    return line[:end]


def _automagic(code: str) -> str:
    """Turn ``pip show pandas`` into the magic that IPython makes of it; what is valid Python stays as it is."""
    word = first_word(code)
    rest = code.strip()[len(word) :].lstrip()
    if word not in AUTOMAGICS or rest.startswith(("=", ",")):
        return code
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return f"get_ipython().run_line_magic({word!r}, {rest!r})\n"
    return code


def to_python(code: str) -> str:
    r"""Return the code with IPython syntax turned into calls, lines kept where they are.

    >>> to_python("x = 1\n!ls")
    "x = 1\nget_ipython().system('ls')\n"
    """
    if is_plain(code):
        return code if code.endswith("\n") else code + "\n"
    lines = code.split("\n")
    blank = next((number for number, line in enumerate(lines) if line.strip()), 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "\n" * blank + _automagic(str(_transformer().transform_cell("\n".join(lines[blank:]))))
    except SyntaxError as error:
        raise CellSyntaxError(error.msg or "invalid syntax", (error.lineno or 1) + blank) from error


def parse(code: str) -> tuple[ast.Module, Tables]:
    """Return the syntax tree and the symbol tables of a cell's code.

    Raises
    ------
    CellSyntaxError
        when IPython could not run the cell either.
    """
    python = to_python(code)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            tree = compile(python, "<cell>", "exec", ast.PyCF_ONLY_AST | flags, dont_inherit=True)
            compile(python, "<cell>", "exec", flags, dont_inherit=True)
            return tree, Tables(python)
    except SyntaxError as error:
        raise CellSyntaxError(error.msg or "invalid syntax", error.lineno or 1) from error
    except (RecursionError, MemoryError) as error:
        raise CellSyntaxError("an expression is nested too deeply to be read", 1) from error
    except (ValueError, UnicodeError) as error:
        raise CellSyntaxError(f"{type(error).__name__}: {error}", 1) from error


def magic_call(node: ast.AST) -> MagicCall | None:
    """Return the magic or shell command that a call node stands for, or None."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    owner = node.func.value
    if not (isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "get_ipython"):
        return None
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    count = _CALLS.get(node.func.attr)
    if count is None or len(texts) != count or len(node.args) != count:
        return None
    if count == 1:
        return MagicCall("!", texts[0])
    return MagicCall(texts[0], texts[1], texts[2] if count == 3 else None)


def interpolated(text: str) -> set[str]:
    """Return the names that IPython would put into the text of a magic or shell command (``{name}``, ``$name``)."""
    if "{" not in text and "$" not in text:
        return set()
    from IPython.utils.text import DollarFormatter

    # its regular expression needs the square of the time for long blanks
    text = " ".join(text.split())
    names: set[str] = set()
    try:
        for _, field, _, _ in DollarFormatter().parse(text):
            if field:
                names |= {
                    node.id for node in ast.walk(ast.parse(field.strip(), mode="eval")) if isinstance(node, ast.Name)
                }
    except (ValueError, SyntaxError, IndexError):
        return names
    return names
