"""Which names of a notebook hold a literal text or path, and which a connection to a database in memory. Pure."""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence

from jupyter_mlops.notebook.facts import Fact, Reading
from jupyter_mlops.notebook.filepaths import Place, place_of
from jupyter_mlops.notebook.names import Statement

_LONGEST = 20_000


def named_texts(sources: Sequence[tuple[str, Statement]]) -> dict[str, str]:
    """Return the names that are bound to one literal text and to nothing else."""
    found: dict[str, set[str]] = {}
    for source, statement in sources:
        for name in statement.eager.binds | statement.eager.maybe:
            value = _literal(source) if statement.is_constant else None
            found.setdefault(name, set()).add(value if value is not None else "")
    return {name: next(iter(texts)) for name, texts in found.items() if len(texts) == 1 and any(texts)}


def named_places(sources: Sequence[tuple[str, Statement]]) -> dict[str, Place]:
    """Return the names that hold one path, in the order in which they are bound."""
    found: dict[str, Place] = {}
    others: set[str] = set()
    for source, statement in sources:
        binds = statement.eager.binds | statement.eager.maybe
        may_be = len(binds) == 1 and len(source) < 400 and ("'" in source or '"' in source or "/" in source)
        known = tuple((name, found[name]) for name in sorted(statement.eager.mentions & found.keys())) if may_be else ()
        place = _place(source, known) if may_be else None
        for name in binds:
            if place is None or found.get(name, place) != place:
                others.add(name)
            else:
                found[name] = place
    return {name: place for name, place in found.items() if name not in others}


@functools.lru_cache(maxsize=4096)
def _literal(source: str) -> str | None:
    value = getattr(ast.parse(source).body[0], "value", None) if len(source) < _LONGEST else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


@functools.lru_cache(maxsize=4096)
def _place(source: str, named: tuple[tuple[str, Place], ...]) -> Place | None:
    body = ast.parse(source).body
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Assign | ast.AnnAssign) else None
    return place_of(value, dict(named)) if value is not None else None


def memory_databases(reading: Reading) -> tuple[tuple[Fact, frozenset[str]], ...]:
    """Return the set-up statements that connect to a database in memory, with the names through which it is reached."""
    found: list[tuple[Fact, frozenset[str]]] = []
    for fact in reading.setup:
        if any(_is_memory(call, fact.statement.source) for call in fact.makes.values()):
            names = set(fact.statement.eager.binds)
            for other in reading.setup:
                if other.pos > fact.pos and names & other.statement.eager.mentions:
                    names |= other.statement.eager.binds
            found.append((fact, frozenset(names)))
    return tuple(found)


def _is_memory(call: str, source: str) -> bool:
    if call == "duckdb.connect":
        return ":memory:" in source or source.rstrip().endswith("connect()")
    if call in ("sqlite3.connect", "apsw.Connection"):
        return ":memory:" in source
    is_engine = call.endswith(("create_engine", "create_async_engine"))
    return is_engine and ("sqlite://'" in source or 'sqlite://"' in source or ":memory:" in source)
