"""The routes of the server itself, and of notebooks."""

from __future__ import annotations

from jupyter_mlops.server.forms import common, notebooks
from jupyter_mlops.server.table.row import Route

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
)
