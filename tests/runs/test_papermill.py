"""The papermill engine `mlops`, as papermill's own users meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pace import PATIENCE_S
from tests.runs.attempting import dump

pytestmark = pytest.mark.kernel


def notebook(path: Path, *cells: str) -> Path:
    def cell(index: int, code: str) -> dict[str, Any]:
        tags = {"tags": ["parameters"]} if code.startswith("# parameters") else {}
        fields: dict[str, Any] = {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": tags,
            "execution_count": None,
            "outputs": [],
        }
        return {**fields, "source": code}

    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    content = [cell(i, c) for i, c in enumerate(cells)]
    dump(path, {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": content})
    return path


def papermill(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", "--engine", "mlops", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_papermill_runs_with_our_engine(tmp_path: Path) -> None:
    notebook(tmp_path / "in.ipynb", "# parameters\nn = 1", "print(n * 2)")
    done = papermill("in.ipynb", "out.ipynb", "-p", "n", "21", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cells = json.loads((tmp_path / "out.ipynb").read_bytes())["cells"]
    assert cells[-1]["outputs"][0]["text"] == ["42\n"]
    assert cells[-1]["metadata"]["papermill"]["status"] == "completed"


def test_papermill_reports_errors_as_it_does(tmp_path: Path) -> None:
    notebook(tmp_path / "in.ipynb", "1 / 0", "print('never')")
    done = papermill("in.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode != 0
    assert "PapermillExecutionError" in done.stderr
    text = (tmp_path / "out.ipynb").read_text()
    assert "papermill-error-cell" in text
    assert "never\\n" not in text


def test_papermill_learns_of_a_dead_kernel(tmp_path: Path) -> None:
    notebook(tmp_path / "in.ipynb", "import os; os._exit(3)", "1")
    done = papermill("in.ipynb", "out.ipynb", cwd=tmp_path)
    assert done.returncode != 0
    assert "exited with code 3" in done.stderr
    states = [c["metadata"]["papermill"]["status"] for c in json.loads((tmp_path / "out.ipynb").read_bytes())["cells"]]
    assert states == ["failed", "pending"]


@pytest.mark.parametrize(
    "first",
    ["papermill", "jupyter_mlops.runs.papermill", "jupyter_mlops.runs.executed", "jupyter_mlops.runs.execution"],
)
def test_whoever_is_imported_first(first: str) -> None:
    code = (
        f"import {first}\n"
        "from papermill.engines import Engine, papermill_engines\n"
        "from jupyter_mlops.runs.papermill import MlopsEngine\n"
        "assert papermill_engines.get_engine('mlops') is MlopsEngine and issubclass(MlopsEngine, Engine)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=PATIENCE_S)


def test_importing_the_module_loads_no_papermill() -> None:
    code = "import sys, jupyter_mlops.runs.papermill, jupyter_mlops.runs.attempt; assert 'papermill' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_S)
