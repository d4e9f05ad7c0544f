"""Asking the runner for the manager: see `runs.companions`."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.runs import companions

_NAME, _MODULE = "deployments", "jupyter_mlops.deployments"


def wish(home: Path) -> None:
    """Let there be a manager as long as there is a runner."""
    companions.want(home, _NAME, _MODULE)


def unwish(home: Path) -> None:
    """Let the manager go; no-op when nobody wants it."""
    companions.forget(home, _NAME)
