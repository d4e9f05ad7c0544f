"""Parameters named like secrets: the kernel has the value, and nothing that is written or shown has."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.promotion import promote
from jupyter_mlops.app.runs import Runs
from jupyter_mlops.base.errors import UnavailableError, UsageError
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.db.session import Database
from jupyter_mlops.jobs.store import JobStore
from jupyter_mlops.pipeline.concealed import KEY
from jupyter_mlops.runs.store import RunStore

VALUES = {
    "api_key": "CANARY 'x' é\n",
    "db_password": "CANARY2",
    "credentials": {"user": "ada", "key": "CANARY3"},
    "db_url": "postgres://ada:CANARY4@db/x",
    "passwords": ["CANARY5"],
    "lr": 0.5,
}


class Bench:
    """Runs that are accepted and announced, and that no runner drives."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.database = folder, folder / "home", Database(folder / "home")
        self.announced: dict[str, str] = {}
        self.jobs = JobStore(self.home / "jobs", self.database)
        self.store = RunStore(self.database)
        settings = MlopsSettings(home=str(self.home))
        self.runs = Runs(settings, self.store, self.jobs, print, lambda: None, lambda _: None, self.announce)
        self.notebook = folder / "n.ipynb"
        declared = "api_key: str\ndb_password = 'swordfish'\ncredentials = {}\ndb_url = ''\npasswords = []\nlr = 0.1"
        used = "x = (api_key, db_password, credentials, db_url, passwords, lr)"
        cells: list[dict[str, Any]] = [
            {
                "cell_type": "code", "id": tag[:4], "metadata": {"tags": [tag]}, "source": source, "outputs": [],
                "execution_count": None,
            }
            for tag, source in (("parameters", declared), ("step:a", used))
        ]  # fmt: skip
        kernel = {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
        self.notebook.write_text(
            json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}), encoding="utf-8"
        )

    def announce(self, run_id: str, secrets: dict[str, str] | None = None) -> None:
        self.announced.update(secrets or {})

    def start(self, **values: Any) -> Any:
        return self.runs.start(self.notebook, values, {}, from_step=None, no_cache=False)

    def injected(self, run: Any) -> dict[str, Any]:
        """What the step's notebook sets, in a kernel with the environment of the run."""
        book = json.loads(next((Path(run.folder) / "steps").glob("*.ipynb")).read_text())
        space: dict[str, Any] = {}
        for cell in book["cells"]:
            tags = cell["metadata"].get("tags", [])
            if "parameters" in tags or "injected-parameters" in tags:
                exec("".join(cell["source"]), space)
        return space


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.database.close()


def everything(folder: Path) -> str:
    return "".join(file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file())


def test_the_kernel_has_the_value_and_nothing_else_has(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bench.start(**VALUES)
    assert "CANARY" not in everything(bench.home)
    assert "CANARY" not in json.dumps(bench.store.get(run.id).to_json(), default=str)
    for name, text in bench.announced.items():
        monkeypatch.setenv(name, text)
    assert {name: bench.injected(run)[name] for name in VALUES} == VALUES
    assert run.parameters["lr"] == 0.5
    assert {run.parameters[name][:4] for name in VALUES if name != "lr"} == {"*** "}
    assert stat.S_IMODE((bench.home / KEY).stat().st_mode) == 0o600
    assert not [name for name in os.listdir(bench.home) if name.startswith(f".{KEY}")]


def test_a_default_of_the_notebook_needs_no_variable(bench: Bench) -> None:
    run = bench.start(api_key="CANARY")
    assert list(bench.announced) == ["JUPYTER_MLOPS_PARAMETER_api_key"]
    assert run.parameters["db_password"].startswith("*** ")
    assert run.parameters["credentials"] == {}


def test_marks_tell_values_apart_and_not_what_they_are(bench: Bench) -> None:
    one, same, other = (bench.start(api_key=key).parameters["api_key"] for key in ("a", "a", "b"))
    assert one == same != other


def test_a_secret_is_given_again(bench: Bench) -> None:
    first = bench.start(api_key="CANARY")
    with pytest.raises(UsageError) as caught:
        bench.start(**first.parameters)
    assert caught.value.code == "parameter.secret"
    again = bench.start(**{**first.parameters, "api_key": "CANARY"})
    assert again.parameters == first.parameters


def test_a_run_whose_secrets_nobody_took_is_not_accepted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(run_id: str, secrets: dict[str, str] | None = None) -> None:
        raise UnavailableError("run.secret", "no")

    monkeypatch.setattr(bench.runs, "_announce", deaf)
    with pytest.raises(UnavailableError):
        bench.start(api_key="CANARY")
    assert not bench.store.list()


def test_a_job_keeps_no_secret(bench: Bench) -> None:
    with pytest.raises(UsageError) as caught:
        promote(bench.jobs, bench.notebook, JobName("j"), {"api_key": "CANARY"}, {}, "")
    assert caught.value.code == "job.secret"
    promote(bench.jobs, bench.notebook, JobName("j"), {"lr": 0.2}, {}, "")
    assert "CANARY" not in everything(bench.home)
