"""What a step makes known to a library by a decorator or a call is known in every step below."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.notebook.build import compiled
from tests.pipeline.forked import check

Cells = list[tuple[str, str]]
ACCESSOR = (
    "import pandas as pd\nK = 2\ndef helper(n):\n    return n * K\n"
    "@pd.api.extensions.register_dataframe_accessor('geo')\nclass Geo:\n    def __init__(self, df):\n"
    "        self.df = df\n    def n(self):\n        return helper(len(self.df))"
)
MAP = "import matplotlib as mpl\nfrom matplotlib.colors import ListedColormap\n"
# (what, the library, cells)
KNOWN: list[tuple[str, str, Cells]] = [
    (
        "an accessor of pandas, whose class reads a function and a number",
        "pandas",
        [("step:a", ACCESSOR), ("step:b", "import pandas as p\nprint(p.DataFrame({'a': [1, 2]}).geo.n())")],
    ),
    (
        "a map of colours",
        "matplotlib",
        [
            ("step:a", MAP + "mpl.colormaps.register(ListedColormap(['red', 'blue'], name='own_map'))"),
            ("step:b", "import matplotlib\nprint(matplotlib.colormaps['own_map'].name)"),
        ],
    ),
    (
        "a map of colours with a name",
        "matplotlib",
        [
            ("step:a", MAP + "c = ListedColormap(['red', 'blue'], name='own_map2')\nmpl.colormaps.register(c)"),
            ("step:b", "import matplotlib\nprint(matplotlib.colormaps['own_map2'].name)"),
        ],
    ),
    (
        "a codec",
        "",
        [
            (
                "step:a",
                "import codecs\ndef find(name):\n    return codecs.lookup('utf-8') if name == 'own_codec' else None\n"
                "codecs.register(find)",
            ),
            ("step:b", "print('x'.encode('own_codec'))"),
        ],
    ),
    (
        "an adapter of a database",
        "",
        [
            ("step:a", "import sqlite3\nclass P: pass\nsqlite3.register_adapter(P, lambda p: 'pp')"),
            ("step:b", "import sqlite3\nprint(sqlite3.connect(':memory:').execute('select ?', (P(),)).fetchall())"),
        ],
    ),
    (
        "an abstract class",
        "",
        [
            ("step:a", "import collections.abc\nclass P: pass\ncollections.abc.Sized.register(P)"),
            ("step:b", "import collections.abc as c\nprint(isinstance(P(), c.Sized))"),
        ],
    ),
]


@pytest.mark.parametrize("row", KNOWN, ids=[row[0] for row in KNOWN])
def test_known_below(row: tuple[str, str, Cells], tmp_path: Path) -> None:
    if row[1] and importlib.util.find_spec(row[1]) is None:
        pytest.skip(f"{row[1]} is not installed")
    check(row[2], tmp_path)


MAGICS = [
    "from IPython.core.magic import register_line_magic\n@register_line_magic\ndef hello(line):\n    return line",
    "def hello(line):\n    return line\nget_ipython().register_magic_function(hello)",
    "%alias hello echo",
    "%alias_magic hello timeit",
]


@pytest.mark.parametrize("made", MAGICS)
def test_a_magic_is_known_below(made: str) -> None:
    flow = compiled(("step:a", made), ("step:b", "%hello x")).analysis.flows["b"]
    facts = compiled(("step:a", made), ("step:b", "%hello x")).analysis.reading.facts
    assert any("hello" in facts[pos].statement.source for pos in flow.replays)


def test_what_runs_at_the_end_of_a_process_stays_there() -> None:
    made = compiled(("step:a", "import atexit\n@atexit.register\ndef bye():\n    print(1)"), ("step:b", "x = 1"))
    assert made.analysis.flows["b"].replays == set()
