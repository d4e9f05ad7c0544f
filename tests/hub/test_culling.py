"""A server with a run is in use, whoever asks, and one without is not: what an idle culler decides by."""

from __future__ import annotations

import time
from datetime import datetime

from tests.hub.hub import Hub, User, wait_for

WAITS_S = 12
CELLS = [(f"import time; time.sleep({WAITS_S})", ["step:wait"])]
# The server tells the Hub about once a second here, and the runner is polled.
STALE_S = 6


def idle_s(hub: Hub, user: User) -> tuple[float, float]:
    """Return for how long the server was idle: as it says itself, and as the Hub knows, which is what cullers ask.

    Neither question counts as activity.
    """
    own = user.fetch("api/status").json["last_activity"]
    hubs = hub.server(user.name)["last_activity"]
    now = time.time()
    return now - datetime.fromisoformat(own).timestamp(), now - datetime.fromisoformat(hubs).timestamp()


def test_a_server_with_a_run_is_active_and_one_without_is_not(hub: Hub) -> None:
    user = hub.user("ivy")
    run = user.run(user.write("waits.ipynb", *CELLS))
    until = time.monotonic() + WAITS_S
    wait_for("the Hub to be told", lambda: max(idle_s(hub, user)) < STALE_S, STALE_S)
    most = 0.0
    while time.monotonic() < until:
        most = max(most, *idle_s(hub, user))
        time.sleep(0.5)
    assert most < STALE_S
    user.wait(run)
    wait_for("idleness", lambda: min(idle_s(hub, user)) > STALE_S, 30)


def test_looking_at_the_panel_keeps_no_server_alive(hub: Hub) -> None:
    """An open tab asks again and again; a culler must not take it for a user."""
    user = hub.user("ivy")
    wait_for("idleness", lambda: min(idle_s(hub, user)) > STALE_S, 30)
    for path in ("/activity", "/runs", "/jobs"):
        user.api(path)
    assert idle_s(hub, user)[0] > STALE_S
