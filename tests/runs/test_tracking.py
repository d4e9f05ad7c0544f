"""Runs in a real MLflow: the embedded store, a server that comes and goes, and what the user's own calls do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.runs import tracking
from tests.pace import PATIENCE_S, fastest, wait_until
from tests.runs.attempting import Cell, Step, blank_store, home, warm

__all__ = ["blank_store", "home"]

pytestmark = [pytest.mark.kernel, pytest.mark.filterwarnings("ignore")]

METRICS = """
import json, os, pathlib
pathlib.Path(os.environ["JUPYTER_MLOPS_ATTEMPT_DIR"], "outputs.json").write_text(json.dumps({"metrics": {"f1": 0.5}}))
"""


MODEL = """
import mlflow
from sklearn.dummy import DummyClassifier
mlflow.sklearn.log_model(DummyClassifier().fit([[0]], [1]), name='model', pip_requirements=[])
"""


def client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(uri)


def runs_of(step: Step, uri: str, experiment: str = "Übung 1") -> dict[str, Any]:
    """Return the experiment's MLflow runs by step name; the parent is ""."""
    mlflow = client(uri)
    found = mlflow.get_experiment_by_name(experiment)
    runs = [r for r in mlflow.search_runs([found.experiment_id]) if r.data.tags.get("mlops.run_id") == step.run]
    return {
        r.data.tags.get("mlops.step", r.info.run_name if "mlops.pipeline" not in r.data.tags else ""): r for r in runs
    }


def artifacts(uri: str, run: Any) -> set[str]:
    mlflow = client(uri)
    tops = mlflow.list_artifacts(run.info.run_id)
    return {f.path for t in tops for f in (mlflow.list_artifacts(run.info.run_id, t.path) if t.is_dir else [t])}


def uri_of(step: Step) -> str:
    return f"sqlite:///{step.home / 'mlflow' / 'mlflow.db'}"


def test_parent_and_nested_run(home: Path) -> None:
    step = Step(
        home, ["print('hello')", Cell(METRICS, role="metrics")], parameters={"lr": 0.1, "name": "ü", "long": "x" * 7000}
    )
    result = step.attempt()
    assert tracking.finish_run(step.run_dir, "succeeded", {"train": "succeeded"})
    runs = runs_of(step, uri_of(step))
    parent, child = runs[""], runs["train"]
    assert result["mlflow_run_id"] == child.info.run_id
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert (parent.info.status, child.info.status) == ("FINISHED", "FINISHED")
    assert parent.data.metrics == child.data.metrics == {"f1": 0.5}
    assert (parent.data.params["lr"], parent.data.params["name"]) == ("0.1", "ü")
    assert len(parent.data.params["long"]) == 6000
    assert parent.data.tags["mlops.truncated.long"] == "7000"
    assert parent.data.tags["mlflow.source.type"] == "NOTEBOOK"
    assert parent.data.tags["mlflow.source.name"].endswith("demo.ipynb")
    assert parent.data.tags["mlflow.source.git.commit"] == "c0ffee"
    assert parent.data.tags["mlops.git_dirty"] == "true"
    assert parent.data.tags["mlops.notebook_sha256"] == "ab" * 32
    assert artifacts(uri_of(step), parent) == {
        "environment/requirements.txt",
        "notebooks/01-train.ipynb",
        "pipeline.json",
    }
    assert not (step.home / "work" / "mlruns").exists()
    # Of a trivial run, what MLflow keeps is the notebook, the lock file and the pipeline.
    sizes = {p.name: p.stat().st_size for p in (step.home / "mlflow" / "artifacts").rglob("*") if p.is_file()}
    assert sum(sizes.values()) < 60_000, sizes
    written = next((step.home / "mlflow" / "artifacts").rglob("01-train.ipynb"))
    before = written.stat().st_mtime_ns
    assert tracking.finish_run(step.run_dir, "succeeded", {"train": "succeeded"})
    assert written.stat().st_mtime_ns == before
    assert tracking.delete_run(step.run_dir) == 2
    assert {r.info.lifecycle_stage for r in (client(uri_of(step)).get_run(r.info.run_id) for r in runs.values())} == {
        "deleted"
    }
    assert not [p for p in (step.home / "mlflow" / "artifacts").rglob("*") if p.is_file()]


def test_finishing_twice_changes_nothing(home: Path) -> None:
    step = Step(home, [Cell(METRICS, role="metrics")])
    step.attempt()
    for _ in range(2):
        assert tracking.finish_run(step.run_dir, "succeeded")
    runs = runs_of(step, uri_of(step))
    assert set(runs) == {"", "train"}
    history = client(uri_of(step)).get_metric_history(runs[""].info.run_id, "f1")
    assert len(history) == 1


