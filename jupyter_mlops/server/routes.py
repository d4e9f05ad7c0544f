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

from jupyter_mlops.server.forms import common, deployments, jobs, models, notebooks, runs
from jupyter_mlops.server.forms.common import Answer, Body

API = "/mlops/api/v1"
Action = Literal["read", "write", "execute"]
# What a segment in braces may be.
SEGMENTS = {
    "run": "[0-9a-f]{32}",
    "job": "[^/]+",
    "model": "[^/]+",
    "version": "[1-9][0-9]{0,8}",
    "deployment": "[^/]+",
    "rest": ".+",
}


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
    Route(
        "GET", "/runs/{run}/models", "models:logged", "The models that its steps logged", "read", models.LoggedModels
    ),
    Route("GET", "/models", "modellist:listed", "Every registered model", "read", models.Models),
    Route(
        "POST",
        "/models",
        "models:register",
        "Register a model that a run logged",
        "write",
        models.VersionDetail,
        body=models.RegisterBody,
        status=201,
    ),
    Route("GET", "/models/{model}", "models:detail", "One model with its versions", "read", models.ModelDetail),
    Route(
        "GET",
        "/models/{model}/history",
        "models:history",
        "Who moved its aliases, and what they were at a moment",
        "read",
        models.History,
        query=models.HistoryQuery,
    ),
    Route(
        "POST",
        "/models/{model}/promote",
        "models:promote",
        "Move an alias to a version; gates that fail refuse",
        "write",
        models.Moved,
        body=models.MoveBody,
    ),
    Route(
        "POST",
        "/models/{model}/rollback",
        "models:rollback",
        "Move an alias back to where it was",
        "write",
        models.Moved,
        body=models.RollbackBody,
    ),
    Route(
        "POST",
        "/models/{model}/gates",
        "models:set_gates",
        "Write the gates of a model",
        "write",
        models.Gates,
        body=models.GatesBody,
    ),
    Route(
        "GET",
        "/models/{model}/versions/{version}",
        "models:version",
        "One version; nothing of it is loaded",
        "read",
        models.VersionDetail,
    ),
    Route(
        "GET",
        "/models/{model}/versions/{version}/gates",
        "models:gates",
        "What the gates say of a version",
        "read",
        models.GateReport,
        query=models.GatesQuery,
    ),
    Route(
        "POST",
        "/models/{model}/versions/{version}/approve",
        "models:approve",
        "Approve a version",
        "write",
        models.VersionDetail,
        body=models.ApproveBody,
    ),
    Route("GET", "/deployments", "deployments:listed", "Every deployment", "read", deployments.Deployments),
    Route(
        "POST",
        "/deployments",
        "deployments:create",
        "Serve a model",
        "execute",
        deployments.Deployed,
        body=deployments.DeployBody,
        status=201,
    ),
    Route(
        "GET",
        "/deployments/{deployment}",
        "deployments:detail",
        "One deployment with what it serves",
        "read",
        deployments.DeploymentDetail,
    ),
    Route(
        "DELETE",
        "/deployments/{deployment}",
        "deployments:delete",
        "Stop serving and delete the deployment with its files",
        "write",
        None,
        status=204,
    ),
    Route(
        "POST",
        "/deployments/{deployment}/update",
        "deployments:update",
        "Change what is served, and to whom",
        "execute",
        deployments.DeploymentDetail,
        body=deployments.UpdateBody,
    ),
    Route(
        "POST",
        "/deployments/{deployment}/rollback",
        "deployments:rollback",
        "Serve again what was served before",
        "execute",
        deployments.DeploymentDetail,
    ),
    Route(
        "POST",
        "/deployments/{deployment}/stop",
        "deployments:stop",
        "Stop serving",
        "write",
        deployments.DeploymentDetail,
    ),
    Route(
        "POST",
        "/deployments/{deployment}/start",
        "deployments:start",
        "Serve again",
        "execute",
        deployments.DeploymentDetail,
    ),
    Route(
        "POST",
        "/deployments/{deployment}/token",
        "deployments:token",
        "Make a new token; the old ones no longer open",
        "write",
        deployments.Token,
    ),
    Route(
        "GET",
        "/deployments/{deployment}/stats",
        "deployments:stats",
        "Requests, errors and latency by version",
        "read",
        deployments.Stats,
        query=deployments.StatsQuery,
    ),
    Route(
        "GET",
        "/deployments/{deployment}/log",
        "deployments:log",
        "What it wrote",
        "read",
        deployments.DeploymentLog,
        query=deployments.ServingLogQuery,
    ),
    Route(
        "GET",
        "/deployments/{deployment}/serve/{rest}",
        "deployments:ask",
        "Ask what it serves, signed in here instead of with its token",
        "read",
        "application/json",
    ),
    Route(
        "POST",
        "/deployments/{deployment}/serve/{rest}",
        "deployments:ask",
        "Ask what it serves, signed in here instead of with its token",
        "execute",
        "application/json",
        body=common.Bytes,
    ),
)
