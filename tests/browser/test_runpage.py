"""The page of a run, looked at closely: sizes, colours of logs, and steps that nobody asked for."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Window
from tests.browser.test_axe import AXE, clean_in_both_themes

PRINTED = r"""
print('plain \x1b[31mred <b>text</b>')
print('still red\x1b[0m and plain')
print('\x1b[1;32mbold green\x1b[0m \x1b[44;97mwhite on blue\x1b[0m \x1b[38;5;208morange\x1b[0m')
table = list(range(200_000))
"""


def color(line: Locator) -> str:
    return str(line.evaluate("node => getComputedStyle(node).color"))


@pytest.mark.long
def test_sizes_colours_and_steps_that_were_not_selected(window: Window, lab: Lab, pictures: Path) -> None:
    path = lab.write(
        "colours.ipynb",
        (PRINTED, ["step:load"]),
        ("total = sum(table)", ["step:fit"]),
        (
            "for n in (*range(30, 38), *range(90, 98)):\n    print(f'\\x1b[{n}mcolour {n}\\x1b[0m')\nprint(total)",
            ["step:score"],
        ),
    )
    whole = lab.run(path)
    lab.wait(whole, "succeeded")
    some = lab.api("/runs", "POST", {"path": path, "steps": ["fit"]})["id"]
    lab.wait(some, "succeeded")
    page = window.page
    window.open()

    # Nobody chose a step and all is well: the first one is shown.
    window.command("mlops:open-run", {"id": whole})
    run_page = page.locator(f'.jp-MlopsRunPage[data-run="{whole}"]')
    expect(run_page.locator(".jp-MlopsDrawer h3")).to_have_text("load")
    expect(run_page.get_by_role("row", name=re.compile("^load"))).to_contain_text(re.compile(r"table \d+(\.\d)? [kM]B"))
    run_page.get_by_role("tab", name="Log", exact=True).click()
    log = run_page.get_by_role("log")
    expect(log).to_contain_text("plain red <b>text</b>")
    red = log.locator(".ansi-red-fg")
    expect(red).to_have_text(["red <b>text</b>", "still red"])
    assert len({color(each) for each in red.all()}) == 1
    assert color(red.first) != color(log.locator(".jp-MlopsLog-line").first)
    assert log.locator(".ansi-bold").evaluate("node => getComputedStyle(node).fontWeight") == "700"
    assert color(log.get_by_text("orange")) == "rgb(255, 135, 0)"
    tops = log.locator(".jp-MlopsLog-line").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert [round(low - high) for high, low in pairwise(tops)] == [18] * (len(tops) - 1)
    window.shot("log-light", pictures)
    run_page.get_by_label("Search the log").fill("TEXT")
    expect(log.locator("mark")).to_have_text("text")
    window.theme("Dark")
    window.shot("log-dark", pictures)
    mark = log.locator("mark").evaluate(
        "node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
    )
    assert mark[0] != mark[1]
    window.theme("Light")

    # Each of the sixteen colours can be read, in the light and in the dark.
    run_page.get_by_role("row", name=re.compile("^score")).click()
    expect(run_page.get_by_role("log")).to_contain_text("colour 97")
    if AXE.is_file():
        clean_in_both_themes(window, ".jp-MlopsPage:not(.lm-mod-hidden)")

    window.command("mlops:open-run", {"id": some, "step": "score"})
    run_page = page.locator(f'.jp-MlopsRunPage[data-run="{some}"]')
    expect(run_page.get_by_role("row", name=re.compile("^score"))).to_contain_text("not selected")
    expect(run_page.get_by_role("row", name=re.compile("^load"))).to_contain_text("cached")
    expect(run_page.locator(".jp-MlopsDrawer")).to_contain_text("The run was asked for other steps only")
    window.shot("not-asked-for", pictures)


LONG_FAILURE = """
for n in range(5000):
    print("line", n)
raise ValueError("\\n".join(f"detail {n} " * 6 for n in range(40)))
"""


def test_a_failure_keeps_its_lines_above_a_long_log(window: Window, lab: Lab, pictures: Path) -> None:
    path = lab.write("failing.ipynb", ("x = 1", ["step:load"]), (LONG_FAILURE, ["step:fit"]))
    run = lab.run(path)
    lab.wait(run, "failed")
    page = window.page
    window.open()
    window.command("mlops:open-run", {"id": run})
    drawer = page.locator(f'.jp-MlopsRunPage[data-run="{run}"] .jp-MlopsDrawer')
    failure = drawer.locator(".jp-MlopsFailure")
    expect(drawer.locator(".jp-MlopsLog-state")).to_contain_text("complete")
    verbs = ("Go to cell", "Last output", "Traceback", "Show the whole message")
    for height in (900, 560, 420):
        page.set_viewport_size({"width": 1400, "height": height})
        # The only scroller is the log's: nothing of the failure is cut.
        whole = "node => [node, ...node.querySelectorAll('.jp-MlopsFailure-text')].every(each => each.scrollHeight <= each.clientHeight + 1)"
        assert failure.evaluate(whole)
        for verb in verbs:
            button = failure.get_by_role("button", name=verb)
            expect(button).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1400, "height": 900})
    failure.get_by_role("button", name="Traceback").click()
    expect(failure.locator("pre")).to_contain_text("raise ValueError")
    scrollers = "node => [node, ...node.querySelectorAll('*')].filter(each => each.scrollHeight > each.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(each).overflowY)).length"
    assert failure.evaluate(scrollers) == 1
    expect(drawer.locator(".jp-MlopsLog-lines")).to_be_in_viewport()
    window.shot("failure-open", pictures)
    failure.get_by_role("button", name="Traceback").click()
    failure.get_by_role("button", name="Show the whole message").click()
    expect(failure).to_contain_text("detail 39")
    failure.get_by_role("button", name="Show less").click()
    failure.get_by_role("button", name="Go to cell").click()
    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")).to_be_visible()


def test_a_retry_saves_what_was_mended(window: Window, lab: Lab) -> None:
    path = lab.write("mended.ipynb", ("x = 1", ["step:load"]), ("x / 0", ["step:fit"]))
    run = lab.run(path)
    lab.wait(run, "failed")
    page = window.page
    window.open()
    window.notebook(path)
    line = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").nth(1).locator(".cm-line").first
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("5")
    expect(line).to_have_text("x / 5")
    window.command("mlops:retry-run", {"id": run})
    page.locator(".jp-Dialog").get_by_role("button", name="Retry").click()
    shown = page.locator(".jp-MlopsRunPage:visible")
    expect(shown).not_to_have_attribute("data-run", run)
    made = shown.get_attribute("data-run")
    assert made is not None
    assert lab.wait(made)["status"] == "succeeded"
