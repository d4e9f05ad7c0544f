"""Runs a notebook both ways, by Run All and as a pipeline tagged at its headings, and compares them cell by cell.

Both must give equal outputs, or stop at the same cell. Outputs are compared without what differs between two Run Alls:
addresses, times, process numbers, the names of temporary files.

``python -m tests.corpus.sameness --only PART`` shows the differences of the corpus' notebooks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from jupyter_mlops import api
from jupyter_mlops.base.errors import FindingsError
from tests.corpus.clones import VARIABLE, Entry, folder, notebooks
from tests.corpus.tagger import cut, tagged, with_steps

CELL_S = 120
RUN_S = 900

_NUMBER = r"\d+(?:[.,]\d+)?(?:e[+-]?\d+)?"
_VARYING = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b0x[0-9a-fA-F]+"), "0x"),
    (re.compile(r"\bid=\d{6,}"), "id="),
    (re.compile(r"(?:/[\w.+-]+)*/(?:ipykernel_\d+|jupyter-mlops-\w+|mlops-\w+)/\d+\.py"), "<cell>"),
    (re.compile(r"<ipython-input-[\w-]+>"), "<cell>"),
    # what MLflow says depends on what its store holds already
    (re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (?:INFO|WARNING) mlflow[^\n]*\n"), ""),
    (re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?"), "<clock>"),
    # what %time, %timeit, %memit and progress bars say
    (re.compile(rf"{_NUMBER} ?(?:min|sec|seconds?|ms|[µμu]s|ns|s|h|KiB|MiB|GiB|MB|it/s)\b[^\n]*"), "<measured>"),
    (re.compile(r"(?:CPU times|Wall time|The slowest run)[^\n]*"), "<measured>"),
    (re.compile(r"'(?:image/png|image/jpeg)': b[^\n]*"), "<image>"),
    (re.compile(r'"?model_id"?: ?"\w+"'), "model_id"),
    (
        re.compile(
            r'id="(?:sk-container|sk-estimator|T_|sk_)[\w-]*"|#sk-container-id-\d+|for="sk[\w-]+"|T_[0-9a-f]{5}'
        ),
        "<id>",
    ),
)


@dataclass
class Way:
    """One way to run a notebook: what each cell showed, the cell at which it stopped, and why."""

    shown: dict[int, dict[str, Any]] = field(default_factory=dict)
    stopped: int | None = None
    error: str = ""
    code: str = ""
    seconds: float = 0.0


@dataclass
class Comparison:
    """What came of a notebook: ``equal``, ``both stop``, ``different``, ``refused``, ``too long``."""

    notebook: str
    outcome: str
    details: list[str] = field(default_factory=list)
    seconds: tuple[float, float] = (0.0, 0.0)


def normalised(text: str) -> str:
    """Return a text without what differs between two Run Alls.

    >>> normalised("<object at 0x7f01>, 3.25 ms per loop")
    '<object at 0x>, <measured>'
    """
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def shown(outputs: list[Any]) -> dict[str, Any]:
    """Return a cell's outputs in a form that can be compared: texts by stream, and what was displayed, in order."""
    streams: dict[str, str] = {}
    displayed: list[dict[str, str]] = []
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
        elif output["output_type"] == "error":
            displayed.append({"error": normalised(f"{output['ename']}: {output['evalue']}")})
        else:
            displayed.append({kind: _form(kind, value) for kind, value in sorted(output["data"].items())})
    # a carriage return begins the line anew
    lines = {name: re.sub(r"[^\n]*\r(?!\n)", "", text) for name, text in streams.items()}
    return {**{name: normalised(text) for name, text in lines.items()}, "displayed": displayed}


def _form(kind: str, value: Any) -> str:
    if kind.startswith("image/") and isinstance(value, str) and "svg" not in kind:
        return "sha256:" + hashlib.sha256(value.strip().encode()).hexdigest()[:16]
    if "svg" in kind:
        return "svg"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return "<widget>" if "widget-view" in kind else normalised(text)


