"""Where aliases point to, without MLflow: the same as MLflow says, or None."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from jupyter_mlops.base.errors import NotFoundError
from jupyter_mlops.models import glance


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGISTRY_URI", "TRACKING_USERNAME", "TRACKING_PASSWORD", "TRACKING_TOKEN", "TRACKING_INSECURE_TLS"):
        monkeypatch.delenv(f"MLFLOW_{name}", raising=False)


@pytest.fixture(params=[False, True], ids=["plain", "workspaces"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "mlflow.db"
    more, value = (", workspace TEXT", ", 'default'") if request.param else ("", "")
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"CREATE TABLE registered_models (name TEXT{more})")
        database.execute(f"CREATE TABLE registered_model_aliases (alias TEXT, version INTEGER, name TEXT{more})")
        database.execute(f"INSERT INTO registered_models VALUES ('churn'{value})")
        database.execute(f"INSERT INTO registered_model_aliases VALUES ('champion', 1, 'churn'{value})")
        database.commit()
    return file


def test_a_file_is_read_and_followed(store: Path) -> None:
    uri = f"sqlite:///{store}"
    assert glance.aliases(uri, "churn") == {"champion": 1}
    for version in range(2, 30):
        with closing(sqlite3.connect(store)) as database:
            database.execute("UPDATE registered_model_aliases SET version = ?", (version,))
            database.commit()
        assert glance.aliases(uri, "churn") == {"champion": version}
    with pytest.raises(NotFoundError):
        glance.aliases(uri, "other")


@pytest.mark.parametrize(
    "uri", ["sqlite:///{}/none.db", "postgresql://ada@db/mlflow", "file:///{}", "databricks", "{}"]
)
def test_what_is_not_known_is_left_to_mlflow(uri: str, tmp_path: Path) -> None:
    assert glance.aliases(uri.format(tmp_path), "churn") is None


def test_another_registry_is_left_to_mlflow(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "sqlite:///elsewhere.db")
    assert glance.aliases(f"sqlite:///{store}", "churn") is None


@contextmanager
def server(status: int, body: str) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers.get('Authorization')}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}", asked
        made.shutdown()


CHURN = {"name": "churn", "aliases": [{"alias": "champion", "version": "3"}]}


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, json.dumps({"registered_model": CHURN}), {"champion": 3}),
        (200, json.dumps({"registered_model": {"name": "churn"}}), {}),
        (200, json.dumps({"registered_model": {**CHURN, "name": "other"}}), None),
        (200, "<html>log in", None),
        (401, "", None),
        (404, json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST"}), None),
        (500, "", None),
    ],
)
def test_a_server_is_asked(status: int, body: str, found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    with server(status, body) as (uri, asked):
        assert glance.aliases(uri, "churn") == found
    assert asked == ["/api/2.0/mlflow/registered-models/get?name=churn Bearer secret"]


def test_the_manager_imports_no_mlflow() -> None:
    modules = "manager clerks fetch follow registries store targets.local".split()
    program = "".join(f"import jupyter_mlops.deployments.{name}\n" for name in modules)
    program += "import sys; print([n for n in ('mlflow', 'pandas', 'numpy', 'sklearn') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
