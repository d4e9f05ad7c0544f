"""A front in a process of its own, with twins of workers or real ones, for tests."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.pace import PATIENCE_S

TWIN = Path(__file__).with_name("front_worker.py")
TOKEN = "a-token-of-this-deployment"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


class Answer:
    """Status, headers in lower case, body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def version(self) -> str | None:
        return self.headers.get("x-mlops-model-version")

    def json(self) -> Any:
        return json.loads(self.body)


class Front:
    """A front; `change` writes a new plan and has it read."""

    def __init__(self, folder: Path, is_real: bool = False) -> None:
        self.folder, self._is_real = folder, is_real
        self._words: dict[str, Any] = {
            "revision": 0, "name": "m", "port": 0, "token_sha256": [DIGEST], "versions": {}, "live": None,
        }  # fmt: skip
        self.port = 0
        self.process: subprocess.Popen[bytes]

    def model(self, version: str, python: str = sys.executable, workers: int = 1, **twin: Any) -> dict[str, Any]:
        """A version of the plan whose model is a twin's."""
        file = self.folder / f"model-{version}.json"
        file.write_text(json.dumps(twin))
        return {"folder": str(file), "python": python, "workers": workers}

    def write(self, **words: Any) -> None:
        self._words |= words
        self._words["revision"] += 1
        new = self.folder / "plan.json.new"
        new.write_text(json.dumps(self._words))
        new.replace(self.folder / "plan.json")

    def start(self) -> None:
        command = [sys.executable, "-m", "jupyter_mlops.deployments.serving", "--folder", str(self.folder)]
        if not self._is_real:
            command += ["--worker", str(TWIN)]
        self.process = subprocess.Popen(command)
        self.until(lambda: (self.folder / "owner.sock").exists() and self.owner("/ping") is not None)
        self.port = self.status()["port"]

    def change(self, **words: Any) -> None:
        self.write(**words)
        self.process.send_signal(signal.SIGHUP)
        self.until(lambda: self.status()["revision"] == self._words["revision"])

    def owner(self, path: str, body: bytes | None = None, **headers: str) -> Answer:
        return _ask(_Unix(self.folder / "owner.sock"), path, body, headers)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.owner("/status").json()
        return found

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def connect_owner(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(30)
        sock.connect(str(self.folder / "owner.sock"))
        return sock

    def get(self, path: str, token: str | None = TOKEN, **headers: str) -> Answer:
        return _ask(self.connect(), path, None, _with(token, headers))

    def post(
        self, body: bytes | dict[str, Any], path: str = "/invocations", token: str | None = TOKEN, **headers: str
    ) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return _ask(self.connect(), path, data, _with(token, headers))

    def until(self, is_so: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if is_so():
                    return
            except (OSError, http.client.HTTPException):
                pass
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s\n{self.status()}\n{self.log()}")

    def until_ready(self, *versions: str) -> None:
        self.until(lambda: all(self.status()["versions"].get(item, {}).get("state") == "ready" for item in versions))

    def until_live(self, version: str) -> None:
        self.until(lambda: self.status()["live"] == version)

    def log(self) -> str:
        return (self.folder / "logs" / "front.log").read_text()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait()
            raise AssertionError(self.log()) from error


def _with(token: str | None, headers: dict[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"content-type": "application/json", **named, **({"Authorization": f"Bearer {token}"} if token else {})}


def _ask(connection: http.client.HTTPConnection, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@contextmanager
def running(folder: Path, versions: dict[str, dict[str, Any]] | None = None, **words: Any) -> Iterator[Front]:
    """Start a front with a version ``1`` and what else is given, and end it."""
    folder.mkdir(parents=True, exist_ok=True)
    front = Front(folder)
    models = {"1": {}} if versions is None else versions
    front.write(
        **{"versions": {number: front.model(number, **twin) for number, twin in models.items()}, "live": "1", **words}
    )
    front.start()
    try:
        yield front
    finally:
        front.stop()
