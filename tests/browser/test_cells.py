"""Cells in the browser: badges, the menu, findings with their fixes, in step with undo and JupyterLab's own editor."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Window
from tests.browser.payloads import payloads

PILL = ".jp-MlopsCellPill"
MENU = ".lm-Menu.jp-MlopsCellMenu"


def cell(window: Window, number: int) -> Locator:
    return window.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").nth(number)


def entry(window: Window, label: str) -> Locator:
    return window.page.locator(f"{MENU} .lm-Menu-item", has_text=re.compile(f"^{re.escape(label)}"))


def tags(window: Window) -> list[Any]:
    """Return the tags of every cell of the current notebook, as the document has them."""
    found: list[Any] = window.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.cells.map(
             cell => cell.getMetadata('tags') ?? null)"""
    )
    return found


def select(window: Window, number: int) -> None:
    """Make a cell the active one, in command mode."""
    cell(window, number).locator(".jp-InputPrompt").click()
    expect(cell(window, number)).to_have_class(re.compile("jp-mod-active"))
    expect(cell(window, number)).to_be_focused()


def opened(window: Window, name: str, *cells: tuple[str, list[str]] | str) -> None:
    window.open()
    window.notebook(window.lab.write(name, *cells))


def test_a_cell_is_tagged_with_the_menu_and_undo_takes_it_back(window: Window) -> None:
    opened(window, "menu.ipynb", ("x = 1", ["step:load", "mine"]), "y = x", "z = y")
    expect(cell(window, 0).locator(PILL)).to_have_text("load")
    # Untagged cells belong to the step above; that the server said.
    expect(cell(window, 2).locator(PILL)).to_have_class(re.compile("jp-mod-faint"))
    select(window, 1)
    window.page.keyboard.press("t")
    expect(entry(window, "This cell belongs to")).to_be_visible()
    entry(window, "New step…").click()
    name = window.page.get_by_label("Name of the step")
    create = window.page.get_by_role("button", name="Create", exact=True)
    name.fill("LOAD")
    expect(window.page.get_by_text("There is a step of this name already.")).to_be_visible()
    expect(create).to_be_disabled()
    name.fill("train")
    create.click()
    expect(cell(window, 1).locator(PILL)).to_have_text("train")
    expect(cell(window, 1).locator(PILL)).to_have_class(re.compile(r"jp-mod-mlopsColor\d"))
    expect(cell(window, 2).locator(PILL)).to_have_text("train")
    assert tags(window) == [["step:load", "mine"], ["step:train"], None]

    select(window, 1)
    window.page.keyboard.press("z")
    expect(cell(window, 1).locator(PILL)).to_have_text("load")
    assert tags(window) == [["step:load", "mine"], None, None]
    window.page.keyboard.press("Shift+Z")
    expect(cell(window, 1).locator(PILL)).to_have_text("train")


def test_several_cells_are_tagged_at_once(window: Window) -> None:
    opened(window, "several.ipynb", ("x = 1", ["step:load", "retry:2"]), "y = x", "z = y")
    select(window, 1)
    window.page.keyboard.press("Shift+J")
    window.page.keyboard.press("t")
    expect(entry(window, "These 2 cells belong to")).to_be_visible()
    entry(window, "Parameters").click()
    expect(cell(window, 2).locator(PILL)).to_have_text("parameters")
    assert tags(window) == [["step:load", "retry:2"], ["parameters"], ["parameters"]]
    window.page.keyboard.press("z")
    expect(cell(window, 2).locator(PILL)).to_have_text("load")
    assert tags(window) == [["step:load", "retry:2"], None, None]


def test_the_button_the_badge_and_the_context_menu_open_the_same_menu(window: Window) -> None:
    opened(window, "ways.ipynb", ("x = 1", ["step:load"]), ("y = x", ["step:train"]))
    select(window, 1)
    button = cell(window, 1).locator(".jp-cell-toolbar [data-command='mlops:cell-menu']")
    button.click()
    expect(entry(window, "train")).to_have_attribute("aria-checked", "true")
    entry(window, "Skip").click()
    # It keeps the name of its step.
    expect(cell(window, 1).locator(PILL)).to_have_text("skiptrain")

    cell(window, 1).locator(PILL).click()
    entry(window, "load").click()
    expect(cell(window, 1).locator(PILL)).to_have_text("load")

    cell(window, 1).locator(".jp-InputPrompt").click(button="right")
    window.page.locator(".lm-Menu-item", has_text=re.compile("^MLOps$")).hover()
    expect(entry(window, "load")).to_have_attribute("aria-checked", "true")
    entry(window, "No tag").click()
    expect(cell(window, 1).locator(PILL)).to_have_class(re.compile("jp-mod-faint"))
    assert tags(window) == [["step:load"], None]


