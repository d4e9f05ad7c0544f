from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import jupyter_mlops
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.magics import unload_ipython_extension
from jupyter_mlops.magics.completer import complete
from jupyter_mlops.magics.here import Executed, notebook_here
from tests.app.test_runs import Bench
from tests.cli.notebooks import GOOD, write_notebook


@pytest.fixture
def shell() -> Iterator[Any]:
    made = InteractiveShell()  # type: ignore[no-untyped-call]
    jupyter_mlops.load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)
    history: Any = made.history_manager
    history.end_session()
    if history.save_thread:
        history.save_thread.stop()


BODIES = {
    "%%mlops step train --prev load --retry 2\nx = 1\nx + 1": 2,
    "%%mlops parameters\nlr = 0.1\nlr": 0.1,
    "%%mlops skip\n7": 7,
    "\n\n%%mlops setup\n3": 3,
    "%%mlops step a": None,
    "%%mlops step a\n\n%%capture out\nprint('x')": None,
    "%%mlops step a\nimport asyncio\nawait asyncio.sleep(0, 5)": 5,
    "%%mlops metrics\nx = 2\nx": 2,
}


@pytest.mark.parametrize("cell", BODIES)
def test_a_marked_cell_is_just_the_cell(shell: Any, cell: str) -> None:
    result = shell.run_cell(cell)
    assert result.success
    assert result.result == BODIES[cell]


