"""What `check` costs: notebooks of 50, 500 and 5,000 cells, cells of four, ten and a hundred lines.

python benchmarks/bench_check.py [CELLS ...]

Processor time of `check` in an interpreter that has imported everything; each notebook is new, so that nothing is
remembered of its cells. Promised: 0.1 s for 50 cells, and a cost that grows with cells and lines and no faster. Half of
225 public notebooks of 45 to 55 code cells have fewer than 200 lines in these: four a cell. Ten are many, and every
line here does something; most lines of real notebooks are arguments, comments and blank.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

SECTION = 10
"""Cells of a step."""


def block(number: str, above: str) -> list[str]:
    """Return ten lines as people write them: they read what lines above made, have a loop, show something."""
    return [
        f"table_{number} = {above}.assign(y_{number}=lambda t: t.x * 2)",
        f"def scaled_{number}(values, by=2):",
        "    return [value * by for value in values if value is not None]",
        f"totals_{number} = {{}}",
        f"for name, column in table_{number}.items():",
        "    if name.startswith('y'):",
        f"        totals_{number}[name] = sum(scaled_{number}(column))",
        f"plt.plot(sorted(totals_{number}.values()), label='block {number}')",
        f"print(f'{{len(totals_{number})}} columns', table_{number}.x.mean())",
        f"table_{number}.head()",
    ]


def source(number: int, lines: int) -> str:
    """Return a cell of so many lines."""
    parts = -(-lines // 10)
    above = f"table_{number - 1}_{parts - 1}" if number else "pd.DataFrame({'x': range(9)})"
    made: list[str] = []
    for part in range(parts):
        name = f"{number}_{part}"
        made += block(name, f"table_{number}_{part - 1}" if part else above)
    return "\n".join(made[:lines])


def write(path: Path, count: int, lines: int = 10) -> Path:
    """Write a notebook of so many cells in steps of `SECTION`."""
    cells = [("imports", "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt")]
    cells += [(f"step:s{n // SECTION}" if n % SECTION == 0 else "", source(n, lines)) for n in range(count)]
    made = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {"tags": tags.split()}, "source": text, "outputs": []}
        for number, (tags, text) in enumerate(cells)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made}))
    return path


def cost(path: Path) -> float:
    """Return the processor time (seconds) of one `check`, with nothing remembered."""
    from jupyter_mlops.app.notebooks import check
    from jupyter_mlops.notebook import statements

    statements._read.cache_clear()
    began = time.process_time()
    found = check(path)
    spent = time.process_time() - began
    assert not found.errors, found.errors
    return spent


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [50, 500, 5000]
    with tempfile.TemporaryDirectory() as folder:
        cost(write(Path(folder) / "warm.ipynb", 5))
        few = min(cost(write(Path(folder) / "few.ipynb", 50, 4)) for _ in range(5))
        print(f"    50 cells of 4 lines:  {few:7.3f} s, {few / 50 * 1000:5.2f} ms a cell")
        first = 0.0
        for count in counts:
            path = write(Path(folder) / f"{count}.ipynb", count)
            spent = min(cost(path) for _ in range(5 if count <= 500 else 1))
            first = first or spent / count
            ratio = f"{spent / count / first:.2f} times the first notebook's cost of a cell"
            print(f"{count:6,} cells of 10 lines: {spent:7.3f} s, {spent / count * 1000:5.2f} ms a cell, {ratio}")
        few, many = (
            min(cost(write(Path(folder) / f"{lines}.ipynb", 50, lines)) for _ in range(3)) for lines in (10, 100)
        )
        print(f"{50:6,} cells of 100 lines: {many:6.3f} s, {many / few:.2f} times the cost of 10 lines")


if __name__ == "__main__":
    main()
