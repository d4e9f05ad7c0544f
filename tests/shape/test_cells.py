"""The number of a cell is written in one place of each language, so that people see JupyterLab's number everywhere."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# `cell {index}`, `cells {spans}`, `Cell %1` with an argument: words with a number put in beside them.
PYTHON = re.compile(r"""f["'][^"'\n]*\b[Cc]ells? \{(?!cell_text|cells_text)""")
TYPESCRIPT = re.compile(r"""__\(\s*["'`][^"'`\n]*\b[Cc]ells? (?:%\d|\$\{)|`[^`\n]*\b[Cc]ells? \$\{""")


def test_python_writes_the_number_of_a_cell_in_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "jupyter_mlops").rglob("*.py"))
        if path.name != "cells.py" or path.parent.name != "base"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if PYTHON.search(line)
    ]
    assert found == []


def test_the_browser_side_writes_the_number_of_a_cell_in_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "src").rglob("*.ts*"))
        if path.name != "cells.ts" and "__tests__" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if TYPESCRIPT.search(line)
    ]
    assert found == []
