"""The store of deployments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.app.deploying import readable_paths
from jupyter_mlops.base.errors import ConflictError, NotFoundError, UsageError
from jupyter_mlops.base.identity import Actor
from jupyter_mlops.db.session import Database
from jupyter_mlops.deployments.deployment import (
    Deployment,
    DeploymentName,
    Event,
    Options,
    Rejection,
    Status,
    Wanted,
    deployment_name,
)
from jupyter_mlops.deployments.rollout import Change, moved, rejected, stopped
from jupyter_mlops.deployments.serving.plan import Budget, Limits, LogPlan
from jupyter_mlops.deployments.store import DeploymentStore
from tests.deployments.wanted import wanted


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DeploymentStore]:
    database = Database(tmp_path)
    yield DeploymentStore(database)
    database.close()


def test_what_is_kept_is_what_is_read(store: DeploymentStore, tmp_path: Path) -> None:
    made = wanted(
        tmp_path,
        alias="champion",
        seen=3,
        live=2,
        previous=1,
        canary=4,
        percent=10,
        shadow=5,
        rejected={6: Rejection("check", "it does not load", "look")},
        tokens=("abc",),
        options=Options(Limits(1, 2.0, 3), LogPlan(0.5, ("age",)), Budget(0.1), 2, "/usr/bin/python", "sqlite:///x"),
    )
    assert store.create(made) == replace(made, updated_at=store.get("churn").updated_at)


def test_a_name_is_taken_once(store: DeploymentStore, tmp_path: Path) -> None:
    store.create(wanted(tmp_path))
    with pytest.raises(ConflictError, match="already"):
        store.create(wanted(tmp_path, id="f" * 32))
    store.apply("churn", lambda now: Change(replace(now, wanted=Wanted.DELETED)))
    with pytest.raises(ConflictError, match="being deleted"):
        store.create(wanted(tmp_path, id="f" * 32))
    store.remove(store.listed(with_deleted=True)[0].id)
    assert store.create(wanted(tmp_path, id="f" * 32)).id == "f" * 32


def test_what_is_deleted_is_not_there(store: DeploymentStore, tmp_path: Path) -> None:
    store.create(wanted(tmp_path))
    store.apply("churn", lambda now: Change(replace(now, wanted=Wanted.DELETED)))
    assert store.listed() == []
    with pytest.raises(NotFoundError, match="there is no deployment"):
        store.get("churn")
    with pytest.raises(NotFoundError, match="there is no deployment"):
        store.apply("churn", stopped)
    assert [each.name for each in store.listed(with_deleted=True)] == ["churn"]


def test_the_revision_counts_what_was_wanted_and_events_tell_it(store: DeploymentStore, tmp_path: Path) -> None:
    store.create(wanted(tmp_path, alias="champion", seen=1))
    assert store.apply("churn", lambda now: moved(now, 1)).revision == 1
    assert store.apply("churn", lambda now: moved(now, 2)).revision == 2
    assert store.apply("churn", lambda now: Change(replace(now, status=Status.READY))).revision == 2
    assert store.apply("churn", lambda now: rejected(now, 2, Rejection("check", "no"))).revision == 3
    found = store.events(store.get("churn").id)
    assert [event.kind for event in found] == ["created", "moved", "rolled_back"]
    assert all(event.message for event in found)
    assert [event.kind for event in store.events(store.get("churn").id, after=found[0].seq or 0)] == [
        "moved",
        "rolled_back",
    ]


def test_what_cannot_be_decided_changes_nothing(store: DeploymentStore, tmp_path: Path) -> None:
    before = store.create(wanted(tmp_path))

    def refuse(now: Deployment) -> Change:
        raise UsageError("x", "no")

    with pytest.raises(UsageError):
        store.apply("churn", refuse)
    assert store.get("churn") == before


@pytest.mark.parametrize("name", ["churn", "a", "Churn-2", "a.b_c", "x" * 63])
def test_names(name: str) -> None:
    assert deployment_name(name) == DeploymentName(name)


@pytest.mark.parametrize("name", ["", " ", "-a", "a-", "a/b", "a b", "x" * 64, "ä", "a\n", ".."])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        deployment_name(name)


def test_options_of_a_later_version_can_be_read() -> None:
    form = Options().to_json()
    form["limits"]["news"] = 1
    assert Options.from_json({**form, "news": 2}) == Options()
    assert Options.from_json({}) == Options()
    given = Options(workers=3, python="p", readable=("/data",), network=False)
    assert Options.from_json(json.loads(json.dumps(given.to_json()))) == given


def test_a_model_may_read_what_is_named_but_never_the_store(tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    data.mkdir()
    assert readable_paths([str(data)], home) == (str(data),)
    for path in (home, home / "store.db", tmp_path, Path("/"), tmp_path / "nothing"):
        with pytest.raises(UsageError, match=r"leads to the folder of jupyter-mlops|does not exist"):
            readable_paths([str(path)], home)


def test_nothing_shown_is_a_token(tmp_path: Path) -> None:
    made = wanted(tmp_path, tokens=("0123456789abcdef",), created_at=datetime.now(UTC))
    assert "0123456789abcdef" not in str(made.to_json())


def test_what_happened_to_a_deleted_deployment_stays_with_who_did_it(store: DeploymentStore, tmp_path: Path) -> None:
    ada = Actor("ada", is_verified=True)
    made = store.create(wanted(tmp_path), ada)
    store.apply("churn", stopped, Actor("bob"))
    store.apply("churn", lambda now: Change(replace(now, wanted=Wanted.DELETED), (Event("deleted", {}),)), ada)
    for _ in range(2):
        store.remove(made.id)
    assert store.listed(with_deleted=True) == []
    with pytest.raises(NotFoundError):
        store.get("churn")
    told = [(event.kind, event.data["actor"], event.data.get("is_verified")) for event in store.history("churn")]
    assert told == [
        ("created", "ada", True), ("stopped", "bob", False), ("deleted", "ada", True), ("removed", "manager", None)
    ]  # fmt: skip
    again = store.create(wanted(tmp_path, id="f" * 32), ada)
    assert len(store.events(again.id)) == 1
    assert len(store.history("churn")) == 5
    with pytest.raises(NotFoundError):
        store.history("chur")
