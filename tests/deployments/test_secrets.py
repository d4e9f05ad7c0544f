"""S16 with models: no token of anybody reaches the process of a model, a file, a log or an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.browser.lab import Lab
from tests.hub.hub import fetch, wait_for
from tests.server.guarded import Guarded, guarded, leaks, told, words

# A model that tells whoever asks what it can see.
FIT = """
import mlflow
import os
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

class Curious(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        seen = [open("/proc/self/environ", "rb").read().decode(errors="replace"), str(dict(os.environ))]
        for path in model_input["path"]:
            try:
                seen.append(open(path, errors="replace").read())
            except OSError as error:
                seen.append(type(error).__name__)
        return pd.Series(["|".join(seen)])

signature = ModelSignature(Schema([ColSpec("string", "path")]), Schema([ColSpec("string")]))
mlflow.pyfunc.log_model(name="m", python_model=Curious(), signature=signature)
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path) as found:
        yield found


def served(lab: Lab) -> list[psutil.Process]:
    """Return the processes of the deployment: its front, its templates, its workers."""
    folder = str(lab.home / "deployments")
    found = []
    for process in psutil.process_iter():
        try:
            if any(folder in word for word in process.cmdline()):
                found += [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
    return found


def test_a_served_model_sees_no_secret_and_none_is_written(lab: Guarded) -> None:
    lab.write("curious.ipynb", (FIT, ["step:fit", "model:curious"]))
    run = lab.wait(lab.run("curious.ipynb"), timeout_s=200)
    assert run["status"] == "succeeded", run["error"]
    made = lab.api("/deployments", "POST", {"name": "curious", "model": "curious/1"})
    token, url = made["token"], made["deployment"]["url"]
    wait_for("the deployment", lambda: lab.api("/deployments/curious")["status"] == "ready", 120)

    paths = [lab.home / "store.db", Path("/proc/1/environ"), *lab.home.glob("deployments/*/plan.json")]
    body = {"dataframe_records": [{"path": str(path)} for path in paths]}
    answer = fetch(f"{url}/invocations", "POST", body, {"Authorization": f"Bearer {token}"})
    assert answer.status == 200, answer.body
    proxied = lab.api("/deployments/curious/serve/invocations", "POST", body)
    said = json.dumps(
        [answer.json, proxied, lab.api("/deployments/curious"), lab.api("/deployments"), lab.api("/models")]
    )
    assert [word for word in (*words(lab), token.encode()) if word.decode() in said] == []
    assert answer.body.count(b"PermissionError") == len(paths), answer.body[-300:]

    processes = served(lab)
    assert len(processes) >= 3
    for process in processes:
        environment = "\0".join(f"{name}={value}" for name, value in process.environ().items())
        assert [word for word in words(lab) if word.decode() in environment] == [], process.cmdline()
    assert told(lab) == []
    assert leaks(lab, lab.folder) == []
    assert [file for file in lab.folder.rglob("*") if file.is_file() and token.encode() in file.read_bytes()] == []
    assert [word for word in (*words(lab), token.encode()) if word in lab.log.encode()] == []
    lab.api("/deployments/curious", "DELETE")
