"""Parameters: types from literals and annotations, values by type, exact round trips into a kernel."""

from __future__ import annotations

import datetime
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.pipeline.compile import compile_notebook
from jupyter_mlops.pipeline.parameters import parse_value, resolve, source_of
from jupyter_mlops.pipeline.spec import Parameter, Pipeline
from tests.notebook.build import compiled

DECLARED: list[tuple[str, str, Any]] = [
    ("p = 1", "int", 1),
    ("p = -1", "int", -1),
    ("p = 1.5", "float", 1.5),
    ("p = -1e-3", "float", -0.001),
    ("p = 'a#b'", "str", "a#b"),
    ("p = True", "bool", True),
    ("p = None", "None", None),
    ("p = [1, [2, -3]]", "list", [1, [2, -3]]),
    ("p = {'k': '#v', 'n': None}", "dict", {"k": "#v", "n": None}),
    ("p = {}", "dict", {}),
    ("q = p = 2", "int", 2),
    ("a = 1; p = 2", "int", 2),
    ("a, p = 1, 'x'", "str", "x"),
    ("p = (1, 2)", "literal", "(1, 2)"),
    ("p = {1: 2}", "literal", "{1: 2}"),
    ("p = b'x'", "literal", "b'x'"),
    ("p: int = 3", "int", 3),
    ("p: float = 3", "float", 3.0),
    ("p: 'str' = 'x'", "str", "x"),
    ("from typing import Optional\np: Optional[int] = None", "Optional[int]", None),
    ("p: int | None = 4", "Optional[int]", 4),
    ("from typing import Literal\np: Literal['a', 'b'] = 'a'", "Literal['a', 'b']", "a"),
    ("p: list[int] = [1]", "list[int]", [1]),
    ("p: dict[str, float] = {'a': 1}", "dict[str, float]", {"a": 1.0}),
    ("p = float('inf')", "float", "inf"),
    ("p = -float('inf')", "float", "-inf"),
    ("import datetime\np = datetime.date(2026, 1, 31)", "date", "2026-01-31"),
    ("from datetime import date\np: date = date.fromisoformat('2026-01-31')", "date", "2026-01-31"),
    ("import datetime\np = datetime.datetime(2026, 1, 31, 8)", "datetime", "2026-01-31T08:00:00"),
    ("p: 'MyType' = 3", "int", 3),
]


@pytest.mark.parametrize(("source", "kind", "default"), DECLARED, ids=[row[0] for row in DECLARED])
def test_declared(source: str, kind: str, default: Any) -> None:
    made = compiled(("parameters", source), ("step:a", "p"))
    assert made.errors == ()
    parameter = next(parameter for parameter in made.pipeline.parameters if parameter.name == "p")
    assert (parameter.type, parameter.default, type(parameter.default)) == (kind, default, type(default))


def test_required_and_computed() -> None:
    made = compiled(("parameters", "import os\nneeded: int\nwhere = os.getcwd()"), ("step:a", "needed, where"))
    needed, where = made.pipeline.parameters
    assert (needed.required, needed.type) == (True, "int")
    assert (where.computed, where.type) == (True, "any")
    assert resolve(made.pipeline, {"needed": 3}) == {"needed": 3}
    assert resolve(made.pipeline, {"needed": 3, "where": "/x"}) == {"needed": 3, "where": "/x"}


@pytest.mark.parametrize("source", ["p: int = 'x'", "p: float = 'x'", "p: list[int] = ['x']", "p: bool = 1"])
def test_a_default_that_is_not_of_its_type(source: str) -> None:
    assert {finding.code for finding in compiled(("parameters", source), ("step:a", "p")).errors} == {
        "notebook.parameter"
    }


TEXTS: list[tuple[str, str, Any]] = [
    ("int", "-3", -3),
    ("float", "1e3", 1000.0),
    ("float", "2", 2.0),
    ("float", "nan", "nan"),
    ("bool", "false", False),
    ("bool", "YES", True),
    ("str", "3", "3"),
    ("str", "", ""),
    ("list", "[1, 'a']", [1, "a"]),
    ("dict", '{"a": [1]}', {"a": [1]}),
    ("list[int]", "[1]", [1]),
    ("Optional[int]", "None", None),
    ("Optional[int]", "3", 3),
    ("Literal['a', 3]", "3", 3),
    ("date", "2026-01-31", "2026-01-31"),
    ("None", "3", 3),
    ("None", "plain text", "plain text"),
    ("literal", "(1, 2)", "(1, 2)"),
    ("any", "[1]", [1]),
]


