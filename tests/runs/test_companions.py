"""Processes that the runner keeps alive because a file asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.runs import companions
from jupyter_mlops.runs.companions import Companions, forget, has_any, want


class Started:
    """A process that ends when it is told to."""

    made: list[Started]

    def __init__(self, command: list[str], **_: Any) -> None:
        self.command, self.returncode = command, None
        self.made.append(self)

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        self.returncode = -15  # type: ignore[assignment]

    def wait(self, timeout: float | None = None) -> int | None:
        return self.returncode


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    Started.made = []
    monkeypatch.setattr(subprocess, "Popen", Started)
    return Started.made


def test_what_is_asked_for_is_started_once_and_ended(tmp_path: Path, started: list[Started]) -> None:
    found = Companions(tmp_path)
    assert not found.tick()
    want(tmp_path, "deployments", "jupyter_mlops.deployments")
    assert has_any(tmp_path)
    assert found.tick()
    assert found.tick()
    assert [each.command for each in started] == [
        [sys.executable, "-P", "-m", "jupyter_mlops.deployments", "--home", str(tmp_path), "--parent", str(os.getpid())]
    ]
    forget(tmp_path, "deployments")
    assert not has_any(tmp_path)
    assert found.tick()  # it lives on until it ends by itself
    found.close()
    assert not found.tick()


def test_what_dies_is_started_again_later_and_later(tmp_path: Path, started: list[Started]) -> None:
    now = [0.0]
    found = Companions(tmp_path, clock=lambda: now[0])
    want(tmp_path, "deployments", "jupyter_mlops.deployments")
    moments = []
    for _ in range(2000):
        count = len(started)
        found.tick()
        if len(started) > count:
            moments.append(now[0])
            started[-1].returncode = 1  # type: ignore[assignment]
        now[0] += 0.1
    pauses = [after - before for before, after in pairwise(moments)]
    assert pauses[0] < 1
    assert all(after >= before - 0.2 for before, after in pairwise(pauses))
    assert companions.LONGEST_PAUSE_S - 1 < pauses[-1] < companions.LONGEST_PAUSE_S + 1


@pytest.mark.parametrize("module", ["os", "jupyter_mlops", "jupyter_mlops.runs; x", "../x", "", "json.tool", "\xff"])
def test_only_modules_of_this_package_are_started(module: str, tmp_path: Path, started: list[Started]) -> None:
    want(tmp_path, "x", module)
    assert not Companions(tmp_path).tick()
    assert started == []


def test_a_file_that_cannot_be_read_is_no_wish(tmp_path: Path) -> None:
    (tmp_path / "companions" / "folder").mkdir(parents=True)
    assert Companions(tmp_path).wanted() == []


def test_a_real_one_is_ended_with_the_runner(tmp_path: Path) -> None:
    want(tmp_path, "deployments", "jupyter_mlops.deployments")
    found = Companions(tmp_path)
    found.tick()
    process = found._known["jupyter_mlops.deployments"].process
    assert process is not None
    found.close()
    assert process.poll() is not None
