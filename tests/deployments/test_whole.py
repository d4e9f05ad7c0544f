"""Deployments as a whole, with real models and real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.errors import ConflictError, NotFoundError, UsageError
from jupyter_mlops.deployments.deployment import Options, Status
from jupyter_mlops.deployments.serving.plan import LogPlan
from tests.deployments.shop import MODEL, MODULES, ROW, Crowd, Shop, is_settled, shop_in, train, until

RUNNER, MANAGER, FRONT = MODULES
# MLflow has SQLAlchemy and pydantic warn of what they will change.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    return [
        train(folder / "one"),
        train(folder / "two", slope=2.0),
        train(folder / "broken", broken=True),
    ]


@pytest.fixture
def shop(tmp_path: Path, models: list[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_in(tmp_path / "h", monkeypatch) as found:
        assert [found.add(model) for model in models] == [1, 2, 3]
        found.registry.set_alias(MODEL, "champion", 1)
        yield found


def made(shop: Shop, **options: Any) -> tuple[str, str]:
    deployment, token = shop.verbs.create(MODEL, f"{MODEL}@champion", Options(log=LogPlan(0.0), **options))
    view = shop.verbs.wait(MODEL)
    assert view.deployment.status is Status.READY, (view.deployment.error, shop.verbs.log(MODEL))
    return deployment.url, token


@pytest.mark.slow
def test_it_serves_follows_refuses_a_bad_version_and_is_deleted(shop: Shop) -> None:
    made(shop)
    assert shop.verbs.predict(MODEL, [ROW]) == pytest.approx([41.0])
    with pytest.raises(ConflictError, match="already"):
        shop.verbs.create(MODEL, f"{MODEL}/1")
    with pytest.raises(UsageError, match="income"):
        shop.verbs.predict(MODEL, [{"age": 41.0}])

    shop.registry.set_alias(MODEL, "champion", 2)
    until(lambda: shop.live() == 2)
    assert shop.verbs.predict(MODEL, [ROW]) == pytest.approx([82.0])

    shop.registry.set_alias(MODEL, "champion", 3)
    until(lambda: shop.verbs.get(MODEL).deployment.status is Status.DEGRADED)
    found = shop.verbs.get(MODEL).deployment
    assert (found.live, found.version) == (2, 2)
    assert found.rejected[3].reason == "check"
    assert "version 3 is not served" in (found.error or {})["message"]
    assert shop.verbs.predict(MODEL, [ROW]) == pytest.approx([82.0])

    shop.registry.set_alias(MODEL, "champion", 2)
    until(lambda: shop.verbs.get(MODEL).deployment.status is Status.READY)
    kinds = [event.kind for event in shop.verbs.events(MODEL)]
    assert kinds.count("rolled_back") == 1

    folder = shop.verbs.delete(MODEL).folder
    assert not folder.exists()
    assert not shop.processes(FRONT)
    with pytest.raises(NotFoundError):
        shop.verbs.get(MODEL)


@pytest.mark.slow
def test_whatever_is_killed_it_comes_back_and_there_is_one_front(shop: Shop) -> None:
    made(shop)
    for modules in ([FRONT], [MANAGER], [RUNNER], [RUNNER, FRONT], [MANAGER, FRONT]):
        fronts = [process.pid for process in shop.processes(FRONT)]
        killed = [pid for module in modules for pid in shop.kill(module)]
        assert killed
        until(lambda: shop.live() == 1, what=f"{modules} were killed")
        until(lambda: is_settled(shop))
        left = [process.pid for process in shop.processes(FRONT)]
        assert len(left) == 1
        assert (left == fronts) == (FRONT not in modules)
    for module in (RUNNER, MANAGER, FRONT):
        shop.kill(module)
    shop.bench.keep_alive()  # what a Jupyter server does when it starts
    until(lambda: shop.live() == 1)
    assert len(shop.processes(FRONT)) == 1


@pytest.mark.slow
def test_it_stops_starts_and_has_a_new_token(shop: Shop, models: list[Path]) -> None:
    url, token = made(shop, readable=(str(models[0]),), network=False)
    with Crowd(url, token, 1) as crowd:
        until(lambda: crowd.total > 3)
        assert not crowd.bad
        fresh = shop.verbs.token(MODEL)
        until(lambda: crowd.answers[401] > 0)
    shop.verbs.stop(MODEL)
    assert shop.verbs.wait(MODEL).deployment.status is Status.STOPPED
    until(lambda: not shop.processes(FRONT) and not shop.processes(MANAGER))
    shop.verbs.start(MODEL)
    view = shop.verbs.wait(MODEL)
    assert (view.deployment.status, view.deployment.url) == (Status.READY, url)
    with Crowd(url, fresh, 1) as crowd:
        until(lambda: crowd.total > 3)
    assert not crowd.bad


@pytest.mark.slow
def test_the_registry_may_be_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    url, token = made(shop)
    database = shop.home / "mlflow.db"
    database.rename(shop.home / "away.db")
    (pid,) = shop.kill(FRONT)
    until(lambda: shop.live() == 1)
    assert [process.pid for process in shop.processes(FRONT)] != [pid]
    with Crowd(url, token, 1) as crowd:
        until(lambda: crowd.total > 3)
    assert not crowd.bad
