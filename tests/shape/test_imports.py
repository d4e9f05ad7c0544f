"""What may be loaded when: the package, the magics and the server extension start fast."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.pace import PATIENCE_S

# What the verbs of the server need, and not the server that starts.
OF_VERBS = ("mlflow", "nbclient", "nbconvert", "numpy", "pandas", "papermill", "pyarrow", "sklearn", "sqlalchemy")
HEAVY = ("alembic", "dask", "mlflow", "numpy", "pandas", "papermill", "sklearn", "sqlalchemy")

LOAD_EXT = """
from IPython.core.interactiveshell import InteractiveShell

InteractiveShell.instance().run_line_magic("load_ext", "jupyter_mlops")
"""


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import jupyter_mlops", id="package"),
        pytest.param("import jupyter_mlops; jupyter_mlops.__version__", id="version"),
        pytest.param("import jupyter_mlops.runs, jupyter_mlops.jobs", id="rooms-that-are-verbs"),
        pytest.param("import jupyter_mlops as m; m._jupyter_server_extension_points()", id="server-extension"),
        pytest.param("import jupyter_mlops.cli", id="command-line"),
        pytest.param(LOAD_EXT, id="load_ext"),
    ],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert modules_after(code).isdisjoint(HEAVY)


def test_a_server_starts_with_nothing_heavy() -> None:
    # jupyter_server itself loads nbconvert, so what counts is what the extension adds.
    before = modules_after("import jupyter_server.serverapp, jupyter_server.extension.application")
    after = modules_after("import jupyter_server.serverapp, jupyter_mlops.server.extension")
    assert (after - before).isdisjoint(OF_VERBS)


def test_the_package_alone_loads_no_jupyter() -> None:
    loaded = modules_after("import jupyter_mlops")
    assert loaded.isdisjoint({"IPython", "ipykernel", "jupyter_server", "nbformat", "tornado", "zmq"})
