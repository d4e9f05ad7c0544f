"""The audit of random streams and of what steps do to their processes."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_mlops.runs.handover import audit
from tests.notebook.build import compiled

PIPELINE = compiled(("step:a", "x = 1"), ("step:b", "y = 2")).pipeline


def conflicts(field: str, key: str, a: Any, b: Any) -> list[str]:
    return [found.message for found in audit(PIPELINE, {"a": {field: {key: a}}, "b": {field: {key: b}}})]


def drew(start: str | None, end: str | None, seeded: bool = False) -> dict[str, Any]:
    return {"start": start, "end": end, "seeded": seeded}


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        (drew("s", "t"), drew("s", "t"), 1),
        (drew("u", "t", True), drew("v", "w"), 1),
        (drew("s", "t"), drew("t", "u"), 0),
        (drew("s", "t"), drew("s", "t", True), 0),
        (drew("s", "t"), drew("s", "s"), 0),
        (drew("s", "s"), drew("s", "t"), 0),
        (drew("u", "t"), drew("v", "w"), 0),
        (drew("s", None), drew("s", "t"), 0),
        (drew("s", "t"), drew(None, "t"), 0),
    ],
)
def test_random(a: dict[str, Any], b: dict[str, Any], count: int) -> None:
    found = conflicts("random", "numpy.random", a, b)
    assert len(found) == count
    assert all('step "a"' in message and "`numpy.random`" in message for message in found)


@pytest.mark.parametrize(
    ("key", "a", "b", "words"),
    [
        ("helper.level", ["s", "t"], ["s", "s"], "changed `helper.level`"),
        ("helper.level", [None, "t"], ["s", "s"], "changed `helper.level`"),
        ("helper.run_id", ["s", "s"], ["t", "t"], "different values of `helper.run_id`"),
        ("module helper", ["s", "t"], ["s", "s"], "module `helper`"),
        ("cwd", ["s", "t"], ["s", "s"], "working folder"),
        ("cwd", ["s", "s"], ["t", "t"], ""),
        ("cwd", ["s", "t"], ["u", "u"], ""),
        ("os.environ[A]", ["s", "t"], ["s", "s"], "the environment variable `A`"),
        ("os.environ[A]", [None, "t"], [None, None], "the environment variable `A`"),
        ("numpy[err divide]", ["s", "t"], ["s", "s"], "error handling of numpy, its `divide`"),
        ("helper.level", ["s", "t"], [None, "t"], ""),
        ("helper.level", ["s", None], ["s", "s"], ""),
        ("helper.level", ["s", "t"], ["t", "u"], ""),
    ],
)
def test_process(key: str, a: Any, b: Any, words: str) -> None:
    found = conflicts("process", key, a, b)
    assert len(found) == bool(words)
    assert all(words in message for message in found)


def test_set_up_gives_one_value_to_all_who_use_it() -> None:
    cells = [("parameters", "lr = 1"), ("setup", "now = 0.5"), ("step:a", "x = now"), ("step:b", "y = lr + now")]
    found = compiled(*cells).pipeline
    given = {"a": {"setup": {"now": "s", "lr": "old"}}, "b": {"setup": {"now": "s", "lr": "new"}}}
    assert list(audit(found, given)) == []  # `a` came from an earlier run with another `lr`, and never looked at it
    given["b"]["setup"]["now"] = "t"
    assert ["different values of `now`" in conflict.message for conflict in audit(found, given)] == [True]
