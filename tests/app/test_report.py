from __future__ import annotations

import io
from typing import Any

import pytest

from jupyter_mlops.app import markup, report
from jupyter_mlops.app.lines import Plain
from jupyter_mlops.app.watch import Snapshot, watch

CANARY = "<img src=x onerror=alert(1)>\"'&\x1b[31m"


def step(name: str, status: str, **kwargs: Any) -> dict[str, Any]:
    base = {"attempts": 1, "cached": False, "started_at": None, "finished_at": None, "error": None, "notebook": None}
    return {"name": name, "status": status, **base, **kwargs}


def run(status: str, *steps: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    base = {"version": 1, "id": "3f2c" * 8, "name": "train", "parameters": {"lr": 0.1}, "mlflow_run_id": None}
    return {**base, "status": status, "steps": list(steps), **kwargs}


DONE = {"started_at": "2026-01-01T00:00:00+00:00", "finished_at": "2026-01-01T00:00:02+00:00"}
ERROR = {"code": "step.error", "cell": 5, "line": 3, "message": "KeyError: 'tenure'"}
FAILED = run(
    "failed", step("load", "succeeded", **DONE), step("fit", "failed", error=ERROR, **DONE), step("end", "skipped")
)
DETAILS = report.Details(
    {"accuracy": 0.914},
    {"fit": {"error": {"first_line": "df = clean(df)", "last_output": "one\ntwo"}}, "load": {"result": "7"}},
    {"load": "/h/runs/x/load/1/executed.ipynb", "fit": "/h/runs/x/fit/1/executed.ipynb"},
    "/h/runs/x",
    "sqlite:////h/mlflow/mlflow.db",
)


def test_a_failure_says_where_what_and_what_to_do() -> None:
    assert report.ended(FAILED, DETAILS) == [
        f"run {'3f2c' * 8} of train failed",
        "",
        'step "fit" failed, cell 6, line 3',
        "  the cell begins: df = clean(df)",
        "  KeyError: 'tenure'",
        "  last output:",
        "    one",
        "    two",
        "  executed notebook: /h/runs/x/fit/1/executed.ipynb",
        "",
        "skipped, because they depend on it: end",
        "",
        "hint: `jupyter mlops runs retry 3f2c3f2c` runs it again from there",
    ]
    assert report.ended(FAILED, DETAILS, "%mlops")[-1].startswith("hint: `%mlops retry 3f2c3f2c`")


def test_a_success_says_metrics_notebooks_and_where_mlflow_has_it() -> None:
    form = run("succeeded", step("load", "succeeded", **DONE), mlflow_run_id="abc")
    lines = report.ended(form, DETAILS)
    assert lines[0] == f"run {'3f2c' * 8} of train succeeded in 2.0 s"
    assert "  accuracy  0.914" in lines
    assert "  load  7" in lines
    at = lines.index("executed notebooks in /h/runs/x")
    assert lines[at + 1 : at + 3] == ["  load  load/1/executed.ipynb", "  fit   fit/1/executed.ipynb"]
    assert lines[-1] == "  look: mlflow ui --backend-store-uri sqlite:////h/mlflow/mlflow.db"


def test_one_executed_notebook_is_named_below_its_folder() -> None:
    lines = report.where(run("succeeded"), report.Details(notebooks={"main": "/h/main/1/executed.ipynb"}))
    assert lines == ["", "executed notebooks in /h/main/1", "  main  executed.ipynb"]


def test_an_error_that_is_the_steps_and_the_runs_is_told_once() -> None:
    error = {"code": "run.input_changed", "message": '`df` was changed by step "fit"', "hint": "tag it `prev:fit`"}
    form = run("failed", step("fit", "failed", error=error), error=error)
    text = "\n".join(report.ended(form, report.Details()))
    assert text.count(error["message"]) == text.count(error["hint"]) == 1
    other = {**error, "message": "the run folder is damaged", "hint": ""}
    assert "the run folder is damaged" in report.ended({**form, "error": other}, report.Details())


def test_a_list_of_runs() -> None:
    assert report.listed([])[0].startswith("no runs yet")
    lines = report.listed([FAILED])
    assert lines[0].split() == ["run", "status", "name", "steps", "took", "started"]
    assert "✗ failed" in lines[1]
    assert "1 of 3 steps" in lines[1], "one failed and one was skipped"
    assert "KeyError: 'tenure'" in lines[1]


def test_step_lines_are_aligned_and_plain() -> None:
    steps = [step("a", "running", attempts=2), step("longer", "succeeded", cached=True, **DONE)]
    lines = [report.step_line(s, ["a", "longer"], "out \x1b[31m") for s in steps]
    assert lines[0].startswith("◐ a      running")
    assert "attempt 2 out" in lines[0]
    assert "\x1b" not in lines[0]
    assert lines[1].startswith("✓ longer carried")


def test_plain_progress_writes_each_change_once() -> None:
    stream = io.StringIO()
    progress = Plain(stream)
    for statuses in (("running", "pending"), ("running", "pending"), ("succeeded", "running"), ("succeeded", "failed")):
        progress.update(Snapshot(run("running", *(step(n, s) for n, s in zip("ab", statuses, strict=True)))))
    assert [line.split()[:3] for line in stream.getvalue().splitlines()[1:]] == [
        ["◐", "a", "running"], ["✓", "a", "succeeded"], ["◐", "b", "running"], ["✗", "b", "failed"],
    ]  # fmt: skip


def test_watching_tells_changes_ends_and_keeps_the_runner_alive() -> None:
    now = [0.0]
    states = iter(["queued"] * 3 + ["running"] * 30 + ["succeeded"])
    told: list[str] = []
    alive: list[float] = []
    last = watch(
        lambda: Snapshot(run(next(states))),
        lambda s: told.append(s.run["status"]),
        lambda: alive.append(now[0]),
        poll_s=0.2,
        clock=lambda: now[0],
        sleep=lambda s: now.__setitem__(0, now[0] + s),
    )
    assert last.is_over
    assert told == ["queued", "running", "succeeded"]
    assert len(alive) == 3


def test_watching_stops_when_the_time_is_over() -> None:
    now = [0.0]
    look = Snapshot(run("running"))
    last = watch(
        lambda: look,
        None,
        lambda: None,
        timeout_s=1,
        clock=lambda: now[0],
        sleep=lambda s: now.__setitem__(0, now[0] + s),
    )
    assert not last.is_over
    assert now[0] == pytest.approx(1.0, abs=0.3)


def test_share_counts_cells() -> None:
    form = run("running", step("a", "succeeded"), step("b", "running"))
    assert Snapshot(form, position={"b": (1, 2)}).share == 0.75
    assert Snapshot(run("succeeded")).share == 1.0


def test_markup_escapes_everything_that_comes_from_outside() -> None:
    error = {"code": CANARY, "cell": CANARY, "line": CANARY, "message": CANARY}
    form = run(
        CANARY, step(CANARY, "running"), step("b", CANARY, error=error), name=CANARY, id=CANARY,
        parameters={CANARY: CANARY}, mlflow_run_id=CANARY,
    )  # fmt: skip
    details = report.Details({CANARY: 1.0}, {}, {CANARY: CANARY}, CANARY, CANARY)
    html = markup.whole(Snapshot(form, {CANARY: CANARY}), details) + markup.log([CANARY])
    assert "<img" not in html
    assert "\x1b" not in html
    assert html.count("&lt;img") >= 10
