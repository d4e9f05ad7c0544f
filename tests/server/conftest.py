"""Runs that were really made, once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.made import Door, House, house


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A good run, one that failed in `fit`, and one that carries all but `use`; no test changes them."""
    with house(tmp_path_factory.mktemp("shop")) as found:
        found.run("good")
        found.run("failed", fail=True)
        found.runs["again"] = found.call("runs", "retry", found.runs["good"], "--from-step", "use")["id"]
        yield found


@pytest.fixture
def door(jp_fetch: Any) -> Door:
    """Calls the server."""
    return Door(jp_fetch)
