"""What a page of runs costs over HTTP with a large store: each filter, asked of a real server, p50 and p99.

The last column is the server's own processor time for one request, which a busy machine changes least.
Fills a store of its own, with runs of four steps, a failed one in fifty, and one run of 200 steps.

    python benchmarks/bench_list.py [RUNS] [ROUNDS]
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from sqlalchemy import insert

from jupyter_mlops.base.ids import new_run_id
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import RunRow, StepRow
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.listing import search_text
from jupyter_mlops.runs.store import NewRun, open_store

TOKEN = "bench"
PAGE = 50
STEPS = ("load", "clean", "fit", "score")
NAMES = ("churn", "demand", "fraud", "digits")
ERROR = {"ename": "ValueError", "evalue": "no rows", "message": "no rows", "code": "run.cell_failed"}
WIDE = 200
CHUNK = 5000


def rows(count: int, root: Path, runs: Path) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield a run and its steps, oldest first."""
    began = datetime.now(UTC) - timedelta(minutes=count)
    for number in range(count):
        run, name = new_run_id(), NAMES[number % len(NAMES)]
        failed, rare = number % 50 == 7, number % 20_000 == 11
        status = "cancelled" if rare else "failed" if failed else "succeeded"
        job = ("nightly" if number % 2 else "weekly", 1 + number % 5) if number % 3 == 0 else None
        parameters = {"lr": number / count, "rows": number, "note": "a text of some length, as people write them"}
        at = began + timedelta(minutes=number)
        yield (
            {
                "id": run, "name": name, "status": status, "parameters": parameters, "folder": str(runs / run),
                "notebook": str(root / f"{name}.ipynb"), "python": sys.executable,
                "job_name": job[0] if job else None, "job_version": job[1] if job else None,
                "no_cache": False, "cancel_requested": rare, "tracking_pending": False,
                "search": search_text(run, name, job, parameters) + (" valueerror: no rows" if failed else ""),
                "created_at": at, "started_at": at, "finished_at": at,
            },
            [
                {
                    "run_id": run, "name": step, "position": place, "file": f"{step}.ipynb",
                    "status": ("failed" if failed else status) if step == "score" else "succeeded",
                    "cached": False, "attempts": 1, "failures": 0, "losses": 0,
                    "error": ERROR if failed and step == "score" else None,
                    "metrics": {"score": number / count, "loss": 1.0} if step == "score" and not failed else None,
                    "manifest": str(runs / run / "steps" / step / "1" / "outputs.json"), "cache_key": None,
                    "started_at": at, "finished_at": at,
                }
                for place, step in enumerate(STEPS)
            ],
        )  # fmt: skip


