"""What a served model answers per second, side by side with ``mlflow models serve``: one worker, one-row requests.

In one rotation: MLflow's scoring server, ours through ``/invocations``, ours through the numpy path of the Open
Inference Protocol; all of them run throughout, each is asked in turn, round after round. Ours is the whole of it:
token, front, worker, request log. The load comes from this process over connections that are kept alive. Printed are
the medians over the rounds and the ratios to MLflow.

    python benchmarks/bench_serving.py [CLIENTS] [SECONDS] [ROUNDS]
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

TOKEN = "bench"
WAIT_S = 120
COLUMNS = ["age", "income", "calls", "spent"]


class Target(NamedTuple):
    """What is asked, where, and the bytes of the request."""

    name: str
    port: int
    request: bytes


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it has its answer, and keeps the time that each took."""

    def __init__(self, request: bytes, end: float) -> None:
        self._request, self._end = request, end
        self._buffer = b""
        self.spent: list[float] = []
        self.wrong = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.lower().index(b"content-length:", 0, head) + 15
        if len(self._buffer) < head + 4 + int(self._buffer[at : self._buffer.index(b"\r\n", at)]):
            return
        self.spent.append(time.perf_counter() - self._began)
        self.wrong += not self._buffer.startswith(b"HTTP/1.1 200")
        self._buffer = b""
        if time.perf_counter() < self._end:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(target: Target, clients: int, seconds: float) -> tuple[float, float, float]:
    """Ask for so long; return answers a second and the 50th and 99th percentile in milliseconds."""
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    asked = [
        await loop.create_connection(lambda: Client(target.request, began + seconds), "127.0.0.1", target.port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for _, client in asked))
    spent = sorted(second for _, client in asked for second in client.spent)
    assert not sum(client.wrong for _, client in asked), f"{target.name}: answers other than 200"
    return (
        len(spent) / (time.perf_counter() - began),
        spent[len(spent) // 2] * 1000,
        spent[int(len(spent) * 0.99)] * 1000,
    )


def request(port: int, path: str, body: Any) -> bytes:
    """Return the bytes of a request."""
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def save(folder: Path) -> None:
    """Save a model of four numbers."""
    import mlflow.sklearn
    import numpy as np
    import pandas as pd
    from mlflow.models import infer_signature
    from sklearn.linear_model import LogisticRegression

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 4)), columns=COLUMNS)
    model = LogisticRegression().fit(frame, frame["age"] > 0)
    signature = infer_signature(frame, model.predict(frame))
    mlflow.sklearn.save_model(model, folder, signature=signature, input_example=frame[:1])


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""
    for _ in range(WAIT_S * 10):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer\n{log.read_text()}")


@contextmanager
def started(command: list[str], log: Path, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server in a session of its own and end all of it."""
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, **more)
    try:
        yield server
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@contextmanager
def mlflow_server(folder: Path, model: Path) -> Iterator[int]:
    port, log = free_port(), folder / "mlflow.log"
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "-m", str(model)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    with started([*command, "-p", str(port)], log, env=environ, cwd=folder) as server:
        wait(f"http://127.0.0.1:{port}/ping", server, log)
        yield port


@contextmanager
def our_server(folder: Path, model: Path) -> Iterator[int]:
    port, log = free_port(), folder / "front.log"
    plan = {
        "revision": 1, "name": "bench", "port": port, "token_sha256": [hashlib.sha256(TOKEN.encode()).hexdigest()],
        "versions": {"1": {"folder": str(model), "python": sys.executable, "workers": 1}}, "live": "1",
    }  # fmt: skip
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [sys.executable, "-m", "jupyter_mlops.deployments.serving", "--folder", str(folder)]
    with started(command, log) as server:
        wait(f"http://127.0.0.1:{port}/v2/health/ready", server, log)
        yield port


def main(clients: int, seconds: float, rounds: int) -> None:
    row = {"age": 0.5, "income": 1.25, "calls": -0.5, "spent": 0.125}
    tensor = {"name": "rows", "shape": [1, 4], "datatype": "FP64", "data": list(row.values())}
    records = {"dataframe_records": [row]}
    with tempfile.TemporaryDirectory() as name:
        folder, model = Path(name), Path(name) / "model"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save(model)
        (folder / "front").mkdir()
        with mlflow_server(folder, model) as theirs, our_server(folder / "front", model) as ours:
            targets = [
                Target("mlflow models serve", theirs, request(theirs, "/invocations", records)),
                Target("ours /invocations", ours, request(ours, "/invocations", records)),
                Target("ours v2 numpy", ours, request(ours, "/v2/models/bench/infer", {"inputs": [tensor]})),
            ]
            found: dict[str, list[tuple[float, float, float]]] = {target.name: [] for target in targets}
            for target in targets:
                asyncio.run(load(target, clients, 1.0))
            for _ in range(rounds):
                for target in targets:
                    found[target.name].append(asyncio.run(load(target, clients, seconds)))
    report(found, clients)


def report(found: dict[str, list[tuple[float, float, float]]], clients: int) -> None:
    """Print the medians and the ratios to the first."""
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    (_, base), *_ = medians.items()
    rounds = len(next(iter(found.values())))
    print(f"one worker, one-row requests, {clients} clients, {os.cpu_count()} cores; median of {rounds} rounds")
    print(f"{'':22}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'× MLflow':>10}{'p99 below':>11}")
    for name, (rate, half, most) in medians.items():
        below = "" if name == next(iter(medians)) else "yes" if most < base[2] else "no"
        print(f"{name:22}{rate:12.0f}{half:9.2f}{most:9.2f}{rate / base[0]:10.2f}{below:>11}")


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    main(*(int(given[0]) if given else 8, given[1] if len(given) > 1 else 4.0, int(given[2]) if len(given) > 2 else 5))
