"""Files that are no notebook are called what they are; scripts with cells are read as notebooks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from jupyter_mlops.base.errors import UnavailableError, UsageError
from jupyter_mlops.notebook.document import read
from jupyter_mlops.notebook.scripts import as_notebook
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.notebook.build import content

CONFLICT = '{\n "cells": [\n<<<<<<< HEAD\n  {"a": 1}\n=======\n  {"a": 2}\n>>>>>>> other\n ]\n}\n'
MYST = "---\njupytext:\n  text_representation:\n    extension: .md\n---\n\n```{code-cell} ipython3\nx = 1\n```\n"

WRONG: list[tuple[str, bytes, str, str]] = [
    ("a.ipynb", b"", "empty file", "restore it"),
    ("a.ipynb", b"\xef\xbb\xbf \n", "empty file", "restore it"),
    ("a.ipynb", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n", "Git LFS", "git lfs pull"),
    ("a.ipynb", b"/annex/objects/SHA256E-s1--4d7a.ipynb\n", "git-annex", "git annex get a.ipynb"),
    ("a.ipynb", CONFLICT.encode(), "merge conflict of Git", "git checkout --ours a.ipynb"),
    ("a.ipynb", CONFLICT.replace("\n", "\r\n").encode(), "merge conflict of Git", "resolve"),
    ("a.ipynb", b"\n<!DOCTYPE html>\n<html>", "web page", "Raw"),
    ("a.ipynb", b"<html lang='en'>", "web page", "Raw"),
    ("a.ipynb", b"<?xml version='1.0'?>", "XML", ".ipynb"),
    ("a.ipynb", b"PK\x03\x04....", "ZIP archive", "unpack"),
    ("a.ipynb", b"\x1f\x8b\x08", "compressed", "unpack"),
    ("a.ipynb", b"%PDF-1.7", "PDF", "made from"),
    ("a.ipynb", '{"cells": []}'.encode("utf-16"), "UTF-16", "UTF-8"),
    ("a.Rmd", b"---\ntitle: a\n---\n```{r}\n1\n```", "R Markdown", "jupytext --to ipynb a.Rmd"),
    ("a.qmd", b"---\n---\n", "Quarto", "quarto convert a.qmd"),
    ("a.md", MYST.encode(), "MyST", "jupytext --to ipynb a.md"),
    ("a.md", b"# Title\n", "text document", ".ipynb"),
    ("a.R", b"x <- 1\n", "another language", "only Python"),
    ("a.csv", b"a,b\n1,2\n", "file of data", ".ipynb"),
    ("a", b"\x80\x04\x95\x00\x00", "binary file", ".ipynb"),
    ("a.ipynb", b"just words\n", "plain text", ".ipynb"),
    ("a.py", b"import os\n\nprint(os.getcwd())\n", "a Python script without cells", "# %%"),
    ("a.py", b"", "a Python script without cells", "# %%"),
]


@pytest.mark.parametrize(("name", "raw", "what", "todo"), WRONG, ids=[f"{w[0]} {w[2]}" for w in WRONG])
def test_a_wrong_file_is_called_what_it_is(tmp_path: Path, name: str, raw: bytes, what: str, todo: str) -> None:
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(UsageError) as caught:
        read(tmp_path / name)
    assert caught.value.code == "notebook.wrong_file"
    assert caught.value.message.startswith(f"`{name}` is no notebook: it ")
    assert what in caught.value.message
    assert todo in caught.value.hint


def test_a_notebook_that_was_cut_off_is_damaged(tmp_path: Path) -> None:
    whole = json.dumps(content("x = 1"))
    for end in range(1, len(whole), 7):
        (tmp_path / "a.ipynb").write_text(whole[:end])
        with pytest.raises(UsageError) as caught:
            read(tmp_path / "a.ipynb")
        assert caught.value.code == "notebook.not_json"


def test_a_cell_may_speak_of_conflicts_and_web_pages(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(json.dumps(content(f"s = {CONFLICT!r}\nt = '<!DOCTYPE html>'")))
    assert len(read(tmp_path / "a.ipynb").cells) == 1


def test_a_notebook_under_the_name_of_a_script_is_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(json.dumps(content(("step:a", "x = 1"))))
    assert read(tmp_path / "a.py").cells[0].tags.step == "a"


# -- scripts

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""
SCRIPT = (
    HEADER
    + """\
# %% [markdown]
# # A title

# %% tags=["imports"]
import math
# %matplotlib inline

# %% tags=["parameters"]
n = 3

# %% Load tags=["step:load", "retry:2"]
rows = list(range(n))

# %%
# %%mlops step fit --prev load
mean = math.fsum(rows) / n
print(missing)  # mlops: ignore[notebook.undefined_name]
"""
)


def test_a_script_with_cells_is_a_notebook(tmp_path: Path) -> None:
    pytest.importorskip("jupytext")
    (tmp_path / "shop.py").write_text(SCRIPT)
    document = read(tmp_path / "shop.py")
    found = compile_notebook(document)
    assert [cell.kind for cell in document.cells] == ["markdown", "code", "code", "code", "code"]
    assert (document.name, document.kernel, document.has_kernel) == ("shop", "python3", True)
    assert {s.name: (s.after, dict(s.inputs), s.options.retry) for s in found.pipeline.steps} == {
        "load": ((), {}, 2),
        "fit": (("load",), {"rows": "load"}, 0),
    }
    assert [(f.code, f.line, f.is_ignored) for f in found.findings] == [("notebook.undefined_name", 3, True)]
    assert document.cells[1].source == "import math\n%matplotlib inline"


def test_a_script_is_the_same_notebook_at_every_reading(tmp_path: Path) -> None:
    pytest.importorskip("jupytext")
    (tmp_path / "shop.py").write_text(SCRIPT)
    before = (tmp_path / "shop.py").read_bytes()
    assert read(tmp_path / "shop.py").sha256 == read(tmp_path / "shop.py").sha256
    assert (tmp_path / "shop.py").read_bytes() == before
    written = json.loads(read(tmp_path / "shop.py").raw)
    assert [cell["id"] for cell in written["cells"]] == [f"cell-{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("#%%\nx = 1\n#%%\ny = 2\n", ["x = 1", "y = 2"]),
        ("import os\n# %% first\nx = 1\n", ["import os", "x = 1"]),
        ('# + tags=["step:a"]\nx = 1\n# -\n', ["x = 1"]),
        ("# In[1]:\n\nx = 1\n\n# In[2]:\n\ny = 2\n", ["x = 1", "y = 2"]),
        ("# %%\n", [""]),
        ("\ufeff# %%\nx = 1\r\ny = 2\r\n", ["x = 1\ny = 2"]),
    ],
)
def test_every_mark_of_cells(tmp_path: Path, text: str, sources: list[str]) -> None:
    pytest.importorskip("jupytext")
    (tmp_path / "a.py").write_bytes(text.encode())
    assert [cell.source.strip() for cell in read(tmp_path / "a.py").cells] == sources


def test_without_jupytext_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(UnavailableError) as caught:
        as_notebook(SCRIPT.encode(), Path("shop.py"))
    assert caught.value.code == "extra.missing"
    assert "jupyter-mlops[jupytext]" in caught.value.hint


@pytest.mark.parametrize("raw", [HEADER.replace("#   kernelspec:", "#   kernelspec: [").encode(), b"# %%\n\xff\xfe"])
def test_a_script_that_cannot_be_read(raw: bytes) -> None:
    pytest.importorskip("jupytext")
    with pytest.raises(UsageError) as caught:
        as_notebook(raw, Path("shop.py"))
    assert caught.value.code == "notebook.unreadable"
