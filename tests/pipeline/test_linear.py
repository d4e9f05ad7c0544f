"""Reading a notebook takes time in proportion to its size: four times the notebook, about four times the time."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.inputtransformer2 import TRANSFORM_LOOP_LIMIT, TransformerManager

from jupyter_mlops.notebook.source import CellSyntaxError, to_python
from jupyter_mlops.notebook.transformer import Transformer
from jupyter_mlops.pipeline.compile import compile_notebook
from jupyter_mlops.pipeline.graph import ordered
from tests.notebook.build import document

BOUND = 9.0
"""The time of four times the size, in times of the size itself: about 4 where it is linear, 16 where it is a square."""


def repeated(count: int, line: str) -> str:
    return "\n".join(line.format(i=i, j=i - 1) for i in range(count))


def compiled(*cells: tuple[str, str]) -> Callable[[], object]:
    made = document(*cells)
    return lambda: compile_notebook(made)


KINDS: dict[str, tuple[int, Callable[[int], Callable[[], object]]]] = {
    "magics of one cell": (100, lambda n: lambda: to_python(repeated(n, "%time x{i} = 1"))),
    "faulty tags of one cell": (100, lambda n: compiled((" ".join(f"retry:x{i}" for i in range(n)), "x = 1"))),
    "changes of one value": (
        300,
        lambda n: compiled(("step:a", "d = []"), ("step:b", repeated(n, "d.append({i})")), ("step:c", "print(d)")),
    ),
    "methods that are called": (
        80,
        lambda n: compiled(
            (
                "step:a",
                f"class C:\n{repeated(n, '  def m{i}(self): self.x{i} = 1')}\nc = C()\n{repeated(n, 'c.m{i}()')}",
            )
        ),
    ),
    "files": (
        150,
        lambda n: compiled(("step:a", repeated(n, "open('f{i}.txt', 'w').close()\nprint(open('g/f{j}.txt').read())"))),
    ),
    "an order of steps": (2000, lambda n: lambda: ordered({f"s{i}": [f"s{i + 1}"] for i in range(n)})),
}


@pytest.fixture
def quiet() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def cost(call: Callable[[], object], tries: int) -> float:
    found = []
    for _ in range(tries):
        begun = time.process_time()
        call()
        found.append(time.process_time() - begun)
    return min(found)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", KINDS)
def test_four_times_the_size_is_about_four_times_the_time(kind: str) -> None:
    count, make = KINDS[kind]
    small, large = make(count), make(4 * count)
    ratios: list[float] = []
    while len(ratios) < 5 and min(ratios, default=BOUND) >= BOUND:
        ratios.append(cost(large, 2) / cost(small, 4))
    assert min(ratios) < BOUND, ratios


def test_a_long_chain_of_functions_is_followed() -> None:
    chain = "def f0(x):\n  x.append(1)\n" + repeated(1200, "def f{i}(x):\n  f{j}(x)").partition("\n  f-1(x)\n")[2]
    made = compile_notebook(document(("step:a", chain + "\nd = []"), ("step:b", "f1199(d)"), ("step:c", "print(d)")))
    assert not made.errors
    assert {step.name: step.inputs for step in made.pipeline.steps}["c"] == {"d": "b"}


LINES = """x = 1|%time x = 1|!ls|x = !ls|x = %pwd|print?|x.y??|?print|if x:|    %foo|    x = 1|def f():|    y = !ls|!echo (
!echo )|f(|  1,|  %foo|)|!echo 'it|x = '''|'''|# c?||!ls \\|  -l|x = 1 \\|  + 1|/f 1|,f a b|else:|  x?|(x)?|x = f'{y}'|$x"""
LINES = LINES.replace("\n", "|")


def is_python(code: str) -> bool:
    try:
        compile(code, "<cell>", "exec")
    except SyntaxError:
        return False
    return True


def transformed(manager: TransformerManager, cell: str) -> str:
    """Return what IPython would execute, or an empty text where it cannot."""
    try:
        made = str(manager.transform_cell(cell))
    except SyntaxError:
        return ""
    return made if is_python(made) else ""


def test_blocks_are_transformed_as_the_whole_cell_is() -> None:
    choose = random.Random(7)
    # IPython does not type them
    make: Any = Transformer
    make_theirs: Any = TransformerManager
    ours, theirs = make(), make_theirs()
    for _ in range(400):
        cell = "\n".join(choose.choice(LINES.split("|")) for _ in range(choose.randint(2, 9)))
        assert transformed(ours, cell) == transformed(theirs, cell), cell


def test_a_cell_with_more_magics_than_ipython_takes_is_a_finding() -> None:
    assert to_python(repeated(TRANSFORM_LOOP_LIMIT - 1, "!ls")).count("get_ipython") == TRANSFORM_LOOP_LIMIT - 1
    with pytest.raises(CellSyntaxError, match="more than 499 magics"):
        to_python(repeated(TRANSFORM_LOOP_LIMIT, "!ls"))
