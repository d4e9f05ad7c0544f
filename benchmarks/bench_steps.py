"""What a step costs beside its own work, and what papermill costs for a notebook that does as little.

A chain and a fan of trivial steps through the command line, papermill's own command and papermill in one process, all
in one go on the same machine. Seconds differ from machine to machine; the ratios travel.

    python benchmarks/bench_steps.py [STEPS] [PAPERMILL_ROUNDS]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

Cells = Sequence[tuple[str, str]]


def write(path: Path, cells: Cells) -> Path:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    blank: dict[str, Any] = {"cell_type": "code", "outputs": [], "execution_count": None}
    made = [
        {**blank, "id": f"cell-{number}", "metadata": {"tags": tags.split()}, "source": source}
        for number, (tags, source) in enumerate(cells)
    ]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made}))
    return path


def chain(count: int) -> Cells:
    """Each step needs the one above."""
    more = [(f"step:s{number:03d}", f"x = x + {number}") for number in range(1, count)]
    return [("step:s000", "x = 0"), *more]


def fan(count: int) -> Cells:
    """All but the first need the first only."""
    return [
        ("step:s000", "x = 0"),
        *((f"step:s{number:03d}", f"y{number} = x + {number}") for number in range(1, count)),
    ]


def spent(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_pipeline(notebook: Path, environ: dict[str, str]) -> tuple[float, Any]:
    """Run a notebook through the command line; return the seconds it took, and the run."""
    command = [sys.executable, "-m", "jupyter_mlops.cli", "run", str(notebook), "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{notebook.name} did not run:\n{done.stderr}")
    return seconds, json.loads(done.stdout)


def seconds_of_steps(run: Any) -> list[float]:
    """Return how long each step was running, from its start to its recorded end."""
    moments = [(step["started_at"], step["finished_at"]) for step in run["steps"]]
    return [(datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() for start, end in moments]


def papermill_command(notebook: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(notebook), str(folder / "cli.ipynb")]
    subprocess.run(command, capture_output=True, check=True)


def papermill_function(notebook: Path, folder: Path) -> None:
    import papermill

    papermill.execute_notebook(str(notebook), str(folder / "function.ipynb"), progress_bar=False)


def main(count: int = 50, rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory(prefix="mlops-bench-") as name:
        folder = Path(name)
        environ = {**os.environ, "JUPYTER_MLOPS_HOME": str(folder / "home"), "JUPYTER_MLOPS_RUNNER_IDLE": "5"}
        environ.pop("MLFLOW_TRACKING_URI", None)
        trivial = write(folder / "trivial.ipynb", [("", "x = 1"), ("", "y = x + 1"), ("", "print(y)")])
        papermill_function(trivial, folder)  # its imports, and the first kernel, are not counted
        command = [spent(lambda: papermill_command(trivial, folder)) for _ in range(rounds)]
        function = [spent(lambda: papermill_function(trivial, folder)) for _ in range(rounds)]
        first, _ = run_pipeline(write(folder / "first.ipynb", chain(1)), environ)
        warm, _ = run_pipeline(write(folder / "warm.ipynb", chain(1)), environ)
        chained, chain_run = run_pipeline(write(folder / "chain.ipynb", chain(count)), environ)
        fanned, fan_run = run_pipeline(write(folder / "fan.ipynb", fan(count)), environ)
        base = statistics.median(command)
        print(f"{os.cpu_count()} cores, median of {rounds} for papermill\n")
        print(f"{'':<46}{'seconds':>9}  {'of papermill':>12}")
        for label, seconds in (
            ("papermill command, a notebook of 3 cells", base),
            ("papermill.execute_notebook, the same", statistics.median(function)),
            (f"a chain of {count} steps, per step", chained / count),
            (f"a fan of {count} steps, per step", fanned / count),
            ("  one step of the chain, start to end (median)", statistics.median(seconds_of_steps(chain_run))),
            ("  one step of the fan, start to end (median)", statistics.median(seconds_of_steps(fan_run))),
        ):
            print(f"{label:<46}{seconds:>9.2f}  {seconds / base:>11.0%}")
        print(f"\nfirst run of all, which starts the runner and makes the stores: {first:.2f} s")
        print(f"a run of one step after it, command included: {warm:.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
