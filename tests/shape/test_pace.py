"""Tests say nothing of seconds, and are the same every time: the rules of `tests/pace.py` and `tests/conftest.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parents[1]
CLOCKS = {"perf_counter", "monotonic", "process_time", "timeit", "repeat", "fastest", "cheapest", "starting_s"}
# A torture of a day, run by hand, whose promise is in seconds.
BY_HAND = {"deployments/test_r24.py"}


def clock_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in CLOCKS:
                yield name


def timed(function: ast.AST) -> set[str]:
    """Return the names that hold a time that was measured, or a collection of them."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(True for _ in clock_names(node.value)):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            is_time = any(True for argument in node.args for _ in clock_names(argument))
            found |= {name.id for name in ast.walk(node.func.value) if is_time and isinstance(name, ast.Name)}
    return found


def is_number(node: ast.expr) -> bool:
    """Whether the expression is made of numbers and constants only."""
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    return all(name.isupper() for name in names) and not any(isinstance(n, ast.Call) for n in ast.walk(node))


def bounds(source: str) -> Iterator[int]:
    """Yield the lines of asserts that compare a measured time with a number, but for deadlines of polling loops.

    >>> list(bounds("began = monotonic()\\nassert monotonic() - began < 3"))
    [2]
    >>> list(bounds("a, b = fastest(f), fastest(g)\\nassert fastest(f) < 3 * fastest(g)"))
    []
    """
    tree = ast.parse(source)
    measured = timed(tree)
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare) and len(node.test.comparators) == 1
        ):
            continue
        sides = [node.test.left, node.test.comparators[0]]
        for side, other in (sides, sides[::-1]):
            names = {n.id for n in ast.walk(side) if isinstance(n, ast.Name)}
            is_measured = any(True for _ in clock_names(side)) or names & measured
            if is_measured and is_number(other) and isinstance(node.test.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                yield node.lineno
                break


FILES = sorted(path for path in TESTS.rglob("*.py") if path.relative_to(TESTS).as_posix() not in BY_HAND)


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(TESTS).as_posix() for path in FILES])
def test_no_time_is_compared_with_a_number(path: Path) -> None:
    assert list(bounds(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "assert time.perf_counter() - began < 0.5",
        "assert min(timeit.repeat(f, number=20)) / 20 < 0.005",
        "times = []\ntimes.append(perf_counter() - began)\nassert min(times) < LIMIT_S",
        "took = monotonic() - began\nassert took < 3",
        "assert 0.5 > fastest(work)",
    ],
)
def test_a_bound_in_seconds_is_found(code: str) -> None:
    assert len(list(bounds(code))) == 1


@pytest.mark.parametrize(
    "code", ["assert time.monotonic() < end", "assert fastest(a) < 2 * fastest(b)", "assert len(times) < 3"]
)
def test_what_is_no_bound_is_not(code: str) -> None:
    assert list(bounds(code)) == []


def test_examples_are_the_same_every_time() -> None:
    assert settings().derandomize
    assert settings().database is None
    assert settings().deadline is None
