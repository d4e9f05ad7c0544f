"""How cells are counted. Pure; the only place that writes a cell's number into words.

index
    from 0, over all cells of the notebook, Markdown included: what code and JSON hold (``cell``, ``cells``).
number
    from 1: what JupyterLab shows and people read. JSON has it as ``cell_number``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_NAMED = re.compile(r"\b(cells?) \d+(?:-\d+)?(?:(?:, | and )\d+(?:-\d+)?)*")


def cell_number(index: int) -> int:
    """Return the number that JupyterLab gives the cell with this index."""
    return index + 1


def cell_text(index: int, line: int | None = None) -> str:
    """Return what a cell, or a line in it, is called.

    >>> cell_text(2), cell_text(2, 5)
    ('cell 3', 'cell 3, line 5')
    """
    return f"cell {cell_number(index)}" + ("" if line is None else f", line {line}")


def cells_text(indices: Sequence[int]) -> str:
    """Return what several cells are called, neighbours joined.

    >>> cells_text([0, 1, 3]), cells_text([4]), cells_text([])
    ('cells 1-2, 4', 'cell 5', 'no cells')
    """
    spans: list[list[int]] = []
    for index in indices:
        if spans and index == spans[-1][-1] + 1:
            spans[-1].append(index)
        else:
            spans.append([index])
    numbers = [[cell_number(index) for index in (span[0], span[-1])] for span in spans]
    words = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in numbers)
    return f"cell{'' if len(indices) == 1 else 's'} {words}" if words else "no cells"


def place_text(record: Mapping[str, Any]) -> str:
    """Return where a finding or a failure is, by its ``cell`` and ``line``; empty when it says no cell.

    >>> place_text({"cell": 3, "line": 2}), place_text({"cell": None, "line": 2})
    ('cell 4, line 2', '')
    """
    cell, line = record.get("cell"), record.get("line")
    return cell_text(cell, line if isinstance(line, int) else None) if isinstance(cell, int) else ""


def numbered(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record in JSON form with ``cell_number`` behind its ``cell``.

    >>> numbered({"cell": 0, "line": 2})
    {'cell': 0, 'cell_number': 1, 'line': 2}
    """
    made: dict[str, Any] = {}
    for name, value in record.items():
        made[name] = value
        if name == "cell":
            made["cell_number"] = cell_number(value) if isinstance(value, int) else None
    return made


def without_numbers(text: str) -> str:
    """Return a text without the numbers of cells in it, to compare texts about cells that have moved.

    >>> without_numbers("move cells 1-2, 4 above cell 7")
    'move cells above cell'
    """
    return _NAMED.sub(r"\1", text)
