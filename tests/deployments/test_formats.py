"""Answers equal those of ``mlflow models serve``, byte by byte, in every input format, for every kind of model."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deployments.format_cases import cases
from tests.deployments.serving_worker import Worker
from tests.pace import PATIENCE_S

CASES = cases()


@pytest.fixture(scope="module")
def mlflow_urls(saved: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """MLflow's own scoring server for each kind of model, all started at once."""
    folder = tmp_path_factory.mktemp("mlflow")
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", "")])
    urls, servers = {}, []
    try:
        for kind in CASES:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "-h", "127.0.0.1"]
            with (folder / f"{kind}.log").open("wb") as log:
                more = ["-m", str(saved(kind)), "-p", str(port)]
                options: dict[str, Any] = {
                    "stdout": log,
                    "stderr": log,
                    "env": environ,
                    "cwd": folder,
                    "start_new_session": True,
                }
                servers.append(subprocess.Popen([*command, *more], **options))
            urls[kind] = f"http://127.0.0.1:{port}"
        for (kind, url), server in zip(urls.items(), servers, strict=True):
            _wait(url, server, folder / f"{kind}.log")
        yield urls
    finally:
        for server in servers:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/ping", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def _ask(url: str, content_type: str, body: bytes) -> tuple[int, bytes]:
    request = urllib.request.Request(f"{url}/invocations", body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.short
def test_answers_are_those_of_mlflows_scorer(saved: Callable[[str], Path], worker_of: Callable[[str], Worker]) -> None:
    """The same without a server: what MLflow's answers with, asked in this process."""
    from mlflow.pyfunc.scoring_server import invocations

    from tests.deployments.quiet_mlflow import mlflow

    model = mlflow.pyfunc.load_model(saved("iris"))
    worker, formats = worker_of("iris"), set()
    for name, content_type, body in CASES["iris"]:
        if not name.endswith("!") and "parquet" not in content_type:
            schema = model.metadata.get_input_schema()
            expected = invocations(body, content_type, model, schema)  # type: ignore[no-untyped-call]
            frame = worker.call("invocations", body, type=content_type)
            assert (frame.head["status"], frame.body.decode()) == (expected.status, expected.response), name
            formats.add("csv" if "csv" in content_type else next(iter(json.loads(body))))
    assert {"csv", "dataframe_split", "dataframe_records", "instances", "inputs"} <= formats


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", CASES)
def test_answers_are_those_of_mlflow(
    kind: str, mlflow_urls: dict[str, str], worker_of: Callable[[str], Worker]
) -> None:
    worker, wrong = worker_of(kind), []
    for name, content_type, body in CASES[kind]:
        status, expected = _ask(mlflow_urls[kind], content_type, body)
        frame = worker.call("invocations", body, type=content_type)
        got = frame.head["status"], frame.body
        refused = name.endswith("!")
        if (status != 200) != refused:
            wrong.append(f"{name}: MLflow answers {status}: {expected[:300]!r}")
        elif refused:
            if not 400 <= got[0] < 600 or (got[0] // 100 != status // 100 and status != 500):
                wrong.append(f"{name}: MLflow {status}, ours {got[0]} {got[1][:200]!r}")
            assert json.loads(got[1]).keys() == {"code", "message", "hint"}
            assert b"Traceback" not in got[1]
            assert b'File \\"' not in got[1]
        elif got != (status, expected):
            wrong.append(f"{name}: MLflow {status} {expected[:400]!r}, ours {got[0]} {got[1][:400]!r}")
    assert not wrong, "\n".join(wrong)