@pytest.mark.parametrize(("kind", "text", "value"), TEXTS)
def test_text_by_type(kind: str, text: str, value: Any) -> None:
    read = parse_value(Parameter("p", kind), text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1.5"),
        ("int", "x"),
        ("bool", "maybe"),
        ("date", "31.1.2026"),
        ("list", "3"),
        ("Literal['a']", "b"),
        ("list[int]", '["a"]'),
        ("literal", "os.getcwd()"),
    ],
)
def test_text_of_a_wrong_type(kind: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_value(Parameter("p", kind), text)
    assert caught.value.code == "parameter.type"
    assert "`p`" in caught.value.message


def test_all_problems_at_once() -> None:
    pipeline = Pipeline("x", (), (Parameter("lr", "float", 0.1), Parameter("n", "int", required=True)))
    with pytest.raises(UsageError) as caught:
        resolve(pipeline, {"lr": "fast", "lrr": 1})
    assert all(word in caught.value.message for word in ("`lr`", "`lrr`", "`n`"))
    with pytest.raises(UsageError, match="did you mean `lr`"):
        resolve(pipeline, {"lrr": 1, "n": 1})


@pytest.mark.parametrize("name", ["x; import os", "", "1x", "a b", "p\n"])
def test_a_name_that_is_no_identifier_is_unknown(name: str) -> None:
    with pytest.raises(UsageError, match="no parameter"):
        resolve(Pipeline("x", (), (Parameter("p", "int", 1),)), {name: 3})


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_injected_values_come_back_exactly(value: Any) -> None:
    through_json = json.loads(json.dumps(value))
    back = eval(source_of(Parameter("p", "any"), through_json), {})
    assert back == value
    assert repr(back) == repr(value)


@pytest.mark.parametrize(
    ("kind", "value", "python"),
    [
        ("float", "inf", math.inf),
        ("date", "2026-01-31", datetime.date(2026, 1, 31)),
        ("literal", "{1, 2}", {1, 2}),
        ("Optional[date]", "2026-01-31", datetime.date(2026, 1, 31)),
        ("Optional[date]", None, None),
        ("str", "nan", "nan"),
        ("str", "a\u2028b\x00", "a\u2028b\x00"),
        (
            "datetime",
            "2026-01-31T08:00:00+01:00",
            datetime.datetime(2026, 1, 31, 8, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        ),
    ],
)
def test_injected_source(kind: str, value: Any, python: Any) -> None:
    assert eval(source_of(Parameter("p", kind), value), {}) == python


def test_every_given_value_reaches_every_step_and_only_what_is_read_counts() -> None:
    made = compiled(("parameters", "a = 1\nb = 2"), ("step:x", "print(a)"), ("step:y", "print(b)"))
    books = made.stepbooks({"a": 5, "b": 6})
    injected = {
        name: [c["source"] for c in book["cells"] if "injected-parameters" in c["metadata"].get("tags", [])]
        for name, book in books.items()
    }
    assert injected == {"x": ["a = 5\nb = 6"], "y": ["a = 5\nb = 6"]}
    assert [step.parameters for step in made.pipeline.steps] == [("a",), ("b",)]


def test_round_trip_of_the_pipeline() -> None:
    made = compiled(
        ("parameters", "a: int = 1"), ("step:x retry:2 timeout:3m limit:memory:2Gi", "y = a"), ("step:z", "y")
    )
    assert Pipeline.from_json(json.loads(json.dumps(made.pipeline.to_json()))) == made.pipeline
    with pytest.raises(UsageError, match="version"):
        Pipeline.from_json({"version": 2})


def test_a_parameter_that_another_step_reads_is_no_part_of_a_step(tmp_path: Path) -> None:
    def fingerprints(fit: str) -> dict[str, str]:
        cells = [("rows = 1\nmode = 2", "parameters"), ("table = rows", "step:load"), (fit, "step:fit")]
        content = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [{"cell_type": "code", "source": s, "metadata": {"tags": [t]}} for s, t in cells],
        }
        compiled = compile_notebook(parse(json.dumps(content).encode(), tmp_path / "a.ipynb"))
        return {step.name: step.fingerprint for step in compiled.pipeline.steps}

    one, other = fingerprints("fitted = table + mode"), fingerprints("fitted = table")
    assert one["load"] == other["load"]
    assert one["fit"] != other["fit"]
