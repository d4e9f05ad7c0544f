"""Ignored findings are recorded: on the run, on a job version, in MLflow, and a retry ignores them again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.promotion import promote
from jupyter_mlops.app.report import Details, shown
from jupyter_mlops.base.cells import numbered
from jupyter_mlops.base.errors import FindingsError, UsageError
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.runs.labels import run_tags
from jupyter_mlops.runs.run import Run
from tests.app.test_runs import Bench
from tests.cli.notebooks import WITHOUT_DEFINITION, Cells, write_notebook

NAME = "notebook.undefined_name"
BY_OPTION: dict[str, Any] = {
    "code": NAME,
    "severity": "error",
    "cell": 1,
    "line": 1,
    "message": 'step "fit" reads `missing`, which no step above it defines',
    "by": f"`--ignore {NAME}`",
}
BY_COMMENT: Cells = [
    (["step:load"], "rows = 1"),
    (["step:fit"], f"print(missing, rows)  # mlops: ignore[{NAME}]"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    write_notebook(tmp_path / "bad.ipynb", WITHOUT_DEFINITION)
    yield made
    made.database.close()


def start(bench: Bench, target: str | Path = "", *codes: str) -> Run:
    return bench.runs.start(target or bench.folder / "bad.ipynb", {}, {}, from_step=None, no_cache=False, ignore=codes)


def record(run: Run) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((run.folder / "run.json").read_text())
    return made


def test_a_refusal_names_the_way_round(bench: Bench) -> None:
    with pytest.raises(FindingsError) as caught:
        start(bench)
    assert f"--ignore {NAME}" in caught.value.hint


def test_what_an_option_ignores_is_on_the_run(bench: Bench) -> None:
    run = start(bench, "", NAME)
    assert run.ignored == (BY_OPTION,)
    assert run.to_json()["ignored"] == [numbered(BY_OPTION)]
    assert (record(run)["ignore"], record(run)["ignored"]) == ([NAME], [BY_OPTION])
    assert bench.store.get(run.id).ignored == (BY_OPTION,)


def test_what_a_comment_ignores_is_on_the_run(bench: Bench) -> None:
    write_notebook(bench.folder / "bad.ipynb", BY_COMMENT)
    run = start(bench)
    assert run.ignored == ({**BY_OPTION, "by": "the comment in line 1"},)
    assert record(run)["ignore"] == []


def test_a_run_that_ignores_nothing_says_so(bench: Bench) -> None:
    write_notebook(bench.folder / "fine.ipynb", [(["step:a"], "x = 1")])
    run = start(bench, bench.folder / "fine.ipynb")
    assert (run.ignored, run.to_json()["ignored"]) == ((), [])
    assert "ignored" not in "\n".join(shown(run.to_json(), Details()))
    assert "mlops.ignored" not in run_tags(record(run))


def test_runs_show_and_mlflow_tell(bench: Bench) -> None:
    run = start(bench, "", NAME)
    lines = shown(run.to_json(), Details())
    place = lines.index("ignored 1 finding")
    assert lines[place + 1].split("  ")[1:] == [
        f"{NAME} (cell 2, line 1)",
        f"by `--ignore {NAME}`",
        BY_OPTION["message"],
    ]
    assert run_tags(record(run))["mlops.ignored"] == f"{NAME} (cell 2, line 1)"


def test_a_retry_ignores_the_same_again(bench: Bench) -> None:
    first = bench.end(start(bench, "", NAME), "failed", "fit")
    again = bench.runs.retry(first, None)
    assert again.ignored == (BY_OPTION,)
    third = bench.runs.retry(bench.end(again, "failed", "fit"), "fit")
    assert (third.ignored, record(third)["ignore"]) == ((BY_OPTION,), [NAME])


def test_a_retry_of_a_deleted_notebook_ignores_the_same(bench: Bench) -> None:
    first = bench.end(start(bench, "", NAME), "failed", "fit")
    (bench.folder / "bad.ipynb").unlink()
    assert bench.runs.retry(first, None).ignored == (BY_OPTION,)


def test_a_job_version_keeps_it_for_its_runs(bench: Bench) -> None:
    notebook, job = bench.folder / "bad.ipynb", JobName("job")
    with pytest.raises(FindingsError):
        promote(bench.jobs, notebook, job, {}, {}, "")
    made = promote(bench.jobs, notebook, job, {}, {}, "", [NAME])
    version = bench.jobs.get("job")
    assert (version.ignore, version.ignored, version) == ((NAME,), (BY_OPTION,), made)
    run = start(bench, "job")
    assert (run.ignored, record(run)["ignore"]) == ((BY_OPTION,), [NAME])
    again = bench.runs.retry(bench.end(run, "failed", "fit"), None)
    assert again.ignored == (BY_OPTION,)


def test_a_job_version_of_an_earlier_release_is_read(bench: Bench) -> None:
    write_notebook(bench.folder / "fine.ipynb", [(["step:a"], "x = 1")])
    made = promote(bench.jobs, bench.folder / "fine.ipynb", JobName("job"), {}, {}, "")
    file = made.folder / "job.json"
    old = {key: value for key, value in json.loads(file.read_text()).items() if key not in ("ignore", "ignored")}
    file.write_text(json.dumps(old))
    assert bench.jobs.get("job") == made


@pytest.mark.parametrize(("code", "refusal"), [("nope", "unknown_code"), ("notebook.cycle", "not_ignorable")])
def test_a_code_that_cannot_be_ignored_starts_nothing(bench: Bench, code: str, refusal: str) -> None:
    with pytest.raises(UsageError) as caught:
        start(bench, "", code)
    assert caught.value.code == f"notebook.{refusal}"
    with pytest.raises(UsageError):
        promote(bench.jobs, bench.folder / "bad.ipynb", JobName("job"), {}, {}, "", [code])
    assert not list((bench.folder / "home").glob("runs/*"))
