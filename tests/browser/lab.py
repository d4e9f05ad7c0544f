"""A real JupyterLab in a process of its own, on folders of its own, and a real Chromium on it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.pace import PATIENCE_S
from tests.stores import give_store

EXAMPLES = Path(__file__).parents[2] / "examples"
QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Light"},
}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# What a lab without network says on its own account, and what a test's killed server causes.
# How long a server may take to end; it does in a second.
LEAVE_S = 45.0
NOISE = ("ERR_CONNECTION_REFUSED", "ERR_INTERNET_DISCONNECTED", "favicon", "ERR_ABORTED", "WebSocket connection to")


def chromium() -> str | None:
    """Return where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Lab:
    """A server that can be stopped and started again on the same port, folders and token.

    Attributes
    ----------
    module
        what serves it: `jupyterlab`, or `notebook`.
    extension
        the built browser side that it serves; the one that is installed by default.
    root
        what the file browser shows.
    home
        of jupyter-mlops.
    """

    folder: Path
    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    options: tuple[str, ...] = ()
    module: Literal["jupyterlab", "notebook"] = "jupyterlab"
    extension: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = self.port or int(probe.getsockname()[1])
        self.root, self.home = self.folder / "root", self.folder / "home"
        self.root.mkdir(parents=True, exist_ok=True)
        if not self.home.exists():
            give_store(self.home)
        self.settings = self.folder / "app-settings"
        self.settings.mkdir(exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "lab.log").read_text(encoding="utf-8", errors="replace")

    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("MLFLOW_TRACKING_URI", "JUPYTER_MLOPS_STORE")}
        own = {
            name: str(self.folder / name.lower())
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        }
        more = {"MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONFAULTHANDLER": "1"}
        return {**kept, **own, **more, "JUPYTER_MLOPS_HOME": str(self.home)}

    def command(self) -> list[str]:
        app = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}[self.module]
        return [
            sys.executable, "-m", self.module, "--no-browser", f"--port={self.port}", "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}", "--allow-root",
            f"--{app}.app_settings_dir={self.settings}", f"--{app}.workspaces_dir={self.folder / 'workspaces'}",
            f"--{app}.user_settings_dir={self.folder / 'user-settings'}", "--LabApp.extension_manager=readonly",
            f"--{app}.expose_app_in_browser=True", f"--{app}.extra_labextensions_path={self.folder / 'labextensions'}",
            *self.options,
        ]  # fmt: skip

    def start(self) -> None:
        (self.settings / "overrides.json").write_text(json.dumps(QUIET), encoding="utf-8")
        if self.module == "jupyterlab":
            # What Notebook 7, when it is installed, adds to the lab is not in the pictures.
            config = {"disabledExtensions": {"@jupyter-notebook/lab-extension": True}}
            (self.settings / "page_config.json").write_text(json.dumps(config), encoding="utf-8")
        if self.extension is not None:
            # It hides the one of the environment.
            shutil.copytree(self.extension, self.folder / "labextensions/jupyter-mlops", dirs_exist_ok=True)
        with (self.folder / "lab.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), env=self.environ(), stdout=log, stderr=log, cwd=self.root)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.get("/mlops/api/v1/status")
                return
            except OSError as error:
                assert self.process.poll() is None, self.log
                assert time.monotonic() < deadline, f"{error}\n{self.log}"
                time.sleep(0.2)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(LEAVE_S)
            except subprocess.TimeoutExpired:
                # Where each of its threads is stands in the log then.
                self.process.send_signal(signal.SIGABRT)
                self.process.wait(PATIENCE_S)
                print(self.log[-5_000:])
            self.process = None

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Return what the server answers to a request with the token."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        return self.request("GET", path)

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        return self.request(method, f"/mlops/api/v1{path}", body)

    def example(self, name: str, to: str | None = None) -> str:
        """Copy an example into the root and return its path there."""
        shutil.copy(EXAMPLES / name, self.root / (to or name))
        return to or name

    def write(self, name: str, *cells: tuple[str, list[str]] | str) -> str:
        """Write a notebook of code cells, (source, tags) or source, and return its path."""
        pairs = [(cell, list[str]()) if isinstance(cell, str) else cell for cell in cells]
        book = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "cells": [
                {
                    "cell_type": "code", "id": f"cell-{number}", "source": source, "outputs": [],
                    "execution_count": None, "metadata": {"tags": tags} if tags else {},
                }
                for number, (source, tags) in enumerate(pairs)
            ],
        }  # fmt: skip
        (self.root / name).write_text(json.dumps(book), encoding="utf-8")
        return name

    def run(self, path: str, **parameters: Any) -> str:
        """Start a run through the API and return its id."""
        return str(self.api("/runs", "POST", {"path": path, "parameters": parameters})["id"])

    def wait(self, run: str, *statuses: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until a run is in one of `statuses` (over, by default) and return it."""
        wanted = statuses or ("succeeded", "failed", "cancelled")
        deadline = time.monotonic() + timeout_s
        while True:
            detail: dict[str, Any] = self.api(f"/runs/{run}")
            if detail["status"] in wanted:
                return detail
            assert time.monotonic() < deadline, detail
            time.sleep(0.2)

    def sweep(self) -> None:
        """Kill whatever still works on our home: the runner, its kernels, served models."""
        import psutil

        for process in psutil.process_iter():
            try:
                # What serves a model has an environment without our variables; its folder is in its arguments.
                ours = process.environ().get("JUPYTER_MLOPS_HOME") == str(self.home) or any(
                    word.startswith(f"{self.home}{os.sep}") for word in process.cmdline()
                )
            except psutil.Error:
                continue
            if ours and process.pid != os.getpid():
                process.kill()


@contextmanager
def running_lab(
    folder: Path,
    *options: str,
    module: Literal["jupyterlab", "notebook"] = "jupyterlab",
    extension: Path | None = None,
) -> Iterator[Lab]:
    """Give a lab that runs, and end all of it at the end."""
    lab = Lab(folder, options=options, module=module, extension=extension)
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()
        lab.sweep()


@contextmanager
def browser() -> Iterator[Browser]:
    """Give a Chromium without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield found
        finally:
            found.close()


class Window:
    """A page with the lab in it, and what a user does there."""

    def __init__(self, lab: Lab, page: Page) -> None:
        self.lab, self.page = lab, page
        page.set_default_timeout(PATIENCE_S * 1000)
        self.complaints: list[str] = []
        self.workspace = f"w{secrets.token_hex(4)}"
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        # Jupyter's own list of kernels fails where one of them is just starting.
        is_theirs = "status of 500" in message.text and "/api/kernels?" in where
        if message.type == "error" and not is_theirs and not any(noise in message.text for noise in NOISE):
            self.complaints.append(f"{message.text} {where}")

    def _on_error(self, error: Error) -> None:
        # JupyterLab takes its splash away twice when the theme changes; Notebook 7 asks for a setting's schema too early.
        stack = error.stack or ""
        theirs = ("removeChild" in error.message and "jlab_core" in stack) or (
            "reading 'schema'" in error.message and "notebook_core" in stack
        )
        if not theirs:
            self.complaints.append(f"{error.message} {error.stack}")

    def open(self) -> None:
        """Open the lab in a workspace of this window's own, or load it again."""
        self.page.goto(f"{self.lab.url}/lab/workspaces/{self.workspace}?token={self.lab.token}")
        self.ready()

    def reload(self, shown: str) -> None:
        """Load the lab again, once the server knows that the widget whose id ends so is shown, and how to make it.

        Both are written some time after the widget is there, in requests of their own or together with other things.
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            kept = self.lab.get(f"/lab/api/workspaces/{self.workspace}")["data"]
            layout = json.dumps(kept.get("layout-restorer:data", {}).get("main"))
            names = [name for name in kept if name.endswith(shown)]
            if any(json.dumps(name) in layout for name in names):
                break
            assert time.monotonic() < deadline, kept
            self.page.wait_for_timeout(200)
        self.page.reload()
        self.ready()

    def ready(self) -> None:
        """Wait until the lab has started."""
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")
        self.page.wait_for_selector("#jp-main-dock-panel .lm-DockPanel-widget:visible")

    def command(self, command: str, args: dict[str, Any] | None = None) -> None:
        """Execute a command of the lab, without waiting for it."""
        self.page.evaluate(
            "([id, args]) => { void window.jupyterapp.commands.execute(id, args); }", [command, args or {}]
        )

    def palette(self, label: str) -> None:
        """Execute a command through the palette, as a user does."""
        self.page.keyboard.press("ControlOrMeta+Shift+C")
        box = self.page.locator(".lm-CommandPalette-input:visible")
        box.fill(label)
        self.page.keyboard.press("Enter")

    def theme(self, which: Literal["Light", "Dark", "Dark High Contrast"]) -> None:
        """Change the theme and wait for it."""
        self.command("apputils:change-theme", {"theme": f"JupyterLab {which}"})
        self.page.wait_for_selector(f"body[data-jp-theme-name='JupyterLab {which}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def panel(self) -> None:
        """Open our panel in the sidebar."""
        self.command("mlops:show-panel")
        self.page.wait_for_selector("#jupyter-mlops\\:panel:visible")

    def notebook(self, path: str) -> None:
        """Open a notebook and wait until its cells are there."""
        self.command("docmanager:open", {"path": path, "factory": "Notebook"})
        self.page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell")

    def shot(self, name: str, folder: Path) -> Path:
        """Write a screenshot and return where."""
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(folder / f"{name}.png"))
        return folder / f"{name}.png"
