"""The pictures of the panels in light and dark, from the example; those of the README and the docs are some of them.

`MLOPS_SCREENSHOTS=FOLDER make test-long` keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, Window


@pytest.fixture
def small(lab: Lab, chrome: Browser) -> Iterator[Window]:
    context = chrome.new_context(viewport={"width": 1240, "height": 780})
    found = Window(lab, context.new_page())
    yield found
    context.close()
    assert found.complaints == []


def test_the_example_in_pictures(small: Window, lab: Lab, pictures: Path) -> None:
    page = small.page
    path = lab.example("digits.ipynb")
    small.open()
    small.panel()
    small.notebook(path)
    page.locator("[data-section=pipeline] .react-flow__node").first.wait_for()
    run = lab.run(path, penalty=3)
    lab.wait(run, "succeeded", timeout_s=180)
    small.command("mlops:open-run", {"id": run, "step": "compare"})
    page.get_by_role("tab", name="Notebook", exact=True).click()
    expect(page.frame_locator(".jp-MlopsPage iframe").locator("body")).to_contain_text("accuracy")
    themes: tuple[tuple[Literal["Light", "Dark", "Dark High Contrast"], str], ...] = (
        ("Light", ""), ("Dark", "-dark"), ("Dark High Contrast", "-contrast"),
    )  # fmt: skip
    for theme, ending in themes:
        small.theme(theme)
        small.command("mlops:open-run", {"id": run})
        page.locator(".jp-MlopsPage:visible").wait_for()
        page.wait_for_timeout(400)
        small.shot(f"run{ending}", pictures)
        small.command("docmanager:open", {"path": path})
        page.locator(".jp-NotebookPanel:visible").wait_for()
        page.locator(".jp-Notebook .jp-CodeCell").nth(2).scroll_into_view_if_needed()
        page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").nth(3).click()
        page.wait_for_timeout(400)
        small.shot(f"notebook{ending}", pictures)
        small.command("mlops:run-notebook", {"path": path})
        page.locator("[data-parameter=penalty] input").fill("30")
        page.wait_for_timeout(200)
        small.shot(f"form{ending}", pictures)
        page.keyboard.press("Escape")
        expect(page.locator(".jp-Dialog")).to_have_count(0)
