"""Tags a notebook at its headings, as a user would who makes a pipeline of it: one step per section. Pure.

The first cell of code below each heading begins a step named after the heading; cells above the first one stay set-up,
and papermill's parameters stay parameters.
Headings down to the second level count, or down to the level that gives a number of steps within `WANTED`. A notebook
that has next to none is cut into `PARTS` parts of as many cells.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from typing import Any

WANTED = range(3, 13)
LEVELS = (2, 1, 3, 4, 5, 6)
PARTS = 4

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")


def text(cell: dict[str, Any]) -> str:
    """Return a cell's source as one text."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def slug(heading: str) -> str:
    """Return a heading as the name of a step.

    >>> slug("2.1 The *Iris* data & more"), slug("数据")
    ('2-1-the-iris-data-more', 'part')
    """
    plain = unicodedata.normalize("NFKD", re.sub(r"<[^>]*>|\]\([^)]*\)|\$[^$]*\$", " ", heading))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    return "-".join(words)[:40].strip("-") or "part"


def headings(source: str) -> list[tuple[int, str]]:
    """Return (level, text) of the headings of a markdown cell; fenced code has none.

    >>> headings("# One\\n```\\n# no\\n```\\n### Two ##")
    [(1, 'One'), (3, 'Two')]
    """
    found, is_fenced = [], False
    for line in source.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            is_fenced = not is_fenced
        elif not is_fenced and (match := _HEADING.match(line)):
            found.append((len(match[1]), match[2]))
    return found


def starts(notebook: dict[str, Any], level: int) -> dict[int, str]:
    """Return the cells that begin a step when headings down to `level` count, each with its step's name."""
    found: dict[int, str] = {}
    name: str | None = None
    taken: set[str] = set()
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            name = next((slug(title) for depth, title in headings(text(cell)) if depth <= level), name)
        elif cell["cell_type"] == "code" and name is not None and text(cell).strip() and not _is_tagged(cell):
            number = 1
            while (numbered := name if number == 1 else f"{name}-{number}") in taken:
                number += 1
            taken.add(numbered)
            found[index], name = numbered, None
    return found


def _is_tagged(cell: dict[str, Any]) -> bool:
    """Whether the cell's author has said already what it is for: papermill's parameters, or left out."""
    tags = cell.get("metadata", {}).get("tags", [])
    return any(tag in ("parameters", "injected-parameters", "skip-execution") for tag in tags)


def tagged(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with a step per section, or of `PARTS` parts where it has fewer than two sections of code."""
    found = {level: starts(notebook, level) for level in LEVELS}
    within = (level for level in LEVELS if len(found[level]) in WANTED)
    # no level fits: the one with the fewest steps too many, or the most there are
    nearest = min(LEVELS, key=lambda level: (len(found[level]) < WANTED[0], abs(len(found[level]) - WANTED[0])))
    chosen = found[next(within, nearest)]
    return with_steps(notebook, chosen if len(chosen) > 1 else cut(notebook, PARTS))


def cut(notebook: dict[str, Any], parts: int) -> dict[int, str]:
    """Return the cells that begin each of so many steps of about as many cells of code."""
    cells = [i for i, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code" and text(cell).strip()]
    size = -(-len(cells) // parts)
    return {index: f"part-{number}" for number, index in enumerate(cells[::size], 1)}


def with_steps(notebook: dict[str, Any], chosen: dict[int, str]) -> dict[str, Any]:
    """Return a copy whose cells `chosen` begin steps of these names."""
    made = copy.deepcopy(notebook)
    for index, name in chosen.items():
        metadata = made["cells"][index].setdefault("metadata", {})
        metadata["tags"] = [*metadata.get("tags", []), f"step:{name}"]
    return made
