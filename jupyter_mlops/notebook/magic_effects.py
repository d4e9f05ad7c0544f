"""What the magics that ship with IPython do to the notebook's names. Pure.

A magic whose body is Python is read as Python. One that configures the kernel (`%matplotlib`, `%load_ext`) is replayed
in every step below. One that hides what it does (`%run`, `%store`) is reported.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_mlops.notebook.names import Effects, Trouble
from jupyter_mlops.notebook.source import CellSyntaxError, MagicCall, interpolated, parse

if TYPE_CHECKING:
    from jupyter_mlops.notebook.walker import Walker

CONFIGURING = frozenset(
    ["matplotlib", "load_ext", "reload_ext", "config", "autoreload", "precision", "xmode", "colors", "gui", "aimport"]
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
    "run": "runs another file in the notebook's namespace",
    "store": "restores names from a database",
    "pylab": "imports numpy and matplotlib names",
    "load": "loads code",
    "reset": "deletes names",
    "reset_selective": "deletes names",
    "xdel": "deletes names",
    "macro": "defines a macro",
    "pastebin": "",
    "edit": "runs code from an editor",
}
_PROCESS = frozenset({"cd", "pushd", "popd", "env", "set_env"})


def magic_effects(call: MagicCall, line: int, walker: Walker) -> Iterator[Trouble]:
    """Note what a magic or shell command does in `walker`; yield what cannot be followed."""
    effects = walker.effects
    effects.soft |= interpolated(call.line)
    if call.name == "!":
        return
    words = call.line.split()
    for flag, word in itertools.pairwise(words):
        if flag in ("--out", "--err", "-o") and word.isidentifier():
            walker.bind(word)
        elif flag in ("-i", "--input"):
            effects.soft |= {name for name in word.split(",") if name.isidentifier()}
    if call.name == "capture":
        for word in words:
            if word.isidentifier():
                walker.bind(word)
    if call.name in _HIDING and not (call.name == "store" and words and words[0] not in ("-r", "-z", "-d")):
        yield Trouble(
            "notebook.dynamic_code",
            line,
            f"`%{call.name}` {_HIDING[call.name]}, unseen by the pipeline",
            "import or write the code instead",
        )
    elif (
        call.name in _PROCESS
        and (words or call.name != "env")
        and not (call.name == "env" and "=" not in call.line and len(words) < 2)
    ):
        yield Trouble(
            "notebook.process_state",
            line,
            f"`%{call.name}` changes the process; steps below run in processes of their own",
            "put the line in a cell tagged `setup`",
        )
    code = call.body if call.body is not None else call.line
    if call.name in PYTHON_BODY or (call.body is not None and call.name not in _TEXT_BODY | _ISOLATED_BODY):
        _read_body(
            code if call.name != "capture" or call.body is not None else "",
            walker,
            is_sure=call.name in PYTHON_BODY,
        )
    elif call.name in _ISOLATED_BODY:
        _read_isolated(code, effects)


def _read_body(code: str, walker: Walker, *, is_sure: bool) -> None:
    """Walk a Python body; in a magic we do not know, nothing is sure and what is no Python is left alone."""
    try:
        tree, tables = parse(_without_options(code))
    except CellSyntaxError:
        return
    outer = walker.tables
    walker.tables = tables
    if is_sure:
        walker.each(tree.body)
    else:
        walker.guards += 1
        walker.branches([tree.body, []])
        walker.guards -= 1
    walker.tables = outer


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
