from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.cli import main
from tests.cli.notebooks import GOOD, WITHOUT_DEFINITION, write_notebook

HEAVY = (
    "mlflow",
    "pandas",
    "numpy",
    "papermill",
    "sqlalchemy",
    "alembic",
    "nbclient",
    "ipywidgets",
    "rich",
    "pydantic",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "good.ipynb", GOOD)
    write_notebook(tmp_path / "bad.ipynb", WITHOUT_DEFINITION)
    (tmp_path / "cut.ipynb").write_text((tmp_path / "good.ipynb").read_text()[:100])
    (tmp_path / "old.ipynb").write_text('{"nbformat": 3, "worksheets": []}')
    return tmp_path


CODES: dict[str, int] = {
    "": 0,
    "--help": 0,
    "--version": 0,
    "run --help": 0,
    "check good.ipynb": 0,
    "check good.ipynb --json": 0,
    "check bad.ipynb": 2,
    "check bad.ipynb --json": 2,
    "check bad.ipynb --ignore notebook.undefined_name": 0,
    "check bad.ipynb --ignore notebook.tag,notebook.undefined_name --json": 0,
    "check bad.ipynb --ignore notebook.tag": 2,
    "check good.ipynb --ignore notebook.cycle": 2,
    "check good.ipynb --ignore undefined": 2,
    "check cut.ipynb": 2,
    "check old.ipynb": 2,
    "check none.ipynb": 2,
    "check .": 2,
    "show good.ipynb": 0,
    "show cut.ipynb": 2,
    "compile good.ipynb -o out": 0,
    "compile bad.ipynb -o out": 2,
    "compile bad.ipynb -o out --ignore notebook.undefined_name": 0,
    "compile good.ipynb -o good.ipynb": 2,
    "run none.ipynb": 2,
    "run bad.ipynb": 2,
    "run no-such-job": 2,
    "run no-such-job@x": 2,
    "run good.ipynb -p n=many": 2,
    "run good.ipynb -p unknown=1": 2,
    "run good.ipynb -f none.yaml": 2,
    "run good.ipynb --from-step nowhere": 2,
    "promote good.ipynb --as a/b": 2,
    "promote bad.ipynb --as job": 2,
    "promote bad.ipynb --as job --ignore notebook.undefined_name": 0,
    "jobs": 0,
    "jobs show none": 2,
    "jobs delete none --yes": 2,
    "nonsense": 2,
    "completion bash": 0,
}


