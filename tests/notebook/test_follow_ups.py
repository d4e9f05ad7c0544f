"""A cell that is not valid Python is one finding: what stands below it is not blamed for what it may have defined."""

from __future__ import annotations

import pytest

from jupyter_mlops.notebook.codes import BY_CODE
from jupyter_mlops.notebook.placeholders import placeholder
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.notebook.build import document

FLOW = [
    ("parameters", "rate = 0.1\nrows = 10"),
    ("imports", "import math as linear\nfrom json import dumps"),
    ("functions", "def grow(x):\n    return x * rate"),
    ("step:load", "data = list(range(rows))\nspare = [1]"),
    ("step:load", "del spare"),
    ("step:fit", "fitted = [grow(x) for x in data]\nspare = linear.floor(2.5)"),
    ("step:report", "print(dumps(fitted), spare)"),
]
BROKEN = ("{}\nif True", "{}\nx = = 1", "{}\nprint(", "{}\n  y = 1", "{}\n'''", "{}\nreturn)")


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("place", range(len(FLOW)))
def test_a_syntax_error_is_one_finding(place: int, broken: str) -> None:
    assert compile_notebook(document(*FLOW)).findings == ()
    cells = [(tag, broken.format(code) if at == place else code) for at, (tag, code) in enumerate(FLOW)]
    found = compile_notebook(document(*cells)).findings
    assert [(f.code, f.cell) for f in found] == [("notebook.syntax", place)]


def test_no_message_repeats_its_own_place() -> None:
    found = [
        *compile_notebook(document(("step:a", "x = ("), ("step:b", "print(1)"))).findings,
        *compile_notebook(document(("parameters", "a = 1"), ("parameters", "a = 2"), ("step:b", "print(a)"))).findings,
    ]
    assert {f.code for f in found} == {"notebook.syntax", "notebook.parameter"} <= BY_CODE.keys()
    assert [f.message for f in found if f"cell {(f.cell or 0) + 1}" in f.message] == []


@pytest.mark.parametrize(
    ("use", "value"),
    [
        ("kept = [x for x in rows if x > name]", "1.0"),
        ("y = 2 * name", "1.0"),
        ("y = -name", "1.0"),
        ("for i in range(name): pass", "1"),
        ("head = rows[:name]", "1"),
        ("head = table.head(name)", "1"),
        ("f = open(name)", '""'),
        ("table = pd.read_csv(name)", '""'),
        ("path = 'data/' + name", '""'),
        ("if name == 'fast': pass", '""'),
        ("words = name.split(',')", '""'),
        ("for x in name: print(x)", "[]"),
        ("if name: print(1)", "False"),
        ("if not name: print(1)", "False"),
        ("fit(name)", "None"),
        ("fit(depth=name)", "None"),
        ("x = (", "None"),
    ],
)
def test_a_new_parameter_has_a_value_that_fits_its_use(use: str, value: str) -> None:
    assert placeholder("name", [use]) == value