def test_the_badge_is_beside_the_cell_toolbar(window: Window) -> None:
    opened(window, "beside.ipynb", ("x = 1", ["step:load", "retry:2", "limit:cpu:2"]))
    select(window, 0)
    toolbar = cell(window, 0).locator(".jp-cell-toolbar")
    expect(toolbar).to_be_visible()
    expect(cell(window, 0).locator(PILL)).to_have_text("loadretry 2 · cpu 2")
    window.page.wait_for_function(
        """pill => document.querySelector(pill).getBoundingClientRect().right
             <= document.querySelector('.jp-cell-toolbar').getBoundingClientRect().left""",
        arg=PILL,
    )


def test_a_step_is_renamed_everywhere(window: Window) -> None:
    opened(window, "rename.ipynb", ("x = 1", ["step:a"]), ("y = 2", ["step:b", "prev:a"]), ("z = 3", ["step:a"]))
    select(window, 0)
    window.page.keyboard.press("t")
    entry(window, "Rename step…").click()
    window.page.get_by_label("Name of the step").fill("first")
    window.page.keyboard.press("Enter")
    expect(cell(window, 2).locator(PILL)).to_have_text("first")
    expect(cell(window, 1).locator(PILL)).to_have_text("bafter first")
    assert tags(window) == [["step:first"], ["step:b", "prev:first"], ["step:first"]]


def test_jupyterlabs_own_tag_editor_agrees(window: Window) -> None:
    opened(window, "editor.ipynb", ("x = 1", ["step:load"]), ("y = x", ["step:train"]))
    window.command("property-inspector:show-panel")
    select(window, 1)
    tools = window.page.locator(".jp-NotebookTools")
    tools.get_by_text("Common Tools").click()
    on = tools.locator(".jp-CellTags-Applied")
    expect(on.filter(has_text="step:train")).to_be_visible()
    # Ours is seen in theirs …
    select(window, 1)
    window.page.keyboard.press("t")
    entry(window, "load").click()
    expect(on.filter(has_text="step:load")).to_be_visible()
    expect(cell(window, 1).locator(PILL)).to_have_text("load")
    # … and theirs in ours.
    on.filter(has_text="step:load").click()
    expect(cell(window, 1).locator(PILL)).to_have_class(re.compile("jp-mod-faint"))
    assert tags(window)[1] in (None, [])


def test_a_finding_is_shown_and_mended_by_its_button(window: Window) -> None:
    opened(window, "finding.ipynb", ("x = 1", ["step:load"]), ("assert x < threshold", ["step:check"]))
    marker = cell(window, 1).locator(".jp-MlopsMarker")
    expect(marker).to_contain_text("threshold")
    expect(marker.locator(".jp-MlopsMarker-word")).to_have_text("Error")
    expect(cell(window, 1)).to_have_class(re.compile("jp-mod-mlopsError"))
    marker.get_by_role("button", name=re.compile("parameter")).click()
    expect(marker).to_have_count(0)
    expect(window.page.locator(PILL).filter(has_text="parameters")).to_be_visible()
    changed = tags(window)
    select(window, 0)
    window.page.keyboard.press("z")
    expect(cell(window, 1).locator(".jp-MlopsMarker")).to_have_count(1)
    assert tags(window) == [["step:load"], ["step:check"]] != changed


def test_a_finding_is_ignored_by_its_button(window: Window, pictures: Path) -> None:
    opened(window, "ignored.ipynb", ("x = 1", ["step:load"]), ("assert x < threshold", ["step:check"]))
    marker = cell(window, 1).locator(".jp-MlopsMarker")
    expect(marker.locator(".jp-MlopsMarker-word")).to_have_text("Error")
    window.shot("ignore-offered-light", pictures)
    marker.get_by_role("button", name=re.compile("^Ignore")).click()
    expect(marker.locator(".jp-MlopsMarker-word")).to_have_text("Ignored")
    expect(cell(window, 1).locator(".cm-content")).to_contain_text("# mlops: ignore[notebook.undefined_name]")
    expect(cell(window, 1)).not_to_have_class(re.compile("jp-mod-mlopsError"))
    window.shot("ignored-light", pictures)
    select(window, 1)
    window.page.keyboard.press("z")
    expect(marker.locator(".jp-MlopsMarker-word")).to_have_text("Error")


