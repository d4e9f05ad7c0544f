"""`mlflow.json`: what a run's MLflow runs are called there, kept so that each is made once.

Given the module MLflow, it imports nothing of it. Errors are the caller's.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_mlops.base.uris import without_password
from jupyter_mlops.runs.address import absolute, artifact_root
from jupyter_mlops.runs.files import read_json, write_json
from jupyter_mlops.runs.labels import (
    ARTIFACT_ROOT,
    OURS,
    experiment_name,
    kernel_environment,
    parameter_texts,
    run_tags,
)
from jupyter_mlops.runs.lost import EXECUTED

_LOCK_S = 30
_MAX_TAG = 5000
_STATUS = {"succeeded": "FINISHED", "failed": "FAILED", "cancelled": "KILLED"}


def connect(mlflow: Any, uri: str, root: Path | None) -> Any:
    """Return a client that gives up early and says nothing."""
    os.environ.update(OURS)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # What we print is for nobody.
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    if root is not None:
        os.environ[ARTIFACT_ROOT] = str(root)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return mlflow.MlflowClient(uri)


class Book:
    """One run's book.

    Parameters
    ----------
    run_dir
        The run's folder.
    uri
        Where MLflow's store is.
    mlflow
        The module.
    """

    def __init__(self, run_dir: Path, uri: str, mlflow: Any) -> None:
        self.run_dir, self.mlflow = run_dir, mlflow
        self.run: dict[str, Any] = read_json(run_dir / "run.json")
        self.facts: dict[str, Any] = self.run.get("tracking") or {}
        self.uri = absolute(uri, self.run["working_dir"])
        self.root = artifact_root(self.uri, run_dir.resolve().parent.parent, self.run["working_dir"])
        self.tags = run_tags(self.run)
        self.spool = run_dir / "mlflow-spool"
        self._connected: Any = None

    @property
    def client(self) -> Any:
        """The client of the store."""
        self._connected = self._connected or connect(self.mlflow, self.uri, self.root)
        return self._connected

    @contextmanager
    def open(self) -> Iterator[dict[str, Any]]:
        """Hold the book; every change is on disk before anything else is made."""
        from filelock import FileLock

        path = self.run_dir / "mlflow.json"
        with FileLock(f"{path}.lock", timeout=_LOCK_S):
            blank: dict[str, Any] = {
                "run_id": None,
                "experiment_id": None,
                "uri": without_password(self.uri),
                "steps": {},
                "spool": {},
                "notebooks": {},
                "making": [],
            }
            state = {**blank, **(read_json(path) if path.exists() else {})}
            if state["uri"] != blank["uri"]:
                state = blank
            try:
                yield state
            finally:
                write_json(path, state)

    def parent(self, state: dict[str, Any]) -> str:
        """Return the parent run's id."""
        if state["run_id"] is None:
            state["experiment_id"] = self.experiment(self.client)
            made = self._made(state, "", lambda: self.make_run(self.client, state["experiment_id"], self.tags))
            self._log_parameters(made)
            state["run_id"] = made
        return str(state["run_id"])

    def child(self, state: dict[str, Any], step: str) -> str:
        """Return the id of the step's nested run."""
        if step not in state["steps"]:
            parent = self.parent(state)
            tags = {**self.tags, "mlops.step": step, "mlflow.runName": step, "mlflow.parentRunId": parent}
            state["steps"][step] = self._made(
                state, step, lambda: self.make_run(self.client, state["experiment_id"], tags)
            )
        return str(state["steps"][step])

    def _made(self, state: dict[str, Any], step: str, make: Callable[[], str]) -> str:
        """Make a run, or find the one that was made when somebody died before writing it down."""
        if step in state["making"]:
            wanted = f"tags.`mlops.run_id` = '{self.run['id']}'"
            found = self.client.search_runs([state["experiment_id"]], wanted, max_results=1000)
            for run in found:
                if run.data.tags.get("mlops.step", "") == step:
                    return str(run.info.run_id)
        state["making"] = [*state["making"], step]
        write_json(self.run_dir / "mlflow.json", state)
        return make()

    def experiment(self, client: Any) -> str:
        """Return the id of the pipeline's experiment; one that was deleted is restored."""
        name = experiment_name(self.facts.get("experiment") or self.run["name"])
        for _ in range(2):
            found = client.get_experiment_by_name(name)
            if found is not None:
                if found.lifecycle_stage == "deleted":
                    client.restore_experiment(found.experiment_id)
                return str(found.experiment_id)
            # Somebody else's run of the same pipeline may make it at the same moment.
            with suppress(self.mlflow.exceptions.MlflowException):
                return str(client.create_experiment(name))
        raise RuntimeError(f'experiment "{name}" can neither be found nor made')

    def make_run(self, client: Any, experiment_id: str, tags: Mapping[str, str]) -> str:
        """Make a run with `tags` in the experiment."""
        made = client.create_run(experiment_id, tags={k: str(v)[:_MAX_TAG] for k, v in tags.items()})
        return str(made.info.run_id)

    def start_step(self, step: str, number: int) -> dict[str, str]:
        """Open the step's run on the server."""
        with self.open() as state:
            run_id = self.child(state, step)
            if number > 1:
                self.client.update_run(run_id, status="RUNNING")
            self.client.set_tag(run_id, "mlops.attempts", number)
            return kernel_environment(self.run, self.uri, self.root, run_id, state["experiment_id"])

    def start_spooled(self, step: str) -> dict[str, str]:
        """Open a run for the step in the run's own folder."""
        with self.open() as state:
            self.spool.mkdir(exist_ok=True, mode=0o700)
            uri, root = f"sqlite:///{(self.spool / 'mlflow.db').resolve()}", self.spool.resolve() / "artifacts"
            client = connect(self.mlflow, uri, root)
            experiment = self.experiment(client)
            if step not in state["spool"]:
                tags = {"mlops.step": step, "mlflow.runName": step}
                state["spool"][step] = self.make_run(client, experiment, tags)
            return kernel_environment(self.run, uri, root, state["spool"][step], experiment)

    def close_step(self, state: dict[str, Any], step: str, result: Mapping[str, Any]) -> None:
        """Write what the step's result says: metrics, cause, state."""
        run_id = self.child(state, step)
        self._log_metrics(run_id, result.get("metrics") or {})
        if error := result.get("error"):
            self.client.set_tag(run_id, "mlops.error", str(error.get("message"))[:_MAX_TAG])
        cancelled = result.get("reason") == "cancelled"
        self.client.set_terminated(run_id, "KILLED" if cancelled else _STATUS.get(result["status"], "FAILED"))

    def finish(self, state: dict[str, Any], status: str, steps: Mapping[str, str]) -> None:
        """Bring everything over that is not there yet."""
        from jupyter_mlops.runs import report

        parent = self.parent(state)
        self._empty_spool(state)
        for step, attempt in report.last_attempts(self.run_dir).items():
            result = report.last_result(attempt, steps.get(step, "failed"))
            self.close_step(state, step, result)
            self._log_metrics(parent, result.get("metrics") or {})
            known = state["notebooks"].get(step)
            mark = report.upload(attempt / EXECUTED, known, lambda *a: self.client.log_artifact(parent, *a))
            if mark is not None and mark != known:
                state["notebooks"][step] = mark
                write_json(self.run_dir / "mlflow.json", state)
        self.client.log_text(parent, report.lock(), "environment/requirements.txt")
        self.client.log_text(parent, (self.run_dir / "pipeline.json").read_text(encoding="utf-8"), "pipeline.json")
        self.client.set_terminated(parent, _STATUS.get(status, "FAILED"))

    def delete(self, state: dict[str, Any]) -> int:
        """Delete the run and those below it, with their files where these are in our own store; return how many.

        A server marks them deleted; ``mlflow gc`` there removes their files.
        """
        own = (self.run_dir.resolve().parent.parent / "mlflow" / "artifacts").resolve()
        wanted = [str(i) for i in (*state["steps"].values(), state["run_id"]) if i]
        if state["experiment_id"]:
            ours = f"tags.`mlops.run_id` = '{self.run['id']}'"
            found = self.client.search_runs([state["experiment_id"]], ours, max_results=1000)
            wanted = list(dict.fromkeys([*(run.info.run_id for run in found), *wanted]))
        count = 0
        for run_id in wanted:
            with suppress(self.mlflow.exceptions.MlflowException):
                run = self.client.get_run(run_id)
                self.client.delete_run(run_id)
                count += 1
                folder = Path(run.info.artifact_uri.removeprefix("file://")).resolve()
                if folder.is_relative_to(own) and run_id in folder.parts:
                    shutil.rmtree(folder, ignore_errors=True)
        return count

    def _empty_spool(self, state: dict[str, Any]) -> None:
        """Carry the spool's runs over; each is forgotten once it is there."""
        from jupyter_mlops.runs import spool

        if not state["spool"]:
            return
        source = connect(
            self.mlflow, f"sqlite:///{(self.spool / 'mlflow.db').resolve()}", self.spool.resolve() / "artifacts"
        )
        target, experiment = self.client, state["experiment_id"]
        known = {old: self.child(state, step) for step, old in state["spool"].items()}
        spool.carry(source, target, experiment, known, self.mlflow.entities)
        state["spool"] = {}

    def _log_parameters(self, run_id: str) -> None:
        """Log the run's parameters; of a value too long, what fits, and a tag that says so."""
        texts, lengths = parameter_texts(self.run["parameters"])
        params = [self.mlflow.entities.Param(k, v) for k, v in texts.items()]
        cut = [self.mlflow.entities.RunTag(k, v) for k, v in lengths.items()]
        for start in range(0, len(params), 100):
            self.client.log_batch(run_id, params=params[start : start + 100], tags=cut[start : start + 100])

    def _log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Log metrics that the run does not have with this value already."""
        if metrics:
            have = self.client.get_run(run_id).data.metrics
            now = int(time.time() * 1000)
            new = [(k, float(v)) for k, v in metrics.items() if have.get(k) != v]
            self.client.log_batch(run_id, metrics=[self.mlflow.entities.Metric(k, v, now, 0) for k, v in new])
