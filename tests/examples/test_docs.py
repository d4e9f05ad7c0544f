"""The user guide says what is so: its tables, examples, commands, variables and links are tried on the code."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import jupyter_mlops as mlops
from jupyter_mlops.app.words import build
from jupyter_mlops.artifacts import random_state, statetable
from jupyter_mlops.notebook import settingtable
from jupyter_mlops.notebook.codes import CODES, findings_markdown
from jupyter_mlops.notebook.document import parse, read
from jupyter_mlops.notebook.finding import Code
from jupyter_mlops.notebook.randomness import CARRIED, STATES
from jupyter_mlops.notebook.settingtable import states_markdown
from jupyter_mlops.notebook.tags import vocabulary_markdown
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook
from jupyter_mlops.pipeline.spec import Pipeline

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
NOTEBOOKS = sorted([*(ROOT / "examples").glob("*.ipynb"), *(ROOT / "tests" / "fixtures").glob("*/*.ipynb")])
CODE = re.compile(r"\"((?:notebook|parameter|pipeline)\.[a-z_]+)\"")


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def compiled(cells: list[tuple[str, str]]) -> Compiled:
    """Compile a notebook of (tags, source)."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec},
        "cells": [
            {"cell_type": "code", "id": f"c{number}", "metadata": {"tags": tags.split()}, "source": source}
            for number, (tags, source) in enumerate(cells)
        ],
    }
    return compile_notebook(parse(json.dumps(content).encode(), Path("example.ipynb")))


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


FINDINGS = {row.code: row for row in CODES}
# What this machine lacks, and what a run is not given, is no finding of the notebook alone.
WITH_EXAMPLE = sorted(code for code, row in FINDINGS.items() if "`" in row.example and code.startswith("notebook."))


def test_the_table_of_tags_is_the_vocabulary() -> None:
    text = (DOCS / "tags.md").read_text(encoding="utf-8")
    assert f"\n{vocabulary_markdown()}<!-- end -->\n" in text


def test_the_table_of_findings_is_that_of_the_code() -> None:
    text = (DOCS / "findings.md").read_text(encoding="utf-8")
    assert f"\n{findings_markdown()}<!-- end -->\n" in text


def test_the_table_of_states_is_that_of_the_code() -> None:
    text = (DOCS / "dataflow.md").read_text(encoding="utf-8")
    assert f"\n{states_markdown()}<!-- end -->\n" in text


def test_what_reading_carries_the_process_can_carry() -> None:
    assert settingtable.CARRIED == statetable.BY_NAME.keys()
    assert {state: STATES[state].module for state in CARRIED} == random_state.STATES


def test_every_code_is_explained() -> None:
    tables = {"errorcodes.py", "warningcodes.py"}
    raised = {
        code
        for room in ("notebook", "pipeline")
        for file in (ROOT / "jupyter_mlops" / room).glob("*.py")
        if file.name not in tables
        for code in CODE.findall(file.read_text(encoding="utf-8"))
    }
    told = FINDINGS.keys() | {row[0].strip("`") for row in rows("findings.md", "Refusals")}
    assert {code for code in told if code.split(".")[0] in ("notebook", "parameter", "pipeline")} == raised


def example_of(row: Code) -> list[tuple[str, str]]:
    spans = [re.findall(r"`([^`]*)`", cell) for cell in row.example.split("<br>")]
    return [(tags, source.replace("⏎", "\n")) for tags, source in spans]


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_the_example_of_a_finding_is_one(code: str) -> None:
    row = FINDINGS[code]
    found = compiled(example_of(row)).findings
    assert (code, row.severity) in [(finding.code, finding.severity) for finding in found]
    others = {finding.code for finding in found if finding.is_error} - {code}
    assert others == set()


def schema_errors(pipeline: Any) -> list[str]:
    validators: Any = importlib.import_module("jsonschema.validators")
    schema = json.loads((DOCS / "pipeline.schema.json").read_text(encoding="utf-8"))
    validator = validators.validator_for(schema)
    validator.check_schema(schema)
    return [error.message for error in validator(schema).iter_errors(pipeline)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=page_id)
def test_the_schema_holds(notebook: Path) -> None:
    written = json.loads(json.dumps(compile_notebook(read(notebook)).pipeline.to_json()))
    assert schema_errors(written) == []
    assert Pipeline.from_json(written).to_json() == compile_notebook(read(notebook)).pipeline.to_json()


def test_the_schema_refuses_another_form() -> None:
    pipeline = compile_notebook(read(ROOT / "examples" / "digits.ipynb")).pipeline
    assert schema_errors(replace(pipeline, version=2).to_json())
    assert schema_errors({**pipeline.to_json(), "more": 1})
    assert schema_errors({key: value for key, value in pipeline.to_json().items() if key != "files"})


def test_the_example_of_pipeline_json_is_the_examples_own() -> None:
    text = (DOCS / "pipeline-json.md").read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    shown = json.loads(text)
    real = json.loads(json.dumps(compile_notebook(read(ROOT / "examples" / "digits.ipynb")).pipeline.to_json()))
    assert set(shown) == set(real)
    assert all(shown[key] == real[key] for key in ("name", "kernel", "files", "version"))
    assert shown["parameters"][0] in real["parameters"]
    (step,) = shown["steps"]
    assert {**step, "fingerprint": ""} in [{**each, "fingerprint": ""} for each in real["steps"]]


COMMAND = re.compile(r"^(?:\$ )?(jupyter mlops|%mlops)((?: [^\n|]*)?)$", re.MULTILINE)


def commands() -> list[tuple[str, str, str]]:
    found = []
    for page in PAGES:
        for block in re.findall(r"```(?:sh)?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            found += [(page_id(page), door, re.split(r"\s{3,}", words)[0]) for door, words in COMMAND.findall(block)]
    return found


@pytest.mark.parametrize(("page", "door", "words"), commands())
def test_a_command_that_is_shown_is_one(page: str, door: str, words: str) -> None:
    parser = build(door, notebook_known=door == "%mlops")
    given = shlex.split(words, comments=True)
    assert parser.parse(given) is not None


def test_the_list_of_commands_has_every_verb() -> None:
    text = (DOCS / "running.md").read_text(encoding="utf-8")
    verbs = next(action.choices for action in build()._actions if action.dest == "verb")
    missing = [verb for verb in verbs or () if verb not in ("run-step",) and f"jupyter mlops {verb}" not in text]
    assert missing == []


def test_the_functions_that_are_shown_are_there() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"\bmlops\.([a-z_]+)\(", text)) <= set(mlops.__all__)
    assert set(mlops.__all__) - {"__version__"} <= set(re.findall(r"\bmlops\.([a-z_]+)\(", text))


def test_the_variables_are_those_of_the_code() -> None:
    shown = {row[0].strip("`") for row in rows("running.md", "Where things are kept") if row[0].isupper()}
    sources = (ROOT / "jupyter_mlops").rglob("*.py")
    used = {word for file in sources for word in re.findall(r"JUPYTER_MLOPS_[A-Z_]+", file.read_text(encoding="utf-8"))}
    # What an attempt and a manager find in their environment is not for users to set.
    assert {word for word in shown if "JUPYTER_MLOPS" in word} == used - {
        "JUPYTER_MLOPS_ATTEMPT",
        "JUPYTER_MLOPS_ATTEMPT_DIR",
        "JUPYTER_MLOPS_NOTEBOOKS",
        "JUPYTER_MLOPS_PARAMETER_",
    }


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"src=\"([^\"]+)\"", text):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (page.parent / file).resolve() if file else page
        assert linked.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads], target
