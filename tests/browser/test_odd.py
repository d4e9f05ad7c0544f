"""Names, messages and graphs that are larger than anybody thought of, and a search in a log."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Window

LONG_NAME = "a_step_name_of_exactly_sixty_characters_which_goes_on_and_on"


def is_whole(node: Locator) -> bool:
    """Return whether nothing of a text is cut off at its right."""
    return bool(node.evaluate("node => node.scrollWidth <= node.clientWidth + 1"))


def box(node: Locator) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what is shown."""
    found = node.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def test_long_names_and_messages_push_nothing_out_of_sight(window: Window, lab: Lab) -> None:
    path = lab.write(
        "long.ipynb",
        ("first = 1", [f"step:{LONG_NAME}"]),
        ("second = first", ["step:shorter name", f"prev:{LONG_NAME}", "retry:2"]),
        (f"print(second)\n{'x' * 30} = 1\nraise ValueError('much ' * 600)", ["step:fails"]),
        *[(f"v{i} = second", [f"step:s{i}"]) for i in range(30)],
    )
    asked = {"path": path, "steps": [LONG_NAME, "shorter name", "fails"]}
    run = lab.api("/runs", "POST", asked)["id"]
    lab.wait(run, "failed")
    page = window.page
    window.open()
    window.panel()
    window.notebook(path)
    # The name of a step comes before what its options are.
    pill = page.locator(".jp-Notebook .jp-MlopsCellPill").nth(1)
    expect(pill).to_contain_text("shorter name")
    assert is_whole(pill.locator(".jp-MlopsCellPill-name"))
    assert not is_whole(pill.locator(".jp-MlopsCellPill-rest"))

    window.command("mlops:open-run", {"id": run, "step": "fails"})
    run_page = page.locator(f'.jp-MlopsRunPage[data-run="{run}"]')
    # Where it failed is in sight, however long the message is.
    block = run_page.get_by_role("group", name="Error")
    expect(block).to_contain_text("much much")
    assert box(block.get_by_role("button", name=re.compile("^Go to cell 3")))[3] <= box(block)[3]
    # All columns of the table are there, and the boxes of the graph can be read.
    assert is_whole(run_page.locator(".jp-MlopsRunPage-main"))
    left, _, right, _ = box(run_page.locator(".jp-MlopsStep[data-step=fails]"))
    assert right - left > 80
    # The buttons of the drawer stay together.
    run_page.get_by_role("row", name=re.compile(f"^{LONG_NAME[:12]}")).click()
    again, close = (run_page.get_by_role("button", name=name) for name in ("Re-run from here…", "Close the drawer"))
    expect(again).to_be_enabled()
    assert box(close)[0] >= box(again)[2]
    assert box(close)[1] < box(again)[3]


def test_a_quick_fix_is_read_whole_in_a_narrow_panel(window: Window, lab: Lab) -> None:
    path = lab.write("fix.ipynb", ("print(a_name_that_nobody_defined_anywhere)", ["step:reads"]))
    window.open()
    window.panel()
    window.notebook(path)
    fix = window.page.locator(".jp-MlopsFinding-fixes button").first
    expect(fix).to_contain_text("a_name_that_nobody_defined_anywhere")
    assert is_whole(fix)


def test_a_search_in_a_log_begins_with_what_it_finds_first(window: Window, lab: Lab) -> None:
    text = "for i in range(20_000):\n    print('line', i, 'needle' if i % 1000 == 500 else 'hay')"
    run = lab.run(lab.write("search.ipynb", (text, ["step:prints"])))
    lab.wait(run, "succeeded")
    page = window.page
    window.open()
    window.command("mlops:open-run", {"id": run, "step": "prints"})
    page.get_by_role("tab", name="Log", exact=True).click()
    # The end of it is here; the rest comes when it is wanted.
    expect(page.get_by_role("log")).to_contain_text("line 19999")
    search = page.get_by_label("Search the log")
    search.fill("needle")
    tools = page.locator(".jp-MlopsLog-tools")
    hit = page.locator(".jp-MlopsLog-line.jp-mod-hit")
    expect(tools).to_contain_text(re.compile(r"\b1 of [1-9]\b"))
    expect(hit).to_be_in_viewport()
    first = hit.inner_text()
    search.press("Enter")
    expect(tools).to_contain_text(re.compile(r"\b2 of [1-9]\b"))
    second = int(first.split()[1]) + 1000
    expect(hit).to_have_text(f"line {second} needle")
    # What comes before it moves the count, and not the place.
    page.get_by_role("button", name="search all of it").click()
    expect(tools).to_contain_text(f"{(second - 500) // 1000 + 1} of 20")
    expect(page.locator(".jp-MlopsLog-state")).to_contain_text("20,000 lines")
    search.press("Enter")
    expect(hit).to_have_text(f"line {second + 1000} needle")
    expect(hit).to_be_in_viewport()
