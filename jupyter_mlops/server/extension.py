"""The server extension: what the Jupyter server loads when it starts, and so light to import.

Every route needs a signed-in user and the authorizer's yes for the resource ``mlops``; a path without a
route does not exist.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp

from jupyter_mlops.app.config import MlopsPolicy, MlopsSettings
from jupyter_mlops.app.homes import home_problem
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.server.desk import Desk
from jupyter_mlops.server.handler import SLOW_THREADS, THREADS, handlers
from jupyter_mlops.server.live import SCHEMA, SCHEMA_ID, Live
from jupyter_mlops.server.routes import API


class MlopsExtension(ExtensionApp):
    """The extension application of the Jupyter server."""

    name = "jupyter_mlops"
    extension_url = f"{API}/status"
    classes = [*ExtensionApp.classes, MlopsSettings, MlopsPolicy]  # noqa: RUF012 (the base class does it)
    # An administrator's own file, beside `jupyter_server_config.py`, which works too and wins.
    config_file_name = "jupyter_mlops_config"

    def initialize_settings(self) -> None:
        """Read the configuration, and hand it to the kernels, terminals and runner that this process starts."""
        self.mlops = MlopsSettings(parent=self)
        os.environ.update(self.mlops.environ())
        if (problem := home_problem(self.mlops)) is not None:
            # Every request will say it; an administrator reads the log.
            self.log.error("jupyter_mlops: %s; %s", problem.message, problem.hint)

        assert self.serverapp is not None
        contents = self.serverapp.contents_manager
        if root := getattr(contents, "root_dir", None):
            # No model reads it; see `deployments.confinement`.
            os.environ["JUPYTER_MLOPS_NOTEBOOKS"] = os.path.abspath(os.path.expanduser(root))
        self.desk = Desk(
            lambda note: Workbench(self.mlops, note),
            getattr(contents, "root_dir", None),
            allow_hidden=contents.allow_hidden,
        )
        self.pool = ThreadPoolExecutor(THREADS, "mlops")
        self.slow = ThreadPoolExecutor(SLOW_THREADS, "mlops-slow")
        logger = self.serverapp.event_logger
        assert logger is not None
        logger.register_event_schema(SCHEMA)
        self.live = Live(
            lambda: self.desk.workbench,
            lambda hint: logger.emit(schema_id=SCHEMA_ID, data=dict(hint)),
            self._note_activity,
            self.pool,
            lambda: self.desk.is_busy,
        )

    def _note_activity(self) -> None:
        """Tell an idle culler that a run is not over."""
        assert self.serverapp is not None
        self.serverapp.web_app.settings["last_activity_times"]["jupyter_mlops"] = datetime.now(UTC)

    def initialize_handlers(self) -> None:
        """Add the routes; called by the server."""
        self.handlers.extend(handlers(self.desk, self.pool, slow=self.slow))

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """Begin what needs the server's loop; called by the server when it has one."""
        self.live.start()

    async def stop_extension(self) -> None:
        """End the threads; called by the server when it stops."""
        await self.live.stop()
        self.desk.close()
        for pool in (self.pool, self.slow):
            pool.shutdown(wait=False, cancel_futures=True)
