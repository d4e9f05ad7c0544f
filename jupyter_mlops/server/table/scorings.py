"""The routes of scorings: files that a model predicts in the background."""

from __future__ import annotations

from jupyter_mlops.server.forms import scorings
from jupyter_mlops.server.table.row import Route

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/models/{model}/scorings",
        "scorings:start",
        "Let a model predict the rows of a file, in the background",
        "execute",
        scorings.Scoring,
        body=scorings.ScoreBody,
        status=201,
    ),
    Route(
        "GET",
        "/models/{model}/scorings",
        "scorings:listed",
        "The files that a model scores and scored, since the server started",
        "read",
        scorings.Scorings,
    ),
    Route("GET", "/scorings/{scoring}", "scorings:detail", "One of them", "read", scorings.Scoring),
    Route(
        "POST",
        "/scorings/{scoring}/cancel",
        "scorings:cancel",
        "Ask for its end; what was predicted is kept for the next time",
        "write",
        scorings.Scoring,
    ),
)
