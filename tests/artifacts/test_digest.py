"""The digest that is the same in every process, and different for different content."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from jupyter_mlops.artifacts.digest import digest, state_digest

SCRIPT = """
import collections, dataclasses, datetime, decimal, enum, functools, json, pathlib, random, re, sys, threading, uuid
import numpy as np, pandas as pd, polars as pl
from sklearn.linear_model import Ridge
from jupyter_mlops.artifacts.digest import digest, state_digest

@dataclasses.dataclass
class Point:
    x: int
    tags: set = dataclasses.field(default_factory=set)

class Slots:
    __slots__ = ("a",)
    def __init__(self): self.a = {"x", "y"}

class Colour(enum.Enum):
    RED = 1

class Registry:
    known = {"a", "b"}
    limit = 3
    def add(self, x=[]): pass

def f(x={"k": {"z", "y"}}, *, flag=frozenset("ab")): pass

@functools.lru_cache
def cached(x=1): pass

cycle = []; cycle.append(cycle)
values = [
    {"b": 1, "a": {"x", "y", "z"}}, frozenset({("a", 1), ("b", 2)}), {Point: 1}.keys().__class__, Point(1, {"q", "r"}), Slots(),
    Colour.RED, collections.OrderedDict(a=1), collections.Counter("aab"), collections.defaultdict(list, a=[1]),
    np.arange(5), np.array(["a", {"x", "y"}], dtype=object), np.float64(1.5), np.random.default_rng(3), random.Random(3),
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])}), pd.Series([1.5], name="n"),
    pd.DataFrame({"t": pd.date_range("2024", periods=2, tz="UTC")}), pl.DataFrame({"a": [1, None]}),
    Ridge(alpha=2).fit([[1.0], [2.0]], [1.0, 2.0]), re.compile("a+"), datetime.datetime(2024, 1, 1), decimal.Decimal("1.0"),
    pathlib.Path("a"), uuid.UUID(int=3), range(3), slice(1, 2), json, json.dumps, len, print, open, threading.Lock(), cycle,
    sys.stdout, (i for i in range(3)), {"fs": lambda: 1}, 1 << 100, -1, True, 1, 1.0, "1", b"1", None, ..., float("nan"),
]
print([digest(v) for v in values])
print([state_digest(d) for d in (Point, Slots, Colour, Registry, f, cached, json)])
"""


def run(seed: int) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_same_in_every_process() -> None:
    first, second = run(1), run(2)
    assert first == second
    digests, states = (eval(line) for line in first.splitlines())
    assert None not in digests
    assert states[-1] is None
    assert None not in states[:-1]


DIFFERENT = [
    ("1", "True"),
    ("1", "1.0"),
    ("0.0", "-0.0"),
    ("'1'", "b'1'"),
    ("[1, 2]", "[2, 1]"),
    ("[1]", "(1,)"),
    ("[[1], 2]", "[1, [2]]"),
    ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
    ("{1}", "frozenset({1})"),
    ("np.zeros(2)", "np.zeros((2, 1))"),
    ("np.zeros(2)", "np.zeros(2, dtype='f4')"),
    ("pd.Series([1])", "pd.Series([1.0])"),
    ("pd.Series(['a'], dtype=object)", "pd.Series(['b'], dtype=object)"),
    ("pd.Series(['a', None])", "pd.Series([None, 'a'])"),
    ("pd.DataFrame({'a': [1]})", "pd.DataFrame({'b': [1]})"),
    ("pd.DataFrame({'a': [1]}, index=[1])", "pd.DataFrame({'a': [1]}, index=[2])"),
    ("np.random.default_rng(1)", "np.random.default_rng(2)"),
    ("random.Random(1)", "random.Random(2)"),
    ("collections.OrderedDict(a=1)", "dict(a=1)"),
    ("collections.defaultdict(list)", "collections.defaultdict(set)"),
    ("[x := [], x]", "[[], []]"),
    ("C(1)", "C(2)"),
    ("C(1)", "D(1)"),
    ("len", "print"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    space: dict[str, object] = {}
    exec(
        "import numpy as np, pandas as pd, random, collections\nclass C:\n def __init__(s, v): s.v = v\nclass D(C): pass",
        space,
    )
    assert digest(eval(one, space)) != digest(eval(other, space))


STATES = {
    "default": ("def f(x=[]): x.append(1)", "f()"),
    "keyword default": ("def f(*, x=[]): x.append(1)", "f()"),
    "attribute": ("def f(): pass", "f.count = 1"),
    "closure": ("def make():\n    n = []\n    def f(): n.append(1)\n    return f\nf = make()", "f()"),
    "class attribute": ("class f:\n    made = []", "f.made.append(1)"),
    "new class attribute": ("class f: pass", "f.limit = 3"),
    "default of a method": ("class f:\n    @staticmethod\n    def go(x=[]): x.append(1)", "f.go()"),
    "wrapped": (
        "import functools\ndef deco(g):\n    @functools.wraps(g)\n    def w(): return g()\n    return w\n"
        "@deco\ndef f(x=[]): x.append(1)",
        "f()",
    ),
    "cached": ("import functools\n@functools.lru_cache\ndef f(x=frozenset(), y=[]): y.append(1)", "f()"),
    "counter of a decorator": (
        "def deco(g):\n    calls = []\n    def w(): calls.append(1); return g()\n    return w\n@deco\ndef f(): pass",
        "f()",
    ),
    "functions that close over each other": (
        "def make():\n    seen = []\n    def even(n): seen.append(n); return n == 0 or odd(n - 1)\n"
        "    def odd(n): return n != 0 and even(n - 1)\n    return even\nf = make()",
        "f(4)",
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_state_of_a_definition(case: str) -> None:
    code, use = STATES[case]
    space: dict[str, object] = {}
    exec(code, space)
    before = state_digest(space["f"])
    assert before is not None
    assert before == state_digest(space["f"])
    exec(use, space)
    assert state_digest(space["f"]) != before


def test_no_digest_of_what_fails() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert digest(deep) is None
