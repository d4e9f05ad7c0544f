"""The routes of jobs."""

from __future__ import annotations

from jupyter_mlops.server.forms import jobs
from jupyter_mlops.server.table.row import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/jobs", "jobs:listed", "Every job with its newest version", "read", jobs.Jobs),
    Route(
        "POST",
        "/jobs",
        "jobs:promote",
        "Freeze a notebook as the next version of a job",
        "write",
        jobs.Promoted,
        body=jobs.PromoteBody,
        status=201,
    ),
    Route("GET", "/jobs/{job}", "jobs:detail", "One job with its versions", "read", jobs.JobDetail),
    Route(
        "GET",
        "/jobs/{job}/compare",
        "jobs:compare",
        "Two versions of a job side by side",
        "read",
        jobs.JobComparison,
        query=jobs.JobCompareQuery,
    ),
    Route(
        "GET",
        "/jobs/{job}/versions/{version}/notebook",
        "jobs:notebook",
        "The frozen notebook of a version",
        "read",
        "application/x-ipynb+json",
    ),
    Route(
        "GET",
        "/jobs/{job}/versions/{version}/report",
        "jobs:report",
        "The frozen notebook of a version as a sandboxed page",
        "read",
        "text/html",
        query=jobs.JobReportQuery,
    ),
    Route(
        "DELETE",
        "/jobs/{job}",
        "jobs:delete",
        "Delete a job with all its versions; its runs stay",
        "write",
        None,
        status=204,
    ),
)
