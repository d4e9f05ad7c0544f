"""Reading notebook files: what is refused, with which words, and that nothing is ever written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.base.errors import MlopsError, UsageError
from jupyter_mlops.notebook.document import parse, read
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.notebook.build import content

GOOD = json.dumps(content(("step:a", "x = 1"), ("step:b", "x")))
BAD: list[tuple[str, bytes, str, str]] = [
    ("truncated", GOOD[:100].encode(), "notebook.not_json", "not valid JSON"),
    ("empty", b"", "notebook.wrong_file", "empty file"),
    ("binary", b"\xff\xfe\x00", "notebook.wrong_file", "UTF-16"),
    ("deep", b"[" * 100_000, "notebook.not_json", "not valid JSON"),
    ("a list", b"[]", "notebook.format", "list"),
    ("nbformat 3", b'{"nbformat": 3, "worksheets": []}', "notebook.format", "3"),
    ("nbformat 5", b'{"nbformat": 5, "cells": []}', "notebook.format", "5"),
    ("no cells", b'{"nbformat": 4}', "notebook.format", "no list of cells"),
    ("a cell that is none", b'{"nbformat": 4, "cells": [3]}', "notebook.format", "cell 1"),
    (
        "a source that is none",
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": {}}]}',
        "notebook.format",
        "cell 1",
    ),
    ("R", GOOD.replace('"language": "python"', '"language": "R"').encode(), "notebook.language", "in r"),
]


@pytest.mark.parametrize("row", BAD, ids=[row[0] for row in BAD])
def test_refused(row: tuple[str, bytes, str, str], tmp_path: Path) -> None:
    _, raw, code, words = row
    path = tmp_path / "bad.ipynb"
    path.write_bytes(raw)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.value.code == code
    assert words in caught.value.message
    assert "bad.ipynb" in caught.value.message
    assert path.read_bytes() == raw


def test_missing_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no notebook"):
        read(tmp_path / "none.ipynb")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize("tags", ["step:a", {"a": 1}, [1, None], 3, [["step:a"]]])
def test_tags_of_wrong_types_are_findings(tags: object, tmp_path: Path) -> None:
    notebook = content("x = 1")
    notebook["cells"][0]["metadata"]["tags"] = tags
    made = compile_notebook(parse(json.dumps(notebook).encode(), tmp_path / "x.ipynb"))
    assert {finding.code for finding in made.errors} == {"notebook.tag"}


def test_bom_duplicate_ids_and_missing_kernel_are_fine(tmp_path: Path) -> None:
    notebook = content(("step:a", "x = 1"), ("step:b", "x"))
    notebook["cells"][1]["id"] = notebook["cells"][0]["id"]
    notebook["metadata"] = {}
    made = compile_notebook(parse(b"\xef\xbb\xbf" + json.dumps(notebook).encode(), tmp_path / "x.ipynb"))
    assert made.errors == ()
    assert [finding.code for finding in made.findings] == ["notebook.no_kernelspec"]


@pytest.mark.parametrize("name", ["🎉", "תרגול", "a:b", "x" * 255, "..", "-rf", 'a"b', "e\u0301", "new\nline", "ünï"])
def test_any_step_name_comes_back(name: str, tmp_path: Path) -> None:
    notebook = content("x = 1", "x")
    notebook["cells"][0]["metadata"]["tags"] = [f"step:{name}"]
    notebook["cells"][1]["metadata"]["tags"] = ["step:other"]
    made = compile_notebook(parse(json.dumps(notebook).encode(), tmp_path / "x.ipynb"))
    assert made.errors == ()
    assert [step.name for step in made.pipeline.steps] == [name, "other"]
    assert all(step.notebook.isascii() and "/" not in step.notebook for step in made.pipeline.steps)
    books = made.stepbooks({})
    assert books["other"]["cells"][1]["source"].count("Handover") == 2


def test_lone_surrogates_are_a_finding(tmp_path: Path) -> None:
    raw = GOOD.replace("x = 1", r"x = '\ud800'").encode()
    made = compile_notebook(parse(raw, tmp_path / "x.ipynb"))
    assert {finding.code for finding in made.errors} >= {"notebook.syntax"}


@given(st.binary(max_size=60), st.integers(0, len(GOOD)), st.integers(0, 40))
def test_mutated_notebooks_never_escape(noise: bytes, at: int, cut: int) -> None:
    raw = GOOD.encode()
    mutated = raw[:at] + noise + raw[at + cut :]
    try:
        compile_notebook(parse(mutated, Path("/nowhere/x.ipynb")))
    except MlopsError as error:
        assert error.code.startswith("notebook.")
