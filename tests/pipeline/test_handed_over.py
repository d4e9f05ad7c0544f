"""Values that a step hands over behave as in Run All: order of sets, memory of arrays, global generators, observers."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.pipeline import forked
from tests.pipeline.forked import Cells

_TEXT = (
    "the quick brown fox jumps over the lazy dog while many other small animals sleep under old green trees near "
    "quiet rivers and hills of sand where nobody ever walks alone at night"
)

EQUAL: dict[str, Cells] = {
    "set order": [
        ("step:a", f"vocab = set({_TEXT!r}.split())\nword2id = {{w: i for i, w in enumerate(vocab)}}"),
        ("step:b", "id2word = list(vocab)\nprint(all(id2word[i] == w for w, i in word2id.items()), id2word)"),
        ("step:c", "vocab |= {'a', 'bit', 'more', 'than', 'there', 'was', 'before'}\nprint(list(vocab))"),
        ("step:d", "print(list(vocab))"),
    ],
    "order of a set in a value, twice": [
        ("step:a", f"words = set({_TEXT!r}.split())\nheld = {{'vocab': words, 'again': [words], 'n': 3}}"),
        ("step:b", "print(list(held['vocab']), held['again'][0] is held['vocab'])\nheld['vocab'].discard('fox')"),
        ("step:c", "print(list(words), words is held['vocab'])"),
    ],
    "order of a frozen set": [
        ("step:a", f"words = frozenset({_TEXT!r}.split())\ncopy = frozenset(set(words))"),
        ("step:b", "print(list(words), list(copy))"),
    ],
    "order after removals": [
        (
            "step:a",
            "s = set(range(0, 4000, 7)) | {str(n) for n in range(300)} | {(n, 'x') for n in range(50)}\n"
            "for n in range(0, 2000, 7):\n    s.discard(n)\nt = s & set(range(3000))",
        ),
        ("step:b", "print(list(s), list(t))\ns.update(range(5000, 5100))\nprint(list(s))"),
        ("step:c", "print(list(s), s.pop())"),
    ],
    "order of a set that an object holds": [
        ("step:a", f"class V:\n    def __init__(self, t):\n        self.words = set(t.split())\nv = V({_TEXT!r})"),
        ("step:b", "print(list(v.words))"),
    ],
}


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    importlib.import_module("numpy")
    forked.warm()


@pytest.mark.parametrize("case", EQUAL)
def test_it_is_as_in_run_all(case: str, tmp_path: Path) -> None:
    forked.check(EQUAL[case], tmp_path)
