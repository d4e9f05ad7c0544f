from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.progress import progress_of
from jupyter_mlops.server.status import status


def test_the_address_of_mlflow_is_told_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri, shown = "postgresql://ada:s3cr3t@db/mlflow", "postgresql://ada:***@db/mlflow"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    settings = MlopsSettings(home=str(tmp_path))
    call: Any = SimpleNamespace(desk=SimpleNamespace(workbench=SimpleNamespace(settings=settings, home=tmp_path)))
    assert status(call).tracking_uri == settings.to_json()["tracking_uri"] == shown
    assert settings.tracking_uri == uri
    (tmp_path / "mlflow.json").write_text(json.dumps({"uri": uri}))
    run: Any = SimpleNamespace(folder=tmp_path, steps=())
    assert progress_of(run).tracking_uri == shown
