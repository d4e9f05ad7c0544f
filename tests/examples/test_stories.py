"""The examples that go on with what another example made: a model that is served, a champion that scores a file."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.fixtures.doors import Door, door

EXAMPLES = Path(__file__).parents[2] / "examples"
# Whoever asks the world for something gets no answer.
NO_NETWORK = {f"{name}_proxy": "http://127.0.0.1:9" for name in ("http", "https", "HTTP", "HTTPS")}

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore"),  # MLflow's own, while it opens its database here
    pytest.mark.skipif(not os.environ.get("MLOPS_TEST_LONG"), reason="takes minutes: `make test-long`"),
]


@pytest.fixture
def mlops(tmp_path: Path) -> Iterator[Door]:
    with door(tmp_path / "home") as opened:
        yield opened


def executed(mlops: Door, notebook: Path) -> list[tuple[str, str]]:
    """Execute a notebook from top to bottom; return the source and the text of each of its cells."""
    done = subprocess.run(
        [
            sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "executed", notebook.name,
            "--ExecutePreprocessor.timeout=300",
        ],
        cwd=notebook.parent, env=mlops.environ(NO_NETWORK), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    cells = json.loads((notebook.parent / "executed.ipynb").read_text(encoding="utf-8"))["cells"]
    return [("".join(cell["source"]), text(cell["outputs"])) for cell in cells if cell["cell_type"] == "code"]


def text(outputs: list[dict[str, Any]]) -> str:
    return "".join("".join(each.get("text") or each.get("data", {}).get("text/plain", "")) for each in outputs)


def serving(home: Path) -> list[int]:
    """The processes that serve a deployment of a home."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "jupyter_mlops.deployments.serving" in words and any(word.startswith(str(home)) for word in words):
            found.append(process.pid)
    return found


def test_the_whole_way_twice_and_with_what_is_there_already(mlops: Door, tmp_path: Path) -> None:
    for name in ("churn.ipynb", "serving.ipynb"):
        shutil.copy(EXAMPLES / name, tmp_path)
    first = executed(mlops, tmp_path / "serving.ipynb")
    told(mlops, first, 1)
    assert serving(mlops.home) == []
    code, made, err = mlops.call(tmp_path, "deployments", "create", "churn-example", "--model", "churn-example/3")
    assert (code, made["status"]) == (0, "ready"), err
    told(mlops, executed(mlops, tmp_path / "serving.ipynb"), 4)
    assert serving(mlops.home) == []
    assert {path.name for path in tmp_path.iterdir()} == {"churn.ipynb", "serving.ipynb", "executed.ipynb", "home"}


def told(mlops: Door, cells: list[tuple[str, str]], version: int) -> None:
    """Check what a tour says whose first model is this version: the values are those that the models give by hand."""
    (frame,) = [source for source, _ in cells if source.startswith("customers = ")]
    (shown,) = [told for source, told in cells if source == "%mlops predict churn-example customers"]
    expected = by_hand(mlops, frame, version)
    for own, other in zip(ast.literal_eval(shown), expected, strict=True):
        assert own == pytest.approx(other, abs=1e-9)
    (gates,) = [told for source, told in cells if source == "%mlops models gates churn-example"]
    assert (gates.count("✗"), gates.count("✓")) == (0, 7 if version == 1 else 8)
    promoted = [told for source, told in cells if source == "%mlops models promote churn-example"]
    assert [
        f"version {number} now" in told
        for number, told in zip((version, version + 1, version + 2), promoted, strict=True)
    ] == [True, False, True]
    assert "does not pass: metric: auc is 0.5" in promoted[1]
    assert any(f"version {version} answers again, as it did before version {version + 2}" in told for _, told in cells)


def by_hand(mlops: Door, frame: str, version: int) -> list[list[float]]:
    """What a version of the registry predicts, loaded with MLflow's own means."""
    code = (
        f"import json, mlflow, pandas as pd\n{frame}\n"
        f"model = mlflow.sklearn.load_model('models:/churn-example/{version}')\n"
        "print(json.dumps(model.predict_proba(customers).tolist()))"
    )
    uri = f"sqlite:///{mlops.home / 'mlflow' / 'mlflow.db'}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=mlops.environ({"MLFLOW_TRACKING_URI": uri}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout.splitlines()[-1]))


def test_a_champion_scores_a_file(mlops: Door, tmp_path: Path) -> None:
    for name in ("digits.ipynb", "scoring.ipynb"):
        shutil.copy(EXAMPLES / name, tmp_path)
    for words in (
        ("run", "digits.ipynb"),
        ("models", "register", "latest", "digits"),
        ("models", "promote", "digits"),
        ("run", "scoring.ipynb"),
        ("run", "scoring.ipynb", "-p", "chunk=1000"),
    ):
        code, run, err = mlops.call(tmp_path, *words, environ=NO_NETWORK)
        assert code == 0, (words, err)
    assert run["metrics"]["right"] > 0.95
    here = {"digits.ipynb", "scoring.ipynb", "pictures.parquet", "pictures-scored.parquet", "home"}
    assert {path.name for path in tmp_path.iterdir()} == here
