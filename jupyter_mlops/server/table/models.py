"""The routes of models."""

from __future__ import annotations

from jupyter_mlops.server.forms import models
from jupyter_mlops.server.table.row import Route

ROUTES: tuple[Route, ...] = (
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
)
