"""The lab starts with our extension in it and complains of nothing; what that costs has a limit."""

from __future__ import annotations

from playwright.sync_api import Browser, Response

from tests.browser.lab import Lab, Window
from tests.browser.start import started

# Of the browser's main thread, for all our plugins; here for a build for development and on a busy machine.
MAX_MS = 50


def test_the_panel_opens_and_nothing_complains(window: Window) -> None:
    window.open()
    window.panel()
    assert window.page.locator("#jupyter-mlops\\:panel").get_attribute("aria-label") == "MLOps"


def test_the_start_of_the_lab_is_not_delayed(lab: Lab, chrome: Browser) -> None:
    starts = [started(lab, chrome) for _ in range(3)]
    for start in starts:
        assert len(start.plugins) == 9
        assert not [name for name in start.files if name.startswith(("views", "example"))]
    assert min(start.activation_ms for start in starts) <= MAX_MS


def test_the_views_come_as_one_file_when_they_are_first_seen(window: Window, lab: Lab) -> None:
    run = lab.run(lab.write("one.ipynb", "print(1)"))
    window.open()
    window.page.wait_for_load_state("networkidle")
    loaded: list[str] = []

    def note(answer: Response) -> None:
        if "/extensions/jupyter-mlops/" in answer.url and ".js" in answer.url:
            loaded.append(answer.url.rsplit("/", 1)[-1].split(".")[0])

    window.page.on("response", note)
    window.panel()
    window.page.wait_for_selector("[data-section=runs]")
    window.command("mlops:open-run", {"id": run})
    window.page.wait_for_selector(f".jp-MlopsPage:visible .jp-MlopsRunPage[data-run='{run}']")
    lab.wait(run)
    assert loaded == ["views"]
