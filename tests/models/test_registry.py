"""The contract of a registry, held by the one in memory and by MLflow's in an SQLite file."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.errors import NotFoundError, UnavailableError, UsageError
from jupyter_mlops.models.memory import MemoryRegistry
from jupyter_mlops.models.mlflow import MlflowRegistry
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.version import LoggedModel, alias_name, model_name, reference

# MLflow has SQLAlchemy and pydantic warn of what they will change.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@dataclass
class Place:
    """A registry, and how a run of it logs a model: (metrics, parameters, file text) -> the MLflow run's id."""

    registry: Registry
    log: Callable[[dict[str, float], dict[str, str], str], str]
    outside: Any = None


def in_memory(folder: Path) -> Place:
    registry = MemoryRegistry()

    def log(metrics: dict[str, float], params: dict[str, str], text: str) -> str:
        run, made = secrets.token_hex(16), f"m-{secrets.token_hex(8)}"
        files = folder / made
        files.mkdir()
        (files / "MLmodel").write_text(text)
        registry.runs[run] = [LoggedModel(made, "reg", f"models:/{made}", run)]
        registry.run_metrics[run], registry.run_params[run] = metrics, params
        registry.tags_of_runs[run] = {"mlops.run_id": "r"}
        registry.files[f"models:/{made}"] = files
        return run

    return Place(registry, log)


def in_mlflow(folder: Path) -> Place:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelStatus

    registry = MlflowRegistry(folder)
    client = MlflowClient(registry.uri)
    registry.models()
    experiment = client.create_experiment("e", artifact_location=(folder / "artifacts").as_uri())

    def log(metrics: dict[str, float], params: dict[str, str], text: str) -> str:
        run = client.create_run(experiment, tags={"mlops.run_id": "r"}).info.run_id
        for name, value in metrics.items():
            client.log_metric(run, name, value)
        for name, text_value in params.items():
            client.log_param(run, name, text_value)
        made = client.create_logged_model(experiment, name="reg", source_run_id=run)
        (folder / "MLmodel").write_text(text)
        client.log_model_artifact(made.model_id, str(folder / "MLmodel"))
        client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
        client.create_logged_model(experiment, name="unfinished", source_run_id=run)
        return str(run)

    return Place(registry, log, client)


@pytest.fixture(scope="module", params=[in_memory, in_mlflow])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        made: Place = request.param(tmp_path_factory.mktemp("registry"))
        return made


@pytest.fixture
def name() -> str:
    return f'it\'s \\a "model" {secrets.token_hex(4)}'


def test_what_a_run_logged_becomes_versions(place: Place, name: str, tmp_path: Path) -> None:
    run = place.log({"acc": 0.5}, {"depth": "3"}, "flavors: {}\n")
    (logged,) = place.registry.logged(run)
    assert (logged.name, logged.mlflow_run_id) == ("reg", run)
    place.registry.create_model(name)
    place.registry.create_model(name)
    assert place.registry.versions(name) == []
    first = place.registry.create_version(name, logged, {"mlops.run_id": "a" * 32, "mlops.step": "fit's"})
    second = place.registry.create_version(name, logged, {"mlops.run_id": "a" * 32, "mlops.step": "other"})
    assert (first.number, second.number) == (1, 2)
    assert first.run_id == "a" * 32
    assert [v.number for v in place.registry.versions(name)] == [2, 1]
    found = place.registry.version(name, 1)
    assert (found.mlflow_run_id, found.step, found.model_id) == (run, "fit's", logged.id)
    assert place.registry.metrics(found) == {"acc": 0.5}
    assert place.registry.params(found) == {"depth": "3"}
    assert place.registry.run_tags(run)["mlops.run_id"] == "r"
    assert (place.registry.download(found, tmp_path / "d") / "MLmodel").read_text() == "flavors: {}\n"
    assert (place.registry.download(second, tmp_path / "e")).is_relative_to(tmp_path / "e")


def test_versions_are_found_by_their_tags(place: Place, name: str) -> None:
    (logged,) = place.registry.logged(place.log({}, {}, ""))
    place.registry.create_model(name)
    tags = {"mlops.run_id": secrets.token_hex(16), "mlops.step": "it's", "mlops.source": logged.id}
    assert place.registry.tagged(tags) == []
    made = place.registry.create_version(name, logged, tags)
    place.registry.create_version(name, logged, {**tags, "mlops.step": "x"})
    assert [(v.name, v.number) for v in place.registry.tagged(tags)] == [(name, made.number)]


def test_aliases_move_and_go(place: Place, name: str) -> None:
    (logged,) = place.registry.logged(place.log({}, {}, ""))
    place.registry.create_model(name)
    for _ in range(2):
        place.registry.create_version(name, logged, {})
    assert place.registry.model(name).aliases == {}
    place.registry.set_alias(name, "champion", 1)
    place.registry.set_alias(name, "next-one", 1)
    assert place.registry.version(name, 1).aliases == ("champion", "next-one")
    place.registry.set_alias(name, "champion", 2)
    assert place.registry.model(name).aliases == {"champion": 2, "next-one": 1}
    assert [v.aliases for v in place.registry.versions(name)] == [("champion",), ("next-one",)]
    place.registry.delete_alias(name, "champion")
    place.registry.delete_alias(name, "champion")
    assert place.registry.model(name).aliases == {"next-one": 1}
    place.registry.tag(name, 1, {"who": "ada"})
    assert place.registry.version(name, 1).tags["who"] == "ada"
    assert [m.latest for m in place.registry.models() if m.name == name] == [2]
    for _ in range(2):
        place.registry.delete_version(name, 2)
    assert [v.number for v in place.registry.versions(name)] == [1]


