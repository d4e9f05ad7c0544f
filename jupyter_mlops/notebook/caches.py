"""Functions under `functools.lru_cache`: what one has remembered stays in its step. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_mlops.notebook.facts import Reading
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import SETUP

_CACHED = re.compile(r"^\s*@(?:functools\.)?(?:lru_cache|cache)\b", re.MULTILINE)


def cached(reading: Reading) -> Iterator[Finding]:
    """Yield a hint for each function that several steps use."""
    for made in reading.facts:
        if not made.statement.kind.is_definition or not _CACHED.search(made.statement.source):
            continue
        for name in sorted(made.statement.defines):
            links = ((fact, fact.reads.get(name)) for fact in reading.facts if fact.owner != SETUP)
            using = [fact.owner for fact, link in links if link is not None and made.pos in link.defs]
            users = list(dict.fromkeys(using))
            if len(users) > 1:
                yield Finding(
                    "notebook.cache",
                    "hint",
                    made.statement.cell,
                    made.statement.line,
                    f'steps "{users[0]}" and "{users[1]}" both use `{name}`: what `lru_cache` remembers stays in its '
                    "step, and the function runs again in the other one",
                    "keep its result in a variable, where it must be one object or the function cannot be repeated",
                    name,
                )
