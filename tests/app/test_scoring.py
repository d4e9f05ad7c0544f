"""Scoring a file with a registered model: the version that an alias points to, the words of the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import tests.deployments.quiet_mlflow  # noqa: F401
from jupyter_mlops.app.answers import answer
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.models import Models
from jupyter_mlops.app.scoring import noted
from jupyter_mlops.app.words import build
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import ConflictError, NotFoundError, UnavailableError
from jupyter_mlops.models.memory import MemoryRegistry
from jupyter_mlops.models.version import LoggedModel
from tests.deployments import serving_models
from tests.deployments.hostile_models import python_model

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(tmp_path / "home"))
    registry = MemoryRegistry()
    serving_models.iris(tmp_path / "iris")
    (tmp_path / "hostile").mkdir()
    python_model(tmp_path / "hostile", f"open({str(tmp_path / 'canary')!r}, 'w').close()")
    for name in ("iris", "hostile"):
        registry.create_model(name)
        registry.create_version(name, LoggedModel(f"m-{name}", name, str(tmp_path / name), ""), {})
        registry.set_alias(name, "champion", 1)
    made = Workbench(MlopsSettings())
    made.__dict__["models"] = Models(made.settings, made.database, made._runs.store, registry)
    return made


def ask(workbench: Workbench, *words: str) -> tuple[list[str], dict[str, object]]:
    found = answer(
        workbench, build("jupyter mlops").parse(["models", "score", *words]), lambda _: False, "jupyter mlops"
    )
    return list(found.lines), json.loads(json.dumps(found.data))


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_file_is_scored(workbench: Workbench, tmp_path: Path) -> None:
    head = "id,petal_width,petal_length,sepal_width,sepal_length\n"
    (tmp_path / "in.csv").write_text(head + "001,0.2,1.4,3.5,5.1\n002,2.3,6.1,3.0,7.7\n")
    lines, data = ask(workbench, "iris@champion", str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), "--rows", "1")
    assert lines == ["iris/1 scored 2 rows", f"{tmp_path / 'out.csv'}: with prediction"]
    assert (data["model"], data["number"], data["rows"], data["columns"]) == ("iris", 1, 2, ["prediction"])
    made = rows(tmp_path / "out.csv")
    assert [row[0] for row in made] == ["id", "001", "002"]
    assert [row[-1] for row in made] == ["prediction", "0", "2"]


def test_what_is_wrong_is_told_and_a_hostile_model_does_nothing(workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    files = str(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    with pytest.raises(NotFoundError):
        ask(workbench, "iris@other", *files)
    with pytest.raises((UnavailableError, ConflictError)) as told:
        ask(workbench, "hostile", *files)
    assert "Traceback" not in str(told.value)
    assert not (tmp_path / "canary").exists()
    assert not (tmp_path / "out.csv").exists()
    (tmp_path / "iris" / "requirements.txt").write_text("nothing-of-this-name==1\n")
    (tmp_path / "in.csv").write_text("petal_width,petal_length,sepal_width,sepal_length\n1,2,3,4\n")
    with pytest.raises(UnavailableError) as missing:
        ask(workbench, "iris", *files)
    assert missing.value.code == "score.environment"
    assert "nothing-of-this-name==1 (not installed)" in missing.value.message


def test_progress_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_mlops.app.scoring._EVERY_S", 0.0)
    told: list[str] = []
    tell = noted(told.append)
    for done in (0, 1_000, 2_000):
        tell(done, 2_000)
    assert told == ["scored 0 of 2,000 rows", "scored 1,000 of 2,000 rows"]
