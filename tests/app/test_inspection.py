"""Inspection: what every cell is for, and fixes that mend."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.app.inspection import Inspection, Inspector, inspect
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.notebook.fixes import apply
from jupyter_mlops.notebook.retag import Edit, Fix
from tests.notebook.build import content, counted_parse, document

Cells = list[tuple[str, str]]


def inspected(cells: Cells) -> Inspection:
    return inspect(document(*cells))


def titles(found: Inspection) -> dict[str, list[str]]:
    """Return what mends each finding; that it can be ignored is tested on its own."""
    pairs = zip(found.findings, found.fixes, strict=True)
    return {f.code: [fix.title for fix in fixes if not fix.title.startswith("Ignore ")] for f, fixes in pairs}


def fixed(cells: Cells, fix: Fix) -> Inspection:
    changed = apply(content(*cells), fix.edits)
    return inspect(parse(json.dumps(changed).encode(), Path("/nowhere/case.ipynb")))


CASES: list[tuple[str, Cells, str, list[str]]] = [
    (
        "a name that nobody defines",
        [("step:a", "x = 1"), ("step:b", "print(x, rate)")],
        "notebook.undefined_name",
        ["Make `rate` a parameter"],
    ),
    (
        "a parameters cell is there",
        [("parameters", "n = 1"), ("step:a", "print(n, rate)")],
        "notebook.undefined_name",
        ["Make `rate` a parameter"],
    ),
    (
        "an import that was forgotten",
        [("step:a", "x = np.ones(3)")],
        "notebook.undefined_name",
        ["Add `import numpy as np`"],
    ),
    (
        "a module of the standard library",
        [("imports", "import re"), ("step:a", "print(json.dumps(re.escape('a')))")],
        "notebook.undefined_name",
        ["Add `import json`"],
    ),
    (
        "a cell that is left out defines it",
        [("step:a", "x = 1"), ("skip", "y = 2"), ("step:b", "print(x, y)")],
        "notebook.undefined_name",
        ["Do not skip cell 2, which defines `y`: it joins step a"],
    ),
    ("defined below", [("step:a", "print(y)"), ("step:b", "y = 1")], "notebook.undefined_name", []),
    (
        "a step that is not there",
        [("step:load", "x = 1"), ("step:fit prev:laod", "y = 1")],
        "notebook.unknown_prev",
        ["Run after step load", "Take off `prev:laod`"],
    ),
    (
        "nothing is like it",
        [("step:load", "x = 1"), ("step:fit prev:zzz", "y = 1")],
        "notebook.unknown_prev",
        ["Take off `prev:zzz`"],
    ),
    (
        "a step that stands below",
        [("step:a prev:b", "x = 1"), ("step:b", "y = 1")],
        "notebook.later_prev",
        ["Run step b after step a", "Take off `prev:b`"],
    ),
    ("itself", [("step:a prev:a", "x = 1")], "notebook.later_prev", ["Take off `prev:a`"]),
    ("said by a magic", [("", "%%mlops step a --prev zz\nx = 1")], "notebook.unknown_prev", []),
    (
        "said by a tag beside a magic",
        [("prev:zz", "%%mlops step a --retry 2\nx = 1")],
        "notebook.unknown_prev",
        ["Take off `prev:zz`"],
    ),
    (
        "options that disagree, one of them in a magic",
        [("retry:3", "%%mlops step a --retry 2\nx = 1")],
        "notebook.tag",
        ["Keep `retry:2`"],
    ),
    ("an option that is none", [("step:a retry:many", "x = 1")], "notebook.tag", ["Take off `retry:many`"]),
    ("no value", [("step:a timeout:", "x = 1")], "notebook.tag", ["Take off `timeout:`"]),
    ("several steps", [("step:a step:b", "x = 1")], "notebook.tag", ["Keep `step:a`", "Keep `step:b`"]),
    (
        "roles that disagree",
        [("setup step:a", "x = 1"), ("step:b", "y = 1")],
        "notebook.tag",
        ["Keep `setup`", "Keep `step:a`"],
    ),
    (
        "tag and magic disagree",
        [("step:q", "%%mlops step b\nx = 1")],
        "notebook.tag",
        ["Take off `step:q`"],
    ),
    (
        "an option without a step",
        [("setup retry:2", "x = 1"), ("step:b", "y = 1")],
        "notebook.tag",
        ["Take off `retry:2`"],
    ),
    (
        "options that disagree",
        [("step:a retry:1", "x = 1"), ("step:a retry:2", "y = 1"), ("retry:2", "z = 1")],
        "notebook.tag",
        ["Keep `retry:1`", "Keep `retry:2`"],
    ),
    (
        "a step that takes and gives",
        [("step:a", "x = 1"), ("step:b", "y = x"), ("step:a", "x = 2"), ("", "z = 3"), ("step:c", "print(x, y, z)")],
        "notebook.interleaved",
        ["Split step a: step a-2 from cell 3 on"],
    ),
    (
        "a knot",
        [("step:a", "x = 1"), ("step:b", "x = x + 1"), ("step:a", "print(x)")],
        "notebook.cycle",
        ["Split step a: step a-2 from cell 3 on"],
    ),
    (
        "names that differ in case",
        [("step:a", "x = 1"), ("step:A", "y = x"), ("step:b prev:A", "z = 1")],
        "notebook.name_clash",
        ["Call it a"],
    ),
    (
        "set-up that reads a step",
        [("step:a", "x = 1"), ("setup", "y = x"), ("step:b", "print(y)")],
        "notebook.setup_reads_step",
        ["Make it part of step a"],
    ),
    (
        "a module is changed",
        [
            ("setup", "import json"),
            ("step:a", "for i in (1, 2):\n    json.mine = i"),
            ("", "w = 2"),
            ("step:b", "print(json.mine, w)"),
        ],
        "notebook.process_state",
        ["Tag this cell as setup: every step below runs it"],
    ),
    (
        "not Python",
        [("step:a", "x = = 1"), ("", "x = 2"), ("step:b", "print(x)")],
        "notebook.syntax",
        ["Skip this cell"],
    ),
    (
        "a parameter that nobody reads",
        [("parameters", "rate = 1"), ("step:a", "x = 1")],
        "notebook.unused_parameter",
        ["`rate` is no parameter: take off the tag"],
    ),
    ("deleted", [("step:a", "x = 1\ndel x"), ("step:b", "print(x)")], "notebook.deleted_name", []),
    ("a secret", [("step:a", "password = 'correct horse'")], "notebook.secret", []),
]


@pytest.mark.parametrize(("cells", "code", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_fixes_of_a_finding(cells: Cells, code: str, expected: list[str]) -> None:
    assert titles(inspected(cells))[code] == expected


def mends(cells: Cells, found: Inspection) -> int:
    """Apply every fix by itself: its finding is gone, and nothing of another kind is wrong; return how many."""
    errors = Counter(f.code for f in found.findings if f.is_error)
    count = 0
    for finding, fixes in zip(found.findings, found.fixes, strict=True):
        for fix in fixes:
            count += 1
            after = fixed(cells, fix)
            kind = finding.code, finding.severity
            told, before = (
                [(f.code, f.severity) for f in every.findings if not f.is_ignored] for every in (after, found)
            )
            assert told.count(kind) < before.count(kind), (finding, fix)
            assert not Counter(f.code for f in after.findings if f.is_error) - errors, (finding, fix)
    return count


@pytest.mark.parametrize("cells", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_a_fix_mends(cells: Cells) -> None:
    mends(cells, inspected(cells))


TAGS = [
    "step:a",
    "step:b",
    "step:c",
    "step:a prev:b",
    "step:b prev:x",
    "setup",
    "skip",
    "parameters",
    "",
    "",
    "retry:x",
]
SOURCES = [
    "x = 1",
    "y = x",
    "x = x + 1",
    "print(x, y)",
    "np.ones(y)",
    "import os\nos.environ['A'] = 'b'",
    "def f():\n    return x",
    "f()",
    "x = =",
    "from math import *",
    "l = []\nl.append(y)",
    "%%mlops step a\nx = 2",
    "",
]
NOTEBOOKS = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(SOURCES)), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(NOTEBOOKS)
def test_every_fix_of_every_notebook_mends(cells: Cells) -> None:
    mends(cells, inspected(cells))


def test_the_same_mistake_twice_has_a_fix_each() -> None:
    found = inspected([("step:a retry:x", "x = 1"), ("step:b retry:x", "y = 1")])
    assert [[fix.edits[0].cell for fix in fixes] for fixes in found.fixes] == [[0, 0], [1, 1]]


def test_what_every_cell_is_for() -> None:
    cells = [
        ("", "import os"),
        ("parameters", "n = 1"),
        ("step:a retry:2 my-own", "x = n"),
        ("", ""),
        ("", "y = x"),
        ("skip", "z = 1"),
        ("pipeline-metrics", "print(y)"),
        ("", "%%mlops step b --timeout 5m\nw = y"),
    ]
    assert [(c.role, c.step, c.is_tagged, c.options) for c in inspected(cells).cells] == [
        ("setup", None, False, ()),
        ("parameters", None, True, ()),
        ("step", "a", True, ("retry:2",)),
        ("step", "a", False, ()),
        ("step", "a", False, ()),
        ("skip", None, True, ()),
        ("metrics", "a", True, ()),
        ("step", "b", True, ("timeout:5m",)),
    ]


def test_without_a_step_tag_everything_is_one_step() -> None:
    assert [(c.role, c.step) for c in inspected([("", ""), ("", "x = 1")]).cells] == [("step", "main")] * 2


def test_nothing_in_the_notebook_changes_by_applying_a_fix_to_a_copy() -> None:
    cells = [("step:a", "x = 1"), ("step:b", "print(x, rate)")]
    before = content(*cells)
    apply(before, inspected(cells).fixes[0][0].edits)
    assert before == content(*cells)


def test_edits_count_cells_as_they_were() -> None:
    made = content(("a", "x = 1"), ("", "y = 2"))
    made["cells"][1]["source"] = ["y = 2\n", "z = 3"]
    edits = [
        Edit(0, ("parameters",), insert=True, source="n = 1"),
        Edit(1, ("step:b",), insert=True, source="w = 1"),
        Edit(1, ("t",), ("missing",), source="v = 4"),
        Edit(0, (), ("a",)),
    ]
    cells = apply(made, edits)["cells"]
    assert [(cell["metadata"].get("tags"), cell["source"]) for cell in cells] == [
        (["parameters"], "n = 1"),
        ([], "x = 1"),
        (["step:b"], "w = 1"),
        (["t"], "y = 2\nz = 3\nv = 4"),
    ]


def test_the_unsaved_document_is_read_without_its_outputs(tmp_path: Path) -> None:
    made = content(("step:a", "x = 1"))
    made["cells"][0]["outputs"] = [{"output_type": "stream", "text": "x" * 1_000_000}]
    inspector = Inspector()
    first = inspector.inspect(tmp_path / "new.ipynb", made)
    assert first.pipeline.name == "new"
    made["cells"][0]["outputs"] = []
    assert inspector.inspect(tmp_path / "new.ipynb", made).pipeline is first.pipeline
    assert list(tmp_path.iterdir()) == []


BROKEN: list[Any] = [
    {},
    {"nbformat": 3, "cells": []},
    {"nbformat": 4, "cells": "no"},
    {"nbformat": 4, "cells": [1]},
    {"nbformat": 4, "cells": [{"cell_type": "code", "source": 5}]},
]


@pytest.mark.parametrize("made", BROKEN)
def test_what_is_no_notebook_is_refused(made: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Inspector().inspect(tmp_path / "a.ipynb", made)


def test_what_is_damaged_is_inspected_or_refused() -> None:
    generator = random.Random(1)
    junk: list[Any] = [None, 1, -1, "", "x\ud800", [], {}, [[]], {"tags": 5}, {"tags": [5, None, "step:"]}, True, 1e308]
    for _ in range(500):
        made = content(("step:a", "x = 1"), ("step:b", "print(x)"))
        for _ in range(generator.randint(1, 3)):
            target: Any = generator.choice([made, made["cells"][0], made["cells"][-1], made["metadata"]])
            if isinstance(target, dict) and target:
                target[generator.choice(list(target))] = generator.choice(junk)
            if not isinstance(made.get("cells"), list) or not made["cells"] or not isinstance(made["metadata"], dict):
                break
        try:
            Inspector().inspect(Path("/nowhere/a.ipynb"), made)
        except UsageError:
            continue


def test_typing_in_a_notebook_of_a_hundred_cells_reads_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        (f"step:s{i}" if i % 5 == 0 else "", f"v{i} = [{i}, v{max(0, i - 1)}]\nprint(v{i})") for i in range(1, 100)
    ]
    cells = [("step:s", "v0 = 1"), *cells]
    inspected(cells)
    parsed = counted_parse(monkeypatch)
    for number in range(3):
        cells[50] = ("step:s50", f"v50 = {number}")
        inspected(cells)
    assert parsed == ["v50 = 0", "v50 = 1", "v50 = 2"]


def test_a_cell_of_our_own_lines_is_left_out() -> None:
    cells = [
        ("step:a", "x = 1"),
        ("", "%load_ext jupyter_mlops\n# now\n%mlops run"),
        ("", "%mlops show\ny = x"),
        ("", ""),
    ]
    assert [c.is_left_out for c in inspected(cells).cells] == [False, True, False, False]
