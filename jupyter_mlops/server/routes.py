"""The routes, all of them, in ONE table: method, path, body, query, answer, permission, verb.

From it come the handlers, the OpenAPI file, the TypeScript types and the test that walks every route without a token.
A path without a row does not exist; a row without a permission cannot be written.

action
    what the authorizer is asked for the resource ``mlops``: ``read`` changes nothing, ``write`` changes what is stored,
    ``execute`` starts code.
verb
    ``module:function`` below this package, imported when the route is first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.server.forms import common, jobs, notebooks, runs
from jupyter_mlops.server.forms.common import Answer, Body

API = "/mlops/api/v1"
Action = Literal["read", "write", "execute"]
# What a segment in braces may be.
SEGMENTS = {"run": "[0-9a-f]{32}", "job": "[^/]+"}


@dataclass(frozen=True)
class Route:
    """A row of the table.

    Attributes
    ----------
    path
        below `API`; a segment in braces is handed to the verb under its name.
    answer
        the form of the answer, or the media type of one that is no JSON; None is 204.
    status
        of the answer when all is well.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    verb: str
    summary: str
    action: Action
    answer: type[Answer] | str | None
    body: type[Body] | None = None
    query: type[Body] | None = None
    status: int = 200


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/status",
        "status:status",
        "Whether the extension is there, and where it keeps things",
        "read",
        common.ServerStatus,
    ),
    Route("GET", "/openapi.json", "status:openapi", "This description", "read", "application/json"),
    Route("GET", "/activity", "status:activity", "How many runs are queued and running", "read", common.Activity),
    Route(
        "POST",
        "/inspect",
        "notebooks:inspect",
        "The pipeline, cells and findings of a notebook",
        "read",
        notebooks.Inspection,
        body=notebooks.InspectBody,
    ),
    Route("GET", "/runs", "runs:listed", "Runs, newest first", "read", runs.RunPage, query=runs.RunsQuery),
    Route("POST", "/runs", "runs:start", "Start a run", "execute", runs.RunDetail, body=runs.RunBody, status=201),
    Route("GET", "/runs/{run}", "runs:detail", "One run with its steps", "read", runs.RunDetail),
    Route(
        "DELETE", "/runs/{run}", "runs:delete", "Delete a run that is over, with its files", "write", None, status=204
    ),
    Route("POST", "/runs/{run}/cancel", "runs:cancel", "Ask for the end of a run", "write", runs.RunDetail),
    Route(
        "POST",
        "/runs/{run}/retry",
        "runs:retry",
        "Run again what did not succeed, or from a step on",
        "execute",
        runs.RunDetail,
        body=runs.RetryBody,
        status=201,
    ),
    Route("GET", "/runs/{run}/attempts", "steps:attempts", "The attempts of its steps", "read", runs.Attempts),
    Route(
        "GET",
        "/runs/{run}/log",
        "steps:log",
        "What a step printed; honours Range",
        "read",
        "text/plain",
        query=runs.LogQuery,
    ),
    Route(
        "GET",
        "/runs/{run}/notebook",
        "steps:notebook",
        "The executed notebook of a step",
        "read",
        "application/x-ipynb+json",
        query=runs.StepQuery,
    ),
    Route(
        "GET",
        "/runs/{run}/report",
        "steps:report",
        "The executed notebook of a step as a sandboxed page",
        "read",
        "text/html",
        query=runs.ReportQuery,
    ),
    Route(
        "GET",
        "/runs/{run}/artifacts",
        "steps:artifacts",
        "What a step was given and hands over",
        "read",
        runs.Artifacts,
        query=runs.StepQuery,
    ),
    Route(
        "GET",
        "/runs/{run}/preview",
        "steps:preview",
        "A look at one of these values; no code of it runs",
        "read",
        runs.Preview,
        query=runs.PreviewQuery,
    ),
    Route("GET", "/compare", "compare:compare", "Runs side by side", "read", runs.Comparison, query=runs.CompareQuery),
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
        "DELETE",
        "/jobs/{job}",
        "jobs:delete",
        "Delete a job with all its versions; its runs stay",
        "write",
        None,
        status=204,
    ),
)
