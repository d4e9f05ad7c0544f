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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.uris import with_password, without_password
from jupyter_mlops.runs.book import Book, connect
from jupyter_mlops.runs.files import read_json
from jupyter_mlops.runs.logged import logged_in
from jupyter_mlops.runs.reach import Trouble, note, of_error, trouble

_log = logging.getLogger(__name__)


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
                import mlflow

                connect(mlflow, uri, folder / "artifacts").search_experiments(max_results=1)
                ready.touch()
    return uri


def ensure_parent(run_dir: str | Path) -> str | None:
    """Return the id of the run's MLflow run, made if there is none; None while the server is down."""
    with _never_failing("open the run in MLflow", run_dir):
        book = _book(run_dir)
        if _is_usable(book):
            with book.open() as state:
                return book.parent(state)
    return None


def start_step(run_dir: str | Path, step: str, number: int = 1) -> dict[str, str]:
    """Open the step's nested run, again for a further attempt; return what the kernel's environment needs."""
    what = f'open step "{step}" in MLflow'
    with _never_failing(what, run_dir):
        book = _book(run_dir)
        if _is_usable(book):
            return book.start_step(step, number)
    variables: dict[str, str] = {}
    with _never_failing(what):
        variables = _book(run_dir).start_spooled(step)
    return variables


def logged_models(variables: Mapping[str, str]) -> list[str] | None:
    """Return the names that the models of a step were logged under; None when nobody can tell.

    Parameters
    ----------
    variables
        what `start_step` gave for the kernel's environment.
    """
    names: list[str] | None = None
    with _never_failing("look for the models of a step in MLflow"):
        uri, run_id = variables.get("MLFLOW_TRACKING_URI"), variables.get("MLFLOW_RUN_ID")
        if uri and run_id and trouble(uri) is None:
            import mlflow

            client = connect(mlflow, uri, None)
            names = [model.name for model in logged_in(client, client.get_run(run_id))]
    return names


def finish_step(run_dir: str | Path, step: str, result: Mapping[str, Any]) -> None:
    """Log the step's metrics and set its final state; `finish_run` makes up for it if the server is down now."""
    with _never_failing(f'close step "{step}" in MLflow', run_dir):
        book = _book(run_dir)
        if _is_usable(book):
            with book.open() as state:
                if step in state["steps"]:
                    book.close_step(state, step, result)


def finish_run(run_dir: str | Path, status: str, steps: Mapping[str, str] | None = None) -> bool:
    """Close the run in MLflow: spooled steps, metrics, notebooks, the lock file, states.

    It can take seconds (uploads): not for a process that others wait for.

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
    with _never_failing("close the run in MLflow", run_dir):
        book = _book(run_dir)
        if _is_usable(book):
            with book.open() as state:
                book.finish(state, status, steps or {})
            note(run_dir, None)
            return True
    return False


def _book(run_dir: str | Path) -> Book:
    import mlflow

    folder = Path(run_dir)
    given = (read_json(folder / "run.json").get("tracking") or {}).get("uri")
    uri = with_password(given, os.environ.get("MLFLOW_TRACKING_URI")) if given else ensure_store(folder.parent.parent)
    return Book(folder, uri, mlflow)


def delete_run(run_dir: str | Path) -> int:
    """Delete what MLflow has of a run, with the runs of its steps and those below; return how many runs that were.

    Raises
    ------
    UnavailableError
        MLflow cannot be used (`reach.trouble`); nothing was deleted.
    """
    book = _book(run_dir)
    if (found := trouble(book.uri)) is not None:
        raise UnavailableError(found.code, found.message, found.hint)
    with book.open() as state:
        return book.delete(state)


def _is_usable(book: Book) -> bool:
    """Whether MLflow can be used now; why not is noted in the run's folder."""
    found = trouble(book.uri)
    if found is not None:
        _log.warning("%s", found.message)
        note(book.run_dir, found)
    return found is None


@contextmanager
def _never_failing(what: str, run_dir: str | Path | None = None) -> Iterator[None]:
    """Report an error, note it in the run's folder, go on. A door: MLflow and what is below raise whatever they like.

    Parameters
    ----------
    run_dir
        the run's folder; None notes nothing.
    """
    try:
        yield
    except Exception as error:
        if run_dir is not None:
            words = f"could not {what}: {(str(error).splitlines() or [type(error).__name__])[0][:200]}"
            with suppress(Exception):
                given = of_error(_book(run_dir).uri, error)
                note(run_dir, given or Trouble("mlflow.error", without_password(words), "see `runner.log` in the home"))
        _log.warning("could not %s: %s", what, error, exc_info=_log.isEnabledFor(logging.DEBUG))
