"""The store of runs: what is accepted is there, found again, and never lost by anybody writing at the same time."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest

from jupyter_mlops.base.errors import ConflictError, NotFoundError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.retry import Verdict
from jupyter_mlops.runs.run import Reason, Status
from jupyter_mlops.runs.store import NewRun, RunStore, open_store
from tests.pace import PATIENCE_S
from tests.runs.driving import CHAIN, FORK, accept, pipeline, states, store

__all__ = ["store"]


def test_a_run_that_was_accepted_is_there_for_others(store: RunStore, tmp_path: Path) -> None:
    run = accept(store, tmp_path, parameters={"lr": 0.1}, notebook="/n.ipynb", job=("churn", 2), no_cache=True)
    other = open_store(tmp_path)
    assert other.get(run.id) == run
    assert (run.status, run.parameters, run.job, run.no_cache) == ("queued", {"lr": 0.1}, ("churn", 2), True)
    assert states(run) == {"a": "pending", "b": "pending", "c": "pending"}
    assert [e.kind for e in other.events_since(0)] == ["run.queued"]
    other.close()


def test_found_by_the_beginning_of_its_id(store: RunStore, tmp_path: Path) -> None:
    for run_id in ("ab" + "0" * 30, "ac" + "0" * 30):
        store.create(NewRun(RunId(run_id), "demo", tmp_path, CHAIN))
    assert store.get("ab").id.startswith("ab")
    assert store.get("AC0").id.startswith("ac")
    with pytest.raises(NotFoundError) as caught:
        store.get("a")
    assert caught.value.code == "run.ambiguous"
    assert "ab000" in caught.value.message


@pytest.mark.parametrize("text", ["", "ff", "zz", "%", "_", "a" * 33, "é", "../x"])
def test_what_is_no_run(store: RunStore, tmp_path: Path, text: str) -> None:
    store.create(NewRun(RunId("ab" * 16), "demo", tmp_path, CHAIN))
    with pytest.raises(NotFoundError) as caught:
        store.get(text)
    assert caught.value.code == "run.not_found"


def test_listed_newest_first_page_by_page(store: RunStore, tmp_path: Path) -> None:
    ids = [accept(store, tmp_path).id for _ in range(5)]
    accept(store, tmp_path, pipeline({"main": []}), job=("nightly", 1))
    store.request_cancel(ids[2])
    assert [r.id for r in store.list(name="demo", limit=99)][-5:] == ids[::-1]
    assert [r.id for r in store.list(status="cancelled")] == [ids[2]]
    assert len(store.list(status=["cancelled", "queued"])) == 6
    assert len(store.list(name="nightly")) == 1
    first = store.list(limit=4)
    second = store.list(limit=4, cursor=first[-1].id)
    assert [r.id for r in (*first, *second)] == [r.id for r in store.list()]


def test_cancelled_before_anybody_began_it(store: RunStore, tmp_path: Path) -> None:
    run = store.request_cancel(accept(store, tmp_path).id)
    assert run.status is Status.CANCELLED
    assert set(states(run).values()) == {"cancelled"}
    assert run.finished_at is not None
    assert store.request_cancel(run.id) == run
    assert [e.kind for e in store.events_since(0)] == ["run.queued", "run.cancelled"]


def test_a_cancel_of_a_running_run_is_asked_for_once(store: RunStore, tmp_path: Path) -> None:
    run = accept(store, tmp_path)
    Claim(store, Identity.own()).begin(run.id, "a")
    for _ in range(2):
        assert store.request_cancel(run.id).cancel_requested
    assert [e.kind for e in store.events_since(0)].count("run.cancel_requested") == 1
    with pytest.raises(NotFoundError):
        store.request_cancel("0" * 32)


def test_results_are_carried_from_an_earlier_run(store: RunStore, tmp_path: Path) -> None:
    old = accept(store, tmp_path)
    claim = Claim(store, Identity.own())
    attempt = claim.begin(old.id, "a")
    claim.succeed(attempt, attempt.folder / "outputs.json", {"rows": 3})
    new = accept(store, tmp_path, carried={"a": old.id}, retry_of=old.id)
    step = new.step("a")
    assert (step.status, step.cached, step.attempts) == (Status.SUCCEEDED, True, 0)
    assert step.manifest == attempt.folder / "outputs.json"
    assert step.metrics == {"rows": 3}
    again = accept(store, tmp_path, carried={"a": new.id})
    assert again.step("a").manifest == step.manifest
    with pytest.raises(ConflictError) as caught:
        accept(store, tmp_path, carried={"b": old.id})
    assert caught.value.code == "run.not_carried"
    assert len(store.list()) == 3, "a run that is refused leaves nothing"


def test_events_come_in_order_and_tell_of_every_change(store: RunStore, tmp_path: Path) -> None:
    run = accept(store, tmp_path)
    claim = Claim(store, Identity.own())
    attempt = claim.begin(run.id, "a")
    claim.fail(attempt, Reason.ERROR, {"code": "x", "message": "y"}, Verdict(True, 1, 0, 2.0))
    seen = store.events_since(1)
    assert [(e.kind, e.step) for e in seen] == [("run.running", None), ("step.running", "a"), ("step.queued", "a")]
    assert seen[-1].data == {"attempt": 1, "reason": "error", "delay_s": 2.0}
    assert store.last_event() == seen[-1].seq
    assert store.events_since(store.last_event()) == ()
    assert [e.seq for e in store.events_since(0, limit=2)] == [1, 2]


def accept_many(home: str, count: int) -> None:
    store = open_store(Path(home))
    for _ in range(count):
        accept(store, Path(home))
    store.close()


@pytest.mark.slow
def test_eight_processes_accept_at_once_and_none_is_lost(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=accept_many, args=(str(tmp_path), 40)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_S)
    assert [process.exitcode for process in processes] == [0] * 8
    store = open_store(tmp_path)
    assert len(store.list(limit=1000)) == 320
    events = store.events_since(0)
    assert [e.seq for e in events] == list(range(1, 321))
    store.close()


def test_a_writer_waits_for_another_one(store: RunStore, tmp_path: Path) -> None:
    blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN EXCLUSIVE")
    released: list[bool] = []

    def commit() -> None:
        released.append(True)
        blocker.execute("COMMIT")

    release = threading.Timer(1.0, commit)
    release.start()
    run = accept(store, tmp_path)
    assert released, "it was written before the other writer was done"
    release.join()
    blocker.close()
    assert store.get(run.id) == run


def test_a_claim_that_was_taken_over_writes_nothing_more(store: RunStore, tmp_path: Path) -> None:
    run = accept(store, tmp_path, FORK)
    old = Claim(store, Identity.own())
    attempt = old.begin(run.id, "a")
    new = Claim(store, Identity.own())
    before = store.get(run.id)
    for write in (
        lambda: old.begin(run.id, "left"),
        lambda: old.succeed(attempt, attempt.folder, {}),
        lambda: old.fail(attempt, Reason.ERROR, {}, Verdict(True, 1, 0)),
        lambda: old.queue(run.id, ["left"]),
        lambda: old.drop(run.id, {"left": Status.SKIPPED}),
        lambda: old.end_run(run.id, Status.FAILED),
        lambda: old.note_tracking(run.id, is_pending=True),
        lambda: old.reuse(run.id, "left", "k", attempt.folder, {}),
    ):
        with pytest.raises(ConflictError) as caught:
            write()
        assert caught.value.code == "runner.superseded"
    assert store.get(run.id) == before
    new.succeed(attempt, attempt.folder / "outputs.json", {})
    assert states(store.get(run.id))["a"] == "succeeded"


def test_a_terminal_state_is_final(store: RunStore, tmp_path: Path) -> None:
    run = accept(store, tmp_path)
    claim = Claim(store, Identity.own())
    attempt = claim.begin(run.id, "a")
    claim.succeed(attempt, attempt.folder / "outputs.json", {})
    with pytest.raises(ConflictError):
        claim.succeed(attempt, attempt.folder / "outputs.json", {})
    with pytest.raises(ConflictError):
        claim.begin(run.id, "a")
    claim.end_run(run.id, Status.FAILED)
    ended = store.get(run.id)
    assert states(ended) == {"a": "succeeded", "b": "skipped", "c": "skipped"}
    with pytest.raises(ConflictError):
        claim.end_run(run.id, Status.SUCCEEDED)
    assert store.request_cancel(run.id) == ended


def test_nothing_begins_in_a_run_that_is_being_cancelled(store: RunStore, tmp_path: Path) -> None:
    run = accept(store, tmp_path, FORK)
    claim = Claim(store, Identity.own())
    claim.begin(run.id, "a")
    store.request_cancel(run.id)
    with pytest.raises(ConflictError) as caught:
        claim.begin(run.id, "left")
    assert caught.value.code == "run.cancel_requested"
    assert store.get(run.id).step("left").attempts == 0
