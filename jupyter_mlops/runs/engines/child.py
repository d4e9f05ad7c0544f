"""The process of a local attempt: says who it is, watches that its runner lives, and makes the attempt.

When the runner dies, however that happens, the attempt ends at once with everything it started. Nobody would hear
of its result, and the next runner begins another attempt; so nothing of a run outlives its runner, even if no
other comes.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

IDENTITY = "process.json"
LOST = 75


def make_attempt(folder: str, environment: Mapping[str, str] | None = None) -> None:
    """Make an attempt in a process that was forked from the warm one, in the environment of who submitted the run."""
    import multiprocessing

    from jupyter_mlops.runs.environments import enter

    enter(environment)
    parent = multiprocessing.parent_process()
    assert parent is not None
    _make(folder, parent.join)


def _make(folder: str, await_death: Callable[[], object]) -> None:
    """Make an attempt while a thread waits for `await_death` to return."""
    from jupyter_mlops.runs.attempt import run_attempt
    from jupyter_mlops.runs.files import write_json
    from jupyter_mlops.runs.process import Identity

    os.setsid()
    # Before anything is started: whoever comes after a runner that was killed finds us by this.
    write_json(Path(folder) / IDENTITY, Identity.own().to_json(), sync=False)
    threading.Thread(target=_watch, args=(folder, await_death), daemon=True, name="runner-watch").start()
    run_attempt(folder)


def _watch(folder: str, await_death: Callable[[], object]) -> None:
    from jupyter_mlops.runs import leftovers
    from jupyter_mlops.runs.files import read_json

    await_death()
    order = read_json(Path(folder) / "attempt.json")
    leftovers.end_leftovers(f"{order['run']}:{order['step']}:{order['number']}", descendants=True)
    os._exit(LOST)


if __name__ == "__main__":
    # Another interpreter than the runner's: standard input is a pipe that ends when the runner does.
    _make(sys.argv[1], sys.stdin.read)
