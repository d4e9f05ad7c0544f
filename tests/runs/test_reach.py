"""What is told of an MLflow that does not do what it should, and that a run says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.doctor import examine
from jupyter_mlops.app.runnotes import run_notes
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.models.mlflow import MlflowRegistry
from jupyter_mlops.runs import reach, tracking
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.run import Status
from jupyter_mlops.runs.store import RunStore
from tests.runs.driving import accept, store

__all__ = ["store"]
pytestmark = pytest.mark.filterwarnings("ignore")


@dataclass
class Stub:
    """A server that answers everything in the same way, and keeps who asked."""

    status: int = 200
    body: str = '{"experiments": []}'
    pause_s: float = 0.0
    asked: list[str | None] = field(default_factory=list)
    uri: str = ""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stub]:
    made = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.asked.append(self.headers.get("Authorization"))
            time.sleep(made.pause_s)
            self.send_response(made.status)
            self.end_headers()
            self.wfile.write(made.body.encode())

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.uri = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(reach, "PROBE_S", 0.5)
    monkeypatch.setattr(reach, "_known_good", {})
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (
        "MLFLOW_TRACKING_URI",
        "MLFLOW_TRACKING_USERNAME",
        "MLFLOW_TRACKING_PASSWORD",
        "MLFLOW_TRACKING_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    yield made
    server.shutdown()
    server.server_close()


ANSWERS = [
    (401, "{}", 0.0, "mlflow.unauthorized", "error"),
    (403, "{}", 0.0, "mlflow.forbidden", "error"),
    (500, "{}", 0.0, "mlflow.failing", "warning"),
    (503, "", 0.0, "mlflow.failing", "warning"),
    (404, "{}", 0.0, "mlflow.no_mlflow", "error"),
    (200, "<html>please log in</html>", 0.0, "mlflow.no_mlflow", "error"),
    (200, '{"experiments": []}', 2.0, "mlflow.slow", "warning"),
    (200, '{"experiments": []}', 0.0, None, "ok"),
]


@pytest.mark.parametrize(("status", "body", "pause_s", "code", "row"), ANSWERS)
def test_what_a_server_answers_is_told_apart(
    stub: Stub, status: int, body: str, pause_s: float, code: str | None, row: str, tmp_path: Path
) -> None:
    stub.status, stub.body, stub.pause_s = status, body, pause_s
    found = reach.trouble(stub.uri)
    assert (found.code if found else None) == code
    assert found is None or found.hint
    checks = examine(MlopsSettings(home=str(tmp_path / "home"), tracking_uri=stub.uri), lambda: "")
    (check,) = [each for each in checks if each.name == "tracking"]
    assert check.status == row
    if code:
        assert code in check.message
        with pytest.raises(UnavailableError) as refused:
            MlflowRegistry(tmp_path, stub.uri).models()
        assert refused.value.code == code


def test_a_port_where_nothing_listens(stub: Stub) -> None:
    found = reach.trouble("http://127.0.0.1:9")
    assert found is not None
    assert found.code == "mlflow.down"


def test_the_credentials_are_sent_and_other_ones_are_asked_anew(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    assert reach.trouble(stub.uri) is None
    assert reach.trouble(stub.uri) is None
    assert len(stub.asked) == 1
    assert (stub.asked[0] or "").startswith("Basic ")
    stub.status = 401
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "old")
    found = reach.trouble(stub.uri)
    assert found is not None
    assert "MLFLOW_TRACKING_USERNAME" in found.hint
    assert "old" not in found.message + found.hint


@pytest.mark.parametrize("status", [401, 403])
def test_a_run_that_mlflow_refuses_carries_a_note(stub: Stub, status: int, store: RunStore, tmp_path: Path) -> None:
    stub.status = status
    run = accept(store, tmp_path)
    record = json.loads((run.folder / "run.json").read_bytes())
    record |= {"id": run.id, "name": "demo", "parameters": {}, "tracking": {"uri": stub.uri}}
    (run.folder / "run.json").write_text(json.dumps(record))
    assert not tracking.finish_run(run.folder, "succeeded")
    Claim(store, Identity.own()).end_run(run.id, Status.FAILED, is_tracking_pending=True)
    (note,) = run_notes(store.get(run.id))
    assert note.startswith(f"not recorded in MLflow yet: MLflow at {stub.uri}")
    assert f"({status})" in note
    assert "MLFLOW_TRACKING_USERNAME" in note


def test_no_password_of_an_address_in_an_error_is_noted() -> None:
    uri = "https://ada:s3cret@mlflow.example.org"
    found = reach.of_error(uri, ConnectionError(f"API request to {uri}/api/2.0/x failed with HTTPSConnectionPool"))
    assert found is not None
    assert "s3cret" not in found.message
    assert "ada:***@" in found.message
