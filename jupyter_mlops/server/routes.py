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

from jupyter_mlops.server.table import deployments, jobs, models, runs, scorings, server
from jupyter_mlops.server.table.row import Route as Route

API = "/mlops/api/v1"
# What a segment in braces may be.
SEGMENTS = {
    "run": "[0-9a-f]{32}",
    "job": "[^/]+",
    "model": "[^/]+",
    "scoring": "[0-9a-f]{32}",
    "version": "[1-9][0-9]{0,8}",
    "deployment": "[^/]+",
    "rest": ".+",
}

ROUTES: tuple[Route, ...] = (
    *server.ROUTES,
    *runs.ROUTES,
    *jobs.ROUTES,
    *models.ROUTES,
    *scorings.ROUTES,
    *deployments.ROUTES,
)
