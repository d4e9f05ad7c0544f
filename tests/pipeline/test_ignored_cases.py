"""What a pipeline does whose findings are ignored: it runs, it never gives a wrong value in silence where it can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.errors import HandoverError
from jupyter_mlops.notebook.codes import CODES
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook
from tests.examples.test_docs import example_of
from tests.notebook.build import document
from tests.pipeline.standin import run_step
from tests.pipeline.test_property import pipeline_value

Cells = list[tuple[str, str]]


def ignoring(cells: Cells, *codes: str) -> Compiled:
    found = compile_notebook(document(*cells), codes)
    assert found.errors == ()
    assert {f.code for f in found.ignored if f.severity == "error"} >= set(codes)
    return found


def value_of(found: Compiled, folder: Path, name: str = "final") -> Any:
    """Run every step in a namespace of its own; return the last value of a name."""
    value = None
    for book in found.stepbooks({}).values():
        namespace = run_step(book, folder)
        value = namespace.get(name, value)
    return value


RUNS: list[tuple[str, Cells, tuple[str, ...], object]] = [
    (
        "a name that is there after all",
        [("step:a", "x = 1"), ("step:b", "import builtins\nvars(builtins)['rate'] = 2\nfinal = rate + x")],
        ("notebook.undefined_name",),
        3,
    ),
    (
        "the last of two values",
        [("step:a", "x = [1]"), ("step:b", "y = len(x)"), ("step:c", "x = x + [2]"), ("step:b", "final = x")],
        ("notebook.interleaved",),
        [1, 2],
    ),
    (
        "not the last, where that would be a circle",
        [("step:a", "x = [1]"), ("step:b", "y = len(x)"), ("step:c", "x = x + [y]"), ("step:b", "final = x")],
        ("notebook.interleaved",),
        [1],
    ),
    (
        "what a step changes after it was taken",
        [("step:a", "x = [1]"), ("step:b", "final = list(x)"), ("step:a", "x.append(2)")],
        ("notebook.interleaved",),
        [1, 2],
    ),
    (
        "a tag without sense",
        [("step:a retry:often", "x = 1"), ("step:b", "final = x + 1")],
        ("notebook.tag",),
        2,
    ),
    (
        "the first of two steps",
        [("step:a step:b", "x = 1"), ("step:c", "final = x + 1")],
        ("notebook.tag",),
        2,
    ),
    (
        "a default that is not of its type",
        [("parameters", "n: int = 'many'"), ("step:a", "x = n"), ("step:b", "final = x")],
        ("notebook.parameter",),
        "many",
    ),
]


@pytest.mark.parametrize(("cells", "codes", "expected"), [r[1:] for r in RUNS], ids=[r[0] for r in RUNS])
def test_it_runs(cells: Cells, codes: tuple[str, ...], expected: object, tmp_path: Path) -> None:
    assert value_of(ignoring(cells, *codes), tmp_path) == expected


def test_a_value_that_cannot_be_handed_over_fails_the_step_that_made_it(tmp_path: Path) -> None:
    cells = [("step:a", "rows = (n for n in range(3))"), ("step:b", "print(next(rows))")]
    with pytest.raises(HandoverError, match="rows"):
        value_of(ignoring(cells, "notebook.not_storable"), tmp_path)


def test_the_audit_at_run_time_stays_on(tmp_path: Path) -> None:
    cells = [
        ("functions", "import operator"),
        ("step:a", "l = [1]"),
        ("step:b retry:often", "operator.methodcaller('append', 2)(l)"),
        ("step:c", "final = l"),
    ]
    conflicts = pipeline_value(ignoring(cells, "notebook.tag"), tmp_path)
    assert isinstance(conflicts, list)
    assert "`l`" in conflicts[0].message


def test_a_cell_that_cannot_be_read_runs_as_it_is(tmp_path: Path) -> None:
    cells = [("step:a", "x = 1"), ("step:b", "y = = 2"), ("step:c", "final = x")]
    books = ignoring(cells, "notebook.syntax").stepbooks({})
    run_step(books["a"], tmp_path)
    with pytest.raises(SyntaxError):
        run_step(books["b"], tmp_path)


EXAMPLES = [row for row in CODES if row.ignored and "`" in row.example and row.code.startswith("notebook.")]


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_ignoring_lets_the_example_through(row: Any) -> None:
    cells = example_of(row)
    found = compile_notebook(document(*cells), [row.code])
    assert found.errors == ()
    assert row.code in [f.code for f in found.ignored]
    tagged = {tags.split()[0].removeprefix("step:") for tags, _ in cells if tags.startswith("step:")}
    assert {step.name for step in found.pipeline.steps} >= tagged
    assert set(found.stepbooks({})) == {step.name for step in found.pipeline.steps}
