from __future__ import annotations

import io

import pytest
from rich.console import Console

from jupyter_mlops.app.lines import Plain
from jupyter_mlops.app.watch import Snapshot
from jupyter_mlops.cli.progress import Live, _fitting, make
from tests.app.test_report import CANARY, DONE, run, step


def drawn(now: Snapshot, width: int = 60, height: int = 20) -> list[str]:
    live = Live()
    live.console = Console(file=io.StringIO(), width=width, height=height, markup=False, force_terminal=False)
    live.update(now)
    with live.console.capture() as capture:
        live.console.print(live._draw())
    return capture.get().splitlines()


def test_one_line_per_step_with_cell_and_last_output() -> None:
    steps = (step("load", "succeeded", **DONE), step("fit", "running"), step("report", "pending"))
    lines = drawn(Snapshot(run("running", *steps), {"fit": "epoch 3"}, {"fit": (2, 5)}, {"fit": 6}))
    assert lines[0].startswith("run 3f2c3f2c of train with lr=0.1")
    assert lines[1].startswith("✓ load   succeeded    2.0 s")
    assert "cell 7  epoch 3" in lines[2]
    assert lines[3].startswith("○ report pending")
    assert lines[4].strip() == "running, 1 of 3 steps"


def test_a_long_first_line_is_cut_and_says_so() -> None:
    now = Snapshot(run("running", step("a", "running"), parameters={"path": "x" * 100}))
    assert drawn(now)[0].rstrip().endswith("xxx…")


def test_nothing_of_the_output_moves_the_cursor_or_is_markup() -> None:
    lines = drawn(Snapshot(run("running", step("[red]a", "running")), {"[red]a": CANARY + "\x1b[2J\r[bold]"}))
    assert "\x1b" not in "".join(lines)
    assert "[red]a" in lines[1]


def test_a_long_pipeline_fits_the_terminal() -> None:
    steps = [step(f"s{n}", "succeeded", **DONE) for n in range(30)] + [step("r", "running"), step("f", "failed")]
    steps += [step(f"p{n}", "pending") for n in range(30)]
    lines = drawn(Snapshot(run("running", *steps)), height=12)
    assert len(lines) <= 12
    names = [s["name"] for s in _fitting(steps, 8)]
    assert len(names) == 8
    assert {"r", "f"} <= set(names)


@pytest.mark.parametrize("width", [1, 10, 20])
def test_a_narrow_terminal(width: int) -> None:
    assert drawn(Snapshot(run("running", step("a" * 50, "running"))), width=width)


def test_lines_where_nothing_can_be_redrawn() -> None:
    assert isinstance(make(io.StringIO()), Plain)
