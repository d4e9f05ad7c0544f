"""What an installation must give: both extensions enabled, and the console script that `jupyter` finds."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

from tests.pace import PATIENCE_S


def jupyter(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_labextension_is_enabled() -> None:
    listed = jupyter("jupyterlab.labextensions", "list", "--verbose")
    line = next(line for line in listed.splitlines() if "jupyter-mlops" in line)
    assert f"v{version('jupyter-mlops')}" in line
    assert "enabled" in line
    assert "OK" in line


def test_the_labextension_is_built() -> None:
    described = Path(sys.prefix, "share/jupyter/labextensions/jupyter-mlops/package.json")
    build = json.loads(described.read_text())["jupyterlab"]["_build"]
    assert (described.parent / build["load"]).is_file()


def test_the_server_extension_is_enabled() -> None:
    listed = jupyter("jupyter_server.extension.serverextension", "list")
    assert f"jupyter_mlops {version('jupyter-mlops')}" in listed
    assert "jupyter_mlops enabled" in " ".join(listed.split()).replace("\x1b[32m", "")


def test_jupyter_finds_the_command() -> None:
    (script,) = entry_points(group="console_scripts", name="jupyter-mlops")
    assert script.value == "jupyter_mlops.cli:main"


def test_papermill_finds_the_engine() -> None:
    (engine,) = entry_points(group="papermill.engine", name="mlops")
    assert engine.value == "jupyter_mlops.runs.papermill:MlopsEngine"
