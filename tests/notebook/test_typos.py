"""Mistyped tags and Kale's own: what is told of them, and what of the tags of other tools: nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.app.inspection import inspect
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.notebook.fixes import apply
from jupyter_mlops.notebook.tags import VOCABULARY
from jupyter_mlops.notebook.typos import meant
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.notebook.build import compiled, content, document

MISTYPED: dict[str, str] = {
    "Step:a": "step:a",
    "STEP:a": "step:a",
    "steps:b": "step:b",
    "stpe:a": "step:a",
    "stp:a": "step:a",
    "step a": "step:a",
    "step=a": "step:a",
    "Step a b": "step:a b",
    "Block:x": "block:x",
    "pre:a": "prev:a",
    "previous:a": "prev:a",
    "Prev: a": "prev:a",
    "parameter": "parameters",
    "Parameters": "parameters",
    "paramters": "parameters",
    "params": "parameters",
    "parameters:": "parameters",
    "pipeline_parameters": "pipeline-parameters",
    "retries:2": "retry:2",
    "Retry:2": "retry:2",
    "retry=2": "retry:2",
    "time-out:3m": "timeout:3m",
    "timeouts:3m": "timeout:3m",
    "Limit:cpu:2": "limit:cpu:2",
    "limits:memory:4Gi": "limit:memory:4Gi",
    "caching:enabled": "cache:enabled",
    "Skip": "skip",
    "SKIP": "skip",
    "skip:true": "skip",
    "skip_execution": "skip-execution",
    "Imports": "imports",
    "import": "imports",
    "function": "functions",
    "set-up": "setup",
    "Setup": "setup",
    "metrics": "pipeline-metrics",
    "raise-exception": "raises-exception",
    "Ignore:notebook.tag": "ignore:notebook.tag",
}
FOREIGN = (
    "slideshow hide-input hide_input hide-cell remove-cell remove_output remove-input nbgrader scroll-output output_scroll "
    "full-width margin keep_output injected-parameters papermill-error-cell-tag nbval-skip nbval-raises-exception "
    "nbval-ignore-output nbsphinx-thumbnail thebe-init thebe-remove-input active-py active-ipynb collapsed outputPrepend "
    "report:enabled report:disabled annotation:owner:me mode:fast type:exercise lang:python stage:train level:3 week:12 "
    "topic:trees exercise solution test tests todo export hide default_exp ci-skip skip-ci skip-test noqa important same_step_1 "
    "step-1 setup-cell image model cache label secret engine limit prep stop:here black mode model-training data-science fig:1 "
    "table:2 plot parameters-2 html remark time:30 state:draft nbdev section:1 chapter:2 name:step key=value a jp-heading "
    "mystnb text_representation"
).split()
SPACED = ("model training", "label encoding", "image of a cat", "hide this", "cache miss", "import data")


@pytest.mark.parametrize(("tag", "better"), MISTYPED.items())
def test_a_mistyped_tag_is_a_hint_with_a_fix(tag: str, better: str) -> None:
    made = content(("step:z", "x = 1"), ("", "print(x)"))
    made["cells"][1]["metadata"]["tags"] = ["mine", tag]
    found = inspect(parse(json.dumps(made).encode(), Path("/n.ipynb")))
    assert [(f.code, f.severity, f.cell) for f in found.findings] == [("notebook.unknown_tag", "hint", 1)]
    assert f"`{better}`" in found.findings[0].message
    fix = found.fixes[0][0]
    assert fix.title == f"Write `{better}`"
    assert apply(made, fix.edits)["cells"][1]["metadata"]["tags"] == ["mine", better]


@pytest.mark.parametrize("tag", [*FOREIGN, *SPACED])
def test_a_tag_of_another_tool_is_left_alone(tag: str) -> None:
    assert meant(tag) == ()
    made = content(("step:a", "x = 1"))
    made["cells"][0]["metadata"]["tags"].append(tag)
    assert compile_notebook(parse(json.dumps(made).encode(), Path("/n.ipynb"))).findings == ()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_tag(tag: str) -> None:
    for better in meant(tag):
        word, colon, _ = better.partition(":")
        assert any(row.word == word.strip() and bool(colon) == (":" in row.form) for row in VOCABULARY)


@pytest.mark.parametrize(
    ("tag", "parts"),
    [("block:two prev:one", ["block:two", "prev:one"]), ("step:a,retry:2", ["step:a", "retry:2"])],
)
def test_two_tags_in_one_are_told(tag: str, parts: list[str]) -> None:
    made = content("x = 1")
    made["cells"][0]["metadata"]["tags"] = [tag]
    found = inspect(parse(json.dumps(made).encode(), Path("/n.ipynb")))
    assert [(f.code, f.severity) for f in found.findings] == [("notebook.unknown_tag", "hint")]
    assert apply(made, found.fixes[0][0].edits)["cells"][0]["metadata"]["tags"] == parts


@pytest.mark.parametrize("tag", ["step", "step:", "Step", "prev", "retry", "timeout"])
def test_a_word_without_its_value_is_a_hint(tag: str) -> None:
    (found,) = compiled(("step:a", "x = 1"), (tag, "y = x")).findings
    assert (found.code, found.severity) == ("notebook.unknown_tag", "hint")


def test_an_option_without_its_value_is_told_once() -> None:
    assert [f.code for f in compiled(("step:a timeout:", "x = 1")).findings] == ["notebook.tag"]


def test_tags_of_markdown_cells_mean_nothing() -> None:
    made = content("x = 1")
    made["cells"].append({"cell_type": "markdown", "metadata": {"tags": ["Step:a", "notebook:b"]}, "source": "#"})
    assert compile_notebook(parse(json.dumps(made).encode(), Path("/n.ipynb"))).findings == ()


# -- Kale


def kale(*cells: tuple[list[str], str, dict[str, Any]], **metadata: Any) -> Any:
    made = content(*[source for _, source, _ in cells])
    for cell, (tags, _, more) in zip(made["cells"], cells, strict=True):
        cell["metadata"] = {"tags": tags, **more}
    made["metadata"] |= metadata
    return compile_notebook(parse(json.dumps(made).encode(), Path("/n.ipynb")))


def test_an_empty_block_is_no_step() -> None:
    found = kale(
        (["block:"], "import math", {}),
        (["block:one"], "v = math.floor(2.7)", {}),
        (["block: "], "w = v", {}),
        (["block:two", "prev:one"], "print(w)", {}),
    )
    assert found.findings == ()
    assert {s.name: (s.cells, s.after) for s in found.pipeline.steps} == {"one": ((1, 2), ()), "two": ((3,), ("one",))}


def test_only_empty_blocks_are_one_step() -> None:
    found = kale((["block:"], "x = 1", {}), ([], "print(x)", {}))
    assert ([s.name for s in found.pipeline.steps], found.findings) == (["main"], ())


@pytest.mark.parametrize(
    ("cell", "metadata", "severity", "named"),
    [
        ((["notebook:prepare"], "# see there", {"notebook_path": "./prepare.ipynb"}), {}, "error", "`./prepare.ipynb`"),
        ((["notebook:prepare"], "", {}), {}, "error", "of the name `prepare`"),
        ((["notebook:prepare"], "x = 1", {}), {"kubeflow_notebook": {}}, "error", "of the name `prepare`"),
        ((["notebook:prepare"], "x = 1", {}), {}, "warning", "of the name `prepare`"),
    ],
)
def test_a_cell_that_stands_for_another_notebook_is_told(
    cell: tuple[list[str], str, dict[str, Any]], metadata: dict[str, Any], severity: str, named: str
) -> None:
    found = kale(cell, (["step:use"], "y = 2", {}), **metadata)
    (told,) = [f for f in found.findings if f.code == "notebook.reference"]
    assert (told.severity, told.cell) == (severity, 0)
    assert named in told.message
    assert "copy the cells" in told.hint


def test_a_reference_can_be_ignored() -> None:
    cells = document(("step:a", "x = 1"), ("notebook:b ignore:notebook.reference", "# b"), ("step:c", "print(x)"))
    assert compile_notebook(cells).errors == ()
