"""Texts of an attacker in every place that is shown: names, values, outputs, errors. The page runs none of them.

Each would set a canary in the page. It is looked for in every frame, after everything that can be opened was opened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Dialog, TimeoutError

from tests.browser.lab import Lab, Window
from tests.browser.made import cancelled_runs
from tests.browser.payloads import payloads

ALL = payloads()
OUTPUTS = """
from IPython.display import display
kinds = ["text/html", "image/svg+xml", "text/markdown", "text/latex", "application/javascript", "text/plain",
         "application/vnd.jupyter.widget-view+json", "application/json", "application/vnd.vegalite.v5+json",
         "application/vnd.plotly.v1+json"]
for text in texts:
    for kind in kinds:
        display({kind: text if not kind.endswith("json") else {"mark": text, "title": text}}, raw=True)
"""


@pytest.fixture(scope="module")
def attacked(lab: Lab) -> dict[str, str]:
    """Runs that say what an attacker wants: a real one with outputs, one that failed, and many by their names."""
    listing = "texts = " + repr(ALL)
    outputs = lab.write(
        "outputs.ipynb", (listing, ["setup"]), (OUTPUTS, ["step:show"]),
        ("import pandas as pd\nkept = texts\ntable = pd.DataFrame({t: [t] for t in texts[:100]})\nprint('\\n'.join(texts))\n'\\n'.join(texts)",
         ["step:" + ALL[0]]),
        ("print(len(kept), len(table))", ["step:" + ALL[1]]),
        ("raise ValueError('\\n'.join(texts))", ["step:" + ALL[2]]),
    )  # fmt: skip
    run = lab.run(outputs)
    lab.wait(run, "failed")
    named = cancelled_runs(lab, [(text, ["a"], {"p": text}) for text in ALL])
    wide = cancelled_runs(lab, [("wide", ALL, dict(enumerate_texts())), ("wide", ALL[::-1], {"x": ALL[5]})])
    return {"outputs": run, "wide": wide[0], "other": wide[1], "named": named[0]}


def enumerate_texts() -> Iterator[tuple[str, str]]:
    for number, text in enumerate(ALL):
        yield f"{number} {text}", text


def touched(window: Window) -> list[str]:
    """Return the addresses of the frames in which the canary was set."""
    found = []
    for frame in window.page.frames:
        if frame.evaluate("window.mlopsCanary !== undefined"):
            found.append(frame.url)
    return found


@pytest.fixture
def guarded(window: Window) -> Iterator[Window]:
    dialogs = list[str]()

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    window.page.on("dialog", dismiss)
    window.open()
    yield window
    assert dialogs == []
    assert touched(window) == []
    # What the page's own policy stopped is no complaint of ours, nor is what the browser says of a sandboxed document.
    stopped = ("sandboxed", "Content Security Policy", "/report?")
    window.complaints[:] = [text for text in window.complaints if not any(word in text for word in stopped)]


def test_the_canary_is_seen(guarded: Window) -> None:
    """The test of the test: a payload that runs is noticed."""
    guarded.page.evaluate(
        "(html) => { const n = document.createElement('div'); n.innerHTML = html; document.body.append(n); }", ALL[0]
    )
    guarded.page.wait_for_function("window.mlopsCanary === 1")
    assert touched(guarded)
    guarded.page.evaluate("delete window.mlopsCanary")
    guarded.complaints.clear()


def test_names_in_the_sidebar(guarded: Window, attacked: dict[str, str]) -> None:
    guarded.panel()
    rows = guarded.page.locator("[role=listbox] [role=option]")
    rows.first.wait_for()
    box = guarded.page.locator("[role=listbox]")
    seen = set[str]()
    for _ in range(60):
        seen |= set(rows.evaluate_all("rows => rows.map(row => row.textContent)"))
        box.evaluate("node => node.scrollBy(0, node.clientHeight)")
        guarded.page.wait_for_timeout(50)
    # The texts themselves are there, as texts.
    assert any(ALL[0] in text for text in seen)
    assert len(seen) > 200


def test_names_on_the_run_page(guarded: Window, attacked: dict[str, str]) -> None:
    guarded.command("mlops:open-run", {"id": attacked["wide"]})
    page = guarded.page
    page.get_by_role("row").nth(3).wait_for()
    for tab in ("Notebook", "Log", "Data", "Attempts", "Metrics"):
        page.get_by_role("tab", name=tab, exact=True).last.click()
        page.wait_for_timeout(200)
    assert page.get_by_text(ALL[0]).count() > 0


@pytest.mark.parametrize("step", ["show", ALL[0], ALL[1], ALL[2]])
def test_outputs_values_and_errors_of_a_run(guarded: Window, attacked: dict[str, str], step: str) -> None:
    guarded.command("mlops:open-run", {"id": attacked["outputs"], "step": step})
    page = guarded.page
    page.get_by_role("tab", name="Notebook", exact=True).wait_for()
    for tab in ("Notebook", "Log", "Data", "Attempts", "Metrics"):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(700)
        for button in page.get_by_role("tabpanel").last.get_by_role("button").all()[:6]:
            if button.is_visible() and (button.text_content() or "").strip().lower() in ("look", "preview", "show"):
                button.click()
                page.wait_for_timeout(300)
        assert touched(guarded) == [], tab


def test_a_report_opened_by_itself(guarded: Window, attacked: dict[str, str]) -> None:
    """It has no origin and no scripts, wherever it is opened: there is nothing in it that could set a canary."""
    page = guarded.page
    for step in ("show", ALL[0], ALL[2]):
        query = urlencode({"step": step, "token": guarded.lab.token})
        answer = page.goto(f"{guarded.lab.url}/mlops/api/v1/runs/{attacked['outputs']}/report?{query}")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert answer.status == 200
        assert "sandbox;" in policy + ";"
        assert "allow-scripts" not in policy
        assert "default-src 'none'" in policy
    page.goto("about:blank")
    guarded.complaints.clear()


def test_two_runs_compared(guarded: Window, attacked: dict[str, str]) -> None:
    guarded.command("mlops:compare-runs", {"ids": [attacked["wide"], attacked["other"]]})
    guarded.page.get_by_text(ALL[5]).first.wait_for()


def test_tags_and_cells_of_a_notebook(guarded: Window, lab: Lab) -> None:
    cells = [
        (f"x{number} = {number}  # {text}".replace("\n", " "), [f"step:{text}"]) for number, text in enumerate(ALL)
    ]
    values = ("\n".join(f"p{number} = {text!r}" for number, text in enumerate(ALL)), ["parameters"])
    path = lab.write("tagged <img src=x onerror=top.mlopsCanary=1>.ipynb", values, *cells, ("nowhere", [f"step:{ALL[3]}", f"prev:{ALL[4]}", f"retry:{ALL[5]}"]))  # fmt: skip
    guarded.notebook(path)
    guarded.panel()
    page = guarded.page
    page.locator("[data-section=pipeline]").get_by_text(ALL[0]).first.wait_for()
    page.keyboard.press("Control+End")
    page.wait_for_timeout(500)


def test_a_button_in_an_output_does_nothing_by_itself(guarded: Window, lab: Lab, attacked: dict[str, str]) -> None:
    """S8: JupyterLab executes commands that an output names; ours ask first, and nothing in the arguments says yes."""
    commands = {
        "mlops:run-notebook": "{}", "mlops:delete-run": f'{{"id": "{attacked["named"]}"}}',
        "mlops:retry-run": f'{{"id": "{attacked["outputs"]}"}}', "mlops:cancel-run": f'{{"id": "{attacked["outputs"]}"}}',
        "mlops:promote-notebook": "{}", "mlops:delete-job": '{"job": "nightly"}', "mlops:run-job": '{"job": "nightly"}',
    }  # fmt: skip
    buttons = "".join(
        f"<button class=evil data-commandlinker-command='{name}' data-commandlinker-args='{args}'>x</button>"
        for name, args in commands.items()
    )
    path = lab.write("buttons.ipynb", (f"from IPython.display import HTML\nHTML({buttons!r})", ["step:a"]))
    lab.api("/jobs", "POST", {"path": path, "job": "nightly"})
    before = lab.api("/runs?limit=500")["runs"]
    guarded.notebook(path)
    page = guarded.page
    button = page.locator("button.evil").first
    for _ in range(6):
        # A kernel that is just being connected may swallow what it is asked.
        guarded.command("notebook:run-all-cells")
        with contextlib.suppress(TimeoutError):
            button.wait_for(timeout=5_000)
            break
    button.wait_for()
    for number in range(len(commands)):
        page.locator("button.evil").nth(number).click(force=True)
        page.wait_for_timeout(700)
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
    assert [r["id"] for r in lab.api("/runs?limit=500")["runs"]] == [r["id"] for r in before]
    assert [(job["name"], job["versions"]) for job in lab.api("/jobs")["jobs"]] == [("nightly", 1)]


def test_there_are_enough(chrome: Browser) -> None:
    assert len(ALL) >= 200