def test_an_exception_is_the_cells_own_with_the_notebooks_line(shell: Any) -> None:
    result = shell.run_cell("%%mlops step a\nx = 1\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    trace: Any = result.error_in_exec.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    assert trace.tb_lineno == 3


@pytest.mark.parametrize("words", ["stpe train", "step", "step a --retry x", "parameters a"])
def test_a_mistyped_mark_does_not_run_the_cell(shell: Any, words: str) -> None:
    result = shell.run_cell(f"%%mlops {words}\nran = 1")
    assert not result.success
    assert "ran" not in shell.user_ns


def test_another_magic_is_not_ours(shell: Any) -> None:
    assert not shell.run_cell("%%mlopsy step a\n1").success


def test_called_by_name_it_runs_the_body(shell: Any) -> None:
    shell.run_cell_magic("mlops", "step a", "y = 5")
    assert shell.user_ns["y"] == 5
    with pytest.raises(ZeroDivisionError):
        shell.run_cell_magic("mlops", "step a", "1 / 0")


def test_arguments_are_taken_as_typed(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(tmp_path))
    shell.user_ns["x"] = "INJECTED"
    for typed in ("{x}.ipynb", "$x.ipynb", "~/no.ipynb"):
        with pytest.raises(Exception, match="no notebook") as caught:
            shell.run_line_magic("mlops", f"check {typed}")
        assert typed in str(caught.value)
        assert "INJECTED" not in str(caught.value)


def test_deleting_is_confirmed_by_a_word(
    shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(tmp_path / "home"))
    write_notebook(tmp_path / "good.ipynb", GOOD)
    bench = Bench(tmp_path)
    run = bench.end(bench.start(tmp_path / "good.ipynb"), "failed", "mean")
    with pytest.raises(Exception, match="delete run") as caught:
        shell.run_line_magic("mlops", "runs delete latest")
    assert str(caught.value) == (
        f'not confirmed: delete run {run.id[:8]} of "good" (failed) with its files? '
        "What later runs took over from it stays.\nhint: --yes does it without asking"
    )
    with pytest.raises(Exception, match="missing: RUN"):
        shell.run_line_magic("mlops", "runs delete --yes")
    event = SimpleNamespace(text_until_cursor=f"%mlops retry {run.id[:8]} --from-step m", line="")
    assert complete(shell, event) == ["mean"]
    shell.run_line_magic("mlops", f"runs delete {run.id[:6]} --yes --json")
    assert json.loads(capsys.readouterr().out) == {"version": 1, "deleted": [run.id]}
    assert bench.store.list() == ()
    bench.database.close()


def test_without_a_run_it_is_the_latest_of_this_notebook(
    shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(tmp_path / "home"))
    mine, other = (write_notebook(tmp_path / f"{name}.ipynb", GOOD) for name in ("mine", "other"))
    bench = Bench(tmp_path)
    own = bench.end(bench.start(mine), "failed", "mean")
    foreign = bench.end(bench.start(other), "failed", "mean")
    shell.run_line_magic("mlops", "runs show --json")
    assert json.loads(capsys.readouterr().out)["id"] == foreign.id, "nothing says which notebook it is"
    shell.user_ns["__vsc_ipynb_file__"] = str(mine)
    shell.run_line_magic("mlops", "runs show --json")
    assert json.loads(capsys.readouterr().out)["id"] == own.id
    shell.user_ns["__vsc_ipynb_file__"] = str(write_notebook(tmp_path / "new.ipynb", GOOD))
    with pytest.raises(Exception, match=r"`new\.ipynb` has no run yet"):
        shell.run_line_magic("mlops", "logs")
    shell.run_line_magic("mlops", "runs show latest --json")
    assert json.loads(capsys.readouterr().out)["id"] == foreign.id
    bench.database.close()


def test_inside_a_run_a_verb_is_left_out(
    shell: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_ATTEMPT_DIR", "/somewhere")
    shell.run_line_magic("mlops", "run train.ipynb")
    assert "left out inside a run" in capsys.readouterr().out


def test_completion(shell: Any) -> None:
    event = SimpleNamespace(text_until_cursor="%mlops run --de", line="%mlops run --de")
    assert complete(shell, event) == ["--detach"]
    with provisionalcompleter():
        found = [c.text for c in shell.Completer.completions("%mlops pro", len("%mlops pro"))]
    assert any("promote" in text for text in found)


def test_the_notebook_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = tmp_path / "train.ipynb"
    notebook.write_text("{}")
    monkeypatch.chdir(tmp_path)
    named = {
        str(notebook), "train.ipynb", "RTC:train.ipynb", "work/train.ipynb", f"{tmp_path}/RTC:train.ipynb",
    }  # fmt: skip
    for name in named:
        assert notebook_here({}, {"JPY_SESSION_NAME": name}) == notebook
    assert notebook_here({"__vsc_ipynb_file__": str(notebook)}, {}) == notebook


def test_no_notebook_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError, match="nothing says"):
        notebook_here({}, {})
    with pytest.raises(NotFoundError, match="no such notebook"):
        notebook_here({}, {"JPY_SESSION_NAME": "gone.ipynb"})
    with pytest.raises(UsageError, match="inside a step"):
        notebook_here({}, {"JUPYTER_MLOPS_ATTEMPT_DIR": "/x"})


def test_unsaved_edits_are_told(tmp_path: Path) -> None:
    notebook = tmp_path / "a.ipynb"
    cell = '{"cell_type": "code", "source": "a = 1", "metadata": {}, "outputs": [], "execution_count": null}'
    notebook.write_text(f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{cell}]}}')
    executed = Executed()
    for source in ("a = 1", "%load_ext jupyter_mlops\n%mlops run", "  "):
        executed.remember(SimpleNamespace(raw_cell=source))
    assert executed.unsaved(notebook) == ""
    executed.cells.append((0.0, "older = 1", None))
    assert executed.unsaved(notebook) == ""
    executed.cells.append((notebook.stat().st_mtime + 5, "b = 2", None))
    assert "`b = 2`" in executed.unsaved(notebook)


def test_loading_twice_is_loading_once(shell: Any) -> None:
    jupyter_mlops.load_ipython_extension(shell)
    assert sum(type(t).__name__ == "CellForm" for t in shell.input_transformers_cleanup) == 1
    assert asyncio.iscoroutinefunction(shell.run_cell_async)
