"""The description of the routes against a real server: what it promises is what comes, whatever is sent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as promised

from tests.cli.notebooks import write_notebook
from tests.pace import PATIENCE_S
from tests.server.made import SHOP, House, house

# One of the runs that it asks for may be one that starts.
pytestmark = [pytest.mark.slow, pytest.mark.kernel]

TOKEN = "described"
DESCRIBED = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "openapi.json")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("described")) as found:
        write_notebook(found.root / "0", SHOP)
        yield found


@pytest.fixture(scope="module")
def url(home: House) -> Iterator[str]:
    """A server in a process of its own: what it is asked blocks no loop."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        f"--port={port}", "--ServerApp.port_retries=0", "--allow-root", "--no-browser", f"--MlopsSettings.home={home.home}",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home.root}", "--ServerApp.log_level=CRITICAL",
        "--ServerApp.jpserver_extensions=jupyter_mlops=True",
    ]  # fmt: skip
    folders = {f"JUPYTER_{kind}_DIR": str(home.home.parent / kind) for kind in ("CONFIG", "RUNTIME", "DATA")}
    with open(os.devnull, "w") as nowhere:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *words],
            env={**os.environ, **folders, "JUPYTER_MLOPS_STORE": ""},
            stdout=nowhere,
            stderr=nowhere,
        )
    try:
        base, end = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < end
            assert server.poll() is None
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield base
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


@DESCRIBED.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_described_is_what_comes(case: schemathesis.Case[Any], url: str) -> None:
    case.call_and_validate(
        base_url=url,
        headers={"Authorization": f"token {TOKEN}"},
        checks=[
            checks.not_a_server_error,
            promised.status_code_conformance,
            promised.content_type_conformance,
            promised.response_schema_conformance,
            promised.negative_data_rejection,
            promised.ignored_auth,
        ],
    )
