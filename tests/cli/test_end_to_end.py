"""The command line with real kernels, as a user calls it: one process per command, one home folder per test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.notebooks import FAILING, GOOD, SLOW, Cells, write_notebook
from tests.pace import PATIENCE_S
from tests.stores import give_store

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
STEP_FIELDS = {"name", "status", "attempts", "cached", "started_at", "finished_at", "error", "notebook"}


class Place:
    """A folder with notebooks and a home folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = give_store(folder / "home")
        self.environ = {**os.environ, "JUPYTER_MLOPS_HOME": str(self.home), "MLFLOW_DISABLE_TELEMETRY": "true"}
        self.environ.pop("MLFLOW_TRACKING_URI", None)
        self.started: list[subprocess.Popen[str]] = []

    def write(self, name: str, cells: Cells) -> Path:
        return write_notebook(self.folder / name, cells)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "jupyter_mlops.cli", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=pipe, stderr=pipe, text=True)
        self.started.append(process)
        return process

    def call(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert not err.startswith("Traceback")
        assert "\nTraceback" not in err
        assert process.returncode == code, out + err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def data(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.call(*words, "--json", code=code).stdout)

    def until(self, run_id: str, done: Callable[[Any], bool], timeout_s: float = PATIENCE_S) -> Any:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            run = self.data("runs", "show", run_id)
            if done(run):
                return run
            time.sleep(0.2)
        raise AssertionError(f"still {run}")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    import psutil

    for left in psutil.process_iter():
        try:
            if left.environ().get("JUPYTER_MLOPS_HOME") == str(made.home):
                left.kill()
        except psutil.Error:
            continue


def statuses(run: Any) -> dict[str, str]:
    return {step["name"]: step["status"] for step in run["steps"]}


def test_a_run_that_succeeds(place: Place) -> None:
    shutil.rmtree(place.home)
    notebook = place.write("good.ipynb", GOOD)
    before = notebook.read_bytes()
    run = place.data("run", "good.ipynb", "-p", "n=5")
    assert run["version"] == 1
    assert run["status"] == "succeeded"
    assert run["parameters"] == {"n": 5, "name": "a"}
    assert run["mlflow_run_id"]
    assert set(statuses(run).values()) == {"succeeded"}
    assert all(set(step) >= STEP_FIELDS for step in run["steps"])
    assert all(Path(step["notebook"]).is_file() for step in run["steps"])
    assert notebook.read_bytes() == before
    text = place.call("runs", "show", run["id"][:6])
    assert "score  12" in text.stdout
    assert "mlflow ui --backend-store-uri" in text.stdout
    assert place.call("runs", "logs", "latest", "report").stdout == "a 12.0\n12.0\n"
    assert [r["id"] for r in place.data("runs")["runs"]] == [run["id"]]


READER: Cells = [(["step:read"], "import os\nprint(os.environ['CANARY'])\nlen(os.environ['CANARY'])")]


@pytest.mark.long
def test_every_run_sees_the_environment_of_its_own_command_and_no_file_does(place: Place) -> None:
    place.write("quiet.ipynb", [(["step:read"], READER[0][1].replace("print", "id"))])
    assert "KeyError" in place.call("run", "quiet.ipynb", code=1).stderr
    for canary in ("first-7f3a9c", "second-7f3a9c"):
        place.environ["CANARY"] = canary
        run = place.data("run", "quiet.ipynb")
        assert run["status"] == "succeeded", run
    started = place.call("run", "quiet.ipynb", "--detach").stdout.split()[0]
    assert place.until(started, lambda r: r["status"] == "succeeded")
    found = [path for path in place.home.rglob("*") if path.is_file() and b"7f3a9c" in path.read_bytes()]
    assert found == []
    place.write("loud.ipynb", READER)
    del place.environ["CANARY"]
    failed = place.data("run", "loud.ipynb", code=1)
    place.environ["CANARY"] = "third"
    assert place.data("runs", "retry", failed["id"])["status"] == "succeeded"
    assert place.call("runs", "logs", "latest", "read").stdout.split()[0] == "third"


def test_a_run_that_fails_says_where_and_a_retry_takes_up_the_rest(place: Place) -> None:
    place.write("failing.ipynb", FAILING)
    done = place.call("run", "failing.ipynb", code=1)
    assert 'step "fit" failed, cell 3, line 3' in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "before" in done.stderr
    assert "runs retry" in done.stderr
    run = place.data("runs", "show", "latest")
    assert statuses(run) == {"load": "succeeded", "fit": "failed", "report": "skipped", "other": "succeeded"}
    error = run["steps"][1]["error"]
    assert (error["cell"], error["line"]) == (2, 3)

    mended = [*FAILING[:2], (["step:fit"], "x = 1 / n"), *FAILING[3:]]
    place.write("failing.ipynb", mended)
    again = place.data("runs", "retry", run["id"])
    assert again["status"] == "succeeded"
    assert {s["name"]: s["cached"] for s in again["steps"]} == {
        "load": True,
        "fit": False,
        "report": False,
        "other": True,
    }
    assert {s["name"]: s["attempts"] for s in again["steps"]}["load"] == 0

    edited = [FAILING[0], (["step:load"], "rows = [1]"), *mended[2:]]
    place.write("failing.ipynb", edited)
    refused = place.call("runs", "retry", run["id"], code=2)
    assert "load" in refused.stderr
    assert "--from-step load" in refused.stderr
    resumed = place.call("run", "failing.ipynb", "--from-step", "report", code=2)
    assert "no earlier run has what step" in resumed.stderr

    place.write("failing.ipynb", mended)
    resumed_run = place.data("run", "failing.ipynb", "--from-step", "report")
    assert {s["name"]: s["cached"] for s in resumed_run["steps"]} == {
        "load": True, "fit": True, "report": False, "other": True,
    }  # fmt: skip


def test_detach_follow_and_cancel(place: Place) -> None:
    place.write("slow.ipynb", SLOW)
    run_id = place.call("run", "slow.ipynb", "--detach").stdout.strip()
    assert len(run_id) == 32
    follower = place.start("runs", "logs", run_id, "-f")
    place.until(run_id, lambda run: statuses(run)["slow"] == "running")
    assert follower.stdout is not None
    assert follower.stdout.readline().startswith("slow | tick 0")
    place.call("runs", "cancel", run_id[:8])
    run = place.until(run_id, lambda run: run["status"] == "cancelled")
    assert statuses(run) == {"slow": "cancelled", "after": "cancelled"}
    assert follower.wait(PATIENCE_S) == 0
    assert "nothing to cancel" in place.call("runs", "cancel", run_id).stdout


def test_interrupting_the_command_cancels_the_run(place: Place) -> None:
    place.write("slow.ipynb", SLOW)
    process = place.start("run", "slow.ipynb")
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and not list(place.home.glob("runs/*/attempts/*/1/log.txt")):
        time.sleep(0.1)
    place.until("latest", lambda run: statuses(run)["slow"] == "running")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, out + err
    assert "cancelling run" in err
    assert place.data("runs", "show", "latest")["status"] == "cancelled"


@pytest.mark.long
def test_a_job_version_runs_the_same_when_its_notebook_is_gone(place: Place) -> None:
    helper = place.folder / "helper.py"
    helper.write_text("def grow(x):\n    return 2 * x\n")
    cells = [
        (["parameters"], "n = 1"),
        (["step:a"], "import helper\nx = helper.grow(n)"),
        (["step:b"], "print('x is', x)"),
    ]
    notebook = place.write("train.ipynb", cells)
    place.call("promote", "train.ipynb", "--as", "job", "-p", "n=21")
    helper.write_text("def grow(x):\n    return -x\n")
    place.write("train.ipynb", [*cells[:2], (["step:b"], "print('edited', x)")])
    place.call("promote", "train.ipynb", "--as", "job")
    notebook.unlink()
    helper.unlink()
    for label, printed in {"job@1": "x is 42\n", "job": "edited -1\n", "job@2": "edited -1\n"}.items():
        run = place.data("run", label)
        assert run["status"] == "succeeded", run
        assert place.call("runs", "logs", run["id"], "b").stdout == printed
    assert place.data("run", "job@1", "-p", "n=1")["parameters"] == {"n": 1}


@pytest.mark.long
def test_two_runs_of_one_notebook_in_a_folder_that_cannot_be_written(place: Place) -> None:
    folder = place.folder / "readonly"
    folder.mkdir()
    write_notebook(folder / "good.ipynb", GOOD)
    folder.chmod(0o555)
    ids = [place.call("run", "readonly/good.ipynb", "--detach").stdout.strip() for _ in range(2)]
    for run_id in ids:
        assert place.until(run_id, lambda run: run["status"] not in ("queued", "running"))["status"] == "succeeded"
    folder.chmod(0o755)
    assert [f.name for f in folder.iterdir()] == ["good.ipynb"]


@pytest.mark.long
def test_only_some_steps_and_what_is_left_of_a_deleted_run(place: Place) -> None:
    place.write("good.ipynb", GOOD)
    refused = place.call("run", "good.ipynb", "--only", "mean", code=2)
    assert 'no earlier run has what "mean" needs' in refused.stderr
    first = place.data("run", "good.ipynb")
    only = place.data("run", "good.ipynb", "--only", "total", "--only", "mean")
    assert only["status"] == "succeeded"
    assert only["chosen"] == ["total", "mean"]
    assert statuses(only) == {
        "load": "succeeded", "total": "succeeded", "mean": "succeeded", "report": "skipped",
    }  # fmt: skip
    assert [s["name"] for s in only["steps"] if s["cached"]] == ["load"]
    shown = place.call("runs", "show", only["id"]).stdout
    assert "✓ load   carried" in shown
    assert "– report skipped" in shown
    assert "3 of 3 steps" in place.call("runs").stdout
    said = place.call("runs", "delete", first["id"][:8], "--yes").stdout
    assert said == (
        f'deleted run {first["id"][:8]} of "good" (succeeded); its MLflow run and what later runs took over from it stay\n'
    )
    assert "there is no run" in place.call("runs", "show", first["id"], code=2).stderr
    assert place.call("runs", "logs", only["id"]).stdout == "load (carried) | loaded 3\n"
    # What the deleted run had handed over is still there to go on with.
    assert place.data("run", "good.ipynb", "--only", "mean")["status"] == "succeeded"
    assert place.data("runs", "delete", "latest", "--yes")["deleted"]
    assert place.data("runs", "delete", only["id"], "--yes") == {"version": 1, "deleted": [only["id"]]}
    assert place.data("runs")["runs"] == []
    assert [f for f in (place.home / "runs").rglob("*") if f.is_file()] == []


@pytest.mark.long
def test_a_run_that_is_not_over_is_not_deleted(place: Place) -> None:
    place.write("slow.ipynb", SLOW)
    run_id = place.call("run", "slow.ipynb", "--detach").stdout.strip()
    place.until(run_id, lambda run: statuses(run)["slow"] == "running")
    refused = place.call("runs", "delete", run_id, code=2).stderr
    assert refused == (
        f'error: run {run_id[:8]} of "slow" (running) is not over\nhint: cancel it first: runs cancel {run_id[:8]}\n'
    )
    assert place.data("runs", "delete", run_id, "--yes", code=2)["error"]["code"] == "run.not_over"
    place.call("runs", "cancel", run_id)
    place.until(run_id, lambda run: run["status"] == "cancelled")
    assert "there is no terminal to ask on" in place.call("runs", "delete", run_id, code=2).stderr
    assert place.data("runs", "show", run_id)["status"] == "cancelled"


def test_the_files_of_a_run_are_its_users_alone_and_those_of_its_steps_as_ever(place: Place) -> None:
    place.write(
        "files.ipynb",
        [
            (["step:make"], "from pathlib import Path\nPath('mine.txt').write_text('x')\nPath('mine').mkdir()\nx = 1"),
            (["step:use"], "print(x)"),
        ],
    )
    before = os.umask(0o022)
    try:
        assert place.data("run", "files.ipynb")["status"] == "succeeded"
        place.call("promote", "files.ipynb", "--as", "job")
    finally:
        os.umask(before)
    assert (place.folder / "mine.txt").stat().st_mode & 0o777 == 0o644
    assert (place.folder / "mine").stat().st_mode & 0o777 == 0o755
    place.until("latest", lambda run: any((place.home / "mlflow").rglob("*use.ipynb")))
    open_to_others = [str(p.relative_to(place.home)) for p in place.home.rglob("*") if p.stat().st_mode & 0o077]
    assert open_to_others == []


def test_a_password_in_the_address_of_mlflow_is_shown_nowhere(place: Place) -> None:
    place.environ["MLFLOW_TRACKING_URI"] = "http://ada:s3cr3t-7f@127.0.0.1:9"
    place.write("good.ipynb", GOOD)
    done = place.call("run", "good.ipynb")
    said = [place.call("runs", verb, "latest").stdout for verb in ("show", "open", "logs")]
    said += [json.dumps(place.data("runs", "open", "latest")), place.call("doctor").stdout, done.stdout, done.stderr]
    assert "s3cr3t-7f" not in "".join(said)
    assert "http://ada:***@127.0.0.1:9" in said[-3]
    found = [p.name for p in place.home.rglob("*") if p.is_file() and b"s3cr3t-7f" in p.read_bytes()]
    assert set(found) <= {"run.json", "mlflow.json"}


def test_python_functions(place: Place) -> None:
    place.write("good.ipynb", GOOD)
    code = """
import jupyter_mlops as mlops
run = mlops.run("good.ipynb", n=4, parameters={"name": "b"})
assert run.wait() is run
print(run.status, run.metrics, list(run.logs("report"))[0], repr(run))
assert "<table" in run._repr_html_()
part = mlops.run("good.ipynb", n=4, parameters={"name": "b"}, steps=["mean"]).wait()
assert [name for name, step in part.steps.items() if step["status"] == "skipped"] == ["total", "report"]
part.delete()
assert mlops.runs()[0].id == run.id and mlops.check("good.ipynb") == [] and mlops.jobs() == []
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place.folder, env=place.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("succeeded {'score': 7.5} ('report', 'b 7.5') <run ")
