"""Notebook 7: one notebook in a window of its own; the pages of runs are tabs below it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab, Window, running_lab

pytestmark = pytest.mark.skipif(find_spec("notebook") is None, reason="Notebook 7 is not installed")

CELLS = (
    ("rows = 100", ["parameters"]),
    ("table = list(range(rows))\nprint('loading', rows)", ["step:load"]),
    ("print('kept', len(table))", ["step:keep"]),
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("notebook7"), module="notebook") as found:
        yield found


def open_notebook(window: Window, path: str) -> Page:
    page = window.page
    page.goto(f"{window.lab.url}/notebooks/{path}?token={window.lab.token}")
    expect(page.locator(".jp-Notebook .jp-MlopsCellPill", has_text="keep").first).to_be_visible()
    return page


def pages(page: Page) -> Locator:
    return page.locator(".jp-MlopsPage:visible")


def tabs(page: Page) -> Locator:
    return page.locator("#jp-down-stack .lm-TabBar-tab")


def test_a_run_opens_below_the_notebook_closes_and_opens_again(window: Window, lab: Lab, pictures: Path) -> None:
    page = open_notebook(window, lab.write("below.ipynb", *CELLS))
    window.command("mlops:run-notebook")
    page.locator(".jp-Dialog-footer .jp-mod-accept").click()
    expect(pages(page)).to_contain_text("succeeded ·")
    window.shot("notebook7-run", pictures)
    # It has room enough, and the notebook stays in sight.
    box, first = pages(page).bounding_box(), page.locator(".jp-Notebook .jp-Cell").first.bounding_box()
    assert box is not None
    assert first is not None
    assert box["height"] > 350
    assert box["width"] > 1200
    assert first["y"] + first["height"] < box["y"]

    # Another run is a tab beside it, and comes to the front; so does the first when it is asked for.
    one = lab.api("/runs")["runs"][0]["id"]
    two = lab.run("below.ipynb", rows=7)
    lab.wait(two)
    for run, count in ((two, 2), (one, 2), (two, 2)):
        window.command("mlops:open-run", {"id": run})
        expect(page.locator(f".jp-MlopsPage:visible .jp-MlopsRunPage[data-run='{run}']")).to_be_visible()
        expect(tabs(page)).to_have_count(count)
    window.command("mlops:compare-runs", {"ids": [one, two]})
    expect(pages(page)).to_contain_text("rows")
    window.shot("notebook7-compare", pictures)

    # Closed one by one, the notebook has the window again; a page that was closed opens again.
    expect(tabs(page)).to_have_count(3)
    for left in (2, 1, 0):
        page.locator("#jp-down-stack .lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").click()
        expect(tabs(page)).to_have_count(left)
    expect(page.locator("#jp-down-stack")).to_be_hidden()
    window.command("mlops:open-run", {"id": one, "step": "keep"})
    expect(pages(page)).to_contain_text("succeeded ·")
    again = pages(page).bounding_box()
    assert again is not None
    assert again["height"] > 350


def test_the_panel_shows_runs_and_opens_one(window: Window, lab: Lab, pictures: Path) -> None:
    path = lab.write("panel.ipynb", *CELLS)
    run = lab.run(path)
    lab.wait(run)
    page = open_notebook(window, path)
    window.panel()
    section = page.locator("[data-section=runs]")
    section.get_by_text("panel", exact=True).first.click()
    expect(page.locator(f".jp-MlopsPage:visible .jp-MlopsRunPage[data-run='{run}']")).to_be_visible()
    window.shot("notebook7-panel", pictures)
    # The line between the notebook and the page can be dragged.
    box = pages(page).bounding_box()
    assert box is not None
    line = page.locator("#jp-down-stack").bounding_box()
    assert line is not None
    page.mouse.move(700, line["y"] - 1)
    page.mouse.down()
    page.mouse.move(700, line["y"] + 150, steps=5)
    page.mouse.up()
    smaller = pages(page).bounding_box()
    assert smaller is not None
    assert smaller["height"] < box["height"] - 100
