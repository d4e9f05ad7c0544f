"""The server extension: what the Jupyter server loads when it starts, and so light to import.

Every route needs a signed-in user and the authorizer's yes for the resource ``mlops``; a path without a
route does not exist.
"""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.application import ExtensionApp
from tornado import web

import jupyter_mlops

API = "/mlops/api/v1"


class StatusHandler(APIHandler):
    """Answers whether the extension is there, and which release of the package it is."""

    auth_resource = "mlops"

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Answer ``{"version": 1, "package": "0.1.0"}``."""
        self.finish({"version": 1, "package": jupyter_mlops.__version__})


class MlopsExtension(ExtensionApp):
    """The extension application of the Jupyter server."""

    name = "jupyter_mlops"
    extension_url = f"{API}/status"

    def initialize_handlers(self) -> None:
        """Add the routes; called by the server."""
        self.handlers.append((f"{API}/status", StatusHandler))
