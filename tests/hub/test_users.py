"""Two users of one Hub: each has the extension, runs of their own, live events, and no way to the other's."""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_mlops.server.routes import ROUTES, Route
from tests.hub.hub import API, User, fetch

SCHEMA = "https://events.jupyter-mlops.org/run/v1"
CELLS = [("n = 1", ["parameters"]), ("print('n is', n)\nm = n + 1", ["step:one"]), ("print(m)", ["step:two"])]


def address(route: Route) -> str:
    return API + route.path.replace("{run}", "0" * 32).replace("{job}", "none")


def events_of(user: User, token: str | None) -> HTTPRequest:
    url = user.url.replace("http:", "ws:") + "/api/events/subscribe"
    return HTTPRequest(url, connect_timeout=10, headers={"Authorization": f"token {token}"} if token else {})


async def events_until(user: User, act: Any, last: str) -> list[dict[str, Any]]:
    """Return the run events that come while `act` is done, up to the first one with the status `last`."""
    socket = await websocket_connect(events_of(user, user.token))
    try:
        run = await asyncio.to_thread(act)
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            while not events or events[-1].get("status") != last:
                message = await socket.read_message()
                assert message is not None, "the websocket was closed"
                event = json.loads(message)
                if event.get("__schema__", event.get("schema_id")) == SCHEMA and event["run_id"] == run:
                    events.append(event)
        return events
    finally:
        socket.close()


def test_the_extension_is_there_with_nothing_enabled_by_hand(ada: User, bob: User) -> None:
    for user in (ada, bob):
        assert user.api("/status")["package"] == version("jupyter-mlops")
        listed = user.fetch("lab/api/extensions").json
        assert [entry["status"] for entry in listed if entry["name"] == "jupyter-mlops"] == ["ok"]


def test_each_has_runs_of_their_own_in_a_home_of_their_own(ada: User, bob: User) -> None:
    ours = {}
    for user in (ada, bob):
        ours[user] = user.run(user.write("own.ipynb", *CELLS), n=len(user.token))
    for user, run in ours.items():
        assert user.wait(run)["status"] == "succeeded"
        assert run in [row["id"] for row in user.api("/runs")["runs"]]
        assert user.api("/status")["home"].startswith(str(user.home))
    for user, other in ((ada, bob), (bob, ada)):
        assert ours[other] not in [row["id"] for row in user.api("/runs")["runs"]]
        assert user.fetch(f"{API}/runs/{ours[other]}").status == 404


def test_a_home_is_readable_by_its_user_only(ada: User) -> None:
    home = Path(ada.api("/status")["home"])
    ada.wait(ada.run(ada.write("rights.ipynb", *CELLS)))
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "store.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_refuses_strangers_and_the_other_user(route: Route, ada: User, bob: User) -> None:
    """Refused, and never sent to a log-in page: whoever calls an API does not read those."""
    body: dict[str, str] | None = {} if route.method == "POST" else None
    for headers in ({}, {"Authorization": "token guessed"}, {"Authorization": f"token {bob.token}"}):
        said = fetch(f"{ada.url}/{address(route)}", route.method, body, headers)
        assert said.status in (401, 403), (headers.keys(), said.status, said.body)
        assert said.headers.get_content_type() == "application/json"


async def _refusal(request: HTTPRequest) -> int:
    try:
        (await websocket_connect(request)).close()
    except HTTPClientError as refusal:
        return int(refusal.code)
    return 101


def test_events_are_for_their_user_only(ada: User, bob: User) -> None:
    codes = [asyncio.run(_refusal(events_of(ada, token))) for token in (None, "guessed", bob.token, ada.token)]
    assert codes == [403, 403, 403, 101]


def test_live_events_come_through_the_hub(ada: User) -> None:
    path = ada.write("live.ipynb", *CELLS)
    events = asyncio.run(events_until(ada, lambda: ada.run(path), "succeeded"))
    assert [event["change"] for event in events] == ["changed"] * len(events)
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
