"""What a worker reads is what is listed, wherever a site keeps the rest, in serving, scoring and the gates' trial."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_mlops.deployments import confinement
from jupyter_mlops.deployments.lone import lone_worker
from jupyter_mlops.deployments.plan import Place, plan
from jupyter_mlops.deployments.serving.plan import VersionPlan, part
from jupyter_mlops.deployments.serving.worker import landlock, readable
from tests.deployments import hostile_models
from tests.deployments.wanted import wanted
from tests.pace import PATIENCE_S

pytestmark = pytest.mark.short
linux = pytest.mark.skipif(landlock.version() == 0, reason="no Landlock here")

READS = """
import json, os, socket, sys
from jupyter_mlops.deployments.serving.worker import confine
scratch, *paths = sys.argv[1:]
confine.give_up(scratch, scratch)
def tried(act, *args):
    try:
        act(*args)
        return "did"
    except OSError as error:
        return type(error).__name__
found = {path: tried(open, path) for path in paths}
port = int(os.environ["PORT"])
found["connect"] = tried(socket.create_connection, ("127.0.0.1", port))
import numpy, urllib.request, locale
found["resolved"] = open("/etc/passwd").read() != ""
print(json.dumps(found))
"""


@pytest.fixture
def srv() -> Iterator[Path]:
    """A folder at the top of the file system, as sites have them, beside the known ones."""
    if not os.access("/", os.W_OK):
        pytest.skip("needs to write in /")
    with tempfile.TemporaryDirectory(prefix="srv-of-tests-", dir="/") as name:
        yield Path(name)


@linux
def test_what_is_not_listed_is_closed(srv: Path, tmp_path: Path) -> None:
    (srv / "store.db").write_text("secret")
    paths = [str(srv / "store.db"), f"/proc/{os.getpid()}/cmdline", "/proc/1/cmdline", "/var/log", "/etc/shadow"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-c", READS, str(tmp_path), *paths, "/proc/self/status", "/proc/meminfo", os.__file__],
            capture_output=True, text=True, timeout=PATIENCE_S,
            env={**os.environ, "PORT": str(server.getsockname()[1])},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {found[path] for path in [*paths, "connect"]} <= {"PermissionError", "FileNotFoundError"}
    assert {found[path] for path in ("/proc/self/status", "/proc/meminfo", os.__file__)} == {"did"}


@linux
def test_scoring_and_trial_read_no_home(srv: Path, tmp_path: Path) -> None:
    """Although the model's own folder lies in it."""
    home, scratch = srv / "home", tmp_path / "scratch"
    folder = home / "models" / "files" / "m"
    folder.mkdir(parents=True)
    scratch.mkdir()
    (home / "store.db").write_text("secret")
    code = f"open({str(home / 'store.db')!r}).read()"
    hostile_models.loader_module(folder, code)
    with (
        pytest.raises(ValueError, match=r"store\.db"),
        lone_worker(folder, scratch, sys.executable, PATIENCE_S, home),
    ):
        pass


@linux
def test_a_site_can_demand_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    hostile_models.loader_module(folder, "")
    monkeypatch.setenv(confinement.REQUIRE, "True")
    with lone_worker(folder, tmp_path, sys.executable, PATIENCE_S):
        pass


def test_of_others_nothing_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "export" / "ada"
    for path in (mine, theirs / "data"):
        path.mkdir(parents=True)
    people = [
        SimpleNamespace(pw_uid=os.getuid(), pw_dir=str(mine)),
        SimpleNamespace(pw_uid=1001 + os.getuid(), pw_dir=str(theirs)),
        SimpleNamespace(pw_uid=1002 + os.getuid(), pw_dir="/usr"),
        SimpleNamespace(pw_uid=1003 + os.getuid(), pw_dir=os.path.realpath(sys.prefix)),
        SimpleNamespace(pw_uid=2, pw_dir="/bin"),
    ]
    monkeypatch.setattr(pwd, "getpwall", lambda: people)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: people[0])
    assert readable.homes_of_others() == {str(theirs)}
    monkeypatch.setattr(readable, "HIDDEN", ())
    found = readable.allowed("/model", [str(theirs / "data"), str(mine / "words"), str(tmp_path)])
    assert str(mine / "words") in found
    assert not [path for path in found if readable.is_below(str(theirs / "data"), path)]


@pytest.mark.parametrize("named", ["file", "."])
def test_the_root_of_the_notebooks_is_read_where_its_owner_names_a_part_only(named: str, tmp_path: Path) -> None:
    root = tmp_path / "notebooks"
    root.mkdir()
    found = readable.allowed("/model", [os.path.realpath(root / named)], [str(root)])
    assert (str(root / named) in found) == (named == "file")
    assert str(root) not in found


def test_what_is_hidden_from_all_models(tmp_path: Path) -> None:
    assert confinement.hidden(tmp_path, {confinement.ROOT: "/srv/notebooks"}) == [str(tmp_path), "/srv/notebooks"]
    assert confinement.hidden(None, {confinement.ROOT: "/"}) == []


def test_what_holds_for_all_models_is_in_the_plan_and_a_worker_lives_on_when_it_changes(tmp_path: Path) -> None:
    made = plan(wanted(tmp_path), {3: Place("/m", "python")}, 1, 3, {"hidden": ["/srv/n"], "require_sandbox": True})
    (told,) = made["versions"].values()
    assert (told["hidden"], told["require_sandbox"], told["network"]) == (["/srv/n"], True, False)
    assert part(VersionPlan, told) == part(VersionPlan, {**told, "hidden": []})
    assert part(VersionPlan, told) != part(VersionPlan, {**told, "require_sandbox": False})
