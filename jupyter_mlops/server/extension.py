"""The server extension: what the Jupyter server loads when it starts, and so light to import.

Every route needs a signed-in user and the authorizer's yes for the resource ``mlops``; a path without a
route does not exist.
"""

from __future__ import annotations

import os

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.application import ExtensionApp
from tornado import web

import jupyter_mlops
from jupyter_mlops.app.config import MlopsSettings

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
    classes = [*ExtensionApp.classes, MlopsSettings]  # noqa: RUF012 (the base class does it)
    # An administrator's own file, beside `jupyter_server_config.py`, which works too and wins.
    config_file_name = "jupyter_mlops_config"

    def initialize_settings(self) -> None:
        """Read the configuration, and hand it to the kernels, terminals and runner that this process starts."""
        self.mlops = MlopsSettings(parent=self)
        os.environ.update(self.mlops.environ())

    def initialize_handlers(self) -> None:
        """Add the routes; called by the server."""
        self.handlers.append((f"{API}/status", StatusHandler))
