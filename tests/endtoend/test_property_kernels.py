"""The Run All property through the real thing: runner, kernels, papermill, artifacts, against nbclient's Run All."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from nbclient import NotebookClient

from jupyter_mlops import api
from jupyter_mlops.base.errors import FindingsError
from tests.pipeline.programs import programs
from tests.pipeline.standin import run_all
from tests.stores import give_store

pytestmark = [pytest.mark.kernel, pytest.mark.slow, pytest.mark.timeout(600)]
WANTED = 20 if os.environ.get("MLOPS_TEST_LONG") else 4


def generate(count: int) -> list[dict[str, Any]]:
    """Return notebooks that Run All runs to the end; their last cell prints `final`."""
    found: list[dict[str, Any]] = []

    @settings(max_examples=8 * count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(notebook=programs())
    def draw(notebook: dict[str, Any]) -> None:
        if len(found) >= count or len(notebook["cells"]) < 5:
            return
        try:
            run_all(notebook)
        except (NameError, RecursionError):
            return
        notebook["cells"][-1]["source"] += "\nprint('final:', final)"
        found.append(notebook)

    draw()
    return found


def printed(notebook: Any) -> list[str]:
    """Return the lines that begin with ``final:``."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    text = "".join(output.text for output in outputs if output.output_type == "stream")
    return [line for line in text.splitlines() if line.startswith("final:")]


def test_pipelines_in_kernels_give_what_run_all_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(give_store(tmp_path / "home")))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    started: list[tuple[dict[str, Any], api.RunHandle]] = []
    for number, notebook in enumerate(generate(2 * WANTED)):
        path = tmp_path / f"generated-{number}.ipynb"
        path.write_text(json.dumps(notebook))
        try:
            started.append((notebook, api.run(path)))
        except FindingsError as error:
            assert all(finding.hint for finding in error.findings)
        if len(started) == WANTED:
            break
    assert len(started) == WANTED
    equal = 0
    for notebook, run in started:
        run.wait(timeout=300)
        if run.status == "failed":
            errors = [step["error"] for step in run.steps.values() if step["error"]]
            assert errors[0]["code"] in ("run.input_changed", "handover.changed_since"), errors
            continue
        assert run.status == "succeeded"
        whole: Any = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
        NotebookClient(whole, timeout=60, kernel_name="python3").execute()
        final: Any = nbformat.read(run.notebooks["final"], as_version=4)  # type: ignore[no-untyped-call]
        assert printed(final) == printed(whole)
        assert len(printed(whole)) == 1
        equal += 1
    assert equal >= 0.7 * WANTED
