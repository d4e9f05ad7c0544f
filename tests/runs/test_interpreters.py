from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_mlops.runs.interpreters import environment_of, is_ours, why_cold


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two virtual environments of one interpreter, a link to a folder of one, and an interpreter without one."""
    base = tmp_path / "usr" / "bin"
    base.mkdir(parents=True)
    (base / "python3.11").touch()
    for name in ("python", "python3"):
        (base / name).symlink_to("python3.11")
    for name in ("one", "two"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "pyvenv.cfg").touch()
        for link in ("python", "python3", "python3.11"):
            (tmp_path / name / "bin" / link).symlink_to(base / "python3.11")
    (tmp_path / "linked").symlink_to("one")
    (tmp_path / "bin").symlink_to("usr/bin")
    return tmp_path


SAME = [
    ("one/bin/python", "one/bin/python3"),
    ("one/bin/python", "one/bin/python3.11"),
    ("one/bin/python", "one/bin/../bin/python"),
    ("one/bin/python", "linked/bin/python3"),
    ("usr/bin/python", "usr/bin/python3"),
    ("usr/bin/python", "bin/python3.11"),
]
OTHER = [
    ("one/bin/python", "two/bin/python"),
    ("one/bin/python", "usr/bin/python"),
    ("linked/bin/python", "bin/python"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_two_names_of_one_environment(place: Path, first: str, second: str) -> None:
    assert environment_of(str(place / first)) == environment_of(str(place / second))


@pytest.mark.parametrize(("first", "second"), OTHER)
def test_two_environments(place: Path, first: str, second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(place / first))
    assert is_ours(str(place / first))
    assert not is_ours(str(place / second))
    assert str(place / second.split("/")[0]) in why_cold(str(place / second)) or "linked" in first + second
    assert "runner restart" in why_cold(str(place / second))


def test_an_interpreter_that_is_gone_is_another_one(tmp_path: Path) -> None:
    assert not is_ours(str(tmp_path / "bin" / "python"))
    assert is_ours("")
    assert is_ours(os.path.join(os.path.dirname(sys.executable), "python3"))
