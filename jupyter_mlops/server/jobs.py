"""Jobs at the door: list, one job, its versions and their notebooks, promote, delete."""

from __future__ import annotations

from urllib.parse import quote

from jupyter_mlops.app.comparison import compare_versions as compared
from jupyter_mlops.app.page import HEADERS
from jupyter_mlops.app.promotion import frozen, same_as_before, source_of
from jupyter_mlops.jobs.job import JobVersion, job_name
from jupyter_mlops.server.compare import parameters, steps
from jupyter_mlops.server.desk import Call, Desk, Raw
from jupyter_mlops.server.forms import jobs as forms
from jupyter_mlops.server.notebooks import parameter
from jupyter_mlops.server.rows import ignored, row
from jupyter_mlops.server.steps import PLAIN


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


def notebook(call: Call) -> Raw:
    """Send the frozen notebook of a version as a file."""
    found = _version(call)
    name = quote(f"{found.label}.ipynb", safe="")
    headers = {**PLAIN, "Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Raw(source_of(found).read_bytes(), "application/x-ipynb+json", headers)


def report(call: Call) -> Raw:
    """Send the frozen notebook of a version as a page that runs nothing and loads nothing."""
    query = call.query
    assert isinstance(query, forms.JobReportQuery)
    found = _version(call)
    page = call.desk.workbench.steps.pages.page(source_of(found), found.label, theme=query.theme)
    return Raw(page, "text/html; charset=utf-8", {**HEADERS, "Cache-Control": "no-store"})


def compare(call: Call) -> forms.JobComparison:
    """Compare two versions of a job."""
    query = call.query
    assert isinstance(query, forms.JobCompareQuery)
    found = compared([_numbered(call, number) for number in query.version])
    return forms.JobComparison(
        versions=[version(call.desk, each) for each in found.versions],
        parameters=parameters(found.parameters),
        steps=steps(found.steps),
        has_sources=found.has_sources,
    )


def _version(call: Call) -> JobVersion:
    return _numbered(call, int(call.segments["version"]))


def _numbered(call: Call, number: int) -> JobVersion:
    found, _ = call.desk.workbench.job(f"{job_name(call.segments['job'])}@{number}")
    return found


def promote(call: Call) -> forms.Promoted:
    """Freeze a notebook as the next version of a job."""
    body = call.body
    assert isinstance(body, forms.PromoteBody)
    path = call.desk.readable_path(body.path)
    made = call.desk.workbench.promote(path, body.job, body.parameters, body.texts, note=body.note, ignore=body.ignore)
    return forms.Promoted(
        version=version(call.desk, made), notes=[*made.notes, *same_as_before(call.desk.workbench.job_store, made)]
    )


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
