"""One class object, however a value reaches it: the identities that Run All has, in generated graphs and in kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.notebook.build import compiled, content
from tests.pipeline.class_graphs import class_graphs
from tests.pipeline.search import outcome
from tests.pipeline.standin import run_all
from tests.pipeline.test_property import pipeline_value


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(notebook=class_graphs())
def test_identities_are_those_of_run_all(notebook: dict[str, Any]) -> None:
    assert outcome(notebook) in ("equal", "refused")


COLOR = "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2"
DATA = "from dataclasses import dataclass, fields\n@dataclass\nclass P:\n    x: int\n    c: Color = Color.RED"

ONE: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "a member as a default",
        [
            ("step:a", f"{COLOR}\n{DATA}\np = P(3)"),
            ("step:b", "final = (p.c is Color.RED, isinstance(p.c, Color), p == P(3))"),
        ],
    ),
    (
        "only the class of the default is known below",
        [("step:a", f"{COLOR}\n{DATA}\np = P(3)"), ("step:b", "final = (p.c is Color.RED, p.c in Color)")],
    ),
    (
        "through a step that knows neither",
        [
            ("step:a", f"{COLOR}\n{DATA}\np = P(3)"),
            ("step:b", "q = [p, p.c]"),
            ("step:c", "final = (q[0] == P(3), q[1] is Color.RED, q[0] is p)"),
        ],
    ),
    (
        "put in by a helper",
        [
            ("functions", "def fill(z, kind):\n    z.append(kind())"),
            ("step:a", "class C:\n    pass\nxs = []\nfill(xs, C)"),
            ("step:b", "final = isinstance(xs[0], C)"),
        ],
    ),
    (
        "two copies become one where the class is unknown",
        [
            ("step:a", "class C:\n    pass\nx = [C()]"),
            ("step:b", "y = [C()]"),
            ("step:c", "final = type(x[0]) is type(y[0])"),
        ],
    ),
    (
        "fields of a dataclass that travels by value",
        [
            (
                "step:a",
                f"{COLOR}\n{DATA}\ndef make():\n    @dataclass\n    class Q(P):\n        z: int = 5\n    return Q\nQ = make()",
            ),
            (
                "step:b",
                "import dataclasses\nfinal = [(f.name, f.default is dataclasses.MISSING) for f in dataclasses.fields(Q)]",
            ),
        ],
    ),
    (
        "a sentinel of a library",
        [
            ("step:a", "import dataclasses\nm = [dataclasses.MISSING]"),
            ("step:b", "import dataclasses\nfinal = m[0] is dataclasses.MISSING"),
        ],
    ),
    (
        "a class that a function made, changed through its object",
        [
            (
                "step:a",
                "def make():\n    class K:\n        n = 0\n        def bump(self):\n            type(self).n += 1\n    return K\no = make()()",
            ),
            ("step:b", "o.bump()\nz = o.n"),
            ("step:c prev:b", "final = (o.n, z)"),
        ],
    ),
    (
        "flags that are combined",
        [
            ("functions", "import enum\nclass Perm(enum.Flag):\n    R = 1\n    W = 2"),
            ("step:a", "p = Perm.R | Perm.W"),
            ("step:b", "final = (p is Perm.R | Perm.W, Perm.R in p)"),
        ],
    ),
]


@pytest.mark.parametrize("row", ONE, ids=[row[0] for row in ONE])
def test_one_class(row: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    made = compiled(*row[1])
    assert made.errors == ()
    assert pipeline_value(made, tmp_path) == run_all(content(*row[1]))["final"]


def test_a_class_that_a_function_made_is_changed_unseen(tmp_path: Path) -> None:
    cells = [
        (
            "step:a",
            "def make():\n    class K:\n        n = 0\n        def bump(self):\n            type(self).n += 1\n    return K\nK = make()\no = K()",
        ),
        ("step:b", "o.bump()"),
        ("step:c", "final = K.n"),
    ]
    conflicts = pipeline_value(compiled(*cells), tmp_path)
    assert isinstance(conflicts, list), conflicts
    assert "`K`" in conflicts[0].message
