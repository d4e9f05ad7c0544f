"""Tracebacks in the numbers of the source notebook, as IPython writes them: with and without colours."""

from __future__ import annotations

import pytest

from jupyter_mlops.runs.log import without_ansi
from jupyter_mlops.runs.tracebacks import Origin, origins, retold

KNOWN = {2: Origin(3, shift=1), 4: Origin(7), 5: Origin(9, is_generated=True)}
COLOURED = (
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[2]\x1b[39m\x1b[32m, line 9\x1b[39m, in \x1b[36mf\x1b[39m\x1b[34m(a)"
    "\x1b[39m\n\x1b[32m      8\x1b[39m x\n\x1b[32m----> \x1b[39m\x1b[32m9\x1b[39m a / 0\n\nError: 9 of 10"
)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Cell In[4], line 2\n----> 2 f()", "Cell 8, line 2\n----> 2 f()"),
        ("Cell In[2], line 3, in f(a)\n      2 x\n----> 3 y", "Cell 4, line 4, in f(a)\n      3 x\n----> 4 y"),
        ("Cell In [4], line 2", "Cell 8, line 2"),
        ("Input In [4], in <cell line: 1>()", "Cell 8, in <cell line: 1>()"),
        ("  Cell In[2], line 1\n    x = = 2", "  Cell 4, line 2\n    x = = 2"),
        ("Cell In[5], line 3, in g()", "Definitions of cell 10, in g()"),
        ("Cell In[77], line 3", "Cell In[77], line 3"),
        (
            "File ~/lib.py:2\n      2 x\nCell In[2], line 1\n----> 1 y",
            "File ~/lib.py:2\n      2 x\nCell 4, line 2\n----> 2 y",
        ),
        ("Cell In[2], line 9\n----> 9 y\n\n      1 is a number", "Cell 4, line 10\n---> 10 y\n\n      1 is a number"),
    ],
)
def test_a_traceback_names_the_cells_of_the_source_notebook(told: str, shown: str) -> None:
    assert retold(told, KNOWN) == shown


def test_colours_stay() -> None:
    shown = retold(COLOURED, KNOWN)
    assert without_ansi(shown) == "Cell 4, line 10, in f(a)\n      9 x\n---> 10 a / 0\n\nError: 9 of 10"
    assert "\x1b[36mf\x1b[39m" in shown


def test_where_cells_come_from() -> None:
    cells: list[dict[str, object]] = [
        {"execution_count": 1, "metadata": {"mlops": {"role": "load", "cell": None}}, "source": "x"},
        {"execution_count": 2, "metadata": {"mlops": {"role": "cell", "cell": 3, "shift": 1}}, "source": "x"},
        {
            "execution_count": 3,
            "metadata": {"mlops": {"role": "definitions", "cell": 1}, "tags": ["made"]},
            "source": "x",
        },
        {"execution_count": None, "metadata": {"mlops": {"role": "cell", "cell": 4}}, "source": "x"},
        {"execution_count": 4, "metadata": {}, "source": "x"},
    ]
    assert origins(cells, "made") == {2: Origin(3, 1), 3: Origin(1, 0, True)}
