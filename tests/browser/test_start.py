"""The lab starts with our extension in it and complains of nothing."""

from __future__ import annotations

from tests.browser.lab import Window


def test_the_panel_opens_and_nothing_complains(window: Window) -> None:
    window.open()
    window.panel()
    assert window.page.locator("#jupyter-mlops\\:panel").get_attribute("aria-label") == "MLOps"
