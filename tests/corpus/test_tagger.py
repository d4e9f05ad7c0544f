"""The tagger tags as a user would: a table of small notebooks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpus.tagger import headings, slug, tagged


def made(*cells: str) -> dict[str, Any]:
    """A cell that begins with ``#`` is markdown."""
    return {"cells": [{"cell_type": "markdown" if c.startswith("#") else "code", "source": c} for c in cells]}


def tags(notebook: dict[str, Any]) -> list[str]:
    return [",".join(cell.get("metadata", {}).get("tags", [])) for cell in notebook["cells"]]


TAGGED = [
    ("sections", ("i", "# A", "a", "a2", "## B", "b", "# C", "c"), ["", "", "step:a", "", "", "step:b", "", "step:c"]),
    (
        "a-deeper-level",
        ("# T", "i", "### A", "a", "### B", "b"),
        ["", "step:t", "", "step:a", "", "step:b"],
    ),
    (
        "one-name-twice",
        ("# A", "a", "# A", "b", "# A", "c"),
        ["", "step:a", "", "step:a-2", "", "step:a-3"],
    ),
    ("no-headings", ("a", "b", "c", "d"), ["step:part-1", "step:part-2", "step:part-3", "step:part-4"]),
    (
        "no-code-below",
        ("# A", "# B", "b", "# C", "c", "# D", " ", "d"),
        ["", "", "step:b", "", "step:c", "", "", "step:d"],
    ),
]


@pytest.mark.parametrize(("cells", "expected"), [row[1:] for row in TAGGED], ids=[row[0] for row in TAGGED])
def test_tagged(cells: tuple[str, ...], expected: list[str]) -> None:
    notebook = made(*cells)
    assert tags(tagged(notebook)) == expected
    assert tags(notebook) == [""] * len(cells), "the notebook itself is left alone"


def test_too_many_sections_take_the_higher_level() -> None:
    cells = [c for part in "abc" for c in (f"# {part}", *(x for n in range(6) for x in (f"## {part}{n}", "pass")))]
    assert len([tag for tag in tags(tagged(made(*cells))) if tag]) == 3


def test_code_in_markdown_is_no_heading() -> None:
    assert headings("```\n# no\n```\n## Yes ##\n#no") == [(2, "Yes")]


def test_every_heading_gives_a_name() -> None:
    assert slug("***") == slug("数据") == "part"
    assert len(slug("word " * 40)) <= 40
