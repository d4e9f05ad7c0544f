"""A pipeline gives what Run All gives: generated notebooks, run both ways, compared value by value.

An example ends in one of three ways: equal values; refused before the run with error findings; or failed at the end of a
step because the audit of the manifests found a stale value. A different value without a word is the one thing that must
never happen. A share of the examples must really be run, or the property would say nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from jupyter_mlops.base.errors import HandoverError
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook
from jupyter_mlops.runs.handover import audit
from tests.pipeline.programs import programs
from tests.pipeline.standin import manifest, run_all, run_step

OUTCOMES: Counter[str] = Counter()
EXAMPLES = 500 if os.environ.get("MLOPS_TEST_LONG") else 150


def pipeline_value(made: Compiled, folder: Path) -> Any:
    """Run every step in its own namespace; return `final`, or a list of what stops the run."""
    books = made.stepbooks({})
    namespace: dict[str, Any] = {}
    manifests: dict[str, Any] = {}
    for step in made.pipeline.steps:
        try:
            namespace = run_step(books[step.name], folder)
        except HandoverError as error:
            assert error.code == "handover.changed_since", error
            return [error]
        manifests[step.name] = manifest(folder, step.name)
        if conflicts := audit(made.pipeline, manifests):
            return conflicts
    return namespace["final"]


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(notebook=programs())
def test_pipeline_gives_what_run_all_gives(notebook: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        expected = run_all(notebook)["final"]
    except (NameError, RecursionError):
        OUTCOMES["run all fails"] += 1
        return
    made = compile_notebook(parse(json.dumps(notebook).encode(), Path("/nowhere/generated.ipynb")))
    if made.errors:
        OUTCOMES["refused"] += 1
        event("refused: " + made.errors[0].code)
        assert all(finding.hint and finding.message for finding in made.errors)
        return
    value = pipeline_value(made, tmp_path_factory.mktemp("steps"))
    if isinstance(value, list):
        OUTCOMES["conflict"] += 1
        event("conflict")
        return
    OUTCOMES["equal"] += 1
    assert value == expected


def test_most_examples_are_really_compared() -> None:
    if not OUTCOMES:
        pytest.skip("the property did not run in this process")
    assert OUTCOMES["equal"] >= 0.7 * sum(OUTCOMES.values()), OUTCOMES
