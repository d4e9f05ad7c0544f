"""Versions of a job in the browser: run, opened, compared; which run is compared with which."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab, Window

DIALOG = ".jp-Dialog"
ACCEPT = f"{DIALOG} .jp-Dialog-footer .jp-mod-accept"


def test_versions_are_run_opened_and_compared(window: Window, lab: Lab, pictures: Path) -> None:
    cells = [("n = 3", ["parameters"]), ("total = n * 2", ["step:fit"]), ("print(total)", ["step:score"])]
    path = lab.write("versions.ipynb", *cells)
    lab.api("/jobs", "POST", {"path": path, "job": "nightly"})
    lab.write("versions.ipynb", cells[0], ("total = n * 20", ["step:fit"]), cells[2])
    lab.api("/jobs", "POST", {"path": path, "job": "nightly", "parameters": {"n": 5}})
    page = window.page
    window.open()
    window.panel()
    jobs = page.locator("[data-section=jobs]")
    jobs.get_by_role("button", name=re.compile("^nightly")).click()
    expect(jobs.locator("[data-job-version]")).to_have_count(2)

    # v1 is run, and the row says that it was v1.
    jobs.get_by_role("button", name="Run nightly@1").click()
    expect(page.locator(".jp-MlopsForm [data-parameter=n] input").first).to_have_value("3")
    page.locator(ACCEPT).click()
    expect(page.locator(".jp-MlopsPage:visible")).to_contain_text("succeeded ·")
    expect(jobs).to_contain_text("last run of v1 succeeded")

    # v2 is opened and compared.
    jobs.get_by_role("button", name="v2", exact=True).click()
    shown = page.locator('[data-job="nightly@2"]')
    frame = page.frame_locator('[data-job="nightly@2"] iframe')
    expect(frame.locator("body")).to_contain_text("n * 20")
    shown.get_by_role("combobox").select_option("1")
    expect(shown.locator(".jp-mod-differs")).to_contain_text(["n"])
    expect(shown.locator(".jp-MlopsDiff-line.jp-mod-added")).to_contain_text("total = n * 20")
    expect(shown.locator(".jp-MlopsDiff-line.jp-mod-removed")).to_contain_text("total = n * 2")
    window.shot("job-versions", pictures)

    # Compare asks with which run.
    other = lab.run(path, n=4)
    lab.wait(other, "succeeded")
    run = next(each["id"] for each in lab.api("/runs")["runs"] if each["job"] is not None)
    window.command("mlops:compare-runs", {"id": run})
    expect(page.locator(f"{DIALOG} select")).to_contain_text("versions")
    page.locator(ACCEPT).click()
    expect(page.locator(".jp-MlopsCompare:visible")).to_contain_text("Parameters")


def test_an_error_in_the_form_has_its_fix(window: Window, lab: Lab) -> None:
    path = lab.write("fixable.ipynb", ("lr = 0.1", []), ("print(lr, nowhere)", ["step:a"]))
    window.open()
    window.notebook(path)
    page = window.page
    window.command("mlops:run-notebook", {"path": path})
    problem = page.locator(".jp-MlopsForm [role=alert]")
    expect(problem).to_contain_text("nowhere")
    problem.get_by_role("button", name="Ignore this error").click()
    # The form comes back without the error.
    expect(page.locator(ACCEPT)).to_be_enabled()
    page.keyboard.press("Escape")
