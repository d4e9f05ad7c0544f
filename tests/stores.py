"""The embedded MLflow store for homes in tests: MLflow takes seconds to make one, so one is made and copied.

Making one is tested in `runs/test_tracking.py`, and by the first run of `cli/test_end_to_end.py`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from jupyter_mlops.runs.tracking import ensure_store


def give_store(home: Path) -> Path:
    """Put a store without runs into a home that may not be there yet; return the home."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(_blank() / "mlflow", home / "mlflow")
    return home


def _blank() -> Path:
    """Return a home with such a store: one for all processes of a test run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"mlops-blank-{run}"
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            half = folder.with_suffix(".half")
            named = os.environ.pop("MLFLOW_TRACKING_URI", None)
            try:
                ensure_store(half)
            finally:
                if named is not None:
                    os.environ["MLFLOW_TRACKING_URI"] = named
            for path in (half / "mlflow").rglob("*"):
                path.chmod(0o700 if path.is_dir() else 0o600)
            half.rename(folder)
    return folder
