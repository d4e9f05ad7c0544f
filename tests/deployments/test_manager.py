"""The manager: what is wanted comes to be, whatever happens in between. Everything but the store is in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.errors import NotFoundError
from jupyter_mlops.deployments import rollout
from jupyter_mlops.deployments.deployment import Options, Reason, Status, Wanted
from jupyter_mlops.deployments.rollout import Change
from tests.deployments.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.fetcher.close()
    found.database.close()


def test_what_is_wanted_is_served(house: House) -> None:
    house.create()
    assert house.turn()
    assert (house.now().live, house.now().status, house.target.starts) == (1, Status.READY, 1)
    assert house.kinds() == ["created", "live", "status"]
    files = house.now().folder / "versions" / "1" / "model"
    assert (files / "MLmodel").exists()
    assert (house.now().folder / "versions").stat().st_mode & 0o077 == 0


def test_nothing_is_written_when_nothing_happens(house: House) -> None:
    house.create()
    house.turn()
    before, plan = house.now(), house.target.plans[house.now().folder]
    house.turn(5)
    assert (house.now(), house.target.plans[before.folder]) == (before, plan)


def test_an_alias_is_followed_and_the_one_before_stays_warm(house: House) -> None:
    house.create()
    house.turn()
    house.registry.set_alias("churn", "champion", 2)
    house.turn()
    assert (house.now().live, house.now().previous) == (2, 1)
    assert set(house.target.plans[house.now().folder]["versions"]) == {"1", "2"}
    house.registry.set_alias("churn", "champion", 3)
    house.turn(6)
    assert (house.now().live, house.now().previous) == (3, 2)
    assert sorted(path.name for path in (house.now().folder / "versions").iterdir()) == ["2", "3"]


def test_a_version_that_fails_is_rejected_once_and_offered_again_when_asked_for(house: House) -> None:
    house.create()
    house.turn()
    house.target.bad[2] = "check"
    house.registry.set_alias("churn", "champion", 2)
    house.turn(8)
    assert (house.now().live, house.now().version, house.now().status) == (1, 1, Status.DEGRADED)
    assert house.kinds().count("rolled_back") == 1
    assert set(house.target.plans[house.now().folder]["versions"]) == {"1"}
    house.target.bad.clear()
    house.turn()
    assert house.now().live == 1
    house.decide(lambda now: rollout.asked(now, "churn", "champion", 2))
    assert (house.now().live, house.now().status) == (2, Status.READY)


def test_a_canary_that_fails_is_ended_and_the_live_one_goes_on(house: House) -> None:
    house.create()
    house.turn()
    house.decide(lambda now: rollout.split(now, 2, 10))
    assert house.target.plans[house.now().folder]["canary"] == {"version": "2", "percent": 10}
    house.target.bad[2] = "errors"
    house.turn()
    assert (house.now().canary, house.now().live, house.now().status) == (None, 1, Status.READY)
    assert house.now().rejected[2].reason == "errors"


def test_what_an_environment_lacks_is_listed_and_the_version_refused(house: House) -> None:
    house.create()
    house.turn()
    house.add(5, "nothing-like-it==1.0\nnor-this\n")
    house.registry.set_alias("churn", "champion", 5)
    house.turn()
    why = house.now().rejected[5]
    assert why.reason == Reason.ENVIRONMENT
    assert "nothing-like-it==1.0 (not installed), nor-this (not installed)" in why.message
    assert "--python" in why.hint
    assert (house.now().live, house.now().status) == (1, Status.DEGRADED)
    assert "refused" in house.kinds()


def test_another_environment_may_be_named(house: House) -> None:
    house.create(options=Options(python=sys.executable))
    house.turn()
    assert house.target.plans[house.now().folder]["versions"]["1"]["python"] == sys.executable
    house.store.apply("churn", lambda now: Change(replace(now, options=Options(python="/nowhere/python"))))
    house.decide(lambda now: rollout.asked(now, "churn", None, 2))
    assert "no Python that can be started" in house.now().rejected[2].message


def test_a_version_that_is_gone_is_refused(house: House) -> None:
    house.create(alias=None, version=9, seen=9)
    house.turn()
    assert house.now().status is Status.FAILED
    assert house.now().rejected[9].reason == Reason.FILES


def test_while_the_registry_is_away_what_is_served_is_served(house: House) -> None:
    house.create()
    house.turn()
    house.is_away = True
    house.target.kill(house.now().folder)
    house.turn()
    assert (house.now().live, house.now().status) == (1, Status.READY)
    house.store.apply("churn", lambda now: rollout.asked(now, "churn", None, 2))
    house.turn()
    assert (house.now().live, house.now().status) == (1, Status.DEGRADED)
    assert (house.now().error or {})["code"] == "mlflow.down"
    house.is_away = False
    house.turn(40)
    assert (house.now().live, house.now().status) == (2, Status.READY)


def test_an_alias_that_is_taken_away_takes_nothing_down(house: House) -> None:
    house.create()
    house.turn()
    house.registry.delete_alias("churn", "champion")
    house.turn()
    assert (house.now().live, house.now().status) == (1, Status.READY)


def test_a_front_that_dies_is_started_again_later_and_later_and_given_up_on_in_words(house: House) -> None:
    house.create()
    house.turn()
    for _ in range(6):
        house.target.kill(house.now().folder)
        house.turn(1)
    started = house.target.starts
    assert started < 7
    assert house.now().status is Status.FAILED
    assert "ended" in (house.now().error or {})["message"]
    house.turn(60)
    assert house.now().status is Status.READY


def test_a_manager_that_was_killed_goes_on_where_it_was(house: House) -> None:
    house.create()
    house.turn()
    plan = house.target.plans[house.now().folder]
    (house.now().folder / "plan.json").write_text(__import__("json").dumps(plan))
    house.is_away = True
    house.begin()
    house.turn()
    assert house.target.plans[house.now().folder] == plan
    assert (house.target.starts, house.now().status) == (1, Status.READY)


def test_rolling_back_is_not_undone_by_the_alias(house: House) -> None:
    house.create()
    house.turn()
    house.registry.set_alias("churn", "champion", 2)
    house.turn()
    house.decide(rollout.rolled_back)
    house.turn(5)
    assert (house.now().live, house.now().status) == (1, Status.READY)


def test_stopped_and_started(house: House) -> None:
    house.create()
    house.turn()
    house.decide(rollout.stopped)
    assert house.now().status is Status.STOPPED
    assert not house.target.alive
    assert not house.turn()
    house.decide(rollout.started)
    assert house.now().status is Status.READY


def test_what_is_deleted_leaves_nothing(house: House) -> None:
    folder = house.create().folder
    house.turn()
    house.store.apply("churn", lambda now: Change(replace(now, wanted=Wanted.DELETED)))
    assert not house.turn()
    assert not folder.exists()
    assert not house.target.alive
    with pytest.raises(NotFoundError):
        house.now()


def test_what_is_wrong_with_one_does_not_end_the_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.create()
    house.create(name="other", id="1" * 32, folder=house.home / "o", port=4001)
    observed = house.target.observed

    def broken(folder: Path) -> Any:
        if folder.name == "d":
            raise RuntimeError("defect")
        return observed(folder)

    monkeypatch.setattr(house.target, "observed", broken)
    house.turn()
    assert house.store.get("other").status is Status.READY


def test_the_files_of_a_version_are_copied_and_not_the_registrys(house: House) -> None:
    house.create()
    house.turn()
    for file in (house.home / "models" / "1").iterdir():
        file.unlink()
    house.begin()
    house.target.kill(house.now().folder)
    house.turn()
    assert house.now().status is Status.READY
