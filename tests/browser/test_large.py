"""A large store and large runs in the browser: the list scrolls, a page opens, and only what is seen exists.

Figures are printed (``-s``). What is asserted is relative to how long the lab itself takes to start in the same browser.
With the 100,000 runs that are promised, ask for it: ``MLOPS_LARGE_RUNS=100000``.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from benchmarks.bench_list import WIDE, fill
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import StepRow
from tests.browser.lab import Lab, Window
from tests.pace import fastest

RUNS = int(os.environ.get("MLOPS_LARGE_RUNS") or 20_000)
LOG_BYTES = 50 * 1024 * 1024
ROUNDS = 3
PAGES = 100


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, str]]:
    """A lab on a store of many runs, and the id of the one with many steps, whose first step printed a lot."""
    lab = Lab(tmp_path_factory.mktemp("large"))
    wide = fill(lab.home, lab.root, RUNS)
    attempt = Path(lab.home / "runs" / wide / "attempts" / "s000" / "1")
    attempt.mkdir(parents=True)
    line = "{:09} " + "x" * 89 + "\n"
    with (attempt / "log.txt").open("w", encoding="utf-8") as log:
        log.writelines(line.format(number) for number in range(LOG_BYTES // 100))
    database = Database(lab.home)
    with database.writing() as session:
        first = update(StepRow).where(StepRow.run_id == wide, StepRow.name == "s000")
        session.execute(first.values(status="succeeded", attempts=1))
    database.close()
    try:
        lab.start()
        yield lab, wide
    finally:
        lab.stop()
        lab.sweep()


@pytest.fixture(scope="module")
def lab(made: tuple[Lab, str]) -> Lab:
    return made[0]


@pytest.fixture
def wide(made: tuple[Lab, str]) -> str:
    return made[1]


def median_s(what: str, window: Window, command: Callable[[], None], is_there: str) -> float:
    """Return how long it takes from the command to what is wanted, in between closing the page."""
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        command()
        window.page.wait_for_function(is_there)
        times.append(time.perf_counter() - began)
        window.command("application:close")
        expect(window.page.locator(".jp-MlopsPage")).to_have_count(0)
    print(f"\n{what}: " + ", ".join(f"{found:.2f} s" for found in times))
    return statistics.median(times)


def test_the_list_scrolls_without_a_stall(window: Window) -> None:
    starting_s = fastest(window.open, rounds=2)
    window.panel()
    rows = window.page.locator(".jp-MlopsRow")
    expect(rows.first).to_be_visible()
    longest, most, seen = window.page.evaluate(
        """async pages => {
             const box = document.querySelector('.jp-MlopsRuns');
             const seen = new Set();
             let longest = 0, most = 0, last = performance.now(), left = pages;
             while (left > 0) {
               await new Promise(requestAnimationFrame);
               const now = performance.now();
               longest = Math.max(longest, now - last);
               last = now;
               const rows = box.querySelectorAll('.jp-MlopsRow');
               most = Math.max(most, rows.length);
               for (const row of rows) seen.add(row.dataset.run);
               // At the end of what is loaded it waits for more, as a user would.
               if (box.scrollTop + box.clientHeight < box.scrollHeight - 1) {
                 box.scrollTop += box.clientHeight;
                 left -= 1;
               }
             }
             return [longest, most, seen.size];
           }""",
        PAGES,
    )
    height = window.page.locator(".jp-MlopsRuns").evaluate("box => box.clientHeight")
    print(f"\n{RUNS} runs, {PAGES} pages of {height} px: longest frame {longest:.0f} ms, at most {most} rows exist")
    assert longest / 1000 < starting_s / 5
    # The rows that are seen, and a few above and below them.
    assert most <= height / 48 + 40
    assert seen > PAGES * (height // 48 - 1) * 0.9


def test_a_run_of_many_steps_opens_quickly(window: Window, wide: str) -> None:
    starting_s = fastest(window.open, rounds=2)
    page = f"document.querySelector('.jp-MlopsRunPage[data-run=\"{wide}\"]')"
    graph = f"{page}?.querySelectorAll('.react-flow__node').length > 0"
    last = f"{page}?.textContent.includes('s{WIDE - 1:03}')"
    what = f"the page of a run of {WIDE} steps"
    found = median_s(what, window, lambda: window.command("mlops:open-run", {"id": wide}), f"{graph} && {last}")
    assert found < starting_s


def test_a_step_with_a_long_log_opens_quickly(window: Window, wide: str) -> None:
    starting_s = fastest(window.open, rounds=2)
    last = f"{LOG_BYTES // 100 - 1:09}"
    there = f"document.querySelector('.jp-MlopsLog-all')?.textContent.includes('{last}')"
    args = {"id": wide, "step": "s000"}
    what = f"a log of {LOG_BYTES // 1024**2} MB"
    assert median_s(what, window, lambda: window.command("mlops:open-run", args), there) < starting_s
    window.command("mlops:open-run", args)
    expect(window.page.get_by_role("log")).to_contain_text(last)
    assert window.page.locator(".jp-MlopsLog-line").count() < 200
