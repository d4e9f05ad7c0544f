"""What is given up, piece by piece: which calls are refused, and which folders lie open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.deployments.serving.worker import landlock, readable, seccomp
from tests.pace import PATIENCE_S

linux = pytest.mark.skipif(landlock.version() == 0, reason="no Landlock here")


def test_the_filter_names_the_calls_of_this_machine() -> None:
    assert seccomp.refused("x86_64")["ptrace"] == 101
    assert seccomp.refused("x86_64")["process_vm_readv"] == 310
    assert seccomp.refused("aarch64")["ptrace"] == 117
    for machine in ("x86_64", "aarch64"):
        assert len(set(seccomp.refused(machine).values())) == len(seccomp.refused(machine))


def test_what_lies_outside_hidden_folders(tmp_path: Path) -> None:
    for name in ("a/b/secret", "a/b/open", "a/c", "d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a/b/secret")
    found = readable.outside({str(tmp_path / "a/b/secret")}, str(tmp_path))
    assert sorted(found) == [str(tmp_path / name) for name in ("a/b/open", "a/c", "d")]


def test_a_folder_of_imports_around_a_hidden_one_is_opened_around_it(tmp_path: Path, monkeypatch: Any) -> None:
    for name in ("site/pandas", "site/home/secret", "home/site"):
        (tmp_path / name).mkdir(parents=True)
    hidden = {str(tmp_path / "site/home"), str(tmp_path / "home")}
    monkeypatch.setattr(sys, "path", [str(tmp_path / name) for name in ("site", "home", "home/site")])
    found = [path for path in readable.python_folders(hidden) if path.startswith(str(tmp_path))]
    assert sorted(found) == [str(tmp_path / "home/site"), str(tmp_path / "site/pandas")]


HIDING = """
import sys
from jupyter_mlops.deployments.serving.worker import confine, readable
top, hidden, allowed = sys.argv[1:]
readable.HIDDEN = ()
confine.give_up(allowed, allowed, [top], hidden=[hidden])
for path in (f"{top}/open", f"{hidden}/secret", f"{allowed}/model"):
    try:
        print(open(path).read())
    except PermissionError:
        print("refused")
"""


@linux
def test_what_is_hidden_cannot_be_read_but_the_model_in_it(tmp_path: Path) -> None:
    hidden = tmp_path / "home"
    allowed = hidden / "deployments" / "model"
    allowed.mkdir(parents=True)
    for file in (tmp_path / "open", hidden / "secret", allowed / "model"):
        file.write_text(file.name)
    command = [sys.executable, "-c", HIDING, str(tmp_path), str(hidden), str(allowed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout.split() == ["open", "refused", "model"]
