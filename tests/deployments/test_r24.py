"""R24: promotions, roll backs and kills under load, through the real runner and manager, with a real model.

Every answer is 2xx. The one exception: what was in flight inside a front that was killed is lost, since nobody else has
it; who calls meanwhile waits, and nobody is refused.
"""

from __future__ import annotations

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from jupyter_mlops.deployments.deployment import Options, Status
from jupyter_mlops.deployments.serving.plan import LogPlan
from tests.deployments.shop import MODEL, ROW, Crowd, Shop, is_settled, kill, shop_in, train, until
from tests.pace import PATIENCE_S

REQUESTS, TURNS, KILLS = 10_000, 20, 50
BACK_S = 5.0
KINDS = ("worker",) * 22 + ("template",) * 10 + ("front",) * 14 + ("manager",) * 4
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_in(tmp_path / "h", monkeypatch) as found:
        assert [found.add(train(tmp_path / str(n), slope=float(n))) for n in (1, 2)] == [1, 2]
        found.registry.set_alias(MODEL, "champion", 1)
        yield found


class Killer:
    """Kills processes that serve, chosen at random, and measures how long it takes until somebody is answered."""

    def __init__(self, shop: Shop, url: str, token: str) -> None:
        self._shop, self._address, self._token = shop, urlsplit(url), token
        self.dice = random.Random(24)
        self._left = list(KINDS)
        self.dice.shuffle(self._left)
        self.killed: Counter[str] = Counter()
        self.back: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self.fronts: list[float] = []

    def strike(self, times: int) -> None:
        for _ in range(min(times, len(self._left))):
            time.sleep(self.dice.random() * 0.3)
            kind = self._left.pop()
            # One thing at a time: what is being replaced is not killed again before it is there.
            pids = self._pids(kind)
            if kind == "front":
                self.fronts.append(time.monotonic())
            assert pids, kind
            for pid in pids:
                kill(pid)
            self.killed[kind] += 1
            self.back[kind].append(self._answered())
            until(lambda: self._is_back(kind, pids), 30, f"the {kind} is not back")  # noqa: B023

    def _pids(self, kind: str) -> list[int]:
        if kind == "manager":
            return [process.pid for process in self._shop.processes("jupyter_mlops.deployments")]
        observed = self._shop.verbs.get(MODEL).observed
        if observed is None or observed.live is None:
            return []
        if kind == "worker":
            return list(observed.versions[observed.live].data["pids"])
        if kind == "template":
            return list(observed.data["templates"])
        return [observed.pid] if observed.pid else []

    def _is_back(self, kind: str, killed: list[int]) -> bool:
        found = self._pids(kind)
        if kind in ("front", "template"):
            observed = self._shop.verbs.get(MODEL).observed
            return bool(found) and not set(found) & set(killed) and observed is not None and observed.is_serving
        return bool(found) and not set(found) & set(killed) and (kind != "manager" or is_settled(self._shop))

    def _answered(self) -> float:
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        line = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=PATIENCE_S)
        try:
            line.request("POST", "/invocations", json.dumps({"dataframe_records": [ROW]}), headers)
            assert line.getresponse().status == 200
        finally:
            line.close()
        return time.monotonic() - began


@pytest.mark.torture
@pytest.mark.timeout(1500)
def test_r24(shop: Shop) -> None:
    deployment, token = shop.verbs.create(MODEL, f"{MODEL}@champion", Options(log=LogPlan(0.0)))
    assert shop.verbs.wait(MODEL).deployment.status is Status.READY
    killer = Killer(shop, deployment.url, token)
    with Crowd(deployment.url, token) as crowd:
        for turn in range(TURNS):
            after = 2 if shop.live() == 1 else 1
            promote(shop, killer.dice.randrange(3), after)
            killer.strike(1)
            until(lambda: shop.live() == after, 60, "it was not promoted")  # noqa: B023
            shop.verbs.rollback(MODEL)
            killer.strike(1)
            until(lambda: shop.live() == 3 - after, 60, "it was not rolled back")  # noqa: B023
            killer.strike(turn % 2)
            # The next turn begins with the other version live, so that each is promoted and taken back.
            shop.verbs.update(MODEL, model=f"{MODEL}/{after}")
            until(lambda: shop.live() == after, 60)  # noqa: B023
        killer.strike(KILLS)
        until(lambda: crowd.total >= REQUESTS, 240)
    broken = [each for each in crowd.broken if not is_excused(each.opened, each.ended, each.error, killer.fronts)]
    figures = {
        "requests": crowd.total, "answers": {str(status): n for status, n in sorted(crowd.answers.items())},
        "promotions": TURNS, "roll_backs": TURNS, "kills": dict(killer.killed),
        "lost_inside_killed_fronts": len(crowd.broken) - len(broken), "failed": len(broken),
        "back_s": {kind: round(max(spent), 2) for kind, spent in killer.back.items()},
        "slowest_request_s": round(crowd.slowest, 2),
    }  # fmt: skip
    print("\n" + json.dumps(figures))
    assert not broken, broken[:5]
    assert set(crowd.bad) <= {0}, crowd.problems[:5]
    assert sum(killer.killed.values()) == KILLS
    assert max(max(spent) for spent in killer.back.values()) < BACK_S
    assert shop.verbs.get(MODEL).deployment.rejected.keys() <= {1, 2}


def promote(shop: Shop, door: int, version: int) -> None:
    if door == 0:
        shop.registry.set_alias(MODEL, "champion", 3 - version)
        shop.verbs.update(MODEL, model=f"{MODEL}@champion")
        shop.registry.set_alias(MODEL, "champion", version)
    elif door == 1:
        shop.verbs.update(MODEL, canary=version, percent=50)
        shop.verbs.promote(MODEL)
    else:
        shop.verbs.update(MODEL, model=f"{MODEL}/{version}")


def is_excused(opened: float, ended: float, error: Exception, fronts: list[float]) -> bool:
    """Whether a connection was one that a killed front had accepted."""
    if isinstance(error, ConnectionRefusedError):
        return False
    return any(opened <= killed <= ended for killed in fronts)