def test_findings_follow_the_typing(window: Window) -> None:
    opened(window, "typing.ipynb", ("x = 1", ["step:load"]), ("print(x)", ["step:show"]))
    expect(cell(window, 1).locator(PILL)).to_be_visible()
    cell(window, 0).locator(".cm-content").click()
    window.page.keyboard.press("ControlOrMeta+a")
    window.page.keyboard.type("w = 1")
    expect(cell(window, 1).locator(".jp-MlopsMarker")).to_contain_text("x")
    cell(window, 0).locator(".cm-content").click()
    window.page.keyboard.press("ControlOrMeta+a")
    window.page.keyboard.type("x = 2")
    expect(cell(window, 1).locator(".jp-MlopsMarker")).to_have_count(0)


def test_a_first_line_shows_the_same_badge_and_is_not_the_menus_to_change(window: Window) -> None:
    opened(window, "line.ipynb", "%%mlops step load --retry 2\nx = 1", ("y = x", ["step:train"]))
    expect(cell(window, 0).locator(PILL)).to_have_text("loadretry 2")
    select(window, 0)
    window.page.keyboard.press("t")
    expect(entry(window, "Set by the %%mlops line")).to_be_visible()
    expect(entry(window, "train")).to_have_class(re.compile("lm-mod-disabled"))
    expect(entry(window, "Rename step…")).to_have_class(re.compile("lm-mod-disabled"))


def test_badges_go_with_their_cells(window: Window) -> None:
    opened(window, "moves.ipynb", ("x = 1", ["step:a"]), ("y = 2", ["step:b"]), ("z = 3", ["step:c"]))
    expect(window.page.locator(PILL)).to_have_text(["a", "b", "c"])
    select(window, 0)
    window.page.keyboard.press("Control+Shift+ArrowDown")
    expect(window.page.locator(PILL)).to_have_text(["b", "a", "c"])
    # JupyterLab takes changes within half a second for one.
    window.page.wait_for_timeout(600)
    window.page.keyboard.press("d")
    window.page.keyboard.press("d")
    expect(window.page.locator(PILL)).to_have_text(["b", "c"])
    window.page.keyboard.press("z")
    expect(window.page.locator(PILL)).to_have_text(["b", "a", "c"])
    select(window, 2)
    window.page.keyboard.press("m")
    expect(window.page.locator(PILL)).to_have_text(["b", "a"])
    window.page.keyboard.press("c")
    select(window, 0)
    window.page.keyboard.press("c")
    window.page.keyboard.press("v")
    expect(window.page.locator(PILL)).to_have_text(["b", "b", "a"])


def test_a_notebook_that_says_nothing_is_left_alone(window: Window) -> None:
    opened(window, "plain.ipynb", "print(nobody_defines_this)", ("x = 1", ["mine"]))
    select(window, 0)
    with window.page.expect_response(re.compile("/inspect")):
        window.command("notebook:insert-cell-below")
    expect(cell(window, 2)).to_be_visible()
    expect(window.page.locator(f"{PILL}, .jp-MlopsCellBar, .jp-MlopsMarker")).to_have_count(0)


def test_a_cell_is_opened_at_a_line(window: Window) -> None:
    lines = "\n".join(f"print({number})" for number in range(30))
    path = window.lab.write("far.ipynb", *[(lines, [f"step:s{number}"]) for number in range(12)])
    window.open()
    window.command("mlops:open-cell", {"path": path, "cell": 9, "line": 7})
    expect(cell(window, 9)).to_have_class(re.compile("jp-mod-active"))
    expect(cell(window, 9).locator(".cm-line").nth(6)).to_be_in_viewport()
    window.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.content?.activeCell?.editor?.getCursorPosition().line === 6"
    )
    # Without a line: the start of the cell, also of one that is far from what was seen.
    window.command("mlops:open-cell", {"path": path, "cell": 2})
    expect(cell(window, 2)).to_have_class(re.compile("jp-mod-active"))
    expect(cell(window, 2).locator(".cm-line").first).to_be_in_viewport()
    window.command("mlops:open-cell", {"path": path, "cell": 99})
    expect(window.page.get_by_text("far.ipynb has no cell 100 any more.")).to_be_visible()
    window.command("mlops:open-cell", {"path": "gone.ipynb", "cell": 0})
    expect(window.page.get_by_text("The notebook gone.ipynb is not there any more.")).to_be_visible()
    # What the browser itself says of the file that is not there.
    window.complaints[:] = [text for text in window.complaints if "404" not in text]


