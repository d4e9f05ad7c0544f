"""``python -m jupyter_mlops`` is the command line."""

from __future__ import annotations

import runpy
import sys

import pytest


def test_the_package_runs_as_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["jupyter-mlops", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("jupyter_mlops", run_name="__main__")
    assert ended.value.code == 0
    assert "jupyter mlops" in capsys.readouterr().out