@pytest.mark.parametrize("line", CODES)
def test_exit_codes(folder: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {f.name: f.read_bytes() for f in folder.glob("*.ipynb")}
    assert main(line.split()) == CODES[line]
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    if CODES[line] and "check bad" not in line:
        assert err.startswith(("error: ", "cell "))
        assert out == ""
    assert {f.name: f.read_bytes() for f in folder.glob("*.ipynb")} == before
    if line.startswith("run ") and CODES[line]:
        runs = folder / "home" / "runs"
        assert not runs.exists() or list(runs.iterdir()) == [], "nothing may have been started"


def data_of(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Any:
    main(words)
    return json.loads(capsys.readouterr().out)


def test_check_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(["check", "bad.ipynb", "--json"], capsys)
    assert data["version"] == 1
    (finding,) = data["findings"]
    assert set(finding) == {
        "code",
        "severity",
        "cell",
        "cell_number",
        "line",
        "message",
        "hint",
        "ignored",
        "ignored_by",
    }
    assert (finding["code"], finding["severity"], finding["cell"], finding["line"]) == (
        "notebook.undefined_name", "error", 1, 1,
    )  # fmt: skip


def test_an_error_is_data_too_when_data_was_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(["run", "good.ipynb", "-p", "n=many", "--json"], capsys)
    assert set(data["error"]) == {"code", "message", "hint"}
    assert data["error"]["code"] == "parameter.type"
    data = data_of(["run", "bad.ipynb", "--json"], capsys)
    assert data["error"]["code"] == "notebook.findings"
    assert len(data["findings"]) == 1


def test_compile_writes_whole_files_and_takes_stale_ones_away(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(["compile", "good.ipynb", "-o", "out", "--json"], capsys)
    names = {Path(f).name for f in data["files"]}
    assert names == {f.name for f in (folder / "out").iterdir()}
    (folder / "out" / "mine.ipynb").write_text("{}")
    write_notebook(folder / "good.ipynb", [(["step:only"], "x = 1")])
    data = data_of(["compile", "good.ipynb", "-o", "out", "--json"], capsys)
    assert {f.name for f in (folder / "out").iterdir()} == {Path(f).name for f in data["files"]} | {"mine.ipynb"}


def test_promote_freezes_and_jobs_tell(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    write_notebook(
        folder / "good.ipynb", [(["parameters"], "n = 1"), (["step:a"], "import helper\nx = helper.double(n)")]
    )
    first = data_of(["promote", "good.ipynb", "--as", "job", "-p", "n=4", "--note", "why", "--json"], capsys)
    assert (first["name"], first["number"], first["parameters"], first["modules"]) == (
        "job",
        1,
        {"n": 4},
        ["helper.py"],
    )
    assert data_of(["promote", "good.ipynb", "--as", "job", "--json"], capsys)["number"] == 2
    frozen = folder / "home" / "jobs" / "job" / "1"
    assert (frozen / "source.ipynb").read_bytes() == (folder / "good.ipynb").read_bytes()
    assert (frozen / "modules" / "helper.py").is_file()
    assert "papermill==" in (frozen / "environment.txt").read_text()
    assert json.loads((frozen / "pipeline.json").read_text())["parameters"][0]["default"] == 4
    assert [j["number"] for j in data_of(["jobs", "--json"], capsys)["jobs"]] == [2]
    assert data_of(["jobs", "show", "job@1", "--json"], capsys)["note"] == "why"
    assert data_of(["jobs", "delete", "job", "--yes", "--json"], capsys)["deleted"] == ["job@1", "job@2"]


@pytest.mark.parametrize("label", ["churn@1", "churn/1"])
def test_a_version_of_a_job_may_be_written_as_a_models_is(
    folder: Path, label: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "good.ipynb", "--as", "churn"])
    capsys.readouterr()
    assert data_of(["jobs", "show", label, "--json"], capsys)["number"] == 1
    # It is the job that refuses the parameter: it was found.
    assert main(["run", label, "-p", "unknown=1"]) == 2
    assert "unknown" in capsys.readouterr().err
    assert main(["run", "nowhere/1"]) == 2
    assert main(["run", "churn@champion"]) == 2
    assert "aliases of models" in capsys.readouterr().err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from jupyter_mlops.cli import main; main(['--help']); main(['__complete', 'ru']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_needs_no_store_and_nothing_heavy(folder: Path) -> None:
    code = (
        "import sys; from jupyter_mlops.cli import main; main(['check', 'good.ipynb']); main(['show', 'good.ipynb']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert not (folder / "home").exists()


def test_a_reader_that_leaves_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -m jupyter_mlops.cli show good.ipynb --json | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_terminal_without_unicode(folder: Path) -> None:
    write_notebook(folder / "ünï.ipynb", [(["step:日本"], "x = 1")])
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_mlops.cli", "show", "ünï.ipynb"],
        env={"PYTHONIOENCODING": "ascii", "PATH": ""}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_call_us(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "jupyter-mlops __complete" in capsys.readouterr().out


def test_completion_of_jobs_opens_no_store(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["__complete", "jobs", "show", ""])
    assert not (folder / "home").exists()
    main(["promote", "good.ipynb", "--as", "churn"])
    capsys.readouterr()
    main(["__complete", "jobs", "show", "c"])
    assert capsys.readouterr().out == "churn\n"
