"""Two users in two real browsers: they log in, find the panel, see their own runs live, and nothing of each other's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.browser.lab import Window, browser, chromium
from tests.hub.hub import API, Hub, User
from tests.pace import PATIENCE_S

CELLS = [("n = 1", ["parameters"]), ("print('n is', n)\nm = n + 1", ["step:one"]), ("print(m)\nm", ["step:two"])]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium here"),
]


class Desktop(Window):
    """A user's browser with the lab in it; logged in by hand, so that cookies do the work and not tokens."""

    def __init__(self, user: User, page: Page) -> None:
        self.user, self.page = user, page
        page.set_default_timeout(PATIENCE_S * 1000)
        self.complaints: list[str] = []
        self.strayed: list[str] = []
        self.refused: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._on_answer)
        page.on("request", lambda request: self._on_request(request.url))

    def _on_request(self, url: str) -> None:
        """Note what would not come through the Hub's proxy: our addresses without the prefix of the user."""
        if "/mlops/" in url and not url.startswith(f"{self.user.url}/mlops/"):
            self.strayed.append(url)

    def _on_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self.refused.append(f"{answer.status} {answer.request.method} {answer.url}")

    def log_in(self) -> None:
        self.page.goto(f"{self.user.hub.url}/hub/login?next=%2Fhub%2Fspawn")
        self.page.fill("input[name=username]", self.user.name)
        self.page.fill("input[name=password]", "not asked for")
        self.page.click("input[type=submit], button[type=submit]")
        self.page.wait_for_url(f"{self.user.url}/lab*")
        self.ready()

    def row(self, run: str) -> str:
        return f"#jupyter-mlops\\:panel [data-run='{run}']"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def desktops(hub: Hub, ada: User, bob: User, chrome: Browser) -> Iterator[tuple[Desktop, Desktop]]:
    contexts = [chrome.new_context(viewport={"width": 1400, "height": 900}) for _ in range(2)]
    try:
        mine, theirs = (Desktop(user, context.new_page()) for user, context in zip((ada, bob), contexts, strict=True))
        for desktop in (mine, theirs):
            desktop.log_in()
            desktop.panel()
        yield mine, theirs
    finally:
        for context in contexts:
            context.close()


def test_a_run_appears_live_with_its_user_and_not_with_the_other(desktops: tuple[Desktop, Desktop]) -> None:
    mine, theirs = desktops
    run = mine.user.run(mine.user.write("seen.ipynb", *CELLS), n=4)
    mine.page.wait_for_selector(mine.row(run))
    # Well before the next beat of the panel's heart: by the event.
    mine.user.wait(run)
    mine.page.wait_for_selector(mine.row(run) + "[data-status=succeeded]")
    assert theirs.page.locator(theirs.row(run)).count() == 0


def test_the_run_page_works_below_the_users_prefix(desktops: tuple[Desktop, Desktop]) -> None:
    """Its graph, the executed notebook in its frame, and the log all come through the Hub, with the cookie."""
    page = desktops[0].page
    page.locator("#jupyter-mlops\\:panel [data-run]").first.click()
    page.locator(".jp-MlopsRunPage [data-step='one']").click()
    page.get_by_role("tab", name="Notebook").click()
    frame = page.frame_locator(".jp-MlopsReport iframe")
    frame.get_by_text("n is 4").first.wait_for()
    page.get_by_role("tab", name="Log").click()
    page.locator(".jp-MlopsLog").get_by_text("n is 4").wait_for()


def test_the_others_cookie_opens_nothing(desktops: tuple[Desktop, Desktop]) -> None:
    mine, theirs = desktops
    asked = theirs.page.context.request.get(f"{mine.user.url}/{API}/status", max_redirects=0)
    assert asked.status == 403
    page = theirs.page.context.request.get(f"{mine.user.url}/lab")
    assert page.status in (403, 404)


def test_nothing_complains(desktops: tuple[Desktop, Desktop]) -> None:
    for desktop in desktops:
        assert (desktop.refused, desktop.complaints, desktop.strayed) == ([], [], [])
