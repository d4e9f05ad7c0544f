"""Jobs at the door: list, one job, promote, delete."""

from __future__ import annotations

from jupyter_mlops.app.promotion import frozen
from jupyter_mlops.jobs.job import JobVersion, job_name
from jupyter_mlops.server.desk import Call, Desk
from jupyter_mlops.server.forms import jobs as forms
from jupyter_mlops.server.notebooks import parameter
from jupyter_mlops.server.rows import ignored, row


def listed(call: Call) -> forms.Jobs:
    """List every job with its newest version."""
    desk = call.desk
    return forms.Jobs(
        jobs=[
            forms.Job(
                name=newest.name,
                version=newest.number,
                versions=count,
                created_at=newest.created_at.isoformat(),
                path=desk.contents_path(newest.notebook),
                notebook=newest.notebook,
                note=newest.note,
                last_run=row(desk, last) if last else None,
            )
            for newest, count, last in desk.workbench.job_entries()
        ]
    )


def detail(call: Call) -> forms.JobDetail:
    """Show one job with its versions, newest first."""
    name = job_name(call.segments["job"])
    _, versions = call.desk.workbench.job(name)
    return forms.JobDetail(name=name, versions=[version(call.desk, each) for each in reversed(versions)])


def promote(call: Call) -> forms.Promoted:
    """Freeze a notebook as the next version of a job."""
    body = call.body
    assert isinstance(body, forms.PromoteBody)
    path = call.desk.readable_path(body.path)
    made = call.desk.workbench.promote(path, body.job, body.parameters, body.texts, note=body.note, ignore=body.ignore)
    return forms.Promoted(version=version(call.desk, made), notes=made.notes)


def delete(call: Call) -> None:
    """Delete a job with all its versions; its runs stay."""
    call.desk.workbench.delete_job(job_name(call.segments["job"]))


def version(desk: Desk, found: JobVersion) -> forms.JobVersion:
    """Return the form of a version."""
    pipeline = frozen(found)
    return forms.JobVersion(
        name=found.name,
        number=found.number,
        created_at=found.created_at.isoformat(),
        path=desk.contents_path(found.notebook),
        notebook=found.notebook,
        notebook_sha256=found.notebook_sha256,
        declared=[parameter(p) for p in pipeline.parameters] if pipeline else [],
        steps=[step.name for step in pipeline.steps] if pipeline else [],
        files=list(found.files),
        modules=list(found.modules),
        live_paths=list(found.live_paths),
        git_commit=found.git_commit,
        git_dirty=found.git_dirty,
        note=found.note,
        ignored=ignored(found.ignored),
    )
