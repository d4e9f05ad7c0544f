"""Makes small notebooks for tables of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.notebook import statements
from jupyter_mlops.notebook.document import Document, parse
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook


def content(*cells: tuple[str, str] | str) -> dict[str, Any]:
    """Return a notebook of code cells, each (tags separated by blanks, source); a cell of one word of tags may leave them out."""
    made: list[dict[str, Any]] = []
    for number, cell in enumerate(cells):
        tags, source = cell if isinstance(cell, tuple) else ("", cell)
        made.append(
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": tags.split()} if tags else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made}


def document(*cells: tuple[str, str] | str, name: str = "case") -> Document:
    """Return the same as a read document."""
    return parse(json.dumps(content(*cells)).encode(), Path(f"/nowhere/{name}.ipynb"))


def compiled(*cells: tuple[str, str] | str) -> Compiled:
    """Return the same, compiled."""
    return compile_notebook(document(*cells))


def counted_parse(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which the code of every cell is added that is parsed from now on."""
    parsed: list[str] = []
    parse_cell = vars(statements)["parse"]

    def noting(code: str) -> Any:
        parsed.append(code)
        return parse_cell(code)

    monkeypatch.setattr(statements, "parse", noting)
    return parsed
