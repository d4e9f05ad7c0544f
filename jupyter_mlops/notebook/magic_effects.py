"""What the magics that ship with IPython do to the notebook's names. Pure.

A magic whose body is Python is read as Python. One that configures the kernel (`%matplotlib`, `%load_ext`) is replayed
in every step below. One that hides what it does (`%run`, `%store`) is reported.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_mlops.notebook.names import Effects, Star, Trouble
from jupyter_mlops.notebook.source import CellSyntaxError, MagicCall, interpolated, parse

if TYPE_CHECKING:
    from jupyter_mlops.notebook.walker import Walker

CONFIGURING = frozenset(
    "matplotlib pylab load_ext reload_ext config autoreload precision xmode colors gui aimport pdb cython "
    "alias alias_magic unalias rehashx".split()
)
PYTHON_BODY = frozenset(["time", "capture", "prun", "debug", "memit", "mprun"])
_ISOLATED_BODY = frozenset(["timeit"])
_TEXT_BODY = frozenset(
    [
        "bash",
        "sh",
        "script",
        "html",
        "HTML",
        "javascript",
        "js",
        "latex",
        "markdown",
        "svg",
        "SVG",
        "writefile",
        "file",
        "perl",
        "ruby",
        "cmd",
        "system",
        "sx",
        "python",
        "python2",
        "python3",
        "pypy",
        "R",
        "sql",
        "cython",
    ]
)
_HIDING = {
    "store": "restores names from a database",
    "load": "puts code into the cell only while somebody edits it; a run executes nothing of it",
    "loadpy": "puts code into the cell only while somebody edits it; a run executes nothing of it",
    "rerun": "runs earlier cells again",
    "recall": "puts earlier code into the cell only while somebody edits it",
    "edit": "runs code from an editor",
}
_DELETING = frozenset({"reset", "reset_selective"})
_BINDING_FLAGS = frozenset({"--out", "--err", "-o", "--output", "--save", "--save-as"})
_BINDS_WORDS = frozenset({"capture", "macro"})
_BINDS_FIRST = frozenset({"bigquery", "bq", "snowflake", "spark_sql"})
_BINDS_ARROW = frozenset({"sql", "dbsql", "duckdb"})
_PYLAB_NAMES = "numpy matplotlib pylab mlab pyplot np plt display figsize getfigs"


def binds_of(call: MagicCall) -> tuple[str, ...]:
    """Return the names that a magic binds by what is written on its line.

    >>> binds_of(MagicCall("bash", "--out x --err y", "ls")), binds_of(MagicCall("sql", "rows << select 1"))
    (('x', 'y'), ('rows',))
    """
    words = call.line.split()
    found = [name for flag, word in itertools.pairwise(words) if flag in _BINDING_FLAGS for name in word.split(",")]
    if call.name == "timeit":
        # its `-o` asks for a result to show, not for a name
        return ()
    if call.name in _BINDS_WORDS:
        found += words[:1] if call.name == "macro" else words
    elif call.name in _BINDS_FIRST:
        found += words[:1]
    elif call.name == "pylab":
        found += _PYLAB_NAMES.split()
    elif call.name == "cython":
        found += _cython_names(call.body or "")
    elif call.name in _BINDS_ARROW:
        texts = [call.line, *(call.body or "").split("\n")[:1]]
        found += [text.partition("<<")[0].strip() for text in texts if "<<" in text]
    return tuple(dict.fromkeys(name for name in found if name.isidentifier()))


def _cython_names(code: str) -> list[str]:
    """Return the functions and classes that a `%%cython` cell offers to Python; `cdef` functions are its own."""
    found = []
    for line in code.split("\n"):
        words = line.partition("(")[0].partition(":")[0].split()
        if words[:1] == ["cpdef"] or words[:1] in (["def"], ["class"]) or words[:2] == ["cdef", "class"]:
            found += words[-1:] if not line[:1].isspace() else []
    return found


def hides(call: MagicCall) -> bool:
    """Whether a magic may bind names that are not written on its line, because it is not one that we know."""
    known = PYTHON_BODY | _ISOLATED_BODY | _TEXT_BODY | CONFIGURING | _BINDS_FIRST | _BINDS_ARROW | {"mlops"}
    is_unknown = call.body is not None and call.name not in known
    return is_unknown or call.name in ("rerun", "edit") or (call.name == "store" and "-r" in call.line.split())


def star_of(call: MagicCall) -> tuple[Star, ...]:
    """Return the modules or the file whose names a magic binds: `%pylab`, `%run x.py`."""
    words = call.line.split()
    if call.name == "pylab" and "--no-import-all" not in words:
        return (Star("numpy"), Star("matplotlib.pyplot"))
    files = [word.strip("\"'") for word in words if not word.startswith("-")]
    return (Star(files[0], is_file=True),) if call.name == "run" and files and "-m" not in words else ()


def magic_effects(call: MagicCall, line: int, walker: Walker) -> Iterator[Trouble]:
    """Note what a magic or shell command does in `walker`; yield what cannot be followed."""
    effects = walker.effects
    effects.soft |= interpolated(call.line)
    if call.name == "!":
        return
    words = call.line.split()
    for name in binds_of(call):
        walker.bind(name)
    for name in words if call.name == "xdel" else ():
        if name.isidentifier():
            walker.read(name, line)
            walker.delete(name)
    for flag, word in itertools.pairwise(words):
        if flag in ("-i", "--input"):
            effects.soft |= {name for name in word.split(",") if name.isidentifier()}
    if call.name in _DELETING:
        yield Trouble(
            "notebook.reset",
            line,
            f"`%{call.name}` deletes names, those with which the step hands values over included",
            "take the line out: every step starts with a kernel of its own",
        )
    if call.name in _HIDING and not (call.name == "store" and words and words[0] not in ("-r", "-z", "-d")):
        yield Trouble(
            "notebook.dynamic_code",
            line,
            f"`%{call.name}` {_HIDING[call.name]}, which the pipeline cannot follow",
            "write the code out, or define the names anew in the steps that use them",
            is_error=False,
        )
    code = call.body if call.body is not None else call.line
    if call.name in PYTHON_BODY or (call.body is not None and call.name not in _TEXT_BODY | _ISOLATED_BODY):
        body = code if call.name != "capture" or call.body is not None else ""
        walker.inner_code(_without_options(body), is_sure=call.name in PYTHON_BODY)
    elif call.name in _ISOLATED_BODY:
        _read_isolated(code, effects)


def _read_isolated(code: str, effects: Effects) -> None:
    """`%timeit` compiles its body as a function: it reads names, but binds none."""
    try:
        tree, _ = parse(_without_options(code))
    except CellSyntaxError:
        return
    effects.soft |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _without_options(code: str) -> str:
    words = code.split(" ")
    while words and words[0].startswith("-"):
        words = words[2:] if len(words[0]) == 2 and len(words) > 1 and words[1].isdigit() else words[1:]
    return " ".join(words)
