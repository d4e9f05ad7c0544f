"""The cell form: a cell that begins ``%%mlops step NAME …`` is, when executed interactively, just the cell.

The line is taken off before IPython reads the cell. So the body is no nested execution: its result is the
cell's
result, `await` works, an exception is the cell's own, and the lines in a traceback are those of the notebook.
"""

from __future__ import annotations

from jupyter_mlops.notebook.document import MAGIC
from jupyter_mlops.notebook.magic import parse_magic


class CellForm:
    """An input transformer for IPython: lines in, lines out."""

    has_side_effects = False

    def __call__(self, lines: list[str]) -> list[str]:
        """Return `lines` with a well-formed ``%%mlops`` line blanked; anything else is left as it is."""
        first = next((number for number, line in enumerate(lines) if line.strip()), None)
        if first is None:
            return lines
        words = words_of(lines[first])
        if words is None or parse_magic(words).problems:
            return lines  # the cell magic of the same name says what is wrong
        rest = lines[first + 1 :]
        body = next((line for line in rest if line.strip()), "")
        if body.startswith("%%"):
            # Another cell magic is one only on the first line.
            return rest[rest.index(body) :]
        return [*lines[:first], "\n", *rest]


def words_of(line: str) -> str | None:
    """Return the words after ``%%mlops``, or None when the line is not one.

    >>> words_of("%%mlops step train"), words_of("%%mlopsy")
    ('step train', None)
    """
    head, _, rest = line.strip().partition(" ")
    return rest.strip() if head == MAGIC else None
