"""Our own store of MLflow, looked at without MLflow: whether anything is registered in it. Reads; makes nothing.

Importing MLflow takes seconds and 170 MB; a server on which nobody registers a model should never pay that.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path


def is_empty(home: Path, uri: str | None = None) -> bool:
    """Tell whether it is sure that no model is registered; False is: ask MLflow.

    Parameters
    ----------
    uri
        the tracking URI that was set; with one, as with MLFLOW_TRACKING_URI, the store is not ours to look into.
    """
    if uri or os.environ.get("MLFLOW_TRACKING_URI") or os.environ.get("MLFLOW_REGISTRY_URI"):
        return False
    store = home.resolve() / "mlflow" / "mlflow.db"
    if not store.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=1.0)) as database:
            return database.execute("SELECT 1 FROM registered_models LIMIT 1").fetchone() is None
    except sqlite3.Error:
        # It is being made or written at this moment, or is of an MLflow that we do not know.
        return False
