"""A real JupyterHub with its proxy, in processes of its own, on folders of its own; users are made by logging in.

Every user has a home folder below the Hub's folder, so nothing of this machine's user is read or written.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.pace import PATIENCE_S

ROOT = Path(__file__).parents[2]
PROXY = ROOT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
API = "mlops/api/v1"


def why_not() -> str | None:
    """Return why there can be no Hub here, or None."""
    if find_spec("jupyterhub") is None:
        return "jupyterhub is not installed"
    if shutil.which("node") is None:
        return "there is no Node here, which the Hub's proxy needs"
    return None if PROXY.is_file() else "the Hub's proxy is not installed: npm install"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


@dataclass(frozen=True)
class Said:
    """What a server answered: never followed, never raised."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def fetch(url: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None) -> Said:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with _opener.open(request, timeout=PATIENCE_S) as answer:
            return Said(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Said(refusal.code, refusal.headers, refusal.read())


def wait_for(what: str, probe: Any, timeout_s: float = PATIENCE_S) -> Any:
    """Poll until `probe` gives something true, and return that."""
    deadline = time.monotonic() + timeout_s
    while not (found := probe()):
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s"
        time.sleep(0.1)
    return found


@dataclass(eq=False)
class Hub:
    """A Hub.

    Attributes
    ----------
    config
        Python that is part of the Hub's configuration.
    system
        a folder on everybody's configuration path, like ``/etc/jupyter``.
    """

    folder: Path
    config: str = ""
    admin_token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        sockets = [socket.socket() for _ in range(3)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        self.port, self.hub_port, self.api_port = (int(probe.getsockname()[1]) for probe in sockets)
        for probe in sockets:
            probe.close()
        self.system = self.folder / "etc"
        (self.system / "labconfig").mkdir(parents=True)
        self.settings = self.folder / "settings"
        self.settings.mkdir()
        (self.settings / "overrides.json").write_text(json.dumps(QUIET), encoding="utf-8")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text(encoding="utf-8", errors="replace")

    def home(self, user: str) -> Path:
        return self.folder / "homes" / user

    def _configuration(self) -> str:
        root = ["--allow-root"] if os.getuid() == 0 else []
        lab = [f"--LabApp.app_settings_dir={self.settings}", "--LabApp.expose_app_in_browser=True"]
        return f"""
c.JupyterHub.bind_url = {self.url!r}
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{self.hub_port}"
c.JupyterHub.db_url = "sqlite:///{self.folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{self.folder}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{self.folder}/homes/{{username}}"
c.Spawner.cmd = [{sys.executable!r}, "-m", "jupyterhub.singleuser"]
{self.config}
c.Spawner.args = [*(c.Spawner.args if "args" in c.Spawner else []), *{[*root, *lab]!r}]
c.Spawner.default_url = "/lab"
c.Spawner.environment = {{
    "JUPYTER_CONFIG_PATH": {str(self.system)!r}, "MLFLOW_DISABLE_TELEMETRY": "true", "JUPYTER_PREFER_ENV_PATH": "0",
    "JUPYTERHUB_ACTIVITY_INTERVAL": "1",
}}
c.JupyterHub.activity_resolution = 0
c.ConfigurableHTTPProxy.command = [{shutil.which("node")!r}, {str(PROXY)!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{self.api_port}"
c.ConfigurableHTTPProxy.pid_file = "{self.folder}/proxy.pid"
c.JupyterHub.services = [{{"name": "admin", "api_token": {self.admin_token!r}}}]
c.JupyterHub.load_roles = [{{
    "name": "admin-service", "services": ["admin"],
    "scopes": ["admin:users", "admin:servers", "tokens", "access:servers", "read:users:activity"],
}}]
"""

    def start(self) -> None:
        (self.folder / "jupyterhub_config.py").write_text(self._configuration(), encoding="utf-8")
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "JPY_", "MLFLOW_", "IPYTHON")) and not name.lower().endswith("_proxy")
        }
        command = [sys.executable, "-m", "jupyterhub", "-f", str(self.folder / "jupyterhub_config.py")]
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )

        def is_up() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log[-3000:]
            try:
                return fetch(f"{self.url}/hub/api/").status == 200
            except OSError:
                return False

        wait_for("the Hub", is_up)

    def stop(self) -> None:
        """End the Hub, which ends its proxy and every user's server."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE_S)
            self.process = None

    def sweep(self) -> None:
        """Kill what still works in our folder: runners with their kernels, and what a killed Hub left."""
        import psutil

        for process in psutil.process_iter():
            try:
                ours = str(self.folder) in " ".join([process.environ().get("HOME", ""), *process.cmdline()])
            except psutil.Error:
                continue
            if ours and process.pid != os.getpid():
                process.kill()

    def admin(self, path: str, method: str = "GET", body: Any = None) -> Said:
        """Ask the Hub's own API, as an administrator."""
        return fetch(f"{self.url}/hub/api{path}", method, body, {"Authorization": f"token {self.admin_token}"})

    def user(self, name: str) -> User:
        """Make a user with a home folder and a server that runs, and return a token of theirs with it."""
        self.home(name).mkdir(parents=True, exist_ok=True)
        made = self.admin(f"/users/{name}", "POST")
        assert made.status in (201, 409), made.body
        if not self.server(name):
            asked = self.admin(f"/users/{name}/server", "POST")
            assert asked.status in (201, 202), (asked.status, asked.body, self.log[-3000:])
        wait_for(f"the server of {name}", lambda: self.server(name).get("ready"))
        token = self.admin(f"/users/{name}/tokens", "POST", {"note": "a test"})
        assert token.status == 201, token.body
        return User(self, name, str(token.json["token"]))

    def server(self, name: str) -> dict[str, Any]:
        """Return what the Hub says of a user's server; nothing when there is none."""
        servers = self.admin(f"/users/{name}").json["servers"]
        return dict(servers.get("", {}))

    def stop_server(self, name: str) -> None:
        assert self.admin(f"/users/{name}/server", "DELETE").status in (202, 204)
        wait_for(f"the end of the server of {name}", lambda: not self.server(name))


