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
from tests.fixtures.doors import Door

PAGE = ".jp-MlopsPage:not(.lm-mod-hidden)"
THEMES: tuple[tuple[Literal["Light", "Dark", "Dark High Contrast"], str], ...] = (
    ("Light", ""), ("Dark", "-dark"), ("Dark High Contrast", "-contrast"),
)  # fmt: skip


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
    lab.wait(run, "succeeded")
    small.command("mlops:open-run", {"id": run, "step": "compare"})
    page.get_by_role("tab", name="Notebook", exact=True).click()
    expect(page.frame_locator(".jp-MlopsPage iframe").locator("body")).to_contain_text("accuracy")
    for theme, ending in THEMES:
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


def served(lab: Lab) -> None:
    """Bring the example to where its champion is served, a canary beside it, and both were asked."""
    lab.example("churn.ipynb")
    name, mlops = "churn-example", Door(lab.home)
    for words in (
        ("promote", "churn.ipynb", "--as", name),
        ("run", name),
        ("models", "promote", name),
        ("run", name, "-p", "penalty=10"),
        ("deployments", "create", name, "--model", f"{name}@champion"),
        ("deployments", "update", name, "--canary", "2", "--percent", "20"),
    ):
        code, _, err = mlops.call(lab.root, *words)
        assert code == 0, (words, err)
    row = {"plan": "basic", "contract": "monthly", "tenure": 2.0, "monthly_fee": 80.0, "calls": 4.0}
    for _ in range(200):
        lab.api(f"/deployments/{name}/serve/invocations", "POST", {"dataframe_records": [row]})


@pytest.mark.timeout(600)
def test_the_served_example_in_pictures(small: Window, lab: Lab, pictures: Path) -> None:
    served(lab)
    page = small.page
    small.open()
    small.panel()
    for section in ("pipeline", "runs"):
        page.locator(f"[data-section={section}] [aria-expanded=true]").first.click()
    for theme, ending in THEMES:
        small.theme(theme)
        small.command("mlops:open-model", {"model": "churn-example"})
        expect(page.locator(f"{PAGE} tr[data-version]")).to_have_count(2)
        gates = page.get_by_role("list", name="Gates")
        expect(gates.locator("[data-gate=size].jp-mod-pass")).to_be_visible()
        page.wait_for_timeout(400)
        small.shot(f"champion{ending}", pictures)
        small.command("mlops:open-deployment", {"name": "churn-example"})
        expect(page.locator(f"{PAGE} .jp-MlopsCharts .jp-MlopsChart")).to_be_visible()
        page.get_by_role("button", name="Predict").click()
        expect(page.locator(".jp-MlopsTry-reply").first).to_contain_text("predictions")
        page.wait_for_timeout(400)
        small.shot(f"served{ending}", pictures)
    small.command("mlops:delete-deployment", {"name": "churn-example"})
    page.locator(".jp-Dialog .jp-Dialog-footer .jp-mod-accept").click()
    expect(page.locator("[data-section=deployments]")).to_contain_text("No deployments yet")
