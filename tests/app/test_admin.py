"""What an administrator asks for: the runner's verbs, and where settings come from."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from traitlets.config import Config

from jupyter_mlops.app import sources
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.doctor import examine
from jupyter_mlops.app.settingrows import setting_rows
from jupyter_mlops.app.sources import in_force
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.cli import main
from jupyter_mlops.runs.companions import Companions, want
from jupyter_mlops.runs.environments import Environments
from jupyter_mlops.runs.launch import is_runner_alive
from jupyter_mlops.runs.logfile import rotate
from jupyter_mlops.runs.notice import read_notice
from tests.pace import wait_until


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for variable in [t.metadata["variable"] for t in MlopsSettings.options().values()]:
        monkeypatch.delenv(variable, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(home))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "etc"))
    yield home
    main(["runner", "stop"])


@pytest.mark.slow
def test_the_runner_is_started_anew_and_ended(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> Mapping[str, object]:
        capsys.readouterr()
        assert main(["runner", *words, "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    assert told("status")["is_alive"] is False
    assert not home.exists()
    first = told("restart")
    assert (first["is_alive"], first["is_answering"], first["work"]) == (True, True, "")
    second = told("restart", "--user", getpass.getuser())
    assert second["pid"] != first["pid"]
    notice = read_notice(home)
    assert notice is not None
    assert told()["pid"] == notice.pid
    # One that does not listen any more is killed.
    os.kill(notice.pid, 19)
    assert told("stop")["is_alive"] is False
    assert not is_runner_alive(home)
    assert main(["runner", "stop"]) == 0


def test_credentials_are_those_of_who_acts_next() -> None:
    known = Environments()
    known.put("a", {"MLFLOW_TRACKING_PASSWORD": "old", "MINE": "1"})
    assert known.act({"MLFLOW_TRACKING_PASSWORD": "new", "MINE": "2"})
    assert not known.act({"MLFLOW_TRACKING_PASSWORD": "new"})
    assert not known.act({"PATH": "/bin", "MLFLOW_TRACKING_URI": "http://x"})
    assert known.for_telling("a") == {"MLFLOW_TRACKING_PASSWORD": "new", "MINE": "1"}
    assert known.of("a") == {"MLFLOW_TRACKING_PASSWORD": "old", "MINE": "1"}
    assert known.for_telling("gone") == known.of("gone") == {"MLFLOW_TRACKING_PASSWORD": "new"}
    assert Environments().for_telling("a") is None


def test_a_companion_gets_new_credentials(tmp_path: Path) -> None:
    acting = {"MLFLOW_TRACKING_PASSWORD": "old"}
    found = Companions(tmp_path, lambda: acting)

    def has(password: str) -> bool:
        # With nothing to look after it leaves soon, and is wanted again.
        want(tmp_path, "deployments", "jupyter_mlops.deployments")
        found.tick()
        process = next(iter(found._known.values())).process
        environment = b""
        if process is not None:
            with suppress(OSError):
                environment = Path("/proc", str(process.pid), "environ").read_bytes()
        return f"MLFLOW_TRACKING_PASSWORD={password}".encode() in environment.split(b"\0")

    try:
        wait_until(lambda: has("old"))
        acting["MLFLOW_TRACKING_PASSWORD"] = "new"
        wait_until(lambda: has("new"))
    finally:
        found.close()


def write(folder: Path, **files: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return str(folder)


def test_settings_say_where_they_come_from(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ada:s3cret@mlflow")
    high = write(
        tmp_path / "high",
        jupyter_mlops_config__py="c.MlopsSettings.home = '/data/{username}/mlops'\nc.MlopsSettings.max_parallel = 2",
    )
    low = write(
        tmp_path / "low",
        jupyter_mlops_config__json='{"MlopsSettings": {"max_parallel": 1, "runner_idle_s": 5}}',
        jupyter_server_config__py="c.ServerApp.port = 1\nc.MlopsSettings.runner_idle_s = 7\nc.MlopsSettings.hoem = 1",
        jupyter_server_config__json="{",
    )
    found = in_force([high, low])
    told = {each.name: (each.value, Path(each.source).name) for each in found.listed}
    assert told == {
        "home": ("/data/ada/mlops", "jupyter_mlops_config.py"),
        "store": ("", "default"),
        "tracking_uri": ("http://ada:***@mlflow", "MLFLOW_TRACKING_URI"),
        "max_parallel": ("2", "jupyter_mlops_config.py"),
        "runner_idle_s": ("7", "jupyter_server_config.py"),
        "require_sandbox": ("False", "default"),
    }
    assert len(found.problems) == 2
    assert any("`MlopsSettings.hoem`, which does not exist" in problem for problem in found.problems)
    monkeypatch.setattr(sources, "in_force", lambda: found)
    monkeypatch.setattr("jupyter_mlops.app.settingrows.in_force", lambda: found)
    rows = {row.name: row for row in setting_rows(MlopsSettings())}
    assert rows["setting home"].status == "warning"
    assert f"this shell has {home} (from JUPYTER_MLOPS_HOME)" in rows["setting home"].message
    assert rows["setting store"].status == "ok"
    assert rows["settings"].status == "error"


def test_doctor_tells_the_settings_of_a_user(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "etc", jupyter_mlops_config__py="c.MlopsSettings.home = '/data/{username}/mlops'")
    monkeypatch.setattr(os, "environ", os.environ.copy())
    main(["doctor", "--user", "nobody-of-this-machine", "--json"])
    checks = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["setting home"]["message"].startswith("/data/nobody-of-this-machine/mlops (from ")
    assert "runner" not in checks
    assert main(["runner", "status", "--user", "nobody-of-this-machine"]) == 2
    assert "there is no user `nobody-of-this-machine`" in capsys.readouterr().err


def test_a_log_that_is_too_long_is_kept_beside(tmp_path: Path) -> None:
    log = tmp_path / "runner.log"
    assert not rotate(log, 10)
    with log.open("ab", buffering=0) as writer:
        writer.write(b"first" * 10)
        assert rotate(log, 10)
        writer.write(b"second")
        assert log.read_bytes() == b"second"
    assert (tmp_path / "runner.log.1").read_bytes() == b"first" * 10
    assert not rotate(log, 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runner.log", "runner.log.1"]


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_home_that_cannot_be_made_says_who_has_to_make_it(
    is_locked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("")
    place = str(tmp_path / "data" / "{username}" / "mlops")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", place)
    config = Config({"MlopsSettings": {"home": place}}) if is_locked else Config()
    bench = Workbench(MlopsSettings(config=config))
    with pytest.raises(UnavailableError) as told:
        bench.runs()
    assert told.value.code == "store.unavailable"
    assert str(tmp_path / "data" / "ada" / "mlops") in told.value.message
    assert f"`{tmp_path / 'data'}` is no folder" in told.value.message
    assert ("pre_spawn_hook" in told.value.hint) is is_locked
    assert ("set JUPYTER_MLOPS_HOME" in told.value.hint) is not is_locked
    (row,) = [check for check in examine(bench.settings, lambda: "") if check.name == "home"]
    assert (row.status, row.hint) == ("error", told.value.hint)
