"""Small notebooks for the tests of the doors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

Cells = Sequence[tuple[list[str], str]]

GOOD: Cells = [
    (["parameters"], "n = 3\nname = 'a'"),
    (["step:load"], "rows = list(range(n))\nprint('loaded', len(rows))"),
    (["step:total"], "total = sum(rows)"),
    (["step:mean"], "mean = sum(rows) / n"),
    (["step:report"], "score = total + mean\nprint(name, score)"),
    (["pipeline-metrics"], "print(score)"),
]
WITHOUT_DEFINITION: Cells = [(["step:load"], "rows = 1"), (["step:fit"], "print(missing, rows)")]
FAILING: Cells = [
    (["parameters"], "n = 3"),
    (["step:load"], "rows = list(range(n))\nprint('loading')"),
    (["step:fit"], "print('before')\n\nx = 1 / (n - 3)"),
    (["step:report"], "y = x + len(rows)"),
    (["step:other"], "z = len(rows)"),
]
SLOW: Cells = [
    (["step:slow"], "import time\nfor i in range(200):\n    print('tick', i, flush=True)\n    time.sleep(0.2)"),
    (["step:after"], "print(i)"),
]


def write_notebook(path: Path, cells: Cells) -> Path:
    """Write a notebook of tagged code cells."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec, "language_info": {"name": "python"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": tags},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, (tags, source) in enumerate(cells)
        ],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
