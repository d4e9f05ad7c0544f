"""A search for programs that a pipeline gives another value than Run All, without a word.

``python -m tests.pipeline.search --seeds 20 --examples 2500`` runs that many generated programs and prints each
counter-example, made as small as it gets. Exits with 1 when there is one.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from jupyter_mlops.notebook.document import parse
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook
from tests.pipeline.programs import SHARING, programs
from tests.pipeline.standin import run_all, run_step
from tests.pipeline.test_property import pipeline_value


class DifferentError(Exception):
    """A pipeline gave another value, or failed in another way than by a conflict."""


def outcome(notebook: dict[str, Any]) -> str:
    """Run a notebook both ways and return how it ended; raise `DifferentError` when the law is broken."""
    try:
        expected = run_all(notebook)["final"]
    except Exception:
        return "run all fails"
    made = compile_notebook(parse(json.dumps(notebook).encode(), Path("/nowhere/generated.ipynb")))
    if made.errors:
        return "refused"
    with tempfile.TemporaryDirectory() as folder:
        try:
            value = pipeline_value(made, Path(folder))
        except Exception as error:
            raise DifferentError(f"{type(error).__name__}: {error}") from error
    if isinstance(value, list):
        return "conflict" if unaudited(made) != expected else "conflict though equal"
    if value != expected and any(found.code == "notebook.definition_changed" for found in made.findings):
        return "warned"
    if value != expected:
        raise DifferentError(f"{value} instead of {expected}")
    return "equal"


def unaudited(made: Compiled) -> object:
    """Return `final` as the steps make it, without the audit between them."""
    namespace: dict[str, Any] = {}
    books = made.stepbooks({})
    with tempfile.TemporaryDirectory() as folder:
        for step in made.pipeline.steps:
            try:
                namespace = run_step(books[step.name], Path(folder))
            except Exception as error:
                return error
    return namespace["final"]


def show(notebook: dict[str, Any]) -> str:
    """Return the cells of a notebook as a row of `test_runtime_cases`."""
    cells = [(" ".join(cell["metadata"].get("tags", [])), cell["source"]) for cell in notebook["cells"]]
    return "\n".join(f"    {cell!r}," for cell in cells)


def search(number: int, examples: int, counted: collections.Counter[str]) -> str:
    """Run the programs of one seed; return the smallest counter-example as text, or an empty text.

    Odd seeds make programs whose values share objects.
    """
    failed: list[tuple[dict[str, Any], str]] = []

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(notebook=programs(SHARING if number % 2 else None))
    def run(notebook: dict[str, Any]) -> None:
        try:
            counted[outcome(notebook)] += 1
        except DifferentError as error:
            failed.append((notebook, str(error)))
            raise

    try:
        run()
    except DifferentError:
        notebook, why = failed[-1]
        return f"{why}\n{show(notebook)}"
    return ""


def main() -> int:
    """Search, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--examples", type=int, default=2500, help="programs of each seed")
    given_arguments = parser.parse_args()
    # The modules of the tests are not the notebook's own.
    os.environ.pop("PYTHONPATH", None)
    # Nothing here must survive a power failure.
    setattr(os, "fsync", lambda _: None)  # noqa: B010
    tempfile.tempdir = "/dev/shm" if Path("/dev/shm").is_dir() else None
    found = 0
    for number in range(given_arguments.first, given_arguments.first + given_arguments.seeds):
        started, counted = time.monotonic(), collections.Counter[str]()
        text = search(number, given_arguments.examples, counted)
        found += bool(text)
        print(f"seed {number}: {dict(counted)} in {time.monotonic() - started:.0f} s", flush=True)
        if text:
            print(text, flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
