"""Moments as users write them: in their own zone, a day as it was at its end."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from jupyter_mlops.app.modelanswers import _moment
from jupyter_mlops.base.errors import UsageError


@pytest.fixture(autouse=True)
def _new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-11-21", "2026-11-22T04:59:59.999999+00:00"),
        ("20261121", "2026-11-22T04:59:59.999999+00:00"),
        ("2026-07-01", "2026-07-02T03:59:59.999999+00:00"),
        ("2026-11-21T09:00", "2026-11-21T14:00:00+00:00"),
        ("2026-11-21T09:00+02:00", "2026-11-21T07:00:00+00:00"),
        ("2026-11-21T09:00Z", "2026-11-21T09:00:00+00:00"),
    ],
)
def test_a_moment_is_in_the_zone_of_the_user(given: str, meant: str) -> None:
    assert _moment(given).isoformat() == meant


@pytest.mark.parametrize("given", ["soon", "", "2026-13-01", "9999-12-31", "0001-01-01"])
def test_what_is_no_moment_is_told_of(given: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        _moment(given)