def test_a_second_attempt_reopens_the_run(home: Path) -> None:
    step = Step(home, ["1 / 0"])
    first = step.attempt()
    assert runs_of(step, uri_of(step))["train"].info.status == "FAILED"
    step.cells = ["1"]
    second = step.attempt(number=2)
    assert first["mlflow_run_id"] == second["mlflow_run_id"]
    run = runs_of(step, uri_of(step))["train"]
    assert (run.info.status, run.data.tags["mlops.attempts"]) == ("FINISHED", "2")


def test_a_run_made_by_somebody_who_died_is_found(home: Path) -> None:
    step = Step(home, ["1"])
    step.write()
    parent = tracking.ensure_parent(step.run_dir)
    book = step.run_dir / "mlflow.json"
    book.write_text(book.read_text().replace(f'"{parent}"', "null"))
    assert tracking.ensure_parent(step.run_dir) == parent


USERS: list[tuple[str, list[str], dict[str, float]]] = [
    ("log_metric", ["import mlflow", "mlflow.log_metric('m', 1)"], {"m": 1}),
    ("start_run", ["import mlflow", "mlflow.start_run()\nmlflow.log_metric('m', 2)"], {"m": 2}),
    ("with", ["import mlflow\nwith mlflow.start_run(): mlflow.log_metric('m', 3)", "mlflow.active_run()"], {"m": 3}),
    ("named", ["import mlflow\nwith mlflow.start_run(run_name='mine'): mlflow.log_metric('m', 4)"], {"m": 4}),
    ("same experiment", ["import mlflow\nmlflow.set_experiment('Übung 1')\nmlflow.log_metric('m', 5)"], {"m": 5}),
]


@pytest.mark.parametrize(("cells", "metrics"), [u[1:] for u in USERS], ids=[u[0] for u in USERS])
def test_what_the_user_logs_lands_in_the_steps_run(home: Path, cells: list[str], metrics: dict[str, float]) -> None:
    step = Step(home, cells)
    assert step.attempt()["status"] == "succeeded"
    runs = runs_of(step, uri_of(step))
    assert set(runs) == {"", "train"}
    assert runs["train"].data.metrics == metrics
    assert runs["train"].info.status == "FINISHED"


def test_a_failing_step_stays_failed_after_with(home: Path) -> None:
    step = Step(home, ["import mlflow\nwith mlflow.start_run(): mlflow.log_metric('m', 3)", "1 / 0"])
    assert step.attempt()["status"] == "failed"
    run = runs_of(step, uri_of(step))["train"]
    assert run.info.status == "FAILED"
    assert "ZeroDivisionError" in run.data.tags["mlops.error"]


def test_a_second_run_of_the_user_is_a_child(home: Path) -> None:
    code = "import mlflow\nfor i in range(2):\n    with mlflow.start_run(run_name=f'r{i}'): mlflow.log_param('lr', i)"
    step = Step(home, [code])
    assert step.attempt()["status"] == "succeeded", step.log()
    runs = runs_of(step, uri_of(step))
    assert runs["train"].data.params == {"lr": "0"}
    assert runs["r1"].data.params == {"lr": "1"}
    assert runs["r1"].data.tags["mlflow.parentRunId"] == runs["train"].info.run_id


def test_an_experiment_that_the_user_names(home: Path) -> None:
    step = Step(
        home, ["import mlflow\nmlflow.set_experiment('mine')\nwith mlflow.start_run(): mlflow.log_metric('m', 1)"]
    )
    assert step.attempt()["status"] == "succeeded", step.log()
    mlflow = client(uri_of(step))
    (run,) = mlflow.search_runs([mlflow.get_experiment_by_name("mine").experiment_id])
    assert run.data.metrics == {"m": 1}
    assert run.data.tags["mlflow.parentRunId"] == runs_of(step, uri_of(step))["train"].info.run_id


def test_a_store_that_the_user_names(home: Path) -> None:
    step = Step(home, ["import mlflow\nmlflow.set_tracking_uri('sqlite:///own.db')\nmlflow.log_metric('m', 1)"])
    assert step.attempt()["status"] == "succeeded", step.log()
    (run,) = client(f"sqlite:///{home / 'work' / 'own.db'}").search_runs(["0"])
    assert run.data.metrics == {"m": 1}


@pytest.mark.slow
def test_autolog(home: Path) -> None:
    pytest.importorskip("sklearn")
    code = (
        "import mlflow\nfrom sklearn.linear_model import LinearRegression\nmlflow.sklearn.autolog()\n"
        "LinearRegression().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])"
    )
    step = Step(home, [code])
    assert step.attempt()["status"] == "succeeded", step.log()
    run = runs_of(step, uri_of(step))["train"]
    assert run.data.params["fit_intercept"] == "True"
    assert "training_mean_squared_error" in run.data.metrics


