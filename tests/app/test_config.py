"""Settings: configuration before variable before default, and what other processes are told."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
from traitlets.config import Config

from jupyter_mlops.app.config import MlopsSettings, folder_name
from jupyter_mlops.runs.serve import IDLE_S


def settings(**given: object) -> MlopsSettings:
    return MlopsSettings(config=Config({"MlopsSettings": given}))


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for trait in MlopsSettings.options().values():
        monkeypatch.delenv(trait.metadata["variable"], raising=False)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)


def test_a_configuration_wins_over_the_variable_and_the_variable_over_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settings().max_parallel == 0
    assert settings().runner_idle_s == IDLE_S
    monkeypatch.setenv("JUPYTER_MLOPS_MAX_PARALLEL", "3")
    assert settings().max_parallel == 3
    assert settings(max_parallel=2.5).max_parallel == 2.5


def test_other_processes_are_told_what_was_configured_and_nothing_else(tmp_path: Path) -> None:
    assert settings().environ() == {}
    told = settings(
        home=str(tmp_path), store="sqlite://", tracking_uri="http://x", max_parallel=2, runner_idle_s=5
    ).environ()
    assert told == {
        "JUPYTER_MLOPS_HOME": str(tmp_path.resolve()),
        "JUPYTER_MLOPS_STORE": "sqlite://",
        "MLFLOW_TRACKING_URI": "http://x",
        "JUPYTER_MLOPS_MAX_PARALLEL": "2",
        "JUPYTER_MLOPS_RUNNER_IDLE": "5.0",
    }


@pytest.mark.parametrize("name", sorted(MlopsSettings.options()))
def test_what_is_told_is_understood(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"max_parallel": 2, "runner_idle_s": 7.5, "require_sandbox": True}.get(name, "/somewhere/else")
    told = settings(**{name: value}).environ()
    assert len(told) == 1
    for variable, text in told.items():
        monkeypatch.setenv(variable, text)
    assert getattr(settings(), name) == value


@pytest.mark.parametrize("nonsense", ["", "many", "-1"])
def test_a_variable_may_hold_anything(nonsense: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_MAX_PARALLEL", nonsense)
    assert settings().max_parallel == 0


def test_everybody_has_a_home_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = f"{tmp_path}/{{username}}/mlops"
    assert settings(home=template).home_path == (tmp_path / getpass.getuser() / "mlops").resolve()
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    hers = settings(home=template, store="sqlite:////db/{username}.db")
    assert hers.home_path == (tmp_path / "ada" / "mlops").resolve()
    assert hers.store == "sqlite:////db/ada.db"
    assert hers.environ() == {"JUPYTER_MLOPS_HOME": str(hers.home_path), "JUPYTER_MLOPS_STORE": hers.store}
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", template)
    assert settings().home_path == hers.home_path


@pytest.mark.parametrize("user", ["..", ".", "../bob", "a/../../b", "/etc", "ada@example.org", "Zoë", "{username}"])
def test_no_name_leads_out_of_the_template(user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", user)
    home = settings(home=f"{tmp_path}/{{username}}/mlops").home_path
    assert home.parents[1] == tmp_path.resolve()
    assert folder_name(user) == home.parent.name
