"""A home with a registry, two good versions of a model and a bad one, and somebody who asks all the time."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil
import pytest

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.models.version import LoggedModel
from tests.pace import PATIENCE_S

MODEL = "churn"
ROW = {"age": 41.0, "income": 2.5}
MODULES = ("jupyter_mlops.runs", "jupyter_mlops.deployments", "jupyter_mlops.deployments.serving")


def train(folder: Path, *, slope: float = 1.0, broken: bool = False) -> Path:
    """Save a linear model; a broken one has an example that its own signature refuses."""
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    from tests.deployments.quiet_mlflow import mlflow

    frame = pd.DataFrame({"age": [20.0, 40.0, 60.0], "income": [1.0, 3.0, 2.0]})
    fitted = LinearRegression().fit(frame, slope * frame["age"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signature = mlflow.models.infer_signature(frame, fitted.predict(frame))
        mlflow.sklearn.save_model(
            fitted, folder, signature=signature, input_example=frame.head(1), serialization_format="cloudpickle"
        )
    if broken:
        (folder / "model.pkl").write_bytes(b"no model at all")
    return folder


class Shop:
    """The workbench of a home, its registry, and the processes that its deployments live in."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bench = Workbench(MlopsSettings(home=str(home)))
        self.verbs = self.bench.deployments
        self.registry = self.bench.models.registry

    def add(self, folder: Path) -> int:
        """Register a saved model as the next version."""
        self.registry.create_model(MODEL)
        logged = LoggedModel("", MODEL, folder.as_uri(), "")
        return self.registry.create_version(MODEL, logged, {}).number

    def processes(self, module: str) -> list[psutil.Process]:
        """The living processes of ours that run a module for this home; those that they forked are not counted."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                is_ours = any(word.startswith(str(self.home)) for word in words)
                if module in words and is_ours and process.status() != psutil.STATUS_ZOMBIE:
                    found[process.pid] = process
        forked = {pid for process in found.values() for pid in _children(process)}
        return [process for pid, process in found.items() if pid not in forked]

    def kill(self, module: str) -> list[int]:
        """Kill them; return which."""
        killed = []
        for process in self.processes(module):
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
                killed.append(process.pid)
        return killed

    def live(self, name: str = MODEL) -> int | None:
        """The version that the front says is live."""
        observed = self.verbs.get(name).observed
        return observed.live if observed is not None and observed.is_serving else None

    def workers(self, name: str = MODEL) -> list[int]:
        """The processes that hold the live version."""
        observed = self.verbs.get(name).observed
        return list(observed.versions[observed.live].data["pids"]) if observed and observed.live is not None else []

    def close(self) -> None:
        """End everything."""
        for module in MODULES:
            for process in self.processes(module):
                with contextlib.suppress(psutil.Error):
                    for each in (*process.children(recursive=True), process):
                        each.kill()
        self.bench.database.close()


@contextlib.contextmanager
def shop_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(home))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
    home.mkdir(mode=0o700, exist_ok=True)
    shop = Shop(home)
    try:
        yield shop
    finally:
        shop.close()


def until(holds: Callable[[], object], timeout_s: float = PATIENCE_S, what: str = "") -> float:
    """Wait until something holds; return how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < timeout_s, what or "it never held"
        time.sleep(0.02)
    return time.monotonic() - began


def is_settled(shop: Shop) -> bool:
    """Whether there is one runner, and its manager; a manager whose runner was killed leaves when it has started one."""
    runners, managers = shop.processes(MODULES[0]), shop.processes(MODULES[1])
    return len(runners) == len(managers) == 1 and managers[0].ppid() == runners[0].pid


class Broken(NamedTuple):
    """A request whose connection broke; times of `time.monotonic`."""

    opened: float
    ended: float
    error: Exception


class Crowd:
    """Clients that ask until told to stop, and what they were answered: statuses, and 0 for a broken connection.

    Every second one opens a connection for each request.
    """

    def __init__(self, url: str, token: str, clients: int = 8) -> None:
        self._address, self._token = urlsplit(url), token
        self.answers: Counter[int] = Counter()
        self.problems: list[str] = []
        self.broken: list[Broken] = []
        self.slowest = 0.0
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n % 2 == 1,), daemon=True) for n in range(clients)]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    @property
    def bad(self) -> dict[int, int]:
        return {status: n for status, n in self.answers.items() if not 200 <= status < 300}

    def _ask(self, is_brief: bool) -> None:
        body = json.dumps({"dataframe_records": [ROW]})
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        line: Any = None
        opened = 0.0
        while not self._end.is_set():
            began = time.monotonic()
            try:
                if line is None:
                    opened = began
                    line = http.client.HTTPConnection(
                        str(self._address.hostname), self._address.port, timeout=PATIENCE_S
                    )
                line.request("POST", "/invocations", body, headers)
                answer = line.getresponse()
                told = answer.read()
                self.answers[answer.status] += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
                if answer.status != 200:
                    self.problems.append(f"{answer.status} {told[:300]!r}")
                elif not is_brief:
                    continue
            except (OSError, http.client.HTTPException) as error:
                self.answers[0] += 1
                self.problems.append(repr(error))
                self.broken.append(Broken(opened, time.monotonic(), error))
            line.close()
            line = None
        if line is not None:
            line.close()


def _children(process: psutil.Process) -> list[int]:
    try:
        return [child.pid for child in process.children(recursive=True)]
    except psutil.Error:
        return []


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
