"""Settings that the same step takes back: ``old = sys.stdout; sys.stdout = buffer; …; sys.stdout = old``. Pure.

What a step sets for a while only is neither repeated nor carried: the steps below never see it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.notebook.layout import SETUP

if TYPE_CHECKING:
    from jupyter_mlops.notebook.facts import Fact

#: What holds the value that the process began with.
_ORIGINALS = {"sys.stdout": "sys.__stdout__", "sys.stderr": "sys.__stderr__", "sys.stdin": "sys.__stdin__"}
_ORIGINALS |= {"sys.displayhook": "sys.__displayhook__", "sys.excepthook": "sys.__excepthook__"}


def taken_back(facts: Sequence[Fact]) -> frozenset[int]:
    """Return the positions of the statements of steps that only set what the step sets back before another one runs."""
    setters: dict[tuple[str, str], list[int]] = {}
    for fact in facts:
        for setter in fact.states.values() if fact.owner != SETUP else ():
            setters.setdefault((fact.owner, setter.path), []).append(fact.pos)
    undone: set[tuple[str, int]] = set()
    for (owner, path), places in setters.items():
        ends = (end for end in range(len(places), 1, -1) if _is_undone(facts, owner, path, places[:end]))
        undone.update((path, pos) for pos in places[: next(ends, 0)])
    return frozenset(
        fact.pos
        for fact in facts
        if fact.states and all((setter.path, fact.pos) in undone for setter in fact.states.values())
    )


def _is_undone(facts: Sequence[Fact], owner: str, path: str, places: Sequence[int]) -> bool:
    if any(facts[pos].owner != owner for pos in range(places[0], places[-1])):
        return False
    last = dict(_pairs(facts[places[-1]].statement.source)).get(path, "")
    if last == _ORIGINALS.get(path):
        return True
    saved = [
        dict(_pairs(fact.statement.source)).get(last)
        for fact in facts[: places[-1]]
        if fact.owner in (owner, SETUP) and last in fact.binds
    ]
    # the last value of the name was taken before the first setting, or by the same statement
    is_early = not any(last in facts[pos].binds for pos in range(places[0] + 1, places[-1]))
    return bool(last) and is_early and saved[-1:] == [path]


@functools.lru_cache(maxsize=1024)
def _pairs(source: str) -> tuple[tuple[str, str], ...]:
    """Return the targets of an assignment with their values, as the code spells them."""
    return tuple(_assigned(ast.parse(source).body))


def _assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    made = body[0] if len(body) == 1 else None
    if not isinstance(made, ast.Assign):
        return
    for target in made.targets:
        if isinstance(target, ast.Tuple) and isinstance(made.value, ast.Tuple):
            yield from ((ast.unparse(t), ast.unparse(v)) for t, v in zip(target.elts, made.value.elts, strict=False))
        else:
            yield ast.unparse(target), ast.unparse(made.value)
