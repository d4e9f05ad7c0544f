"""A stand-in for kernels: runs cells in a fresh namespace of this process, with IPython's own transformer in front.

Each namespace belongs to a module called `__main__` while its cells run, as in a kernel.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cloudpickle.cloudpickle

from jupyter_mlops.notebook.source import to_python


class FakeShell:
    """The few magics that generated programs use."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def run_line_magic(self, name: str, line: str) -> None:
        if name != "matplotlib":
            execute(line, self.namespace)

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        assert name in ("capture", "time"), name
        execute(body, self.namespace)
        if line:
            self.namespace[line] = None

    def getoutput(self, command: str) -> list[str]:
        return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout.splitlines()


def execute(code: str, namespace: dict[str, Any]) -> None:
    """Run a cell's code."""
    exec(compile(to_python(code), "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True), namespace)


@contextlib.contextmanager
def kernel(said: io.StringIO | None = None) -> Iterator[dict[str, Any]]:
    """Give a fresh namespace that is `__main__` for the time being; what is printed goes to `said`."""
    module = types.ModuleType("__main__")
    shell = FakeShell(module.__dict__)
    module.__dict__["get_ipython"] = lambda: shell
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    # cloudpickle remembers the classes that it met in this process; another kernel does not know them.
    trackers = [
        cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS,
        cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID,
    ]
    met = [dict(tracker) for tracker in trackers]
    for tracker in trackers:
        tracker.clear()
    try:
        with contextlib.redirect_stdout(said if said is not None else io.StringIO()):
            yield module.__dict__
    finally:
        sys.modules["__main__"] = before
        for tracker, known in zip(trackers, met, strict=True):
            tracker.clear()
            tracker.update(known)


def run_all(content: Mapping[str, Any]) -> dict[str, Any]:
    """Run every code cell from top to bottom in one namespace, as Run All does; return the namespace."""
    with kernel() as namespace:
        for cell in content["cells"]:
            if cell["cell_type"] == "code" and "skip" not in cell["metadata"].get("tags", []):
                execute(cell["source"], namespace)
    return namespace


def run_step(book: Mapping[str, Any], folder: Path, said: io.StringIO | None = None) -> dict[str, Any]:
    """Run one step notebook in a namespace of its own, with hand-over files below `folder`; return the namespace."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with kernel(said) as namespace:
            for cell in book["cells"]:
                if cell["cell_type"] == "code":
                    execute(cell["source"], namespace)
        return namespace
    finally:
        os.chdir(before)


def manifest(folder: Path, step: str) -> Mapping[str, Any]:
    """Return what a step said of its outputs, or an empty mapping when it had nothing to say."""
    path = folder / "artifacts" / f"{step}.json"
    return json.loads(path.read_text()) if path.exists() else {}
