from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import update

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.promotion import promote
from jupyter_mlops.app.runs import Runs
from jupyter_mlops.base.errors import (
    ConflictError,
    FindingsError,
    MlopsError,
    NotFoundError,
    UnavailableError,
    UsageError,
)
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import RunRow, StepRow
from jupyter_mlops.jobs.store import JobStore
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.run import Run
from jupyter_mlops.runs.store import RunStore
from tests.cli.notebooks import GOOD, WITHOUT_DEFINITION, write_notebook


class Bench:
    """The verbs of runs on a store that no runner touches."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, Database(folder / "home")
        self.notes: list[str] = []
        self.woken = 0
        self.announced: list[str] = []
        self.jobs = JobStore(folder / "home" / "jobs", self.database)
        settings = MlopsSettings(home=str(folder / "home"))
        self.store = RunStore(self.database)
        self.runs = Runs(
            settings, self.store, self.jobs, self.notes.append, self.wake, self.refuse, self.announced.append
        )

    def wake(self) -> None:
        self.woken += 1

    def refuse(self, pipeline: Pipeline) -> None:
        if any(step.options.engine for step in pipeline.steps):
            raise UsageError("engine.unknown", "no such engine")

    def start(self, target: str | Path, from_step: str | None = None, **values: object) -> Run:
        return self.runs.start(target, values, {}, from_step=from_step, no_cache=False)

    def start_with(self, target: str, values: Mapping[str, object]) -> Run:
        return self.runs.start(target, values, {}, from_step=None, no_cache=False)

    def end(self, run: Run, status: str, *failed: str) -> Run:
        """Write into the store what a runner would: `failed` steps failed, the others succeeded."""
        with self.database.writing() as session:
            session.execute(update(RunRow).where(RunRow.id == run.id).values(status=status))
            for step in run.steps:
                manifest = run.folder / f"{step.name}.json"
                manifest.write_text("{}")
                values = (
                    {"status": "failed"} if step.name in failed else {"status": "succeeded", "manifest": str(manifest)}
                )
                where = (StepRow.run_id == run.id) & (StepRow.name == step.name)
                session.execute(update(StepRow).where(where).values(**values))
        return self.store.get(run.id)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    write_notebook(tmp_path / "good.ipynb", GOOD)
    yield made
    made.database.close()


def carried(run: Run) -> set[str]:
    return {step.name for step in run.steps if step.cached}


def test_a_run_folder_is_complete_before_anybody_knows(bench: Bench) -> None:
    run = bench.start(bench.folder / "good.ipynb", n=7)
    record = json.loads((run.folder / "run.json").read_text())
    assert record["id"] == run.id
    assert record["parameters"] == {"n": 7, "name": "a"}
    assert record["working_dir"] == str(bench.folder)
    assert record["notebook"] == str(bench.folder / "good.ipynb")
    assert (record["job"], record["retry_of"], record["python_path"]) == (None, None, [])
    assert set(record["tracking"]) == {"uri", "experiment", "source", "git_commit", "git_dirty", "notebook_sha256"}
    assert (run.folder / "source.ipynb").read_bytes() == (bench.folder / "good.ipynb").read_bytes()
    pipeline = Pipeline.from_json(json.loads((run.folder / "pipeline.json").read_text()))
    assert {f.name for f in (run.folder / "steps").iterdir()} == {s.notebook for s in pipeline.steps}
    assert run.status == "queued"
    assert bench.woken == 1
    assert run.folder.stat().st_mode & 0o777 == 0o700


WRONG: dict[str, tuple[dict[str, object], type[MlopsError]]] = {
    "bad.ipynb": ({}, FindingsError),
    "good.ipynb": ({"n": "x"}, UsageError),
    "engine.ipynb": ({}, UsageError),
    "none.ipynb": ({}, NotFoundError),
    "job": ({}, NotFoundError),
}


@pytest.mark.parametrize("target", WRONG)
def test_what_is_wrong_starts_nothing(bench: Bench, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bench.folder)
    write_notebook(bench.folder / "bad.ipynb", WITHOUT_DEFINITION)
    write_notebook(bench.folder / "engine.ipynb", [(["step:a", "engine:moon"], "x = 1")])
    values, kind = WRONG[target]
    with pytest.raises(kind):
        bench.start_with(target, values)
    assert bench.store.list() == ()
    assert not (bench.folder / "home" / "runs").exists()


def test_a_full_disk_leaves_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jupyter_mlops.app.submission.sync_tree", full)
    with pytest.raises(UnavailableError, match="No space left"):
        bench.start(bench.folder / "good.ipynb")
    assert bench.store.list() == ()
    assert list((bench.folder / "home" / "runs").iterdir()) == []


def test_retry_carries_what_succeeded_and_keeps_the_parameters(bench: Bench) -> None:
    first = bench.end(bench.start(bench.folder / "good.ipynb", n=9), "failed", "mean")
    again = bench.runs.retry(first, None)
    assert carried(again) == {"load", "total"}
    assert again.parameters == {"n": 9, "name": "a"}
    assert again.retry_of == first.id
    assert carried(bench.runs.retry(first, "total")) == {"load"}


def test_retry_of_what_is_not_over_or_left_nothing(bench: Bench) -> None:
    run = bench.start(bench.folder / "good.ipynb")
    with pytest.raises(ConflictError, match="is queued"):
        bench.runs.retry(run, None)
    done = bench.end(run, "succeeded")
    with pytest.raises(ConflictError, match="nothing is left"):
        bench.runs.retry(done, None)
    assert carried(bench.runs.retry(done, "report")) == {"load", "total", "mean"}


def test_retry_refuses_a_changed_source_and_takes_the_copy_of_a_deleted_one(bench: Bench) -> None:
    notebook = bench.folder / "good.ipynb"
    first = bench.end(bench.start(notebook), "failed", "report")
    write_notebook(notebook, [*GOOD[:2], (["step:total"], "total = 2 * sum(rows)"), *GOOD[3:]])
    with pytest.raises(UsageError, match='"total"') as caught:
        bench.runs.retry(first, None)
    assert caught.value.code == "run.source_changed"
    assert carried(bench.runs.retry(first, "total")) == {"load", "mean"}
    notebook.unlink()
    assert carried(bench.runs.retry(first, None)) == {"load", "total", "mean"}
    assert "is gone" in bench.notes[-1]


def test_a_result_that_is_gone_is_not_carried(bench: Bench) -> None:
    first = bench.end(bench.start(bench.folder / "good.ipynb"), "failed", "report")
    (first.folder / "mean.json").unlink()
    assert carried(bench.runs.retry(first, None)) == {"load", "total"}


def test_run_from_a_step_looks_through_earlier_runs(bench: Bench) -> None:
    notebook = bench.folder / "good.ipynb"
    with pytest.raises(UsageError, match="no earlier run"):
        bench.start(notebook, "mean")
    older = bench.end(bench.start(notebook, n=5), "succeeded")
    bench.end(bench.start(notebook, n=6), "failed", "load")
    run = bench.start(notebook, "mean", n=5)
    assert carried(run) == {"load", "total"}
    assert run.retry_of is None
    assert run.step("load").manifest == older.folder / "load.json"
    with pytest.raises(UsageError, match=r"parameter n has another value|did not succeed"):
        bench.start(notebook, "mean", n=4)


def test_a_job_keeps_its_parameters_modules_and_folder(bench: Bench) -> None:
    (bench.folder / "helper.py").write_text("x = 1\n")
    notebook = write_notebook(
        bench.folder / "good.ipynb",
        [(["parameters"], "n = 1\nlr = 0.5"), (["step:a"], "import helper\ny = helper.x * n * lr")],
    )
    promote(bench.jobs, notebook, JobName("j"), {"n": 8}, {}, "")
    notebook.unlink()
    run = bench.start("j@1", lr=0.25)
    assert run.parameters == {"n": 8, "lr": 0.25}
    assert run.job == ("j", 1)
    assert run.name == "j"
    record = json.loads((run.folder / "run.json").read_text())
    assert record["python_path"] == [str(run.folder / "modules")]
    assert (run.folder / "modules" / "helper.py").read_text() == "x = 1\n"
    bench.jobs.delete("j")
    failed = bench.end(run, "failed", "a")
    assert bench.runs.retry(failed, None).parameters == {"n": 8, "lr": 0.25}
    assert "j@1 is gone" in bench.notes[-1]


def test_a_job_whose_folder_is_gone(bench: Bench) -> None:
    for name, source in {"plain": "x = 1", "reads": "x = open('data.csv').read()"}.items():
        folder = bench.folder / name
        folder.mkdir()
        notebook = write_notebook(folder / "n.ipynb", [(["step:a"], source)])
        promote(bench.jobs, notebook, JobName(name), {}, {}, "")
        notebook.unlink()
        folder.rmdir()
    run = bench.start("plain")
    record = json.loads((run.folder / "run.json").read_text())
    assert Path(record["working_dir"]).is_dir()
    assert "is gone" in bench.notes[-1]
    with pytest.raises(UsageError, match=r"reads data\.csv"):
        bench.start("reads")


def test_a_notebook_and_a_job_of_one_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bench.folder)
    promote(bench.jobs, bench.folder / "good.ipynb", JobName("good.ipynb"), {}, {}, "")
    assert bench.start("good.ipynb").job is None
    assert bench.start("good.ipynb@1").job == ("good.ipynb", 1)


def test_finding_a_run(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="no runs yet"):
        bench.runs.find("latest")
    run = bench.start(bench.folder / "good.ipynb")
    assert bench.runs.find(run.id[:5]).id == bench.runs.find("latest").id == run.id
    with pytest.raises(UsageError, match="no state"):
        bench.runs.listed(5, "done")


def test_cancelling_what_nobody_began(bench: Bench) -> None:
    run = bench.start(bench.folder / "good.ipynb")
    assert bench.runs.cancel(run.id).status == "cancelled"
    assert bench.runs.cancel(run.id).status == "cancelled"
