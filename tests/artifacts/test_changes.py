"""What counts as a change of an input, and what does not."""

from __future__ import annotations

import pytest

from tests.artifacts.conftest import Notebook

START = "import numpy as np, pandas as pd\n"

CHANGES = {
    "append": ("v = [1]", "v.append(2)"),
    "deep": ("v = {'a': [{'b': 1}]}", "v['a'][0]['b'] = 2"),
    "order of a dict": ("v = {'a': 1, 'b': 2}", "v['a'] = v.pop('a')"),
    "set": ("v = {1}", "v.add(2)"),
    "array": ("v = np.arange(5.0)", "v[0] = 7"),
    "through a view": ("v = np.arange(6.0).reshape(2, 3)", "w = v.T[1]; w += 1"),
    "sorted": ("v = np.array([3, 1, 2])", "v.sort()"),
    "objects": ("v = np.array([[1], 2], dtype=object)", "v[0].append(3)"),
    "column": ("v = pd.DataFrame({'a': [1, 2]})", "v['b'] = v['a'] * 2"),
    "cell": ("v = pd.DataFrame({'a': [1, 2]})", "v.loc[0, 'a'] = 9"),
    "text cell": ("v = pd.DataFrame({'a': ['x', 'y']})", "v.loc[0, 'a'] = 'z'"),
    "index": ("v = pd.DataFrame({'a': [1, 2]})", "v.index = ['x', 'y']"),
    "name": ("v = pd.Series([1])", "v.name = 'n'"),
    "attributes": ("v = pd.DataFrame({'a': [1]})", "v.attrs['x'] = 1"),
    "dropped": ("v = pd.DataFrame({'a': [1], 'b': [2]})", "v.pop('b')"),
    "category": ("v = pd.Series(['a', 'b'], dtype='category')", "v.iloc[0] = 'b'"),
    "polars": ("import polars as pl; v = pl.DataFrame({'a': [1]})", "v[0, 'a'] = 2"),
    "fit": (
        "from sklearn.linear_model import Ridge; v = Ridge()",
        "v.fit([[1.0], [2.0]], [1.0, 2.0])",
    ),
    "random draw": ("v = np.random.default_rng(0)", "v.normal()"),
    "old random draw": ("v = np.random.RandomState(0)", "v.rand()"),
    "instance": ("class C: pass\nv = C(); v.x = 1", "v.x = 2"),
    "closure": ("def make():\n n = []\n def f(): n.append(1)\n return f\nv = make()", "v()"),
    "sparse": ("import scipy.sparse as sp; v = sp.csr_array(np.eye(2))", "v.data[0] = 5"),
    "through an alias": ("v = [1]", "w = v; v = None; w.append(2)"),
    "lock put into it": ("v = {}", "import threading; v['lock'] = threading.Lock()"),
    "deleted after a change": ("v = [1]", "v.append(1); del v"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_change(notebook: Notebook, case: str) -> None:
    made, used = CHANGES[case]
    notebook.step("a", START + made, outputs="v", carried={})
    _, manifest = notebook.step("b", START + used, inputs={"v": "a"})
    assert manifest["changed"] == ["v"]


READS = {
    "rebound": ("v = [1]", "v = v + [2]"),
    "number": ("v = 1", "v += 1"),
    "deleted": ("v = [1]", "del v"),
    "array": ("v = np.arange(5.0)", "w = v * 2; w[0] = 1; v.sum()"),
    "frame": (
        "v = pd.DataFrame({'a': [1, 2], 'b': [1.5, None], 's': ['x', 'y']}); v['c'] = 1; v['d'] = 2",
        "v.describe(); v.values; v.groupby('s').sum(); v.sort_values('b'); v.loc[0]; v['a'].mean(); v.index.is_unique\n"
        "v.T; v.to_numpy(); v.columns.is_unique; v.memory_usage(deep=True); v[['a', 'c']] + 1; repr(v)",
    ),
    "many small columns": (
        "v = pd.DataFrame({'a': [1, 2]})\nfor i in range(20): v[f'c{i}'] = i",
        "v.values; v.sum(); v.mean(axis=1); v._consolidate_inplace()",
    ),
    "dates": (
        "v = pd.Series(pd.date_range('2024', periods=3, tz='UTC')); v.index = pd.date_range('2024', periods=3)",
        "v.dt.year; v.index.year; v.resample('D').count(); v.index.is_monotonic_increasing",
    ),
    "copy of a frame": ("v = pd.DataFrame({'a': [1, 2]})", "w = v[v['a'] > 0].copy(); w['a'] = 0"),
    "polars": ("import polars as pl; v = pl.DataFrame({'a': [1, 2]})", "v.sort('a'); v['a'].sum(); v.rechunk()"),
    "predict": (
        "from sklearn.ensemble import RandomForestClassifier as R; v = R(5).fit([[1.0], [2.0]], [0, 1])",
        "v.predict([[1.0]]); v.get_params(); v.feature_importances_; repr(v)",
    ),
    "transform": (
        "from sklearn.feature_extraction.text import TfidfVectorizer as T; v = T().fit(['a text', 'one more'])",
        "v.transform(['text']); v.get_feature_names_out()",
    ),
    "sparse": (
        "import scipy.sparse as sp; v = sp.csr_matrix(np.eye(3))",
        "v.has_sorted_indices; v.has_canonical_format; v.T @ v; v[0]; v.sum(); v.tocsc()",
    ),
    "instance": ("class C:\n def go(self): return 1\nv = C()", "v.go(); class_of = type(v)"),
    "class made again": ("class C: pass\nv = C()", "class C: pass"),
    "figure shown": (
        "from matplotlib.figure import Figure; v = Figure(); v.subplots().plot([1, 2])",
        "import io; v.savefig(io.BytesIO())",
    ),
    "set": ("v = {'a', 'b', 'c'}", "sorted(v); 'a' in v; v | {'d'}"),
    "module": ("import re; v = [re]", "v[0].compile('x')"),
    "memory view": ("v = bytearray(b'abc')", "memoryview(v)[0]"),
}


@pytest.mark.parametrize("case", READS)
def test_no_change(notebook: Notebook, case: str) -> None:
    made, used = READS[case]
    notebook.step("a", START + made, outputs="v", carried={})
    _, manifest = notebook.step("b", START + used, inputs={"v": "a"})
    assert manifest["changed"] == []


def test_pickle_that_differs_each_time(notebook: Notebook) -> None:
    code = "import os\nclass C:\n    def __getstate__(self): return {'x': os.urandom(8)}\n"
    notebook.step("a", code + "v = C()", outputs="v", carried={"v": ["C"]})
    _, manifest = notebook.step("b", replay=code, inputs={"v": "a"}, outputs="v", carried={"v": ["C"]})
    assert manifest["changed"] == []


def test_set_up_that_is_changed(notebook: Notebook) -> None:
    _, manifest = notebook.step("a", "cfg['x'] = 1", replay="cfg = {}; other = []", setup="cfg other")
    assert manifest["changed"] == ["setup:cfg"]


def test_unchanged_input_keeps_its_artifact(notebook: Notebook) -> None:
    _, before = notebook.step("a", "v = [1]; w = [2]", outputs="v w")
    _, after = notebook.step("b", "len(v); w.append(1)", inputs={"v": "a", "w": "a"}, outputs="v w")
    assert after["outputs"]["v"] == before["outputs"]["v"] == after["inputs"]["v"]
    assert after["outputs"]["w"] != before["outputs"]["w"]
    assert after["changed"] == ["w"]


def test_changed_figure_is_written_again(notebook: Notebook) -> None:
    code = "from matplotlib.figure import Figure; v = Figure(); v.subplots()"
    notebook.step("a", code, outputs="v")
    notebook.step("b", "v.suptitle('new')", inputs={"v": "a"}, outputs="v")
    space, _ = notebook.step("c", "r = v.get_suptitle()", inputs={"v": "b"})
    assert space["r"] == "new"
