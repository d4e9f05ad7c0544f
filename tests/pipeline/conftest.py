"""What tests of pipelines share."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture(scope="session")
def warm() -> None:
    """Import what every step imports, so that the children that are forked have it from this process."""
    for name in ("incell", "stock", "outbox", "sharing", "fingerprint", "process", "keeping"):
        importlib.import_module(f"jupyter_mlops.artifacts.{name}")
    importlib.import_module("numpy")