@pytest.mark.slow
def test_a_model_belongs_to_the_steps_run(home: Path) -> None:
    pytest.importorskip("sklearn")
    step = Step(home, [MODEL, "with mlflow.start_run(): mlflow.log_metric('m', 1)"])
    assert step.attempt()["status"] == "succeeded", step.log()
    run = runs_of(step, uri_of(step))["train"]
    (model,) = client(uri_of(step)).search_logged_models([run.info.experiment_id])
    assert model.source_run_id == run.info.run_id
    assert run.data.metrics == {"m": 1}


def _open(home: str) -> None:
    tracking.ensure_store(home)


def test_eight_processes_open_a_fresh_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    processes = [warm().Process(target=_open, args=(str(tmp_path),)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_S)
    assert [p.exitcode for p in processes] == [0] * 8
    assert client(tracking.ensure_store(tmp_path)).search_experiments()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


class Server:
    """A real `mlflow server` on loopback."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.uri = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        store = ["--backend-store-uri", f"sqlite:///{self.folder}/s.db", "--artifacts-destination", f"{self.folder}/a"]
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        self.process = subprocess.Popen(
            [*command, *store, "--workers", "1"],
            env={**os.environ, **quiet},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"), port)
    try:
        yield made
    finally:
        made.stop()


SPOOLED = """
import mlflow
mlflow.log_param('lr', 0.1)
for epoch in range(3): mlflow.log_metric('loss', 1 / (epoch + 1), step=epoch)
mlflow.set_tag('mine', 'yes')
mlflow.log_text('hello', 'notes/a.txt')
mlflow.end_run()
with mlflow.start_run(run_name='second'): mlflow.log_metric('m', 1)
"""


@pytest.mark.slow
@pytest.mark.long
def test_a_server_that_comes_late(home: Path, server: Server) -> None:
    step = Step(home, [SPOOLED, Cell(METRICS, role="metrics")], uri=server.uri)
    waited = fastest(lambda: step.attempt(), rounds=1)
    assert step.result()["status"] == "succeeded", step.log()
    other = Step(home, [SPOOLED, Cell(METRICS, role="metrics")])
    assert waited < 10 * fastest(lambda: other.attempt(), rounds=1), "it waited for the server"
    assert not tracking.finish_run(step.run_dir, "succeeded")
    server.start()
    for _ in range(2):
        assert tracking.finish_run(step.run_dir, "succeeded")
    runs = runs_of(step, server.uri)
    assert set(runs) == {"", "train", "second"}
    child = runs["train"]
    assert child.data.params == {"lr": "0.1"}
    assert child.data.metrics == {"loss": 1 / 3, "f1": 0.5}
    assert child.data.tags["mine"] == "yes"
    assert child.data.tags["mlflow.parentRunId"] == runs[""].info.run_id
    assert [m.step for m in client(server.uri).get_metric_history(child.info.run_id, "loss")] == [0, 1, 2]
    assert "notes/a.txt" in artifacts(server.uri, child)
    assert "notebooks/01-train.ipynb" in artifacts(server.uri, runs[""])
    assert runs["second"].data.tags["mlflow.parentRunId"] == child.info.run_id
    assert (runs[""].info.status, child.info.status, runs["second"].info.status) == ("FINISHED",) * 3


@pytest.mark.slow
@pytest.mark.long
def test_a_model_logged_while_the_server_is_away(home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    step = Step(home, [MODEL], uri=server.uri)
    assert step.attempt()["status"] == "succeeded", step.log()
    server.start()
    for _ in range(2):
        assert tracking.finish_run(step.run_dir, "succeeded")
    run = runs_of(step, server.uri)["train"]
    (model,) = client(server.uri).search_logged_models([run.info.experiment_id])
    assert (model.source_run_id, model.status.value) == (run.info.run_id, "READY")
    assert [m.model_id for m in run.outputs.model_outputs] == [model.model_id]
    from mlflow.models import get_model_info

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    assert get_model_info(f"models:/{model.model_id}").run_id == run.info.run_id


@pytest.mark.slow
@pytest.mark.long
def test_a_server_that_dies_in_the_middle(home: Path, server: Server) -> None:
    server.start()
    step = Step(
        home, ["print('up', flush=True)\nimport time; time.sleep(4)", Cell(METRICS, role="metrics")], uri=server.uri
    )
    process = step.start()
    step.wait_for_log("up")
    server.stop()
    process.join(PATIENCE_S)
    assert step.result()["status"] == "succeeded"
    assert not tracking.finish_run(step.run_dir, "succeeded")
    server.start()
    assert tracking.finish_run(step.run_dir, "succeeded")
    runs = runs_of(step, server.uri)
    assert (runs[""].info.status, runs["train"].info.status) == ("FINISHED", "FINISHED")
    assert runs["train"].data.metrics == {"f1": 0.5}
