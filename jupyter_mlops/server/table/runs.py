"""The routes of runs, their steps and comparing them."""

from __future__ import annotations

from jupyter_mlops.server.forms import runs
from jupyter_mlops.server.table.row import Route

ROUTES: tuple[Route, ...] = (
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
)
