"""What shares, and that it goes on sharing on the other side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jupyter_mlops.artifacts.origins import Definitions
from jupyter_mlops.artifacts.sharing import Sharing
from tests.artifacts.conftest import Notebook

# make two names; then change one and look at the other
SHARED = {
    "same list": ("a = [1]; b = a", "a.append(2); r = b == [1, 2] and a is b"),
    "list in a dict": ("a = [1]; b = {'k': a}", "a.append(2); r = b['k'] is a"),
    "through tuples": ("x = [1]; a = (x,); b = ((x,), 2)", "a[0].append(2); r = b[0][0] is a[0]"),
    "instance": ("class C: pass\na = C(); b = [a]", "a.v = 1; r = b[0] is a"),
    "array": ("a = np.arange(5); b = a", "a[0] = 9; r = b[0] == 9"),
    "view": ("a = np.arange(6).reshape(2, 3); b = a[:, 1]", "b[0] = 9; r = a[0, 1] == 9"),
    "views without their base": ("x = np.arange(6); a, b = x[:4], x[2:]", "a[2] = 9; r = b[0] == 9"),
    "view of other type": ("a = np.zeros(2); b = a.view('i8')", "b[0] = -1; r = np.isnan(a[0])"),
    "transposed": ("a = np.zeros((2, 3), order='F'); b = a.T[::-1]", "b[0, 1] = 1; r = a[1, 2] == 1"),
    "objects": ("a = np.array([None, 1, 2], dtype=object); b = a[1:]", "b[0] = 'x'; r = a[1] == 'x'"),
    "inside one value": ("x = np.arange(4); a = {'x': x, 'y': x[1:]}; b = 1", "a['x'][1] = 9; r = a['y'][0] == 9"),
    "bytes of a buffer": (
        "x = bytearray(16); a = np.frombuffer(x, 'i4'); b = np.frombuffer(x, 'i4')[1:]",
        "a[1] = 7; r = b[0] == 7",
    ),
    "frame": ("a = pd.DataFrame({'x': [1]}); b = {'frame': a}", "a['y'] = 2; r = list(b['frame']) == ['x', 'y']"),
    "list in a frame": ("x = [1]; a = pd.DataFrame({'x': [x, 2]}); b = x", "b.append(2); r = a['x'][0] is b"),
    "polars": ("import polars as pl; a = pl.DataFrame({'x': [1]}); b = [a]", "r = b[0] is a"),
    "estimator": (
        "from sklearn.linear_model import Ridge; from sklearn.pipeline import make_pipeline\n"
        "a = Ridge(); b = make_pipeline(a)",
        "a.alpha = 5; r = b.steps[0][1].alpha == 5",
    ),
    "generator": ("a = np.random.default_rng(0); b = [a]", "a.normal(); r = b[0] is a"),
    "figure": ("from matplotlib.figure import Figure; a = Figure(); b = a.subplots()", "r = b.figure is a"),
    "bound method": ("a = [1]; b = a.append", "b(2); r = a == [1, 2]"),
    "default": ("a = []\ndef f(x=a): return x\nb = [f]; del f", "r = b[0]() is a"),
    "cycle": ("a = {}; b = {'a': a}; a['b'] = b", "r = a['b'] is b and b['a'] is a"),
}


@pytest.mark.parametrize("case", SHARED)
def test_shared(notebook: Notebook, case: str) -> None:
    made, used = SHARED[case]
    start = "import numpy as np, pandas as pd\n"
    _, manifest = notebook.step("a", start + made, outputs="a b", carried={})
    if case != "inside one value":
        assert manifest["aliases"] == [["out:a", "out:b"]]
        assert manifest["outputs"]["a"]["digest"] == manifest["outputs"]["b"]["digest"]
        assert manifest["outputs"]["b"]["key"] == "b"
    space, _ = notebook.step("b", start + used, inputs={"a": "a", "b": "a"})
    assert space["r"]


APART = {
    "equal lists": "a = [1]; b = [1]",
    "atoms": "a = 'text'; b = a",
    "tuples of atoms": "a = (1, 'x'); b = a",
    "halves": "x = np.arange(10); a, b = x[:5], x[5:]",
    "columns": "x = np.zeros((4, 3)); a, b = x[:, 0], x[:, 1:]",
    "copies": "a = np.zeros(3); b = a.copy()",
    "frames": "a = pd.DataFrame({'x': [1, 2]}); b = a.copy()",
    "indexes": "i = pd.Index(['x', 'y']); a = pd.Series([1, 2], i); b = pd.Series([3, 4], i)",
    "classes": "class C: pass\na = C(); b = C()",
    "types": "a = [dict, int]; b = [dict]",
    "modules": "a = [np]; b = [np]",
    "loggers": "import logging; a = [logging.getLogger('x')]; b = [logging.getLogger('x')]",
    "compiled": "import re; e = re.compile('x'); a = [e]; b = [e]",
    "dtypes": "a = [np.dtype([('x', 'i4')])]; b = list(a)",
    "functions of modules": "import json; a = [json.dumps]; b = [json.dumps]",
    "figures": "from matplotlib.figure import Figure; a = Figure(); a.subplots(); b = Figure(); b.subplots()",
    "estimators": "from sklearn.ensemble import RandomForestClassifier as R; a = R(); b = R()",
    "polars columns": "import polars as pl; a = pl.DataFrame({'x': [1]}); b = a['x']",
}


def test_a_class_that_travels_is_no_alias_and_stays_one(notebook: Notebook) -> None:
    code = "import enum\nclass E(enum.Enum):\n    A = []\na = [E.A]; b = [E.A]"
    _, manifest = notebook.step("a", code, outputs="a b", carried={})
    assert manifest["aliases"] == []
    space, _ = notebook.step("b", "same = a[0] is b[0]", inputs={"a": "a", "b": "a"}, carried={})
    assert space["same"]


@pytest.mark.parametrize("case", APART)
def test_apart(notebook: Notebook, case: str) -> None:
    _, manifest = notebook.step("a", "import numpy as np, pandas as pd\n" + APART[case], outputs="a b", carried={})
    assert manifest["aliases"] == []
    assert manifest["outputs"]["a"]["key"] is None


@pytest.mark.parametrize(("carried", "groups"), [(["f"], []), ([], [["out:a", "out:b"]])])
def test_function_that_is_replayed_is_not_shared(
    notebook: Notebook, carried: list[str], groups: list[list[str]]
) -> None:
    code = "def f(): pass\na = [f]; b = [f]"
    _, manifest = notebook.step("a", code, outputs="a b", carried={"a": carried, "b": carried})
    assert manifest["aliases"] == groups


def test_part_of_a_bundle(notebook: Notebook) -> None:
    notebook.step("a", "x = [1]; y = [x]; z = [x]", outputs="x y z")
    space, manifest = notebook.step("b", inputs={"y": "a"}, outputs="y")
    assert space["y"] == [[1]]
    assert manifest["outputs"]["y"]["key"] == "y"
    space, _ = notebook.step("c", "r = y[0] is z[0]", inputs={"y": "b", "z": "a"})
    assert space["r"]


def test_two_names_are_taken_in_two_loads(notebook: Notebook) -> None:
    from jupyter_mlops.artifacts.incell import Handover

    notebook.step("a", "x = [1]; y = [x]", outputs="x y")
    space: dict[str, Any] = {}
    handover = Handover(space, step="b", inputs={"x": "a", "y": "a"})
    handover.load("x")
    handover.load()
    assert space["y"] == [space["x"]]
    assert space["y"][0] is space["x"]


def test_equal_outputs_stay_apart(notebook: Notebook) -> None:
    _, manifest = notebook.step("a", "x = [1]; y = [1]", outputs="x y")
    assert manifest["outputs"]["x"]["digest"] == manifest["outputs"]["y"]["digest"]
    space, _ = notebook.step("b", inputs={"x": "a", "y": "a"})
    assert space["x"] is not space["y"]


def test_beyond_the_limit_nothing_is_claimed() -> None:
    one: list[list[int]] = [[i] for i in range(100)]
    found = Sharing([("a", one), ("b", one)], Definitions({}, None), limit=50)
    assert found.is_unknown(["a"]) or found.groups() == [["a", "b"]]


def test_a_million_atoms_are_walked_quickly() -> None:
    found = Sharing([("a", list(range(10**6))), ("b", {"x": np.zeros(10**6)})], Definitions({}, None))
    assert found.groups() == []
