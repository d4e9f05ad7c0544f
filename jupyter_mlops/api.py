"""The verbs as Python functions: ``import jupyter_mlops as mlops; mlops.run("train.ipynb", lr=0.1).wait()``.

The same words as the command line, the same errors (`jupyter_mlops.base.errors.MlopsError`), values instead
of text.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.served import DeploymentHandle
from jupyter_mlops.app.watch import Snapshot
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.jobs.job import JobVersion
from jupyter_mlops.pipeline.spec import Pipeline

if TYPE_CHECKING:
    from jupyter_mlops.models.version import Model, ModelVersion
    from jupyter_mlops.notebook.finding import Finding

PathLike = str | os.PathLike[str]


class RunHandle:
    """One run, looked at when asked: every property reads the store anew."""

    def __init__(self, workbench: Workbench, run_id: str) -> None:
        self._workbench = workbench
        self.id = run_id

    @property
    def status(self) -> str:
        """``queued``, ``running``, ``succeeded``, ``failed`` or ``cancelled``."""
        return str(self._workbench.find(self.id).status)

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The steps by name, in the JSON form of ``run --json``."""
        return {step["name"]: step for step in self.to_json()["steps"]}

    @property
    def metrics(self) -> dict[str, float]:
        """What the steps have logged so far."""
        return dict(self._workbench.details(self.id).metrics)

    @property
    def notebooks(self) -> dict[str, Path]:
        """The executed notebook of each step that was started."""
        return {name: Path(path) for name, path in self._workbench.details(self.id).notebooks.items()}

    def wait(self, timeout: float | None = None) -> RunHandle:
        """Wait for the end of the run, or for `timeout` seconds, and return the run itself."""
        self._workbench.wait(self.id, timeout_s=timeout)
        return self

    def cancel(self) -> RunHandle:
        """Cancel the run; no-op when it is over."""
        self._workbench.cancel(self.id)
        return self

    def logs(self, step: str | None = None, *, follow: bool = False) -> Iterator[tuple[str, str]]:
        """Yield (step, line) of what the steps printed; with `follow` until the run is over."""
        return self._workbench.logs(self.id, step, follow=follow)

    def retry(self, from_step: str | None = None) -> RunHandle:
        """Start a new run that carries what succeeded; see the verb ``runs retry``."""
        return RunHandle(self._workbench, self._workbench.retry(self.id, from_step).id)

    def delete(self, *, with_mlflow: bool = False) -> None:
        """Delete the run, which must be over, with its files, perhaps its MLflow run; what others took over stays."""
        self._workbench.delete(self.id, with_mlflow=with_mlflow)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form of ``run --json``."""
        return dict(self._workbench.find(self.id).to_json())

    def snapshot(self) -> Snapshot:
        """Return the run with the last output line of each running step."""
        return self._workbench.snapshot(self.id)

    def __repr__(self) -> str:
        form = self.to_json()
        from jupyter_mlops.app.report import progress

        return f"<run {self.id[:8]} of {form['name']}: {form['status']}, {progress(form)}>"

    def _repr_html_(self) -> str:
        from jupyter_mlops.app import markup

        return markup.whole(self.snapshot(), self._workbench.details(self.id))


def check(notebook: PathLike, *, ignore: Collection[str] = ()) -> list[Finding]:
    """Return all findings of a notebook; empty when there is nothing to say. Those ignored say so: `is_ignored`."""
    return list(_workbench().check(notebook, ignore).findings)


def show(notebook: PathLike) -> Pipeline:
    """Return the pipeline that a notebook is."""
    return _workbench().check(notebook).pipeline


def compile(
    notebook: PathLike,
    out: PathLike,
    *,
    parameters: Mapping[str, Any] | None = None,
    ignore: Collection[str] = (),
    **values: Any,
) -> list[Path]:
    """Write ``pipeline.json`` and one runnable notebook per step into `out`; return the files."""
    return _workbench().compile(notebook, out, {**(parameters or {}), **values}, {}, ignore)


def run(
    target: PathLike,
    /,
    *,
    parameters: Mapping[str, Any] | None = None,
    from_step: str | None = None,
    steps: Collection[str] | None = None,
    no_cache: bool = False,
    ignore: Collection[str] = (),
    **values: Any,
) -> RunHandle:
    """Start a run of a notebook or a job version and return it at once.

    Parameters
    ----------
    target
        path of a notebook, ``"JOB"`` or ``"JOB@2"``.
    parameters
        values by name, for names that are words of this function or of Python.
    from_step
        take the steps before this one from the latest run that has them.
    steps
        run only these; what they need is taken from earlier runs, the others are skipped.
    no_cache
        run every step, whatever the cache holds.
    ignore
        codes of findings that do not refuse the notebook: ``ignore=["notebook.undefined_name"]``.
    values
        parameters, as keywords: ``run("train.ipynb", lr=0.1)``.

    Raises
    ------
    UsageError
        the notebook or the parameters are wrong; nothing was started.
    """
    workbench = _workbench()
    given = {**(parameters or {}), **values}
    started = workbench.run(target, given, {}, from_step=from_step, steps=steps, no_cache=no_cache, ignore=ignore)
    return RunHandle(workbench, started.id)


def promote(
    notebook: PathLike,
    *,
    as_: str,
    parameters: Mapping[str, Any] | None = None,
    note: str = "",
    ignore: Collection[str] = (),
    **values: Any,
) -> JobVersion:
    """Freeze a notebook as the next version of the job `as_`, the given parameters being its defaults."""
    return _workbench().promote(notebook, as_, {**(parameters or {}), **values}, {}, note=note, ignore=ignore)


def runs(limit: int = 20, status: str | None = None) -> list[RunHandle]:
    """Return the latest runs, newest first."""
    workbench = _workbench()
    return [RunHandle(workbench, found.id) for found in workbench.runs(limit, status)]


def jobs() -> list[JobVersion]:
    """Return the newest version of every job."""
    return _workbench().jobs()


def logs(run: str | RunHandle, step: str | None = None, *, follow: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (step, line) of what a run's steps printed; `run` may be the beginning of an id, or ``"latest"``."""
    return _handle(run).logs(step, follow=follow)


