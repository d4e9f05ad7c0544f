"""Promoting and rolling back: what aliases point to, what is written of it, and what a crash leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.base.errors import ConflictError, NotFoundError, UsageError
from jupyter_mlops.db.session import Database
from jupyter_mlops.models.history import History, Kind, MoveStatus
from jupyter_mlops.models.memory import MemoryRegistry
from jupyter_mlops.models.promote import Promoter, outside
from jupyter_mlops.models.version import LoggedModel

VERSIONS = 5


class CrashError(BaseException):
    """The process is gone."""


class Fragile(MemoryRegistry):
    """A registry whose process dies before its n-th write from now on, 0 the next one."""

    left: int | None = None

    def _write(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise CrashError

    def set_alias(self, name: str, alias: str, number: int) -> None:
        self._write()
        super().set_alias(name, alias, number)

    def delete_alias(self, name: str, alias: str) -> None:
        self._write()
        super().delete_alias(name, alias)

    def tag(self, name: str, number: int, tags: Any) -> None:
        self._write()
        super().tag(name, number, tags)


class House:
    """A model with five versions, and everything that moves its aliases."""

    def __init__(self, folder: Path) -> None:
        self.clock = datetime(2026, 11, 1, tzinfo=UTC)
        self.registry = Fragile()
        self.history = History(Database(folder), self.now)
        self.promoter = Promoter(self.history, self.registry, folder / ".lock", self.now)
        self.registry.create_model("churn")
        for number in range(1, VERSIONS + 1):
            logged = LoggedModel(f"m-{number}", "reg", "file:///x", "")
            self.registry.create_version("churn", logged, {"mlops.run_id": str(number) * 32})

    def now(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    @property
    def aliases(self) -> dict[str, int]:
        return dict(self.registry.model("churn").aliases)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_candidate_becomes_the_champion_and_the_old_one_is_kept(house: House) -> None:
    house.registry.set_alias("churn", "candidate", 1)
    first = house.promoter.promote("churn", 1, author="ada", gates=[{"rule": "metric", "status": "pass"}])
    assert house.aliases == {"champion": 1}
    assert (first.from_version, first.to_version, first.run_id) == (None, 1, "1" * 32)
    house.registry.set_alias("churn", "candidate", 3)
    house.promoter.promote("churn", 2, reason="it is urgent")
    assert house.aliases == {"champion": 2, "previous": 1, "candidate": 3}
    tag = json.loads(house.registry.version("churn", 1).tags["mlops.promoted.champion"])
    assert (tag["by"], tag["gates"], tag["from"]) == ("ada", {"metric": "pass"}, None)
    moves = house.history.moves("churn")
    assert [(m.to_version, m.status, m.reason) for m in moves] == [(2, "done", "it is urgent"), (1, "done", "")]
    assert moves[1].gates == ({"rule": "metric", "status": "pass"},)


def test_roll_backs_lead_further_and_further_back(house: House) -> None:
    for number in (1, 2, 3):
        house.promoter.promote("churn", number)
    assert house.promoter.roll_back("churn", author="bob", reason="worse").to_version == 2
    assert house.aliases == {"champion": 2, "previous": 1}
    house.promoter.roll_back("churn")
    assert house.aliases == {"champion": 1}
    with pytest.raises(ConflictError, match="nothing that"):
        house.promoter.roll_back("churn")
    house.promoter.promote("churn", 4)
    assert house.aliases == {"champion": 4, "previous": 1}
    assert house.promoter.roll_back("churn").to_version == 1


def test_what_was_deleted_is_passed_over(house: House) -> None:
    for number in (1, 2, 3):
        house.promoter.promote("churn", number)
    del house.registry._models["churn"][2]
    assert house.promoter.roll_back("churn").to_version == 1


def test_what_others_move_is_written_and_can_be_taken_back(house: House) -> None:
    house.promoter.promote("churn", 1)
    house.registry.set_alias("churn", "champion", 5)
    assert house.promoter.look("churn").aliases["champion"] == 5
    house.promoter.look("churn")
    moves = house.history.moves("churn")
    assert [(m.kind, m.from_version, m.to_version) for m in moves] == [("outside", 1, 5), ("promote", None, 1)]
    assert outside(moves) == {"champion"}
    assert house.promoter.roll_back("churn").to_version == 1
    assert outside(house.history.moves("churn")) == set()
    house.registry.delete_alias("churn", "champion")
    house.promoter.look("churn")
    assert house.history.held("churn") == {}
    assert house.promoter.roll_back("churn").to_version == 1


def test_a_champion_that_was_deleted_has_a_way_back(house: House) -> None:
    with pytest.raises(ConflictError, match="had none"):
        house.promoter.roll_back("churn")
    for number in (1, 2, 3):
        house.promoter.promote("churn", number)
    house.registry.delete_version("churn", 3)
    move = house.promoter.roll_back("churn")
    assert (move.from_version, move.to_version) == (None, 2)
    assert house.aliases == {"champion": 2, "previous": 1}
    house.registry.delete_version("churn", 2)
    house.registry.delete_version("churn", 1)
    with pytest.raises(ConflictError, match="apart from what was deleted"):
        house.promoter.roll_back("churn")


def test_a_version_that_is_not_whole_is_not_promoted(house: House) -> None:
    failed = replace(house.registry.version("churn", 2), status="FAILED_REGISTRATION")
    house.registry._models["churn"][2] = failed
    with pytest.raises(ConflictError, match="FAILED_REGISTRATION"):
        house.promoter.promote("churn", 2)
    assert house.history.moves("churn") == []


def test_what_was_champion_on_a_date(house: House) -> None:
    began = house.clock
    house.promoter.promote("churn", 1)
    at_first = house.clock
    house.promoter.promote("churn", 2)
    house.promoter.promote("churn", 3, "challenger")
    assert house.history.held("churn", began) == {}
    assert house.history.held("churn", at_first) == {"champion": 1}
    assert house.history.held("churn") == {"champion": 2, "challenger": 3}
    assert house.aliases == {"champion": 2, "previous": 1, "challenger": 3}
    house.promoter.promote("churn", 4, "challenger")
    assert house.aliases["previous-challenger"] == 3


@pytest.mark.parametrize(
    ("do", "error"),
    [
        (lambda p: p.promote("nobody", 1), NotFoundError),
        (lambda p: p.promote("churn", 77), NotFoundError),
        (lambda p: p.promote("churn", 1, "v3"), UsageError),
        (lambda p: p.promote("churn", 1, "previous"), UsageError),
        (lambda p: p.roll_back("nobody"), NotFoundError),
        (lambda p: p.roll_back("churn", "champion"), ConflictError),
    ],
)
def test_refusals_leave_nothing(house: House, do: Callable[[Promoter], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        do(house.promoter)
    assert house.aliases == {}
    assert house.history.moves("churn") == []
    house.promoter.promote("churn", 1)
    with pytest.raises(ConflictError, match="already"):
        house.promoter.promote("churn", 1)


@pytest.mark.parametrize("writes", range(4))
def test_a_crash_leaves_a_move_that_is_made_or_not(house: House, writes: int) -> None:
    house.promoter.promote("churn", 1)
    house.registry.set_alias("churn", "candidate", 2)
    house.registry.left = writes
    with pytest.raises(CrashError):
        house.promoter.promote("churn", 2, author="ada")
    house.registry.left = None
    assert [m.status for m in house.history.intended("churn")] == [MoveStatus.INTENDED]
    house.promoter.look("churn")
    last = house.history.moves("churn")[0]
    if writes == 0:
        assert (last.status, house.aliases) == ("undone", {"champion": 1, "candidate": 2})
    else:
        assert (last.status, house.aliases) == ("done", {"champion": 2, "previous": 1})
        assert "mlops.promoted.champion" in house.registry.version("churn", 2).tags
    assert house.history.held("churn") == {"champion": house.aliases["champion"]}


STEPS = st.one_of(
    st.tuples(st.just("promote"), st.integers(1, VERSIONS)),
    st.tuples(st.just("roll back"), st.just(0)),
    st.tuples(st.just("outside"), st.integers(0, VERSIONS)),
    st.tuples(st.just("look"), st.just(0)),
    st.tuples(st.just("crash"), st.integers(0, 4)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=14))
def test_whatever_happens_the_history_is_what_is(steps: list[tuple[str, int]], tmp_path_factory: Any) -> None:
    house = House(tmp_path_factory.mktemp("house"))
    for what, number in steps:
        try:
            if what == "promote":
                house.promoter.promote("churn", number)
            elif what == "roll back":
                was = house.aliases.get("champion")
                assert house.promoter.roll_back("churn").to_version != was
            elif what == "outside":
                house.registry.left = None
                if number:
                    house.registry.set_alias("churn", "champion", number)
                else:
                    house.registry.delete_alias("churn", "champion")
            elif what == "look":
                house.promoter.look("churn")
            else:
                house.registry.left = number
        except ConflictError:
            pass
        except CrashError:
            house.registry.left = None
    house.registry.left = None
    house.promoter.look("churn")
    assert house.history.intended("churn") == []
    now = {alias: n for alias, n in house.aliases.items() if alias == "champion"}
    assert house.history.held("churn") == now
    made = [m for m in reversed(house.history.moves("churn")) if m.status is MoveStatus.DONE]
    for before, after in pairwise(made):
        assert after.from_version == before.to_version
    assert all(m.kind in Kind for m in made)
