"""The browser follows runs: through a reload, through a server that went away, and from wherever they were started."""

from __future__ import annotations

import subprocess
import sys

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Window
from tests.pace import PATIENCE_S

# Long enough for a lab to load again, or for a server to stop and start again, in the middle of it.
LONG_S = 25
NOISE = "Failed to load resource"


def slow(lab: Lab, name: str, seconds: float) -> str:
    return lab.write(
        name,
        ("value = 1\nprint('began')", ["step:begin"]),
        (f"import time\ntime.sleep({seconds})\nprint('slept')\nvalue = value + 1", ["step:rest"]),
        ("print('the end', value)", ["step:end"]),
    )


def command(lab: Lab, *words: str) -> None:
    """Run our command line on the lab's store, without its server."""
    words = (sys.executable, "-m", "jupyter_mlops.cli", *words)
    subprocess.run(words, env=lab.environ(), check=True, timeout=PATIENCE_S, capture_output=True)


def page_of(window: Window, run: str) -> Locator:
    return window.page.locator(f".jp-MlopsPage:visible .jp-MlopsRunPage[data-run='{run}']")


def in_the_middle(window: Window, lab: Lab, name: str, seconds: float = LONG_S) -> str:
    """Start a run, open its page and wait until the page shows its second step at work."""
    run = lab.run(slow(lab, name, seconds))
    window.command("mlops:open-run", {"id": run})
    expect(page_of(window, run)).to_contain_text("1 of 3 steps")
    return run


def test_a_page_loaded_again_shows_the_run_and_goes_on(window: Window, lab: Lab) -> None:
    window.open()
    run = in_the_middle(window, lab, "reload.ipynb")
    window.reload(run)
    page = page_of(window, run)
    expect(page).to_have_attribute("data-status", "running")
    expect(page).to_contain_text("1 of 3 steps")
    expect(page.get_by_role("row", name="begin")).to_contain_text("succeeded")
    expect(page).to_have_attribute("data-status", "succeeded")
    assert lab.wait(run)["status"] == "succeeded"


def test_a_run_outlives_the_server_and_the_page_comes_back_to_it(window: Window, lab: Lab) -> None:
    window.open()
    window.panel()
    run = in_the_middle(window, lab, "lost.ipynb")
    page = window.page.locator(".jp-MlopsPage:visible")
    lost = page.get_by_text("The server cannot be reached, trying again…")
    lab.stop()
    expect(lost).to_be_visible()
    # What is known stays on the page.
    expect(page_of(window, run)).to_contain_text("1 of 3 steps")
    expect(window.page.locator("#jupyter-mlops\\:panel")).to_contain_text("The server cannot be reached")
    lab.start()
    assert lab.api(f"/runs/{run}")["status"] == "running"
    expect(lost).to_have_count(0)
    expect(page_of(window, run)).to_have_attribute("data-status", "succeeded")
    assert lab.wait(run)["status"] == "succeeded"
    expect(window.page.locator(f".jp-MlopsRow[data-run='{run}']")).to_have_attribute("data-status", "succeeded")


def test_a_run_that_ends_while_there_is_no_server_is_shown_over(window: Window, lab: Lab) -> None:
    window.open()
    run = in_the_middle(window, lab, "over.ipynb", 6)
    lab.stop()
    expect(window.page.get_by_text("The server cannot be reached, trying again…").first).to_be_visible()
    # The command line follows the log of the last step to its end, and needs no server.
    command(lab, "runs", "logs", run, "end", "--follow")
    lab.start()
    expect(page_of(window, run)).to_have_attribute("data-status", "succeeded")


def test_the_page_of_a_deleted_run_says_so(window: Window, lab: Lab) -> None:
    run = lab.run(lab.write("gone.ipynb", "print(1)"))
    lab.wait(run)
    window.open()
    window.command("mlops:open-run", {"id": run})
    expect(page_of(window, run)).to_have_attribute("data-status", "succeeded")
    lab.api(f"/runs/{run}", "DELETE")
    page = window.page.locator(".jp-MlopsPage:visible")
    expect(page.get_by_role("alert")).to_have_text('Run "gone" was deleted.')
    # Loaded again, nothing but the id is known of it.
    window.command("mlops:open-run", {"id": "0" * 32})
    expect(page.get_by_role("alert")).to_contain_text("There is no run 00000000")
    window.complaints[:] = [text for text in window.complaints if NOISE not in text]


def test_a_run_of_the_command_line_appears_by_itself(window: Window, lab: Lab) -> None:
    window.open()
    window.panel()
    expect(window.page.locator("[data-section=runs]")).to_be_visible()
    path = lab.root / lab.write("outside.ipynb", "print('from outside')")
    row = window.page.locator(".jp-MlopsRow", has_text="outside")
    expect(row).to_have_count(0)
    command(lab, "run", str(path), "--detach")
    expect(row).to_be_visible()
    expect(row).to_have_attribute("data-status", "succeeded")
