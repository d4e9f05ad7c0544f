"""Reading an object of a library is no change of it, whatever it notes down meanwhile; a change is one."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import Delaunay
from sklearn.neighbors import KDTree, KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.preprocessing import SplineTransformer, StandardScaler

from jupyter_mlops.artifacts.fingerprint import fingerprint, has_changed

NAMESPACE: dict[str, Any] = {"__name__": "__main__"}
X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
Use = Callable[[Any], object]


class Graph:
    """A class of a library, as far as its module says, that remembers what it was asked."""

    def __init__(self, rows: list[int]) -> None:
        self.rows = rows
        self._last: int | None = None
        self._seen: dict[int, int] | None = None
        self._cache: dict[str, int] = {}

    @functools.cached_property
    def nodes(self) -> set[int]:
        return set(self.rows)

    @property
    def total(self) -> int:
        if "total" not in self._cache:
            self._cache["total"] = sum(self.rows)
        return self._cache["total"]

    @property
    def first(self) -> int:
        if not hasattr(self, "_first"):
            self._first = self.rows[0]
        return self._first

    def look(self) -> None:
        self._seen = self._seen or {}

    def go(self) -> None:
        self._last = self.rows[-1]


class Slotted:
    __slots__ = ("_attrs", "rows")

    def __init__(self) -> None:
        self.rows = [1]
        self._attrs: dict[str, int] | None = None

    @property
    def attrs(self) -> dict[str, int]:
        if self._attrs is None:
            self._attrs = {}
        return self._attrs


def ols() -> Any:
    api = pytest.importorskip("statsmodels.api")
    return api.OLS(X[:, 0], X[:, 1:]).fit()


READ: dict[str, tuple[Callable[[], Any], Use]] = {
    "a cached property": (lambda: Graph([1, 2]), lambda graph: graph.nodes),
    "a cache": (lambda: Graph([1, 2]), lambda graph: graph.total),
    "a private attribute made on demand": (lambda: Graph([1, 2]), lambda graph: graph.first),
    "nothing made an empty dict": (lambda: Graph([1, 2]), lambda graph: graph.look()),
    "the same in a slot": (Slotted, lambda slotted: slotted.attrs),
    "inside a list": (lambda: [[Graph([1])], Graph([2])], lambda rows: (rows[1].first, rows[0][0].nodes)),
    "a tree": (lambda: KDTree(X), lambda tree: tree.query(X[:2])),
    "neighbours": (lambda: KNeighborsClassifier(algorithm="kd_tree").fit(X, Y), lambda model: model.predict(X)),
    "neighbours by radius": (lambda: RadiusNeighborsClassifier(9.0).fit(X, Y), lambda model: model.predict(X)),
    "splines": (lambda: SplineTransformer().fit(X), lambda made: made.transform(X)),
    "a masked array": (lambda: np.ma.array([1, 2], mask=[False, True]), repr),
    "a triangulation": (lambda: Delaunay(X[:, :2]), lambda made: made.find_simplex(X[:3, :2])),
    "a matcher": (lambda: difflib.SequenceMatcher(None, "abc", "abd"), lambda made: made.ratio()),
    "a fitted model of statsmodels": (ols, lambda made: (made.pvalues, made.summary())),
    "groups": (lambda: pd.DataFrame({"a": [1, 1]}).groupby("a"), lambda made: made.groups),
    "a window": (lambda: pd.Series([1.0, 2.0]).rolling(2), lambda made: made.mean()),
    "dates": (lambda: pd.Series(pd.date_range("2020", periods=2)), lambda made: made.dt.year),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_not_changed(name: str) -> None:
    make, use = READ[name]
    value = make()
    before = fingerprint(value, NAMESPACE)
    assert before is not None
    use(value)
    assert not has_changed(before, value, NAMESPACE)[0]
    assert not has_changed(before, value, NAMESPACE)[0]


def _mask(array: Any) -> None:
    array[0] = np.ma.masked


CHANGED: dict[str, tuple[Callable[[], Any], Use]] = {
    "a public attribute": (lambda: Graph([1, 2]), lambda graph: graph.rows.append(3)),
    "a private attribute that had no value": (lambda: Graph([1, 2]), lambda graph: graph.go()),
    "after what was made on demand": (lambda: Graph([1, 2]), lambda graph: (graph.first, graph.go())),
    "an attribute that is new": (lambda: Graph([1, 2]), lambda graph: setattr(graph, "name", "g")),
    "the same in a slot": (Slotted, lambda slotted: slotted.rows.append(2)),
    "an estimator that is fitted": (StandardScaler, lambda made: made.fit(X)),
    "one that is fitted again": (lambda: KNeighborsClassifier().fit(X, Y), lambda model: model.fit(X + 1, Y)),
    "a masked array": (lambda: np.ma.array([1, 2], mask=[False, True]), _mask),
    "a matcher": (lambda: difflib.SequenceMatcher(None, "abc", "abd"), lambda made: made.set_seq2("x")),
    "dates": (
        lambda: pd.Series(pd.date_range("2020", periods=2)),
        lambda made: made.__setitem__(0, pd.Timestamp("2021")),
    ),
    "an array that does not lie together": (lambda: np.zeros((4, 4))[::2, ::2], lambda made: made.fill(1)),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_is_one(name: str) -> None:
    make, use = CHANGED[name]
    value = make()
    before = fingerprint(value, NAMESPACE)
    use(value)
    assert has_changed(before, value, NAMESPACE) == (True, False)


def test_an_object_of_the_notebook_is_what_its_attributes_are() -> None:
    space = {"__name__": __name__}
    value = Graph([1, 2])
    before = fingerprint(value, space)
    assert value.first == 1
    assert has_changed(before, value, space) == (True, False)
