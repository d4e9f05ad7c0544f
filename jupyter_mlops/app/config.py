"""Configuration: every setting there is, as traitlets, with the environment variable that sets it.

The runner is a process of its own: what must reach it is handed to it when it is started.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from traitlets import Unicode, default
from traitlets.config import Configurable


class Settings(Configurable):
    """Where things are kept."""

    home = Unicode(help="Folder of the store, the runs, the artifacts and the jobs (JUPYTER_MLOPS_HOME).").tag(
        config=True
    )
    store = Unicode(help="Database URL of the store (JUPYTER_MLOPS_STORE); empty is SQLite in the home folder.").tag(
        config=True
    )
    tracking_uri = Unicode(
        help="MLflow tracking URI (MLFLOW_TRACKING_URI); empty is an embedded store in the home folder."
    ).tag(config=True)

    @default("home")
    def _home(self) -> str:
        from jupyter_core.paths import jupyter_data_dir

        return os.environ.get("JUPYTER_MLOPS_HOME") or str(Path(jupyter_data_dir()) / "mlops")

    @default("store")
    def _store(self) -> str:
        return os.environ.get("JUPYTER_MLOPS_STORE", "")

    @default("tracking_uri")
    def _tracking_uri(self) -> str:
        return os.environ.get("MLFLOW_TRACKING_URI", "")

    @property
    def home_path(self) -> Path:
        """The home folder, absolute."""
        return Path(self.home).expanduser().resolve()

    def to_json(self) -> dict[str, Any]:
        """Return the settings for `doctor`."""
        return {
            "home": str(self.home_path),
            "store": self.store or None,
            "tracking_uri": self.tracking_uri or None,
        }
