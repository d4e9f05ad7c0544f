"""Runs that were really made, once for all tests of a module, and a server that shows them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.workbench import Workbench
from tests.cli.notebooks import Cells, write_notebook
from tests.pace import PATIENCE_S
from tests.stores import give_store

SHOP: Cells = [
    (["imports"], "import numpy as np\nimport pandas as pd"),
    (["parameters"], "rows = 100\nfail = False"),
    (
        ["step:load"],
        "frame = pd.DataFrame({'n': range(rows), 'x': np.linspace(0, 1, rows)})\n"
        "print('loaded', rows, '<script>alert(1)</script>')\nframe.head()",
    ),
    (
        ["step:fit"],
        "class Model:\n    pass\nmodel = Model()\nmodel.mean = frame.x.mean()\n"
        "png = b'\\x89PNG\\r\\n\\x1a\\n' + b'0' * 20\nnames = {'a': [1, float('nan')]}\nvalues = np.arange(10.0)",
    ),
    ([], "score = model.mean\nif fail:\n    print('about to fail')\n    raise ValueError('as asked <b>')"),
    (["pipeline-metrics"], "print(score)"),
    (["step:use"], "print(model.mean, png[:4], names, values.sum(), score)"),
]


JSON = {"Content-Type": "application/json"}


class House:
    """A folder of notebooks, a home of its own, and the runs that were made there."""

    def __init__(self, folder: Path) -> None:
        self.root, self.home = folder / "root", folder / "home"
        self.root.mkdir()
        give_store(self.home)
        self.notebook = write_notebook(self.root / "shop.ipynb", SHOP)
        self.bench = Workbench(MlopsSettings(home=str(self.home)))
        self.runs: dict[str, str] = {}

    def run(self, name: str, **parameters: Any) -> str:
        given = [word for key, value in parameters.items() for word in ("-p", f"{key}={value}")]
        self.runs[name] = self.call("run", str(self.notebook), *given)["id"]
        return self.runs[name]

    def call(self, *words: str) -> Any:
        """Do what a user does at the command line: a process of its own starts the runner."""
        command = [sys.executable, "-m", "jupyter_mlops.cli", *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def close(self) -> None:
        self.bench.database.close()
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and process.environ().get("JUPYTER_MLOPS_HOME") == str(self.home):
                    process.kill()
            except psutil.Error:
                continue


@contextmanager
def house(folder: Path) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_MLOPS_HOME", str(folder / "home"))
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        made = House(folder)
        try:
            yield made
        finally:
            made.close()


def config(home: Path, root: Path) -> dict[str, Any]:
    return {
        "ServerApp": {
            "allow_unauthenticated_access": False,
            "jpserver_extensions": {"jupyter_mlops": True},
            "root_dir": str(root),
        },
        "MlopsSettings": {"home": str(home)},
    }


class Door:
    """Calls the server; every answer is read in its form."""

    def __init__(self, fetch: Any) -> None:
        self.fetch = fetch

    async def raw(self, *path: str, method: str = "GET", **more: Any) -> HTTPResponse:
        more = {key: value for key, value in more.items() if value is not None}
        try:
            response: HTTPResponse = await self.fetch("mlops", "api", "v1", *path, method=method, **more)
        except HTTPClientError as error:
            assert error.response is not None
            response = error.response
        assert response.code < 500 or response.code == 503, response.body
        return response

    async def get(self, *path: str, code: int = 200, **query: Any) -> Any:
        lists = {key: value if isinstance(value, list) else [value] for key, value in query.items()}
        response = await self.raw(*path, params=[(key, value) for key, values in lists.items() for value in values])
        assert response.code == code, response.body
        return json.loads(response.body)

    async def post(self, *path: str, body: Any = None, code: int = 200) -> Any:
        response = await self.raw(*path, method="POST", body=json.dumps(body), headers=dict(JSON))
        assert response.code == code, response.body
        return json.loads(response.body)


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Return every file below a folder with its size and time of change."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}
