"""Deleting what MLflow has of a run, before the run itself goes."""

from __future__ import annotations

from jupyter_mlops.base.errors import ConflictError
from jupyter_mlops.db.session import Database
from jupyter_mlops.runs.run import Run


def delete_mlflow_run(run: Run, database: Database) -> int:
    """Delete the MLflow run of a run and those below it; return how many that were. No-op when there is none.

    Raises
    ------
    ConflictError
        ``run.not_over``; ``run.has_models``: a version of a model was registered from it, and would lose its origin.
    UnavailableError
        MLflow cannot be used.
    """
    from jupyter_mlops.models.register import registered_from
    from jupyter_mlops.runs.tracking import delete_run

    if not run.status.is_terminal:
        raise ConflictError("run.not_over", f"run {run.id[:8]} is {run.status}", "cancel it first")
    models = registered_from(database, run.id)
    if models:
        names = ", ".join(models)
        raise ConflictError(
            "run.has_models",
            f"run {run.id[:8]} made {names}",
            "delete it without its MLflow run, which is their origin",
        )
    if not (run.folder / "mlflow.json").is_file():
        return 0
    return delete_run(run.folder)
