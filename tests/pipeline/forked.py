"""Runs a notebook both ways, each kernel a forked process: what a cell sets in its process stays there, as in a kernel.

A library that the parent has not loaded is loaded in each child that imports it, and in no other.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import HandoverError
from jupyter_mlops.pipeline.compile import Compiled
from jupyter_mlops.runs.handover import Conflict, audit
from tests.notebook.build import compiled, content
from tests.pipeline.standin import execute, kernel, manifest

Cells = Sequence[tuple[str, str]]


class Told(Exception):
    """The run stopped with something said: findings, a hand-over error or conflicts."""


def in_child(work: Callable[[], Any], folder: Path) -> Any:
    """Return what `work` returns in a forked process whose working folder is `folder`; raise what it raises."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe, contextlib.suppress(BaseException):
            try:
                os.chdir(folder)
                answer: tuple[bool, Any] = True, work()
                pickle.dumps(answer)
            except BaseException as error:
                answer = False, (type(error).__name__, str(error), traceback.format_exc())
            pipe.write(pickle.dumps(answer))
            pipe.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    is_good, found = pickle.loads(text)
    if is_good:
        return found
    name, words, trace = found
    raise Told(words) if name == HandoverError.__name__ else RuntimeError(f"{name}: {words}\n{trace}")


def run_cells(cells: Sequence[Mapping[str, Any]]) -> str:
    """Run code cells in a fresh namespace; return what the user's own have printed."""
    printed = io.StringIO()
    # as in a kernel: a warning is no error
    warnings.resetwarnings()
    with kernel() as namespace:
        namespace["get_ipython"]().starting_dir = str(Path.cwd())
        for cell in cells:
            is_own = cell["metadata"].get("mlops", {}).get("role", "cell") == "cell"
            with contextlib.redirect_stdout(printed if is_own else io.StringIO()):
                execute(cell["source"], namespace)
    return printed.getvalue()


def run_all(content: Mapping[str, Any], folder: Path) -> str:
    """Return what the cells of steps print when a notebook is run from top to bottom."""
    tagged = [c for c in content["cells"] if c["cell_type"] == "code"]
    first = next(i for i, c in enumerate(tagged) if any(t.startswith("step:") for t in c["metadata"].get("tags", [])))
    roles = [
        {
            **c,
            "metadata": {
                "mlops": {"role": "setup" if i < first or "setup" in c["metadata"].get("tags", []) else "cell"}
            },
        }
        for i, c in enumerate(tagged)
    ]
    return str(in_child(lambda: run_cells(roles), folder))


def run_pipeline(made: Compiled, folder: Path) -> str:
    """Return the same of the pipeline, step after step in reading order; raise `Told` when something was said."""
    if made.errors:
        raise Told("\n".join(finding.message for finding in made.errors))
    books, manifests, printed = made.stepbooks({}), {}, ""
    for step in made.pipeline.steps:
        cells = [cell for cell in books[step.name]["cells"] if cell["cell_type"] == "code"]
        printed += in_child(lambda cells=cells: run_cells(cells), folder)  # type: ignore[misc]
        manifests[step.name] = manifest(folder, step.name)
        if conflicts := audit(made.pipeline, manifests):
            raise Told("\n".join(map(_words, conflicts)))
    return printed


def check(cells: Cells, folder: Path) -> None:
    """Assert that a pipeline accepts the cells and prints what Run All prints."""
    ways = [folder / name for name in ("all", "steps")]
    for way in ways:
        way.mkdir()
    made = compiled(*cells)
    assert made.errors == ()
    printed = run_pipeline(made, ways[1]).replace(str(ways[1]), str(ways[0]))
    assert printed == run_all(content(*cells), ways[0])


def _words(conflict: Conflict) -> str:
    return f"{conflict.message}\nhint: {conflict.hint}"


def unload(*names: str) -> None:
    """Forget libraries in this process, so that a child has them only when it imports them."""
    for name in list(sys.modules):
        if name.partition(".")[0] in names:
            del sys.modules[name]