def cancel(run: str | RunHandle) -> RunHandle:
    """Cancel a run; no-op when it is over."""
    return _handle(run).cancel()


def retry(run: str | RunHandle, from_step: str | None = None) -> RunHandle:
    """Start a new run that carries what succeeded in `run`."""
    return _handle(run).retry(from_step)


def models() -> list[Model]:
    """Return the registered models with their aliases, by name."""
    return [entry.model for entry in _workbench().models.listed()]


def register(run: str | RunHandle, name: str | None = None, step: str | None = None) -> ModelVersion:
    """Make a version of the model that a run logged, once, and return it; `name` is the one it was logged under.

    Parameters
    ----------
    step
        which one, where several steps logged a model.
    """
    workbench = _workbench()
    return workbench.models.register(_handle(run).id, name, step)


def deploy(
    model: str,
    name: str | None = None,
    *,
    wait: bool = True,
    port: int = 0,
    workers: int = 1,
    python: PathLike | None = None,
    readable: Sequence[PathLike] = (),
    network: bool = False,
) -> DeploymentHandle:
    """Serve a model and return its deployment, which knows its token this once.

    Parameters
    ----------
    model
        ``"churn@champion"``, ``"churn/3"``, or ``"churn"``: its champion.
    name
        of the deployment; the model's own when not given.
    wait
        until it answers.
    port
        0 is a free one; it is kept.
    workers
        processes per version.
    python
        interpreter of the environment to serve in; None is one on this machine that has what the model needs.
    readable
        files and folders that the model may read beside its own.
    network
        whether the model may open connections, which lead to this machine's services too.
    """
    from jupyter_mlops.deployments.deployment import Options
    from jupyter_mlops.models.version import reference

    workbench = _workbench()
    options = Options(
        workers=workers,
        python=os.fspath(python) if python is not None else None,
        readable=tuple(os.fspath(path) for path in readable),
        network=network,
    )
    made, token = workbench.deployments.create(name or reference(model).name, model, options, port=port)
    handle = DeploymentHandle(workbench, made.name, token)
    return handle.wait() if wait else handle


def deployments() -> list[DeploymentHandle]:
    """Return all deployments, by name."""
    workbench = _workbench()
    return [DeploymentHandle(workbench, view.deployment.name) for view in workbench.deployments.listed()]


def predict(deployment: str | DeploymentHandle, data: object, params: Mapping[str, Any] | None = None) -> Any:
    """Return a deployment's predictions for a data frame, an array, records or a body of ``/invocations``."""
    if isinstance(deployment, DeploymentHandle):
        return deployment.predict(data, params)
    return _workbench().deployments.predict(deployment, data, params)


def score(model: str, source: PathLike, output: PathLike, rows: int | None = None) -> dict[str, Any]:
    """Write the rows of a CSV or Parquet file with the predictions of a model: ``NAME``, ``NAME@ALIAS``, ``NAME/3``.

    The rows go to the model in chunks of `rows`; asked again after it was killed, it goes on where it was. What was
    done comes back: version, rows, the columns that were added.
    """
    from jupyter_mlops.app.scoring import noted, score_file
    from jupyter_mlops.models.score import ROWS

    workbench = _workbench()
    chunk = ROWS if rows is None else rows
    told = noted(workbench.note)
    return score_file(workbench.models, model, Path(source), Path(output), chunk, progress=told).to_json()


def _workbench() -> Workbench:
    """Return a workbench of the environment's settings, whose work has a runner."""
    workbench = Workbench()
    workbench.attend()
    return workbench


def _handle(run: str | RunHandle) -> RunHandle:
    if isinstance(run, RunHandle):
        return run
    workbench = _workbench()
    return RunHandle(workbench, workbench.find(run).id)
