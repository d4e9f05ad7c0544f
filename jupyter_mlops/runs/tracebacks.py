"""Tracebacks of a step's kernel, in the numbers of the source notebook. Pure.

IPython names a cell by its execution count in the step's kernel (``Cell In[5], line 3``), which people see nowhere
else. The step notebook knows which cell of the source notebook each of its cells stands for, and how many lines of
that cell it left out at the top (the ``%%mlops`` line).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.base.cells import cell_text

_COLOUR = r"(?:\x1b\[[0-9;]*m)*"
_FRAME = re.compile(rf"(?:Cell|Input){_COLOUR} ?{_COLOUR}In ?\[(\d+)\](?P<colour>{_COLOUR})(?:, line {_COLOUR}(\d+))?")
_LISTED = re.compile(rf"^({_COLOUR}[ \-]*(?:> ?)?{_COLOUR})(\d+)(?!\d)")


@dataclass(frozen=True)
class Origin:
    """The cell of the source notebook (index) that an executed cell stands for, and how many lines it lacks on top.

    The lines of a cell that was generated (`is_generated`) are not those of its origin.
    """

    cell: int
    shift: int = 0
    is_generated: bool = False


def origins(cells: Iterable[Mapping[str, Any]], generated: str) -> dict[int, Origin]:
    """Return the origin of each executed cell by its execution count; `generated` is the tag of generated cells."""
    found: dict[int, Origin] = {}
    for cell in cells:
        metadata = cell.get("metadata") or {}
        mlops, count = metadata.get("mlops") or {}, cell.get("execution_count")
        index = mlops.get("cell")
        if isinstance(count, int) and isinstance(index, int):
            empty = next((n for n, line in enumerate(str(cell.get("source", "")).split("\n")) if line.strip()), 0)
            shift = int(mlops.get("shift") or 0) + empty
            found[count] = Origin(index, shift, generated in (metadata.get("tags") or ()))
    return found


def retold(text: str, known: Mapping[int, Origin]) -> str:
    r"""Return a traceback, with or without colours, in the numbers of the source notebook.

    >>> print(retold("Cell In[5], line 2\n      1 x = 0\n----> 2 1 / x\n", {5: Origin(6, 1)}))
    Cell 7, line 3
          2 x = 0
    ----> 3 1 / x
    <BLANKLINE>
    """
    lines, shift = [], 0
    for line in text.split("\n"):
        frame = _FRAME.search(line)
        if frame is not None:
            origin = known.get(int(frame[1]))
            shift = 0 if origin is None or origin.is_generated else origin.shift
            if origin is not None:
                line = line[: frame.start()] + _named(origin, frame) + line[frame.end() :]
        elif shift and (listed := _LISTED.match(line)):
            number = str(int(listed[2]) + shift)
            # The arrow is as much shorter as the number is longer.
            fill = "-" if "-" in listed[1] else " "
            before = listed[1].replace(fill, "", len(number) - len(listed[2]))
            line = before + number + line[listed.end() :]
        elif not line.strip():
            shift = 0
        lines.append(line)
    return "\n".join(lines)


def _named(origin: Origin, frame: re.Match[str]) -> str:
    line = None if frame[3] is None else int(frame[3])
    if origin.is_generated:
        return f"Definitions of {cell_text(origin.cell)}{frame['colour']}"
    return cell_text(origin.cell, None if line is None else line + origin.shift).capitalize() + frame["colour"]
