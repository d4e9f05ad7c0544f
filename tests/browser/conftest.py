"""One lab and one Chromium for all tests of a file; a fresh page for every test, which must not complain."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, Window, browser, chromium, running_lab
from tests.pace import FAR_S, PATIENCE_S

# `make test` lives the story, fills the forms and attacks; these look closer.
LONG = (
    "test_canary.py", "test_models.py", "test_scoring.py", "test_axe.py", "test_cells.py", "test_large.py", "test_live.py",
    "test_notebook7.py", "test_odd.py", "test_pictures.py",
)  # fmt: skip

expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(FAR_S))
            if item.path.name in LONG and not os.environ.get("MLOPS_TEST_LONG"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: `make test-long`"))
            if chromium() is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium here"))


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """None of pytest-jupyter's: Playwright has a loop of its own in this thread."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """None: no server runs in this process."""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture
def window(lab: Lab, chrome: Browser, request: pytest.FixtureRequest, pictures: Path) -> Iterator[Window]:
    """A window of 1400 x 900 on the lab; it fails the test when the page threw or logged an error."""
    context = chrome.new_context(viewport={"width": 1400, "height": 900})
    found = Window(lab, context.new_page())
    try:
        yield found
        assert found.complaints == []
    finally:
        if os.environ.get("MLOPS_SCREENSHOTS"):
            found.shot(f"last-{request.node.name[:60]}".replace("/", "-"), pictures)
        context.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go; kept when a folder is named in MLOPS_SCREENSHOTS."""
    return Path(os.environ.get("MLOPS_SCREENSHOTS") or ".screenshots").absolute()
