"""The table of cases in `notebooks.txt`: small notebooks, each of which stands for a kind, with what must come of it.

``=== name: expectation`` begins a notebook, ``--- tags`` a cell of code with these tags (none: untagged); the lines up to the
next mark are the cell's source. A line that begins with ``#`` above the first notebook is a comment. The expectations:

equal
    accepted, and every output equals Run All's.
equal-or-told
    the same; or refused, or failed, with a finding or an error that is true and names the thing.
hint
    accepted with a hint and no error; and every output equals Run All's.
error-names X
    it fails, as Run All does, and the first line of the message names X.

Append a case for every kind that is mended; what a case needs that is not installed leaves it out.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jupyter_mlops.notebook.source import to_python

TABLE = Path(__file__).with_name("notebooks.txt")
EXPECTATIONS = ("equal", "equal-or-told", "hint", "error-names")


@dataclass(frozen=True)
class Case:
    """A notebook of (tags, source) cells and its expectation; `names` is the X of ``error-names X``."""

    name: str
    expectation: str
    names: str
    cells: tuple[tuple[tuple[str, ...], str], ...]

    @property
    def content(self) -> dict[str, Any]:
        """The notebook, version 4.5, as JSON."""
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        cells: list[dict[str, Any]] = [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": list(tags)} if tags else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, (tags, source) in enumerate(self.cells)
        ]
        return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": cells}

    def write(self, folder: Path) -> Path:
        """Write the notebook into a new folder of its own and return the file."""
        folder.mkdir(parents=True)
        path = folder / f"{self.name}.ipynb"
        path.write_text(json.dumps(self.content), encoding="utf-8")
        return path

    @cached_property
    def modules(self) -> frozenset[str]:
        """The top-level modules that the cells import outside of a `try`."""
        found: set[str] = set()
        for _, source in self.cells:
            try:
                tree = ast.parse(to_python(source.strip("\n")))
            except (SyntaxError, ValueError):
                continue
            for node in tree.body:
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
        return frozenset(found)

    @property
    def missing(self) -> list[str]:
        """The modules that are not installed here."""
        return sorted(name for name in self.modules if find_spec(name) is None)


def parse(text: str) -> list[Case]:
    """Return the cases of a table.

    >>> [case] = parse("=== a-name: error-names ValueError\\n--- step:a\\nx = 1\\n--- step:b prev:a\\nint('x')\\n")
    >>> case.expectation, case.names, case.cells
    ('error-names', 'ValueError', ((('step:a',), 'x = 1'), (('step:b', 'prev:a'), "int('x')")))
    """
    cases: list[Case] = []
    for part in f"\n{text}".split("\n=== ")[1:]:
        head, *cells = part.split("\n---")
        name, _, rest = head.strip().partition(": ")
        expectation, _, names = rest.partition(" ")
        if expectation not in EXPECTATIONS:
            raise ValueError(f"case {name}: {expectation!r} is none of {', '.join(EXPECTATIONS)}")
        read = []
        for cell in cells:
            tags, _, source = cell.partition("\n")
            read.append((tuple(tags.split()), source.rstrip("\n")))
        cases.append(Case(name, expectation, names, tuple(read)))
    return cases


def cases() -> list[Case]:
    """Return the table."""
    return parse(TABLE.read_text(encoding="utf-8"))
