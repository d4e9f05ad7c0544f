"""Runs at the door: list, one run, start, cancel, retry, delete."""

from __future__ import annotations

from jupyter_mlops.app.progress import Progress, progress_of
from jupyter_mlops.app.runs import STATUSES
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.listing import ACTIVE, Filter, Summary
from jupyter_mlops.runs.run import Run, StepRun
from jupyter_mlops.server.desk import Call, Desk
from jupyter_mlops.server.forms import runs as forms
from jupyter_mlops.server.notebooks import options, parameter
from jupyter_mlops.server.rows import failure, fields, ignored, numbers, row, text


def listed(call: Call) -> forms.RunPage:
    """List runs, newest first."""
    query = call.query
    assert isinstance(query, forms.RunsQuery)
    chosen = {"active": ACTIVE, None: ()}.get(query.status, (query.status,))
    wanted = Filter(
        status=[str(status) for status in chosen if status in STATUSES],
        name=query.name,
        job=query.job,
        notebook=str(call.desk.notebook_path(query.path)) if query.path else None,
        q=query.q or "",
    )
    page, cursor = call.desk.workbench.page(wanted, query.limit, query.cursor)
    return forms.RunPage(runs=[row(call.desk, each) for each in page], next_cursor=cursor)


def detail(call: Call) -> forms.RunDetail:
    """Show one run."""
    return whole(call.desk, call.desk.workbench.find(call.segments["run"]))


def start(call: Call) -> forms.RunDetail:
    """Start a run of a notebook or a job."""
    body, desk = call.body, call.desk
    assert isinstance(body, forms.RunBody)
    if (body.path is None) == (body.job is None):
        raise UsageError("request.invalid", "a run is of a notebook or of a job", "give `path` or `job`, one of them")
    # Never a text: it could mean a file.
    target = desk.readable_path(body.path) if body.path is not None else desk.workbench.job(body.job or "")[0]
    with desk.noted() as notes:
        run = desk.workbench.run(
            target,
            body.parameters,
            body.texts,
            from_step=body.from_step,
            steps=body.steps,
            no_cache=body.no_cache,
            ignore=body.ignore,
        )
    return whole(desk, run, notes)


def cancel(call: Call) -> forms.RunDetail:
    """Ask for the end of a run; one that is over stays what it is."""
    return whole(call.desk, call.desk.workbench.cancel(call.segments["run"]))


def retry(call: Call) -> forms.RunDetail:
    """Start a run that takes over what succeeded."""
    body, desk = call.body, call.desk
    assert isinstance(body, forms.RetryBody)
    with desk.noted() as notes:
        run = desk.workbench.retry(call.segments["run"], body.from_step)
    return whole(desk, run, notes)


def delete(call: Call) -> None:
    """Delete a run with its files."""
    call.desk.workbench.delete(call.segments["run"])


def whole(desk: Desk, run: Run, notes: list[str] | None = None) -> forms.RunDetail:
    """Return a run with all that is known of its steps."""
    found = progress_of(run, desk.workbench.steps.followed(run))
    pipeline = found.pipeline
    return forms.RunDetail(
        **fields(desk, Summary.of(run)),
        steps=[_step(step, pipeline, found) for step in run.steps],
        declared=[parameter(p) for p in pipeline.parameters] if pipeline else [],
        failure=failure(run.error),
        notebook=run.notebook,
        git_commit=found.git_commit,
        git_dirty=found.git_dirty,
        no_cache=run.no_cache,
        chosen=list(run.chosen) if run.chosen is not None else None,
        mlflow_run_id=run.mlflow_run_id,
        tracking_uri=found.tracking_uri,
        folder=str(run.folder),
        ignored=ignored(run.ignored),
        notes=[*(notes or ()), *found.notes],
    )


def _step(step: StepRun, pipeline: Pipeline | None, found: Progress) -> forms.StepRun:
    known = next((s for s in pipeline.steps if s.name == step.name), None) if pipeline else None
    spec = known or Step(step.name, ())
    inside = found.steps.get(step.name)
    return forms.StepRun(
        name=step.name,
        status=step.status.value,
        cells=list(spec.cells),
        fingerprint=spec.fingerprint,
        after=list(spec.after),
        inputs=dict(spec.inputs),
        outputs=list(spec.outputs),
        options=options(spec.options),
        attempts=step.attempts,
        cached=step.cached,
        carried_from=inside.carried_from if inside else None,
        started_at=text(step.started_at),
        finished_at=text(step.finished_at),
        error=failure(step.error),
        metrics=numbers(step.metrics),
        cell=inside.cell if inside else None,
        position=inside.position if inside else None,
        cells_total=inside.cells_total if inside else None,
        result=inside.result if inside else None,
        output=inside.output if inside else None,
        has_notebook=inside.has_notebook if inside else False,
        sizes=dict(inside.sizes) if inside else {},
    )
