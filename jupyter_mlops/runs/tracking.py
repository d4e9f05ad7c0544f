"""Runs in MLflow: one parent run per run, one nested run per step. The only file that imports MLflow.

store
    what MLFLOW_TRACKING_URI says; without it a SQLite file and a folder under our home.
spool
    a store in the run's own folder, for steps that start while the server is down: the user's ``mlflow.log_*`` calls
    work there, and `finish_run` carries everything over once the server is back.

Rule: tracking never fails a run, and never makes it wait for longer than a few seconds. Whatever a call here cannot do
now, `finish_run` does later; it can be repeated at will, since what it makes carries the tags ``mlops.run_id``
and ``mlops.step``.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_mlops.runs.address import absolute, artifact_root, is_up
from jupyter_mlops.runs.files import read_json, write_json
from jupyter_mlops.runs.labels import (
    ARTIFACT_ROOT,
    OURS,
    experiment_name,
    kernel_environment,
    parameter_texts,
    run_tags,
)

_log = logging.getLogger(__name__)

_LOCK_S = 30
_MAX_TAG = 5000
_STATUS = {"succeeded": "FINISHED", "failed": "FAILED", "cancelled": "KILLED"}


def warm() -> None:
    """Import what the calls below need. Starts no thread and opens nothing, so that a process may fork after it."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow.store.artifact.local_artifact_repo
    import mlflow.store.tracking.sqlalchemy_store
    import mlflow.tracking  # noqa: F401


def ensure_store(home: str | Path) -> str:
    """Return the tracking URI; create the embedded store first if it is the one and not there yet.

    Under a lock: of eight processes that open a fresh store at once, seven would die in MLflow's migrations.
    """
    from filelock import FileLock

    if uri := os.environ.get("MLFLOW_TRACKING_URI"):
        return uri
    folder = Path(home).resolve() / "mlflow"
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    ready = folder / ".ready"
    if not ready.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(folder / ".lock"):
            if not ready.exists():
                _client(uri, folder / "artifacts").search_experiments(max_results=1)
                ready.touch()
    return uri


def ensure_parent(run_dir: str | Path) -> str | None:
    """Return the id of the run's MLflow run, made if there is none; None while the server is down."""
    book = _Book(Path(run_dir))
    with _never_failing("open the run in MLflow"):
        if is_up(book.uri):
            with book.open() as state:
                return book.parent(state)
    return None


def start_step(run_dir: str | Path, step: str, number: int = 1) -> dict[str, str]:
    """Open the step's nested run, again for a further attempt; return what the kernel's environment needs."""
    book = _Book(Path(run_dir))
    for start in (book.start_step, book.start_spooled):
        with _never_failing(f'open step "{step}" in MLflow'):
            if start == book.start_spooled or is_up(book.uri):
                return start(step, number)
    return {}


def finish_step(run_dir: str | Path, step: str, result: Mapping[str, Any]) -> None:
    """Log the step's metrics and set its final state; `finish_run` makes up for it if the server is down now."""
    book = _Book(Path(run_dir))
    with _never_failing(f'close step "{step}" in MLflow'):
        if is_up(book.uri):
            with book.open() as state:
                if step in state["steps"]:
                    book.close_step(state, step, result)


def finish_run(run_dir: str | Path, status: str, steps: Mapping[str, str] | None = None) -> bool:
    """Close the run in MLflow: spooled steps, metrics, notebooks and their reports, the lock file, states.

    It can take seconds (reports, uploads): not for a process that others wait for.

    Parameters
    ----------
    status
        The run's final state: ``succeeded``, ``failed`` or ``cancelled``.
    steps
        Final states of its steps, where they are known; a step that has a `result.json` says it itself.

    Returns
    -------
    bool
        Whether it is all there. False: call again later.
    """
    book = _Book(Path(run_dir))
    with _never_failing("close the run in MLflow"):
        if is_up(book.uri):
            with book.open() as state:
                book.finish(state, status, steps or {})
            return True
    return False


@contextmanager
def _never_failing(what: str) -> Iterator[None]:
    """Report an error and go on. A door: MLflow and what is below it raise whatever they like."""
    try:
        yield
    except Exception as error:
        _log.warning("could not %s: %s", what, error, exc_info=_log.isEnabledFor(logging.DEBUG))


def _client(uri: str, artifact_root: Path | None) -> Any:
    os.environ.update(OURS)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # What we print is for nobody.
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    if artifact_root is not None:
        os.environ[ARTIFACT_ROOT] = str(artifact_root)
    from mlflow import MlflowClient

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return MlflowClient(uri)


