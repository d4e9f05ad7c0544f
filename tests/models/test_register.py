"""Registering: once, whoever asks how often, and whoever is killed in between (R25)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.db.session import Database
from jupyter_mlops.models.memory import MemoryRegistry
from jupyter_mlops.models.register import Registrar
from jupyter_mlops.models.version import LoggedModel, ModelVersion

ROOT = Path(__file__).parents[2]
LOGGED = LoggedModel("m-1", "reg", "file:///x", "f" * 32)
RUN = "a" * 32


@pytest.fixture
def registry() -> MemoryRegistry:
    return MemoryRegistry()


@pytest.fixture
def registrar(tmp_path: Path, registry: MemoryRegistry) -> Registrar:
    return Registrar(Database(tmp_path), registry, tmp_path / "models" / ".lock")


def test_a_model_is_registered_once(registrar: Registrar, registry: MemoryRegistry) -> None:
    first = registrar.register(RUN, "fit", LOGGED, "churn", {"mlops.job": "nightly@1"}, "ada")
    assert registrar.register(RUN, "fit", LOGGED, "churn") == first
    assert first.tags == {
        "mlops.job": "nightly@1", "mlops.author": "ada", "mlops.run_id": RUN, "mlops.step": "fit", "mlops.source": "m-1",
    }  # fmt: skip
    assert registrar.register(RUN, "fit", LOGGED, "other").label == "other/1"
    assert registrar.register(RUN, "again", LOGGED, "churn").label == "churn/2"
    assert registrar.register("b" * 32, "fit", LOGGED, "churn").label == "churn/3"
    assert [(r.model, r.version) for r in registrar.of_run(RUN)] == [("churn", 1), ("other", 1), ("churn", 2)]


def test_a_version_whose_row_is_lost_is_found_by_its_tags(tmp_path: Path, registry: MemoryRegistry) -> None:
    for home in ("one", "two"):
        made = Registrar(Database(tmp_path / home), registry, tmp_path / ".lock").register(RUN, "fit", LOGGED, "churn")
        assert made.number == 1


def test_a_version_that_was_deleted_is_made_again_when_asked(registrar: Registrar, registry: MemoryRegistry) -> None:
    assert registrar.register(RUN, "fit", LOGGED, "churn").number == 1
    registrar.register(RUN, "other", LOGGED, "churn")
    del registry._models["churn"][1]
    assert registrar.register(RUN, "fit", LOGGED, "churn").number == 3
    assert [r.version for r in registrar.of_run(RUN)] == [3, 2]


def test_what_the_step_registered_itself_is_taken_over(registrar: Registrar, registry: MemoryRegistry) -> None:
    registry.create_model("churn")
    registry.create_version("churn", LOGGED, {"theirs": "yes"})
    made = registrar.register(RUN, "fit", LOGGED, "churn", {"mlops.job": "nightly@1"})
    assert (made.number, made.run_id, made.step, made.tags["theirs"]) == (1, RUN, "fit", "yes")
    assert made.aliases == ("candidate",)
    assert registrar.register(RUN, "fit", LOGGED, "churn") == made
    assert registrar.register(RUN, "fit", LoggedModel("m-2", "reg", "file:///y", ""), "churn").number == 2


@pytest.mark.parametrize("tags", range(4))
def test_a_crash_while_it_is_taken_over(registrar: Registrar, registry: MemoryRegistry, tags: int) -> None:
    registry.create_model("churn")
    key = {"mlops.run_id": RUN, "mlops.step": "fit", "mlops.source": LOGGED.id}
    registry.create_version("churn", LOGGED, dict(list(key.items())[:tags]))
    assert registrar.register(RUN, "fit", LOGGED, "churn").number == 1
    assert [v.number for v in registry.versions("churn")] == [1]


class Stammering(MemoryRegistry):
    """A server whose answer was lost, so that the client asked it twice."""

    def create_version(self, name: str, logged: LoggedModel, tags: Mapping[str, str]) -> ModelVersion:
        super().create_version(name, logged, tags)
        return super().create_version(name, logged, tags)


def test_an_answer_that_was_lost_leaves_one_version(tmp_path: Path) -> None:
    registry = Stammering()
    registrar = Registrar(Database(tmp_path), registry, tmp_path / ".lock")
    assert registrar.register(RUN, "fit", LOGGED, "churn").number == 1
    assert [(v.number, v.aliases) for v in registry.versions("churn")] == [(1, ("candidate",))]
    # One that users copied, or let an alias point to, stays.
    key = {"mlops.run_id": RUN, "mlops.step": "fit", "mlops.source": LOGGED.id}
    MemoryRegistry.create_version(registry, "churn", LoggedModel("x", "x", "models:/churn/1", ""), key)
    MemoryRegistry.create_version(registry, "churn", LOGGED, key)
    registry.set_alias("churn", "mine", 3)
    registrar.register(RUN, "fit", LOGGED, "churn")
    assert [v.number for v in registry.versions("churn")] == [3, 2, 1]


def test_twenty_at_a_time_make_one(registrar: Registrar, registry: MemoryRegistry) -> None:
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda: made.append(registrar.register(RUN, "fit", LOGGED, "churn").number))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1] * 20


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "x" * 251, "a@b"])
def test_a_name_that_mlflow_does_not_take_is_refused_before_anything(registrar: Registrar, name: str) -> None:
    with pytest.raises(UsageError):
        registrar.register(RUN, "fit", LOGGED, name)
    assert registrar.of_run(RUN) == []


@pytest.mark.slow
def test_whoever_is_killed_there_is_one_version_each(tmp_path: Path) -> None:
    kills = 100 if os.environ.get("MLOPS_TEST_LONG") else 16
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("killing.py")), str(tmp_path), str(kills)]
    done = subprocess.run(
        command, env={**environment, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"runs": kills, "most": 1, "numbered": kills}
