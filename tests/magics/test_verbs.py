"""What `%mlops` and `%mlops help` print: the notebook here and its own latest run; all verbs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mlops.app.graphmarkup import MOST_STEPS, graph
from jupyter_mlops.app.words import build
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.magics.possible import help_lines, possible
from tests.app.test_report import CANARY, run, step
from tests.cli.notebooks import GOOD, write_notebook


class Bench(Workbench):
    """A workbench whose store holds the runs of two notebooks."""

    def __init__(self, latest: dict[str, Any]) -> None:
        super().__init__()
        self.latest = latest

    def latest_of(self, notebook: Path) -> Any:
        return self.latest.get(notebook.name)


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    return {"__vsc_ipynb_file__": str(write_notebook(tmp_path / "mine.ipynb", GOOD))}


def test_the_latest_run_is_of_this_notebook(here: dict[str, str]) -> None:
    other = SimpleNamespace(id="a" * 32, name="other", status="failed")
    lines = possible(Bench({"other.ipynb": other}), here)
    assert "no run of this notebook yet" in lines
    assert not any("aaaaaaaa" in line for line in lines)
    own = SimpleNamespace(id="b" * 32, name="mine", status="succeeded")
    lines = possible(Bench({"mine.ipynb": own, "other.ipynb": other}), here)
    assert "latest run of this notebook, bbbbbbbb: succeeded" in lines


def test_help_tells_every_verb_with_what_it_does(here: dict[str, str]) -> None:
    lines = help_lines(build("%mlops", notebook_known=True))
    text = "\n".join(lines)
    for verb in ("check", "show", "run", "promote", "runs", "models", "deployments", "doctor"):
        assert any(line.split()[:1] == [verb] for line in lines), text
    assert "%%mlops step NAME" in text
    assert lines != possible(Bench({}), here)


def test_the_graph_has_a_box_for_each_step_and_a_line_for_each_edge() -> None:
    form = run(
        "running", step("load", "succeeded"), step(CANARY, "running"), step("b", "pending"), step("end", "pending")
    )
    drawn = graph(form, {CANARY: ("load",), "b": ("load",), "end": (CANARY, "b", "gone")})
    assert drawn.count("<rect") == 4
    assert drawn.count("<path") == 4
    assert "<img" not in drawn
    assert "load: succeeded" in drawn


@pytest.mark.parametrize("count", [0, 1, MOST_STEPS + 1])
def test_there_is_no_graph_of_one_step_or_of_very_many(count: int) -> None:
    assert graph(run("running", *(step(f"s{n}", "pending") for n in range(count))), {}) == ""