class _Book:
    """What `mlflow.json` keeps of one run: the ids of its MLflow runs, so that each is made once."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.run: dict[str, Any] = read_json(run_dir / "run.json")
        self.facts: dict[str, Any] = self.run.get("tracking") or {}
        self.home = run_dir.parent.parent
        given = self.facts.get("uri") or os.environ.get("MLFLOW_TRACKING_URI")
        self.uri = absolute(given, self.run["working_dir"]) if given else ensure_store(self.home)
        self.root = artifact_root(self.uri, self.home, self.run["working_dir"])
        self.tags = run_tags(self.run)
        self.spool = run_dir / "mlflow-spool"
        self._connected: Any = None

    @property
    def client(self) -> Any:
        self._connected = self._connected or _client(self.uri, self.root)
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
                "uri": self.uri,
                "steps": {},
                "spool": {},
                "making": [],
            }
            state = {**blank, **(read_json(path) if path.exists() else {})}
            if state["uri"] != self.uri:
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
        from mlflow.exceptions import MlflowException

        name = experiment_name(self.facts.get("experiment") or self.run["name"])
        for _ in range(2):
            found = client.get_experiment_by_name(name)
            if found is not None:
                if found.lifecycle_stage == "deleted":
                    client.restore_experiment(found.experiment_id)
                return str(found.experiment_id)
            # Somebody else's run of the same pipeline may make it at the same moment.
            with suppress(MlflowException):
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

    def start_spooled(self, step: str, number: int) -> dict[str, str]:
        """Open a run for the step in the run's own folder."""
        with self.open() as state:
            self.spool.mkdir(exist_ok=True, mode=0o700)
            uri, root = f"sqlite:///{(self.spool / 'mlflow.db').resolve()}", self.spool.resolve() / "artifacts"
            client = _client(uri, root)
            experiment = self.experiment(client)
            if step not in state["spool"]:
                tags = {"mlops.step": step, "mlflow.runName": step}
                state["spool"][step] = self.make_run(client, experiment, tags)
            return kernel_environment(self.run, uri, root, state["spool"][step], experiment)

    def close_step(self, state: dict[str, Any], step: str, result: Mapping[str, Any]) -> None:
        """Write what the step's result says: metrics, cause, state."""
        run_id = self.child(state, step)
        _log_metrics(self.client, run_id, result.get("metrics") or {})
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
            _log_metrics(self.client, parent, result.get("metrics") or {})
            report.upload(attempt / "executed.ipynb", step, lambda *a: self.client.log_artifact(parent, *a))
        self.client.log_text(parent, report.lock(), "environment/requirements.txt")
        self.client.log_text(parent, (self.run_dir / "pipeline.json").read_text(encoding="utf-8"), "pipeline.json")
        self.client.set_terminated(parent, _STATUS.get(status, "FAILED"))

    def _empty_spool(self, state: dict[str, Any]) -> None:
        """Carry the spool's runs over; each is forgotten once it is there."""
        from mlflow import entities

        from jupyter_mlops.runs import spool

        if not state["spool"]:
            return
        source = _client(f"sqlite:///{(self.spool / 'mlflow.db').resolve()}", self.spool.resolve() / "artifacts")
        target, experiment = self.client, state["experiment_id"]
        known = {old: self.child(state, step) for step, old in state["spool"].items()}
        spool.carry(source, target, experiment, known, entities)
        state["spool"] = {}

    def _log_parameters(self, run_id: str) -> None:
        """Log the run's parameters; of a value too long, what fits, and a tag that says so."""
        from mlflow.entities import Param, RunTag

        texts, lengths = parameter_texts(self.run["parameters"])
        params = [Param(k, v) for k, v in texts.items()]
        cut = [RunTag(k, v) for k, v in lengths.items()]
        for start in range(0, len(params), 100):
            self.client.log_batch(run_id, params=params[start : start + 100], tags=cut[start : start + 100])


def _log_metrics(client: Any, run_id: str, metrics: Mapping[str, float]) -> None:
    """Log metrics that the run does not have with this value already."""
    from mlflow.entities import Metric

    if metrics:
        have = client.get_run(run_id).data.metrics
        now = int(time.time() * 1000)
        client.log_batch(run_id, metrics=[Metric(k, float(v), now, 0) for k, v in metrics.items() if have.get(k) != v])
