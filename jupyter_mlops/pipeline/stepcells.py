"""The cells of a notebook that is generated for a step: markdown, code with its role, and code of the user's."""

from __future__ import annotations

import functools
from typing import Any

from jupyter_mlops.notebook.source import CellSyntaxError
from jupyter_mlops.notebook.statements import read_cell

GENERATED = "mlops-generated"


# The cells of set-up are in the notebook of every step.
@functools.lru_cache(maxsize=2048)
def without_own_magics(code: str) -> str:
    """Turn `%mlops …` lines into comments: a pipeline does not start pipelines."""
    if "mlops" not in code:
        return code
    lines = code.split("\n")
    try:
        statements = read_cell(0, code)
    except CellSyntaxError:
        return code
    for statement in statements:
        if statement.own_magic:
            for number in range(statement.line - 1, statement.end_line):
                lines[number] = "# " + lines[number]
    return "\n".join(lines)


def markdown_cell(source: str) -> dict[str, Any]:
    """Return a markdown cell that is marked as generated."""
    return {"cell_type": "markdown", "metadata": {"tags": [GENERATED]}, "source": source}


def code_cell(
    source: str,
    role: str,
    cell: int | None = None,
    *,
    tags: list[str] | None = None,
    shift: int = 0,
    generated: bool = False,
) -> dict[str, Any]:
    """Return a code cell.

    Parameters
    ----------
    source
        The code; empty lines around it are left out.
    role
        What the cell is for, as `metadata.mlops.role` says it.
    cell
        The cell of the source notebook that it stands for; None when there is none.
    tags
        Tags that the cell keeps.
    shift
        How many lines the code of the source notebook's cell begins further down.
    generated
        Whether the code is ours and not the user's.
    """
    metadata: dict[str, Any] = {"mlops": {"role": role, "cell": cell, "shift": shift}}
    kept = [*(tags or []), *([GENERATED] if generated else [])]
    if kept:
        metadata["tags"] = kept
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source.strip("\n"),
        "execution_count": None,
        "outputs": [],
    }
