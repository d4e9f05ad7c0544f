"""What deployments of a tiny model keep while nothing happens: the memory of every process of a home.

PSS shares a page among the processes that have it; RSS counts it in each. `alone` is the PSS that the home would have
if no other process of the machine had the same libraries open: anonymous memory, and each file once. The processor
time is that of all processes together while they idle.

    python benchmarks/bench_memory.py [DEPLOYMENTS] [IDLE_S]
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

FIRST_MB, FURTHER_MB, CPU_PERCENT = 250, 80, 0.5
READY_S = 180.0
_PR_SET_CHILD_SUBREAPER = 36
_MB = 1_000_000
_WORKER = "jupyter_mlops/deployments/serving/worker/__main__.py"
_TRAIN = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import mlflow, pandas as pd
from sklearn.linear_model import LinearRegression

frame = pd.DataFrame({"age": [20.0, 40.0, 60.0], "income": [1.0, 3.0, 2.0]})
model = LinearRegression().fit(frame, frame["age"])
signature = mlflow.models.infer_signature(frame, model.predict(frame))
mlflow.sklearn.save_model(
    model, sys.argv[1], signature=signature, input_example=frame[:1], pip_requirements=["scikit-learn"],
    serialization_format="cloudpickle",
)
client = mlflow.MlflowClient()
client.create_registered_model("churn")
version = client.create_model_version("churn", Path(sys.argv[1]).as_uri())
client.set_registered_model_alias("churn", "champion", version.version)
"""


class Taken(NamedTuple):
    """What a process takes, in bytes; `files` is what it has of each file in memory."""

    label: str
    pid: int
    pss: int
    rss: int
    anonymous: int
    files: dict[str, int]


def adopt_orphans() -> None:
    """Become the parent of whatever daemons the processes started here leave, so that they are found."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def processes() -> Iterator[tuple[str, psutil.Process]]:
    """Yield the processes of the home, each with what it is."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                yield label(process), process


def label(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    above = process.parent()
    parent = " ".join(above.cmdline()) if above is not None else ""
    if _WORKER in words:
        return "worker or spare" if _WORKER in parent else "template"
    known = {
        "multiprocessing.resource_tracker": "resource tracker",
        "multiprocessing.forkserver": "fork server",
        "serving/guardian.py": "guardian",
        "jupyter_mlops.deployments.serving": "front",
        "jupyter_mlops.deployments": "manager",
        "jupyter_mlops.runs": "runner",
    }
    return next((name for word, name in known.items() if word in words), words[:60])


def taken(name: str, pid: int) -> Taken:
    """Read what a process takes."""
    rollup = dict(re.findall(r"^(\w+): +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
    files: dict[str, int] = defaultdict(int)
    file = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if head := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)", line):
            file = head[1]
        elif file.startswith("/"):
            key, _, value = line.partition(":")
            # Pages of the file itself: those that were written to since are anonymous.
            if key in ("Rss", "Anonymous"):
                files[file] += int(value.split()[0]) * 1024 * (1 if key == "Rss" else -1)
    size = {key: int(value) * 1024 for key, value in rollup.items()}
    return Taken(name, pid, size["Pss"], size["Rss"], size["Pss_Anon"], files)


def alone(found: list[Taken]) -> int:
    """Return what the processes would take together if no other had their files open."""
    files: dict[str, int] = defaultdict(int)
    for each in found:
        for file, size in each.files.items():
            files[file] = max(files[file], size)
    return sum(each.anonymous for each in found) + sum(files.values())


def all_taken() -> list[Taken]:
    return [taken(name, process.pid) for name, process in processes()]


def spent_s() -> dict[str, float]:
    """Return the processor time of the home's processes so far, by what they are."""
    total: dict[str, float] = defaultdict(float)
    for name, process in processes():
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total[name] += times.user + times.system
    return total


def run(*words: str) -> None:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def end_all() -> None:
    while found := [process for _, process in processes()]:
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        time.sleep(0.1)


def report(count: int, found: list[Taken], before: int) -> int:
    """Print what every process takes, and the totals; return the total."""
    print(f"\n{count} deployment{'s' * (count > 1)}:{'':20}{'PSS MB':>8}{'RSS MB':>8}{'files':>8}")
    for each in sorted(found, key=lambda one: one.label):
        files = sum(each.files.values())
        print(f"  {each.label:32}{each.pss / _MB:8.1f}{each.rss / _MB:8.1f}{files / _MB:8.1f}")
    pss, rss, own = sum(e.pss for e in found), sum(e.rss for e in found), alone(found)
    most = FIRST_MB if count == 1 else FURTHER_MB
    print(f"  {'all':32}{pss / _MB:8.1f}{rss / _MB:8.1f}   +{(pss - before) / _MB:.1f} PSS (at most {most})")
    print(f"  {'alone':32}{own / _MB:8.1f}")
    return pss


def main(deployments: int = 3, idle_s: float = 60.0) -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        print("there is no /proc/PID/smaps_rollup here")
        return
    adopt_orphans()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        home.mkdir(mode=0o700)
        os.environ["JUPYTER_MLOPS_HOME"] = str(home)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{home / 'mlflow.db'}"
        run("-c", _TRAIN, str(home / "saved"))
        try:
            total = 0
            for count in range(1, deployments + 1):
                run("-m", "jupyter_mlops.cli", "deployments", "create", f"churn-{count}", "--model", "churn@champion")
                time.sleep(idle_s)
                total = report(count, all_taken(), total)
            before = spent_s()
            time.sleep(idle_s)
            percent = {name: (spent - before[name]) / idle_s * 100 for name, spent in spent_s().items()}
            print(f"\n{sum(percent.values()):.2f} % of a core while idle for {idle_s:.0f} s (at most {CPU_PERCENT}):")
            print("  " + ", ".join(f"{name} {share:.2f}" for name, share in sorted(percent.items()) if share))
        finally:
            end_all()


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 3, float(given[1]) if len(given) > 1 else 60.0)