def fill(home: Path, root: Path, count: int) -> str:
    """Fill the store and return the id of the run of `WIDE` steps."""
    for name in NAMES:
        (root / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    database = Database(home)
    made = rows(count, root, home / "runs")
    for _ in range(0, count, CHUNK):
        chunk = [pair for pair, _ in zip(made, range(CHUNK), strict=False)]
        with database.writing() as session:
            session.execute(insert(RunRow), [run for run, _ in chunk])
            session.execute(insert(StepRow), [step for _, steps in chunk for step in steps])
    database.close()
    store, wide = open_store(home), new_run_id()
    (home / "runs" / wide).mkdir(parents=True)
    steps = tuple(Step(f"s{number:03d}", (number,), notebook=f"s{number:03d}.ipynb") for number in range(WIDE))
    store.create(NewRun(id=wide, name="wide", folder=home / "runs" / wide, pipeline=Pipeline("wide", steps)))
    store.request_cancel(wide)
    store.close()
    return wide


class Server:
    """A Jupyter server of its own."""

    def __init__(self, folder: Path, home: Path, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}/mlops/api/v1"
        words = [
            f"--port={port}", "--ServerApp.port_retries=0", "--allow-root", "--no-browser",
            f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}", f"--MlopsSettings.home={home}",
            "--ServerApp.jpserver_extensions=jupyter_mlops=True", "--ServerApp.log_level=ERROR",
        ]  # fmt: skip
        places = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "RUNTIME", "DATA")}
        # A store that the caller's environment names is not for filling.
        places |= {"JUPYTER_MLOPS_HOME": str(home), "JUPYTER_MLOPS_STORE": ""}
        self.process = subprocess.Popen([sys.executable, "-m", "jupyter_server", *words], env={**os.environ, **places})
        end = time.monotonic() + 60
        while True:
            try:
                self.get("/status")
                break
            except urllib.error.URLError:
                if time.monotonic() > end or self.process.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.1)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.base}{path}?{urlencode(query or {})}" if query else self.base + path
        request = urllib.request.Request(url, headers={"Authorization": f"token {TOKEN}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def deep(server: Server, depth: int) -> str:
    """Return a cursor `depth` runs down the list."""
    cursor: str | None = None
    for _ in range(max(1, depth // 500)):
        cursor = server.get("/runs", {"limit": 500, **({"cursor": cursor} if cursor else {})})["next_cursor"]
    assert cursor is not None
    return cursor


def main(count: int = 100_000, rounds: int = 200) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, root = folder / "home", folder / "root"
        root.mkdir()
        began = time.perf_counter()
        wide = fill(home, root, count)
        print(f"{count} runs of {len(STEPS)} steps, filled in {time.perf_counter() - began:.0f} s; pages of {PAGE}")
        server = Server(folder, home, root)
        try:
            # A page of 500 each, so not to the very end: two thirds down.
            cursor = deep(server, count * 2 // 3)
            asked: dict[str, tuple[str, dict[str, Any]]] = {
                "first page": ("/runs", {}),
                "deep cursor": ("/runs", {"cursor": cursor}),
                "name": ("/runs", {"name": "fraud"}),
                "name of none": ("/runs", {"name": "nobody"}),
                "job": ("/runs", {"job": "nightly"}),
                "path": ("/runs", {"path": "churn.ipynb"}),
                "status=succeeded": ("/runs", {"status": "succeeded"}),
                "status=failed": ("/runs", {"status": "failed"}),
                "status=cancelled (rare)": ("/runs", {"status": "cancelled"}),
                "status=active (none)": ("/runs", {"status": "active"}),
                "job, status (rare)": ("/runs", {"job": "nightly", "status": "cancelled"}),
                "q, often": ("/runs", {"q": "fraud"}),
                "q, an error": ("/runs", {"q": "no rows"}),
                "q, of one old run": ("/runs", {"q": "rows=17 "}),
                "q, of none": ("/runs", {"q": "nothing has this"}),
                "q, status": ("/runs", {"q": "nothing has this", "status": "failed"}),
                "q, name": ("/runs", {"q": "nothing has this", "name": "fraud"}),
                "q, job": ("/runs", {"q": "nothing has this", "job": "nightly"}),
                "q, path": ("/runs", {"q": "nothing has this", "path": "churn.ipynb"}),
                "activity": ("/activity", {}),
                f"run of {WIDE} steps": (f"/runs/{wide}", {}),
            }
            process = psutil.Process(server.process.pid)
            print(f"{'':26}{'p50 ms':>9}{'p99 ms':>9}{'runs':>6}{'cpu ms':>9}")
            for label, (path, query) in asked.items():
                query = {**query, "limit": PAGE} if path == "/runs" else query
                used = process.cpu_times()
                times = []
                for number in range(rounds + 3):
                    if number == 3:
                        # The ones before warmed the caches.
                        used = process.cpu_times()
                    at = time.perf_counter()
                    found = server.get(path, query)
                    times.append((time.perf_counter() - at) * 1000)
                now = process.cpu_times()
                cpu = (now.user + now.system - used.user - used.system) * 1000 / rounds
                times = sorted(times[3:])
                p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
                shown = len(found["runs"]) if "runs" in found else "-"
                print(f"{label:26}{statistics.median(times):9.1f}{p99:9.1f}{shown:>6}{cpu:9.1f}", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