def test_badges_come_from_tags_where_the_server_has_no_extension(window: Window) -> None:
    window.page.route("**/mlops/api/**", lambda route: route.fulfill(status=404, body="{}"))
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url) if "/inspect" in request.url else None)
    window.lab.write("alone.ipynb", ("x = 1", ["step:load", "timeout:30m"]), "y = x")
    window.open()
    window.notebook("alone.ipynb")
    expect(cell(window, 0).locator(PILL)).to_have_text("load30 min")
    select(window, 1)
    window.page.keyboard.press("t")
    entry(window, "Skip").click()
    expect(cell(window, 1).locator(PILL)).to_have_text("skip")
    expect(window.page.locator(".jp-Dialog, .jp-Notification")).to_have_count(0)
    assert len(asked) == 1
    # What the browser itself says of the answers 404.
    window.complaints[:] = [text for text in window.complaints if "404" not in text]


@pytest.mark.parametrize("part", range(2))
def test_names_are_texts_and_nothing_else(window: Window, part: int) -> None:
    attacks = payloads()[part::2]
    path = window.lab.write("attack.ipynb", *[(f"x{n} = undefined_{n}", [f"step:{a}"]) for n, a in enumerate(attacks)])
    window.open()
    window.notebook(path)
    expect(window.page.locator(PILL)).to_have_count(len(attacks))
    expect(window.page.locator(".jp-MlopsMarker").first).to_be_visible()
    select(window, 0)
    window.page.keyboard.press("t")
    expect(window.page.locator(f"{MENU} .jp-MlopsCellMenu-step")).to_have_count(len(attacks))
    assert window.page.evaluate("() => window.mlopsCanary ?? null") is None


def test_pictures(window: Window, pictures: Path) -> None:
    path = window.lab.write(
        "churn.ipynb",
        ("n_estimators = 200\nmax_depth: int | None = None", ["parameters"]),
        ("import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier", ["imports"]),
        ('df = pd.read_parquet("data/churn.parquet")', ["step:load"]),
        ("X = df * 2\nX_train = X", ["step:features", "retry:2"]),
        ("X_train.describe()", []),
        ("forest = RandomForestClassifier(n_estimators).fit(X, X_train)", ["step:forest", "limit:cpu:2"]),
        ("%%mlops step boosting --timeout 30m\nboosting = X_train", []),
        ('print("left out")', ["skip"]),
        ("best = max(forest, boosting)\nassert best > threshold", ["step:evaluate"]),
    )
    window.open()
    window.notebook(path)
    window.panel()
    select(window, 3)
    expect(window.page.locator(".jp-MlopsMarker").first).to_be_visible()
    for which in ("Light", "Dark"):
        window.theme(which)
        window.shot(f"cells-{which.lower()}", pictures)
    window.page.keyboard.press("t")
    window.shot("cells-menu-dark", pictures)


def test_the_document_keeps_its_tags_when_it_is_saved(window: Window, lab: Lab) -> None:
    opened(window, "saved.ipynb", ("x = 1", ["mine"]))
    select(window, 0)
    window.command("mlops:tag-step", {"step": "load"})
    expect(cell(window, 0).locator(PILL)).to_have_text("load")
    window.command("docmanager:save")
    path = lab.root / "saved.ipynb"
    window.page.wait_for_selector(".lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)")
    deadline = 100
    while "step:load" not in path.read_text(encoding="utf-8") and deadline:
        window.page.wait_for_timeout(50)
        deadline -= 1
    assert json.loads(path.read_text(encoding="utf-8"))["cells"][0]["metadata"]["tags"] == ["mine", "step:load"]
