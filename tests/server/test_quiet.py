"""A server on which nobody registered a model never imports MLflow, whatever the browser looks at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pace import PATIENCE_S

# In a process of its own: this one has imported much already.
LOOK = """
import asyncio, json, sys
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import AsyncHTTPClient


async def look(app):
    asked, found = AsyncHTTPClient(), {}
    for path in ("models", "deployments", "runs", "jobs", "activity", "status"):
        url = f"{app.connection_url}mlops/api/v1/{path}"
        answer = await asked.fetch(url, headers={"Authorization": "token t"}, request_timeout=60)
        found[path] = json.loads(answer.body)
    heavy = [name for name in ("mlflow", "pandas", "numpy", "pyarrow", "sklearn") if name in sys.modules]
    print(json.dumps({"found": found, "heavy": heavy}))
    app.stop()

app = ServerApp.instance()
app.initialize(sys.argv[1:])
app.io_loop.add_callback(look, app)
app.start()
"""


@pytest.mark.parametrize("is_used", [False, True])
def test_looking_imports_no_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_used: bool) -> None:
    home = tmp_path / "home"
    if is_used:
        # What a run leaves that registers nothing: MLflow's store, made.
        making = "from jupyter_mlops.runs.tracking import ensure_store; import sys; ensure_store(sys.argv[1])"
        subprocess.run([sys.executable, "-c", making, str(home)], check=True, timeout=PATIENCE_S, capture_output=True)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    options = [
        "--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=t", f"--ServerApp.root_dir={tmp_path}",
        f"--MlopsSettings.home={home}", "--ServerApp.jpserver_extensions={'jupyter_mlops': True}",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *options], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["found"]["models"] == {"models": []}
    assert told["found"]["deployments"] == {"deployments": []}
    assert told["heavy"] == []