def test_what_is_not_there(place: Place, name: str, tmp_path: Path) -> None:
    registry = place.registry
    for ask in (registry.model, registry.versions, lambda n: registry.set_alias(n, "a", 1)):
        with pytest.raises(NotFoundError) as told:
            ask(name)
        assert told.value.code in ("model.not_found", "model.no_version")
    registry.create_model(name)
    with pytest.raises(NotFoundError, match="no version 7"):
        registry.version(name, 7)
    with pytest.raises(NotFoundError):
        registry.set_alias(name, "champion", 7)
    assert registry.logged("0" * 32) == []
    assert registry.run_tags("0" * 32) == {}
    lost = registry.create_version(name, LoggedModel("x", "x", str(tmp_path / "gone"), "0" * 32), {})
    assert not registry.metrics(lost)
    assert not registry.params(lost)
    with pytest.raises(UnavailableError) as lost_files:
        registry.download(lost, tmp_path / "to")
    assert lost_files.value.code == "model.files"


@pytest.mark.parametrize("name", ["", " "])
def test_a_name_that_mlflow_refuses_is_no_trouble_of_mlflows(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="MLflow refuses"):
        MlflowRegistry(tmp_path).model(name)


def test_what_others_change_is_seen_at_the_next_look(tmp_path: Path) -> None:
    place = in_mlflow(tmp_path)
    (logged,) = place.registry.logged(place.log({}, {}, ""))
    place.registry.create_model("m")
    place.registry.create_version("m", logged, {})
    place.outside.set_registered_model_alias("m", "champion", "1")
    assert place.registry.model("m").aliases == {"champion": 1}
    place.outside.create_registered_model("theirs")
    assert [model.name for model in place.registry.models()] == ["m", "theirs"]


def test_models_of_runs_below_a_step_wherever_they_are(tmp_path: Path) -> None:
    from mlflow.entities import LoggedModelStatus

    place = in_mlflow(tmp_path)
    (own,) = place.registry.logged(step := place.log({}, {}, ""))
    place.log({}, {}, "")  # another step of the same run
    away = place.outside.create_experiment("away")
    parent, ids = step, [own.id]
    for _ in range(3):
        tags = {"mlops.run_id": "r", "mlflow.parentRunId": parent}
        parent = place.outside.create_run(away, tags=tags).info.run_id
        made = place.outside.create_logged_model(away, name="deep", source_run_id=parent)
        place.outside.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
        ids.append(made.model_id)
    assert [model.id for model in place.registry.logged(step)] == ids


def test_the_steps_of_a_run_are_asked_about_together(tmp_path: Path) -> None:
    place = in_mlflow(tmp_path)
    steps = [place.log({}, {}, "") for _ in range(12)]
    client, calls = place.registry._client, list[str]()  # type: ignore[attr-defined]

    class Counting:
        def __getattr__(self, name: str) -> object:
            calls.append(name)
            return getattr(client, name)

    place.registry.__dict__["_connected"] = Counting()
    found = place.registry.logged_by([*steps, "0" * 32])
    assert [len(found[step]) for step in steps] == [1] * 12
    assert found["0" * 32] == []
    # One for each step, which run side by side; before it was four for each.
    assert len(calls) <= len(steps) + 6, calls


def test_a_server_that_is_away(tmp_path: Path) -> None:
    registry = MlflowRegistry(tmp_path, "http://ada:secret@127.0.0.1:9")
    for ask in (registry.models, lambda: registry.model("m"), lambda: registry.create_model("m")):
        with pytest.raises(UnavailableError) as told:
            ask()
        assert told.value.code == "mlflow.down"
        assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "name", "alias", "number"),
    [
        ("m", "m", None, None),
        ("m@champion", "m", "champion", None),
        ("m/3", "m", None, 3),
        ("models:/m m/12", "m m", None, 12),
    ],
)
def test_references(text: str, name: str, alias: str | None, number: int | None) -> None:
    found = reference(text)
    assert (found.name, found.alias, found.number) == (name, alias, number)
    assert reference(str(found)) == found


@pytest.mark.parametrize("text", ["", "m@", "@champion", "m/0", "m/x", "m/-1", "m/²", "m@a/b", "m/1/2", "m@v3", "m@latest", " m", "a\nb"])  # fmt: skip
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(UsageError):
        reference(text)


def test_names() -> None:
    assert model_name("Ünï codé") == "Ünï codé"
    assert alias_name("next_one-2") == "next_one-2"
    for bad in ("", "a:b", "a/b", "x" * 251):
        with pytest.raises(UsageError):
            model_name(bad)
