"""One Hub with two users for all tests here; every test says why it cannot run where something is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.hub import Hub, User, running_hub, why_not

# What starts a Hub.
LONG = ("test_config.py", "test_culling.py", "test_serving.py", "test_stopping.py", "test_users.py", "test_window.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = why_not()
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if item.path.name in LONG and not os.environ.get("MLOPS_TEST_LONG"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: `make test-long`"))
            if missing and {"hub", "locked_hub"} & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """None of pytest-jupyter's: nothing of a server runs in this process."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """None: as above."""


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as found:
        yield found


@pytest.fixture(scope="session")
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture(scope="session")
def bob(hub: Hub) -> User:
    return hub.user("bob")
