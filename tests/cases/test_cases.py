"""Every case of the table does what it says: read, run in this process, and run in kernels beside Run All.

The expectations are explained in `table.py`. In this process run those that use nothing of a process but its values; in
kernels all of them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import api
from jupyter_mlops.base.errors import FindingsError, HandoverError
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.source import is_plain
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook
from jupyter_mlops.runs.handover import audit
from tests.cases.table import Case, cases
from tests.corpus.sameness import Way, collect, differences, run_all
from tests.pace import PATIENCE_S
from tests.pipeline.standin import execute, kernel, manifest, run_step
from tests.stores import give_store

CASES = cases()
# What a notebook may import to be run in this process: nothing that keeps state of its own.
PURE = {
    "collections",
    "contextlib",
    "dataclasses",
    "enum",
    "functools",
    "itertools",
    "json",
    "math",
    "numpy",
    "sqlite3",
}

each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def compiled(case: Case) -> Compiled:
    return compile_notebook(parse(json.dumps(case.content).encode(), Path(f"/nowhere/{case.name}.ipynb")))


def names_the_thing(message: str, case: Case) -> bool:
    """Whether what stands in quotes is something of the notebook."""
    source = "\n".join(source for _, source in case.cells) + " ".join(" ".join(tags) for tags, _ in case.cells)
    quoted = re.findall(r"`([^`]+)`|\"([^\"]+)\"", message)
    words = {word for pair in quoted for text in pair for word in re.findall(r"\w+", text)}
    return any(re.search(rf"\b{re.escape(word)}\b", source) for word in words)


def check_told(findings: tuple[Finding, ...] | list[Finding], case: Case) -> None:
    for finding in findings:
        assert finding.hint, finding
        assert names_the_thing(finding.message, case), finding


def test_the_names_are_different() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@each_case
def test_it_is_read(case: Case) -> None:
    found = compiled(case)
    if case.expectation in ("equal", "hint"):
        assert found.errors == ()
    if case.expectation == "hint":
        assert [finding.message for finding in found.findings if finding.hint]
    check_told(found.errors, case)


def is_pure(case: Case) -> bool:
    return case.modules <= PURE and all(is_plain(source) for _, source in case.cells)


def in_one(content: Mapping[str, Any]) -> str:
    """Return what the notebook prints when all of it runs in one namespace."""
    said = io.StringIO()
    with kernel(said) as namespace:
        for cell in content["cells"]:
            execute(cell["source"], namespace)
    return said.getvalue()


def in_steps(made: Compiled, folder: Path) -> str | list[object]:
    """Return what the steps print, in the notebook's order, or what stops the run."""
    books, manifests, printed = made.stepbooks({}), {}, {}
    for step in made.pipeline.steps:
        said = io.StringIO()
        try:
            run_step(books[step.name], folder, said)
        except HandoverError as error:
            return [error]
        manifests[step.name] = manifest(folder, step.name)
        if conflicts := audit(made.pipeline, manifests):
            return list(conflicts)
        printed[min(step.cells, default=0)] = said.getvalue()
    return "".join(printed[first] for first in sorted(printed))


IN_PROCESS = [case for case in CASES if is_pure(case)]


@pytest.mark.parametrize("case", IN_PROCESS, ids=[case.name for case in IN_PROCESS])
def test_it_prints_the_same_in_this_process(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = in_one(case.content)
    made = compiled(case)
    if made.errors:
        assert case.expectation == "equal-or-told"
        return
    found = in_steps(made, tmp_path)
    if isinstance(found, list):
        assert case.expectation == "equal-or-told", found
        return
    assert found == expected


# -- in kernels


@dataclass
class Bench:
    """Runs that were all submitted at once, by case; what was refused instead."""

    folder: Path
    runs: dict[str, api.RunHandle] = field(default_factory=dict)
    refused: dict[str, list[Finding]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("cases"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_MLOPS_HOME", str(give_store(made.folder / "home")))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for case in CASES:
            if case.missing:
                continue
            path = case.write(made.folder / "pipeline" / case.name)
            try:
                made.runs[case.name] = api.run(path)
            except FindingsError as error:
                made.refused[case.name] = [finding for finding in error.findings if finding.is_error]
        yield made


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.long
@each_case
def test_it_is_what_run_all_gives(case: Case, bench: Bench) -> None:
    if case.missing:
        pytest.skip(f"not installed here: {', '.join(case.missing)}")
    if case.name in bench.refused:
        assert case.expectation == "equal-or-told"
        check_told(bench.refused[case.name], case)
        return
    run = bench.runs[case.name].wait(timeout=PATIENCE_S)
    parts = collect(run)
    whole = run_all(case.content, case.write(bench.folder / "whole" / case.name))
    if case.expectation == "error-names":
        assert case.names in parts.error.splitlines()[0]
        assert whole.stopped == parts.stopped
        return
    found = differences(whole, parts)
    if found and case.expectation == "equal-or-told" and _is_told(parts, case):
        return
    assert found == [], case.expectation


def _is_told(parts: Way, case: Case) -> bool:
    """Whether the run failed with an error of the pipeline's own that names something of the notebook."""
    return parts.code not in ("", "run.cell_error") and names_the_thing(parts.error, case)
