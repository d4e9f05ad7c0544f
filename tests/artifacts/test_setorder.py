"""A set is made again with its elements in the same order, whatever it has been through."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_mlops.artifacts import setorder

_WAYS: dict[str, Callable[[random.Random, set[Any]], Any]] = {
    "as it is": lambda _, s: s,
    "copied": lambda _, s: set(s),
    "grown": lambda r, s: s | {str(r.random()) for _ in range(len(s) // 3)},
    "shrunk": lambda r, s: _without(s, r.sample(sorted(s, key=repr), len(s) // 2)),
    "popped": lambda _, s: _popped(s),
    "less others": lambda r, s: s - set(r.sample(sorted(s, key=repr), len(s) // 3)),
    "of a dict": lambda _, s: set(dict.fromkeys(s)),
}


def _without(value: set[Any], others: list[Any]) -> set[Any]:
    for other in others:
        value.discard(other)
    return value


def _popped(value: set[Any]) -> set[Any]:
    for _ in range(len(value) // 2):
        value.pop()
    return value


def _values(draw: random.Random, count: int) -> set[Any]:
    kinds: list[Callable[[], Any]] = [
        lambda: str(draw.randrange(10**9)),
        lambda: draw.randrange(-(2**70), 2**70),
        lambda: draw.randrange(1000),
        lambda: (draw.random(), str(draw.randrange(99))),
    ]
    return {draw.choice(kinds)() for _ in range(count)}


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="other tables")
@pytest.mark.parametrize("way", _WAYS)
def test_order_and_table_are_the_same(way: str) -> None:
    draw = random.Random(way)
    # Now and then the hashes of texts, which differ from process to process, allow no recipe.
    good = [0, 0]
    for count in (5, 6, 9, 18, 40, 77, 90, 300, 1500, 5000):
        value = _WAYS[way](draw, _values(draw, count))
        found = setorder.recipe(value)
        made = None if found is None else setorder.make(set, *found)
        good[made is not None and list(made) == list(value) and sys.getsizeof(made) == sys.getsizeof(value)] += 1
    assert good[True] >= 9


def test_what_pickle_keeps_needs_no_recipe() -> None:
    assert not setorder.is_lost({1, 2, 3})
    assert not setorder.is_lost({object(), object()})
    assert setorder.is_lost({7, 15})
