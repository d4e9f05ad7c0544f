"""The forms in the browser: what is wrong stays in them, nothing is started by leaving them."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab, Window

CELLS = (
    ("n: int = 3\nshare = 0.5\nflag = True\nkind: str | None = None\napi_token = 'x'", ["parameters"]),
    ("data = list(range(n))", ["step:load"]),
    ("total = sum(data)", ["step:sum"]),
    ("print(total, kind)", ["step:tell"]),
)


def field(page: Page, name: str) -> str:
    return f"[data-parameter={name}] .jp-MlopsField-value > input"


def form(window: Window, path: str) -> Page:
    window.command("mlops:run-notebook", {"path": path})
    window.page.locator(".jp-MlopsForm").wait_for()
    return window.page


def accept(page: Page) -> None:
    page.locator(".jp-Dialog-footer .jp-mod-accept").click()


def gone(page: Page) -> None:
    expect(page.locator(".jp-Dialog")).to_have_count(0)


def test_what_is_wrong_is_told_in_the_field_and_by_the_server(window: Window, lab: Lab) -> None:
    path = lab.write("wrong.ipynb", *CELLS)
    window.open()
    page = form(window, path)
    run = page.locator(".jp-Dialog-footer .jp-mod-accept")
    page.fill(field(page, "n"), "three")
    expect(page.locator("[data-parameter=n]")).to_contain_text("not a whole number")
    expect(run).to_be_disabled()
    page.fill(field(page, "n"), "9007199254740993")
    expect(run).to_be_enabled()
    page.get_by_label("Set n back to its default").click()
    expect(page.locator(field(page, "n"))).to_have_value("3")
    # A step alone needs what no run has made yet: the server says so, and the form stays.
    page.get_by_label("only some").check()
    expect(run).to_be_disabled()
    page.get_by_label("sum", exact=True).check()
    accept(page)
    expect(page.locator(".jp-MlopsForm [role=alert]")).to_contain_text("no earlier run")
    page.keyboard.press("Escape")
    gone(page)
    assert lab.api("/runs", "GET")["runs"] == []
    window.complaints[:] = [text for text in window.complaints if "400" not in text]


def test_what_was_changed_is_saved_first_and_values_are_remembered(window: Window, lab: Lab) -> None:
    path = lab.write("saved.ipynb", *CELLS)
    window.open()
    window.notebook(path)
    page = window.page
    editor = page.locator(".jp-CodeCell .cm-content").nth(2)
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\ntotal += 1000")
    page.get_by_role("button", name="Run as pipeline").click()
    page.locator(".jp-MlopsForm").wait_for()
    page.fill(field(page, "n"), "5")
    page.locator("[data-parameter=kind] .jp-MlopsField-none input").uncheck()
    page.fill(field(page, "kind"), "None")
    page.fill(field(page, "api_token"), "not to be kept")
    page.locator(field(page, "flag")).uncheck()
    accept(page)
    expect(page.locator(".jp-MlopsPage:visible")).to_contain_text("succeeded ·")
    run = lab.api("/runs")["runs"][0]
    assert "total += 1000" in json.dumps(json.loads((lab.root / path).read_text()))
    # The text "None" is a text.
    secret = run["parameters"].pop("api_token")
    assert secret.startswith("*** ")
    assert "not to be kept" not in secret
    assert run["parameters"] == {"n": 5, "share": 0.5, "flag": False, "kind": "None"}
    log = lab.api(f"/runs/{run['id']}/attempts")["attempts"][-1]
    assert log["log_bytes"] == len("1010 None\n")
    page = form(window, path)
    expect(page.locator(field(page, "n"))).to_have_value("5")
    expect(page.locator(field(page, "kind"))).to_have_value("None")
    expect(page.locator(field(page, "flag"))).not_to_be_checked()
    expect(page.locator(field(page, "api_token"))).to_have_value("x")
    page.keyboard.press("Escape")
    gone(page)
    assert len(lab.api("/runs")["runs"]) == 1


def test_a_notebook_with_an_error_is_refused(window: Window, lab: Lab) -> None:
    path = lab.write("broken.ipynb", ("print(nowhere)", ["step:a"]), ("1", ["step:b"]))
    window.open()
    page = form(window, path)
    expect(page.locator(".jp-MlopsForm [role=alert]")).to_contain_text("nowhere")
    expect(page.locator(".jp-Dialog-footer .jp-mod-accept")).to_be_disabled()
    page.keyboard.press("Escape")
    gone(page)


def test_a_job_is_run_with_its_own_defaults(window: Window, lab: Lab) -> None:
    path = lab.write("job.ipynb", *CELLS)
    lab.api("/jobs", "POST", {"path": path, "job": "nightly", "parameters": {"n": 7}})
    window.open()
    window.command("mlops:run-job", {"job": "nightly"})
    page = window.page
    expect(page.locator(field(page, "n"))).to_have_value("7")
    accept(page)
    expect(page.locator(".jp-MlopsPage:visible")).to_contain_text("succeeded ·")
    run = lab.api("/runs")["runs"][0]
    assert (run["job"], run["parameters"]["n"]) == ({"name": "nightly", "version": 1}, 7)


def test_options_of_a_step_are_tags_and_undo_takes_them_back(window: Window, lab: Lab) -> None:
    path = lab.write("options.ipynb", ("a = 1", ["step:load", "mine", "prev:x", "retry:1"]), ("b = a", ["step:use"]))
    window.open()
    window.notebook(path)
    page = window.page
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
    page.wait_for_timeout(800)
    window.command("mlops:step-options")
    retries = page.get_by_label("Retries when it fails")
    expect(retries).to_have_value("1")
    retries.fill("many")
    expect(page.locator(".jp-Dialog-footer .jp-mod-accept")).to_be_disabled()
    retries.fill("2")
    page.get_by_label("Time it may take").fill("1" * 50 + "x")
    expect(page.locator(".jp-Dialog-footer .jp-mod-accept")).to_be_disabled()
    page.get_by_label("Time it may take").fill("1h30m")
    accept(page)
    gone(page)
    tags = "window.jupyterapp.shell.currentWidget.context.model.sharedModel.cells[0].getMetadata('tags')"
    assert sorted(page.evaluate(tags)) == ["mine", "prev:x", "retry:2", "step:load", "timeout:1h30m"]
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("z")
    page.wait_for_function(f"{tags}.includes('retry:1')")


def test_the_menu_of_a_cell_registers_a_model_and_orders_steps(window: Window, lab: Lab, pictures: Path) -> None:
    path = lab.write("menu.ipynb", ("a = 1", ["step:load"]), ("b = 2", ["step:fit", "mine"]))
    window.open()
    window.notebook(path)
    page = window.page
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").nth(1).click()
    page.wait_for_timeout(800)
    window.command("mlops:cell-menu")
    menu = page.locator(".lm-Menu.jp-MlopsCellMenu")
    menu.get_by_text("Run after").click()
    window.shot("menu-after", pictures)
    menu.last.get_by_text("load").click()
    tags = "window.jupyterapp.shell.currentWidget.context.model.sharedModel.cells[1].getMetadata('tags')"
    page.wait_for_function(f"{tags}.includes('prev:load')")
    window.command("mlops:cell-menu")
    menu.get_by_text("Register its model").click()
    page.get_by_label("Register its model as").fill("a/b")
    expect(page.locator(".jp-Dialog-footer .jp-mod-accept")).to_be_disabled()
    page.get_by_label("Register its model as").fill("churn")
    accept(page)
    gone(page)
    assert page.evaluate(tags) == ["step:fit", "mine", "prev:load", "model:churn"]
    window.command("mlops:cell-menu")
    expect(menu.get_by_text("Registers model “churn”…")).to_be_visible()
    menu.get_by_text("Options of step").click()
    expect(page.get_by_label("Register its model as")).to_have_value("churn")
    expect(page.get_by_label("load", exact=True)).to_be_checked()
    window.shot("options", pictures)
    page.get_by_label("load", exact=True).uncheck()
    accept(page)
    gone(page)
    assert page.evaluate(tags) == ["step:fit", "mine", "model:churn"]