def run_all(content: Mapping[str, Any], path: Path) -> Way:
    """Run every cell in one kernel, in the notebook's folder."""
    notebook: Any = nbformat.reads(json.dumps(content), as_version=4)  # type: ignore[no-untyped-call]
    way, began = Way(), time.monotonic()
    client = NotebookClient(
        notebook, timeout=CELL_S, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        way.error = f"{error.ename}: {error.evalue}"
    except (CellTimeoutError, DeadKernelError) as error:
        way.error = f"{type(error).__name__}"
    way.seconds = time.monotonic() - began
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if any(output["output_type"] == "error" for output in cell.outputs) and way.stopped is None and way.error:
            way.stopped = index
        way.shown[index] = shown(cell.outputs)
    return way


def pipeline(path: Path) -> Way:
    """Run the notebook as a pipeline and put the cells of its steps together again."""
    began = time.monotonic()
    run = api.run(path).wait(timeout=RUN_S)
    way = collect(run)
    if run.status in ("queued", "running"):
        run.cancel()
        run.wait(timeout=60)
        way.error = "CellTimeoutError"
    way.seconds = time.monotonic() - began
    return way


def collect(run: api.RunHandle) -> Way:
    """Return what the cells of a run's steps showed; with the first error, in the notebook's order."""
    way = Way()
    failed = [step["error"] for step in run.steps.values() if step["error"]]
    if failed:
        first = min(failed, key=lambda error: error["cell"] if error["cell"] is not None else -1)
        way.stopped = first["cell"] if first["cell"] is not None else -1
        way.error, way.code = first["message"], first["code"]
    for executed in run.notebooks.values():
        notebook: Any = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            about = cell.metadata.get("mlops") or {}
            if cell.cell_type == "code" and about.get("role") in ("cell", "setup", "parameters"):
                way.shown.setdefault(about["cell"], shown(cell.outputs))
    return way


def varying(whole: Way, again: Way) -> frozenset[int]:
    """Return the cells that show something else at every Run All."""
    return frozenset(index for index, found in whole.shown.items() if again.shown.get(index) != found)


def differences(whole: Way, parts: Way, varying: Collection[int] = ()) -> list[str]:
    """Return in words what the two ways differ in, but for cells that always vary; empty when they say the same."""
    if whole.stopped is None and parts.stopped is not None:
        return [f"the pipeline stops at cell {parts.stopped}: {parts.error}"]
    if whole.stopped is not None and parts.stopped is None:
        return [f"only Run All stops, at cell {whole.stopped}: {whole.error}"]
    told = []
    if whole.stopped != parts.stopped:
        told.append(
            f"Run All stops at cell {whole.stopped} ({whole.error}), the pipeline at {parts.stopped} ({parts.error})"
        )
    end = whole.stopped if whole.stopped is not None else max(whole.shown, default=0) + 1
    for index, expected in whole.shown.items():
        if index < end and index not in varying and expected != (got := parts.shown.get(index, {"displayed": []})):
            names = [name for name in {**expected, **got} if expected.get(name) != got.get(name)]
            name = names[0]
            told.append(
                f"cell {index}, {name}: Run All {_short(expected.get(name))}, the pipeline {_short(got.get(name))}"
            )
    return told


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:300]} … {text[-90:]}"


def compare(entry: Entry, path: Path, tree: Path, parts: int = 0) -> Comparison:
    """Run one notebook of the corpus both ways, each in a copy of its repository; cut into `parts` when that is not 0."""
    content = json.loads(path.read_bytes().decode("utf-8-sig"))
    content.setdefault("metadata", {})["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    ways: list[Way] = []
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        steps = with_steps(content, cut(content, parts)) if parts else tagged(content)
        for number, form in enumerate((content, steps)):
            copy = Path(scratch) / "work" / tree.name
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".git"))
            target = copy / path.relative_to(tree)
            target.write_text(json.dumps(form))
            if number == 0:
                ways.append(run_all(form, target))
                if ways[0].error in ("CellTimeoutError", "DeadKernelError"):
                    return Comparison(entry.key, "too long", [ways[0].error])
            else:
                try:
                    ways.append(pipeline(target))
                except FindingsError as error:
                    told = [f"{f.code} cell {f.cell}: {f.message}" for f in error.findings if f.is_error]
                    if {f.cell for f in error.findings if f.is_error} == {ways[0].stopped}:
                        return Comparison(entry.key, "both stop", [*told, ways[0].error])
                    return Comparison(entry.key, "refused", [*told, f"(Run All: {ways[0].error or 'runs'})"])
            shutil.rmtree(copy)
        again = None
        if differences(ways[0], ways[1]):
            # what no seed fixes differs between two Run Alls too
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".git"))
            again = run_all(content, copy / path.relative_to(tree))
    whole, pipe = ways
    seconds = (round(whole.seconds, 1), round(pipe.seconds, 1))
    found = differences(whole, pipe, varying(whole, again) if again else frozenset())
    if found:
        return Comparison(entry.key, "different", found, seconds)
    if whole.stopped is not None:
        return Comparison(entry.key, "both stop", [f"cell {whole.stopped}: {whole.error[:200]}"], seconds)
    return Comparison(entry.key, "equal", [], seconds)


def main() -> int:
    options = argparse.ArgumentParser(description="run notebooks of the corpus both ways and compare them")
    options.add_argument("--only", action="append", default=[], help="notebooks whose name holds this; repeatable")
    options.add_argument("--parts", type=int, default=0, help="cut into so many steps, whatever the headings say")
    given = options.parse_args()
    corpus = folder()
    if corpus is None:
        print(f"{VARIABLE} names no folder of clones", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="corpus-home-", ignore_cleanup_errors=True) as home:
        os.environ.setdefault("JUPYTER_MLOPS_HOME", home)
        for entry, path in notebooks(corpus):
            if any(part in entry.key for part in given.only):
                found = compare(entry, path, corpus / "trees" / entry.repository, given.parts)
                print(json.dumps(vars(found), ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