@dataclass(frozen=True)
class User:
    """Somebody with a server, and a token of theirs."""

    hub: Hub
    name: str
    token: str

    @property
    def url(self) -> str:
        return f"{self.hub.url}/user/{self.name}"

    @property
    def home(self) -> Path:
        return self.hub.home(self.name)

    def fetch(self, path: str, method: str = "GET", body: Any = None, *, whose: User | None = None) -> Said:
        """Ask the server of `whose`, our own by default, with our token."""
        headers = {"Authorization": f"token {self.token}"}
        return fetch(f"{(whose or self).url}/{path}", method, body, headers)

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Return what our API says to us."""
        said = self.fetch(f"{API}{path}", method, body)
        assert said.status < 300, (said.status, said.body, self.hub.log[-2000:])
        return said.json if said.body else None

    def write(self, name: str, *cells: tuple[str, list[str]]) -> str:
        """Write a notebook of (source, tags) and return its path."""
        book = {
            "nbformat": 4, "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "cells": [
                {
                    "cell_type": "code", "id": f"cell-{number}", "source": source, "outputs": [],
                    "execution_count": None, "metadata": {"tags": tags},
                }
                for number, (source, tags) in enumerate(cells)
            ],
        }  # fmt: skip
        (self.home / name).write_text(json.dumps(book), encoding="utf-8")
        return name

    def run(self, path: str, **parameters: Any) -> str:
        """Start a run and return its id."""
        return str(self.api("/runs", "POST", {"path": path, "parameters": parameters})["id"])

    def wait(self, run: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until a run is over and return it."""

        def over() -> dict[str, Any] | None:
            detail: dict[str, Any] = self.api(f"/runs/{run}")
            return detail if detail["status"] in ("succeeded", "failed", "cancelled") else None

        found: dict[str, Any] = wait_for(f"the run {run}", over, timeout_s)
        return found


@contextmanager
def running_hub(folder: Path, config: str = "") -> Iterator[Hub]:
    """Give a Hub that runs, and end all of it at the end."""
    hub = Hub(folder, config)
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
        hub.sweep()
