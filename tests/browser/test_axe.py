"""What axe-core finds in our own part of the page, in the light and the dark theme: nothing serious."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, Window, running_lab

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PANEL, PAGE, FORM = "#jupyter-mlops\\:panel", ".jp-MlopsPage:not(.lm-mod-hidden)", ".jp-MlopsFormDialog"
TABS = ("Notebook", "Log", "Data", "Attempts", "Metrics")
THEMES: tuple[Literal["Light", "Dark"], ...] = ("Light", "Dark")

pytestmark = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci")


def complaints(window: Window, where: str, theme: str = "") -> list[str]:
    """Return what is seriously wrong below `where`, one line for each place."""
    assert window.page.locator(where).first.is_visible(), where
    # JupyterLab's body is 0 high and cuts what overflows, so axe takes all text in it for hidden, and passes it.
    window.page.add_style_tag(content="body { min-height: 100vh }")
    if not window.page.evaluate("() => 'axe' in window"):
        window.page.add_script_tag(path=str(AXE))
    # Frames: an executed notebook is not ours, and runs nothing, axe neither.
    found: dict[str, Any] = window.page.evaluate(
        "async where => axe.run({ include: [where], exclude: ['iframe'] }, { iframes: false })", where
    )
    # It did look at the colours of texts, and not only of fields.
    looked = [found[kind] for kind in ("passes", "violations", "incomplete")]
    colours = [node for rules in looked for rule in rules if rule["id"] == "color-contrast" for node in rule["nodes"]]
    assert any(not node["html"].startswith(("<input", "<select", "<textarea")) for node in colours), where
    return sorted(
        f"{where} {theme}: {rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: "
        + node["failureSummary"].replace("\n", " ")
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    )


def clean_in_both_themes(window: Window, *where: str) -> None:
    """Assert that nothing is wrong in the light and in the dark theme."""
    found = []
    for theme in THEMES:
        window.theme(theme)
        # Colours fade over; those of an instant are none of ours.
        window.page.evaluate("() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => 0)))")
        found += [line for each in where for line in complaints(window, each, theme)]
    window.theme("Light")
    assert not found, "\n".join(sorted(set(found)))


@pytest.fixture(scope="module")
def runs(lab: Lab) -> dict[str, str]:
    """The ids of a run that succeeded, of an earlier one with another parameter, and of one that failed."""
    path = lab.write(
        "book.ipynb",
        ("rows = 10\nmode = 'good'", ["parameters"]),
        ("print('loading', rows)\ntable = list(range(rows))", ["step:load"]),
        ("if mode == 'bad':\n    raise KeyError(mode)\naccuracy = 1 / len(table)\nprint(accuracy)", ["step:fit"]),
        ("accuracy", ["pipeline-metrics"]),
    )
    made = {"before": lab.run(path, rows=20), "succeeded": lab.run(path), "failed": lab.run(path, mode="bad")}
    for run in made.values():
        lab.wait(run)
    return made


def test_the_empty_panel(window: Window, tmp_path: Path) -> None:
    with running_lab(tmp_path) as empty:
        window.lab = empty
        window.open()
        window.panel()
        expect(window.page.locator("[data-section=runs]")).to_contain_text("No runs yet")
        clean_in_both_themes(window, PANEL)


def test_the_panel_with_runs_and_a_notebook(window: Window, runs: dict[str, str]) -> None:
    window.open()
    window.panel()
    rows = window.page.locator(".jp-MlopsRow")
    expect(rows.first).to_be_visible()
    clean_in_both_themes(window, PANEL)
    window.notebook("book.ipynb")
    expect(window.page.locator("[data-section=pipeline] .react-flow__node")).to_have_count(2)
    # One of them is selected, with the keys.
    window.page.locator(".jp-MlopsRuns").focus()
    window.page.keyboard.press("Space")
    clean_in_both_themes(window, PANEL)


def test_findings_in_the_panel_and_on_cells(window: Window, lab: Lab) -> None:
    path = lab.write("wrong.ipynb", ("x = 1", ["step:a"]), ("print(unknown)", ["step:b"]), ("%%bash\nls", ["step:b"]))
    window.open()
    window.panel()
    window.notebook(path)
    expect(window.page.locator("[data-section=pipeline]")).to_contain_text("unknown")
    clean_in_both_themes(window, PANEL, ".jp-Notebook .jp-MlopsCellPill")


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_the_page_of_a_run(window: Window, runs: dict[str, str], status: str) -> None:
    window.open()
    window.command("mlops:open-run", {"id": runs[status], "step": "fit"})
    page = window.page.locator(PAGE)
    expect(page).to_contain_text(status)
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel")).not_to_contain_text("Loading…")
        if tab == "Data" and status == "succeeded":
            page.get_by_role("button", name="table").click()
            expect(page.locator(".jp-MlopsPreview")).to_be_visible()
        clean_in_both_themes(window, PAGE)


def test_the_page_that_compares_runs(window: Window, runs: dict[str, str]) -> None:
    window.open()
    window.command("mlops:compare-runs", {"ids": list(runs.values())})
    expect(window.page.locator(PAGE)).to_contain_text("mode")
    expect(window.page.locator(PAGE)).not_to_contain_text("Loading…")
    clean_in_both_themes(window, PAGE)


@pytest.fixture
def book(window: Window, runs: dict[str, str]) -> Iterator[None]:
    window.open()
    window.notebook("book.ipynb")
    yield
    window.page.keyboard.press("Escape")


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("command", ["mlops:run-notebook", "mlops:promote-notebook"])
def test_a_form(window: Window, command: str) -> None:
    window.command(command, {"path": "book.ipynb"})
    expect(window.page.locator(FORM)).to_be_visible()
    for more in window.page.locator(f"{FORM} details:not([open]) > summary").all():
        more.click()
    clean_in_both_themes(window, FORM)


@pytest.mark.usefixtures("book")
def test_the_options_of_a_step(window: Window) -> None:
    window.page.locator(".jp-Notebook .jp-Cell", has_text=re.compile("loading")).locator(".jp-InputPrompt").click()
    window.command("mlops:step-options")
    expect(window.page.locator(FORM)).to_be_visible()
    clean_in_both_themes(window, FORM)
