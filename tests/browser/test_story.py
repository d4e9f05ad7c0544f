"""The whole story as a user lives it: tag, see, run, watch, look, fail, mend, run again from there, compare, promote."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab, Window


def tag(page: Page, cell: int, *, step: str) -> None:
    """Give a cell a new step through the menu of the cell, by the keyboard."""
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").nth(cell).click()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.locator(".lm-Menu-item", has_text="New step…").click()
    page.get_by_label("Name of the step").fill(step)
    page.keyboard.press("Enter")
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def accept(page: Page) -> None:
    page.locator(".jp-Dialog-footer .jp-mod-accept").click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def test_from_a_notebook_to_a_job(window: Window, lab: Lab, pictures: Path) -> None:
    path = lab.write(
        "churn.ipynb",
        "rows = 100\nshare: float = 0.5\nmode = 'good'",
        "import time\nprint('loading', rows)\ntable = list(range(rows))",
        "time.sleep(2)\nkept = table[: int(len(table) * share)]\nprint('kept', len(kept))",
        "if mode == 'bad':\n    raise KeyError('tenure')\nmean = sum(kept) / len(kept)",
        ("accuracy = 1 / (1 + mean)\nprint(accuracy)", []),
    )
    page = window.page
    window.open()
    window.panel()
    window.notebook(path)
    section = page.locator("[data-section=pipeline]")
    expect(section).to_contain_text("This notebook is one step")

    # Tag: parameters and three steps; badges and the graph follow.
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.locator(".lm-Menu-item", has_text=re.compile("^Parameters$")).click()
    for cell, step in ((1, "load"), (2, "keep"), (3, "fit")):
        tag(page, cell, step=step)
    for step in ("load", "keep", "fit"):
        expect(page.locator(".jp-Notebook .jp-MlopsCellPill", has_text=step).first).to_be_visible()
        expect(section.locator(".react-flow__node", has_text=step).first).to_be_visible()
    expect(section).to_contain_text("3 steps · 3 parameters")
    window.shot("notebook-light", pictures)
    window.theme("Dark")
    window.shot("notebook-dark", pictures)
    window.theme("Light")

    # Run with another value, and watch it succeed without touching anything.
    section.get_by_role("button", name="Run…").click()
    expect(page.locator("[data-parameter=rows] input")).to_be_focused()
    page.locator("[data-parameter=rows] input").fill("200")
    window.shot("form-light", pictures)
    accept(page)
    run_page = page.locator(".jp-MlopsPage:visible")
    expect(run_page).to_contain_text("running")
    expect(run_page).to_contain_text("succeeded ·")
    first = lab.api("/runs")["runs"][0]
    assert (first["status"], first["parameters"]["rows"]) == ("succeeded", 200)
    # It was saved with its tags.
    saved = json.loads((lab.root / path).read_text())
    assert saved["cells"][2]["metadata"]["tags"] == ["step:keep"]

    # What a step did: its notebook, its log, what it was given.
    run_page.get_by_role("row", name=re.compile("^keep")).click()
    open_tab(page, "Notebook")
    frame = page.frame_locator(".jp-MlopsPage iframe")
    expect(frame.locator("body")).to_contain_text("kept 100")
    assert page.locator(".jp-MlopsPage iframe").get_attribute("sandbox") == ""
    open_tab(page, "Log")
    expect(page.get_by_role("log")).to_contain_text("kept 100")
    window.shot("run-light", pictures)
    open_tab(page, "Data")
    expect(page.get_by_role("tabpanel").last).to_contain_text("table")
    window.theme("Dark")
    window.shot("run-dark", pictures)
    window.theme("Light")

    # Fail: the page says where, and leads there.
    window.command("mlops:run-notebook", {"path": path})
    page.locator("[data-parameter=mode] input").fill("bad")
    # What was typed the last time is there again.
    expect(page.locator("[data-parameter=rows] input")).to_have_value("200")
    accept(page)
    failed_page = page.locator(".jp-MlopsPage:visible")
    expect(failed_page).to_contain_text("KeyError")
    window.shot("failed-light", pictures)
    failed_page.get_by_role("group", name="Error").get_by_role("button", name=re.compile("cell 4")).first.click()
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active .cm-content")).to_contain_text("KeyError('tenure')")

    # Mend the source, and run again from there: what lies above is taken over.
    editor = page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active .cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("mean = sum(kept) / len(kept)")
    page.keyboard.press("Control+s")
    failed = lab.wait(lab.api("/runs")["runs"][0]["id"], "failed")
    page.wait_for_function("() => !document.querySelector('.jp-NotebookPanel.jp-mod-dirty')")
    window.command("mlops:open-run", {"id": failed["id"]})
    page.locator(".jp-MlopsPage:visible").get_by_role("row", name=re.compile("^fit")).click()
    page.locator(".jp-MlopsPage:visible").get_by_role("button", name="Re-run from here…").click()
    accept(page)
    again_page = page.locator(".jp-MlopsPage:visible")
    expect(again_page).to_contain_text("succeeded ·")
    again = next(run for run in lab.api("/runs")["runs"] if run["retry_of"] == failed["id"])
    cached = {step["name"]: step["cached"] for step in lab.api(f"/runs/{again['id']}")["steps"]}
    assert cached == {"load": True, "keep": True, "fit": False}

    # Compare: what differs comes first.
    window.command("mlops:compare-runs", {"ids": [first["id"], again["id"]]})
    compare = page.locator(".jp-MlopsPage:visible")
    expect(compare).to_contain_text("mode")
    rows = compare.get_by_role("row").all_text_contents()
    assert next(row for row in rows if "mode" in row or "rows" in row).startswith("differs: mode"), rows
    expect(compare).to_contain_text("raise KeyError")
    window.shot("compare-light", pictures)
    window.theme("Dark")
    window.shot("compare-dark", pictures)
    window.theme("Light")

    # Promote, twice.
    for version in (1, 2):
        window.command("mlops:promote-notebook", {"path": path})
        expect(page.locator("#jp-mlops-job-note")).to_contain_text("a new job" if version == 1 else "version 2")
        page.get_by_role("textbox", name="Note").fill(f"the {version}. one")
        accept(page)
        expect(page.locator(".jp-Dialog")).to_have_count(0)
    expect(page.locator("[data-section=jobs]")).to_contain_text("churn")
    assert lab.api("/jobs/churn")["versions"][0]["note"] == "the 2. one"
    window.shot("jobs-light", pictures)


def test_a_newcomer_runs_the_example(window: Window, lab: Lab, pictures: Path) -> None:
    """Nothing is read but what the panel says."""
    page = window.page
    window.open()
    window.panel()
    window.shot("empty-light", pictures)
    page.get_by_role("button", name="Open an example").click()
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell")
    page.locator("[data-section=pipeline]").get_by_role("button", name="Run…").click()
    accept(page)
    expect(page.locator(".jp-MlopsPage:visible")).to_contain_text("succeeded ·")
