"""The bars: of public notebooks next to none is refused falsely, and few for caution."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from tests.corpus.classify import UNCLASSED, Refusal, classes, findings, worst
from tests.corpus.clones import VARIABLE, entries, folder, notebooks

MOST_FALSE = 0.02
MOST_CAUTIOUS = 0.05

needs_the_clones = pytest.mark.skipif(folder() is None, reason=f"{VARIABLE} names no folder of clones")


@cache
def refused() -> tuple[Refusal, ...]:
    corpus = folder()
    assert corpus is not None
    return tuple(finding for entry, path in notebooks(corpus) for finding in findings(entry, path))


def share(*names: str) -> tuple[float, list[str]]:
    """Return the share of notebooks whose gravest error is of these classes, and the errors' keys."""
    graves = worst(list(refused()), classes())
    found = {notebook for notebook, name in graves.items() if name in names}
    told = sorted({r.key for r in refused() if r.severity == "error" and r.notebook in found})
    return len(found) / len(entries()), told


def test_the_list_is_large_and_wide() -> None:
    listed = entries()
    assert len(listed) >= 200
    assert len({entry.repository for entry in listed}) >= 10
    assert max(Counter(entry.repository for entry in listed).values()) <= 40
    assert len({entry.sha256 for entry in listed}) == len(listed)


def test_every_class_has_a_reason() -> None:
    assert all(row["class"] in ("true", "cautious", "false") and row["reason"] for row in classes().values())


@needs_the_clones
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_refusal_has_been_looked_at() -> None:
    keys = {r.key for r in refused() if r.severity == "error"}
    assert sorted(keys - classes().keys()) == []


@needs_the_clones
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_next_to_none_is_refused_falsely() -> None:
    found, told = share("false", UNCLASSED)
    assert found <= MOST_FALSE, told


@needs_the_clones
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_few_are_refused_for_caution() -> None:
    found, told = share("cautious")
    assert found <= MOST_CAUTIOUS, told
