"""The runner, turn by turn, on an engine in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.base.errors import ConflictError
from jupyter_mlops.pipeline.spec import Options
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.drive import Room
from jupyter_mlops.runs.engine import Ending
from jupyter_mlops.runs.process import Identity
from jupyter_mlops.runs.removal import remove
from jupyter_mlops.runs.run import Reason, Status
from jupyter_mlops.runs.store import RunStore
from tests.runs.driving import (
    CHAIN,
    FORK,
    SUCCESS,
    Bench,
    bench,
    failed,
    pipeline,
    replace,
    states,
    store,
    write_manifest,
)

__all__ = ["bench", "store"]


def test_a_chain_runs_step_by_step(bench: Bench) -> None:
    run = bench.accept()
    for step in ("a", "b", "c"):
        bench.tick()
        assert bench.running() == [step]
        bench.end(step)
    ended = bench.get(run)
    assert ended.status is Status.SUCCEEDED
    assert bench.closer.told == [(run.id, Status.SUCCEEDED)]
    assert bench.runner.is_idle
    assert ended.started_at is not None
    assert ended.finished_at is not None


def test_what_may_run_runs_at_once_and_the_rest_says_that_it_waits(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": [], "b": [], "c": []}))
    bench.tick()
    assert bench.running() == ["a", "b"]
    assert states(bench.get(run)) == {"a": "running", "b": "running", "c": "queued"}
    bench.end("b")
    assert bench.running() == ["a", "c"]


def test_two_runs_share_the_machine(bench: Bench) -> None:
    first = bench.accept(pipeline({name: [] for name in "abcd"}))
    bench.tick()
    second = bench.accept(pipeline({name: [] for name in "vw"}))
    bench.end("a")
    assert bench.running() == ["b", "v"]
    bench.finish()
    assert {bench.get(run).status for run in (first, second)} == {Status.SUCCEEDED}


def test_a_failure_skips_what_depends_on_it_and_nothing_else(bench: Bench) -> None:
    run = bench.accept(FORK)
    bench.finish(lambda step: failed() if step == "left" else SUCCESS)
    ended = bench.get(run)
    assert ended.status is Status.FAILED
    assert states(ended) == {"a": "succeeded", "left": "failed", "right": "succeeded", "end": "skipped"}
    assert ended.step("left").error == failed()["error"]
    assert ended.error is None


def test_retries_wait_longer_and_longer_and_end(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}, a=Options(retry=2)))
    bench.tick()
    for number, pause in ((1, 1.0), (2, 2.0)):
        bench.end("a", failed())
        assert states(bench.get(run)) == {"a": "queued"}
        bench.now += pause - 0.1
        bench.tick()
        assert bench.running() == []
        bench.now += 0.2
        bench.tick()
        assert bench.running() == [f"a:{number + 1}"]
    bench.end("a", failed())
    assert bench.get(run).status is Status.FAILED
    attempts = bench.store.attempts(run.id)
    assert [(a.number, a.status, a.reason) for a in attempts] == [(n, "failed", "error") for n in (1, 2, 3)]


def test_a_retry_that_succeeds_leaves_no_error(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}, a=Options(retry=1)))
    bench.tick()
    bench.end("a", failed())
    bench.now += 5
    bench.finish()
    ended = bench.get(run)
    assert ended.status is Status.SUCCEEDED
    assert (ended.step("a").attempts, ended.step("a").error) == (2, None)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [(Ending(), "worker_lost"), (Ending(Reason.OOM, "too much"), "oom"), (Ending(Reason.TIMEOUT, "late"), "timeout")],
)
def test_an_attempt_that_left_no_result(bench: Bench, ending: Ending, reason: str) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.tick()
    bench.end("a", None, ending)
    (attempt,) = [a for a in bench.store.attempts(run.id) if a.number == 1]
    assert attempt.reason == reason
    assert attempt.error is not None
    assert attempt.error["code"] == f"run.{reason}"
    assert states(bench.get(run)) == {"a": "running" if reason == "worker_lost" else "failed"}


CELLS = [
    {"cell_type": "code", "id": "load", "source": "load()", "metadata": {"mlops": {"role": "load"}}, "outputs": []},
    {"cell_type": "code", "id": "c3", "source": ["\n", "fit(x)\n"], "metadata": {"mlops": {"cell": 3}}, "outputs": []},
    {"cell_type": "code", "id": "c4", "source": "score(x)", "metadata": {"mlops": {"cell": 4}}, "outputs": []},
]


@pytest.mark.parametrize("has_executed", [False, True])
@pytest.mark.parametrize(
    ("ending", "name"),
    [
        (Ending(), "WorkerLost"),
        (Ending(Reason.OOM, "it used 2 GiB"), "OutOfMemory"),
        (Ending(Reason.TIMEOUT, "late"), "Timeout"),
        (Ending(Reason.CANCELLED, "it did not end"), "Cancelled"),
    ],
)
def test_a_killed_attempt_names_its_cell_and_its_notebook_has_the_error(
    bench: Bench, ending: Ending, name: str, has_executed: bool, tmp_path: Path
) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.tick()
    (attempt,) = bench.store.attempts(run.id)
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": CELLS}
    (attempt.folder / "progress.json").write_text(json.dumps({"cell": 3, "position": 2, "total": 3}))
    order = json.loads((attempt.folder / "attempt.json").read_bytes())
    Path(order["notebook"]).parent.mkdir(exist_ok=True)
    Path(order["notebook"]).write_text(json.dumps(notebook))
    if has_executed:
        notebook = json.loads(json.dumps(notebook))
        notebook["cells"][0]["metadata"]["papermill"] = {"status": "running"}
        notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "before"}]
        (attempt.folder / "executed.ipynb").write_text(json.dumps(notebook))
    (attempt.folder / "log.txt").write_text("loading\nlast words\n")
    sockets = tmp_path / "mlops-abcd1234"
    sockets.mkdir()
    (sockets / "k-1").touch()
    (attempt.folder / "sockets").write_text(str(sockets))
    for left in (".reserve", ".result.json.7.tmp"):
        (attempt.folder / left).touch()
    bench.end("a", None, ending)
    error = next(a for a in bench.store.attempts(run.id) if a.number == 1).error
    assert error is not None
    assert (error["cell"], error["first_line"], error["last_output"]) == (3, "fit(x)", "loading\nlast words")
    assert "in cell " in error["message"]
    assert "(fit(x))" in error["message"]
    cells = json.loads((attempt.folder / "executed.ipynb").read_bytes())["cells"]
    assert [o["output_type"] for o in cells[1]["outputs"]] == ["stream", "error"] if has_executed else ["error"]
    assert (cells[1]["outputs"][-1]["ename"], cells[1]["outputs"][-1]["evalue"]) == (name, error["message"])
    assert cells[1]["metadata"]["papermill"]["status"] == "failed"
    assert cells[0]["metadata"].get("papermill", {"status": "completed"}) == {"status": "completed"}
    assert cells[2]["outputs"] == []
    assert not sockets.exists()
    assert not [p.name for p in attempt.folder.iterdir() if p.name.startswith(".") or p.name == "sockets"]


@pytest.mark.parametrize("progress", ["", "[]", '{"position": 99}', '{"position": "x", "cell": []}'])
def test_a_killed_attempt_whose_files_are_odd_is_recorded_all_the_same(bench: Bench, progress: str) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.tick()
    (attempt,) = bench.store.attempts(run.id)
    (attempt.folder / "progress.json").write_text(progress)
    (attempt.folder / "executed.ipynb").write_text("{")
    (attempt.folder / "sockets").write_text("/")
    bench.end("a", None, Ending(Reason.OOM, "it used 2 GiB"))
    assert bench.get(run).status is Status.FAILED
    assert Path("/").exists()


def test_a_worker_is_lost_at_most_four_times(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.finish(lambda step: None)
    ended = bench.get(run)
    assert ended.status is Status.FAILED
    assert [a.reason for a in bench.store.attempts(run.id)] == [Reason.WORKER_LOST] * 4


def test_a_cancel_ends_what_runs_and_what_waits(bench: Bench) -> None:
    run = bench.accept(FORK)
    bench.tick()
    bench.store.request_cancel(run.id)
    bench.tick()
    ended = bench.get(run)
    assert bench.engine.cancelled == [f"{run.id}:a:1"]
    assert ended.status is Status.CANCELLED
    assert set(states(ended).values()) == {"cancelled"}
    assert [a.reason for a in bench.store.attempts(run.id)] == [Reason.CANCELLED]


def test_a_step_that_finishes_before_the_cancel_is_heard_has_won(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.tick()
    bench.engine.end(f"{run.id}:a:1", SUCCESS)
    bench.store.request_cancel(run.id)
    bench.tick()
    assert bench.get(run).status is Status.SUCCEEDED


def test_a_cancelled_step_is_not_retried(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": [], "b": []}, a=Options(retry=5)))
    bench.tick()
    bench.engine.end(f"{run.id}:a:1", failed())
    bench.store.request_cancel(run.id)
    bench.tick()
    bench.now += 100
    bench.tick()
    assert bench.get(run).status is Status.CANCELLED
    assert bench.engine.started.count(f"{run.id}:a:2") == 0


def test_a_runner_that_was_killed_is_followed_by_one_that_goes_on(bench: Bench) -> None:
    run = bench.accept(FORK)
    bench.tick()
    bench.end("a")
    left, right = f"{run.id}:left:1", f"{run.id}:right:1"
    bench.engine.end(left, SUCCESS)
    bench.engine.running.clear()
    bench.start()
    assert bench.engine.cleared == [left, right]
    bench.tick()
    assert states(bench.get(run)) == {"a": "succeeded", "left": "succeeded", "right": "running", "end": "pending"}
    assert bench.running() == ["right:2"]
    bench.finish()
    assert bench.get(run).status is Status.SUCCEEDED
    reasons = {(a.step, a.number): a.reason for a in bench.store.attempts(run.id)}
    assert reasons == {
        ("a", 1): None,
        ("left", 1): None,
        ("right", 1): "worker_lost",
        ("right", 2): None,
        ("end", 1): None,
    }


def test_the_runner_before_writes_nothing_more(bench: Bench) -> None:
    bench.accept()
    bench.tick()
    old = bench.runner
    bench.start()
    bench.engine.end(next(iter(bench.engine.running)), SUCCESS)
    with pytest.raises(ConflictError) as caught:
        old.tick()
    assert caught.value.code == "runner.superseded"


def test_a_shutdown_is_no_failure(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.tick()
    bench.runner.shut_down()
    bench.tick()
    assert not bench.runner.has_live
    assert states(bench.get(run)) == {"a": "queued"}
    assert bench.engine.running == {}
    assert [a.reason for a in bench.store.attempts(run.id)] == [Reason.SHUTDOWN]
    bench.start()
    bench.finish()
    assert bench.get(run).status is Status.SUCCEEDED


def test_the_order_that_an_attempt_finds(bench: Bench) -> None:
    base = pipeline({"load": [], "train": ["load"]}, train=Options(timeout_s=30))
    steps = (replace(base.steps[0], outputs=("df",)), replace(base.steps[1], inputs={"df": "load"}))
    run = bench.accept(replace(base, steps=steps, kernel="py"))
    bench.tick()
    first = bench.engine.running[f"{run.id}:load:1"]
    write_manifest(first, "load")
    bench.end("load")
    folder = bench.engine.running[f"{run.id}:train:1"]
    assert folder == run.folder / "attempts" / "02-2" / "1"
    assert json.loads((folder / "attempt.json").read_text()) == {
        "version": 1,
        "run": run.id,
        "step": "train",
        "number": 1,
        "run_dir": str(run.folder),
        "working_dir": str(bench.home),
        "notebook": str(run.folder / "steps" / "02-2.ipynb"),
        "store": str(bench.home / "artifacts"),
        "manifests": {"load": str(first / "outputs.json")},
        "timeout_s": 30,
        "env": {},
        "threads": 2,
        "kernel": "py",
        "model": None,
    }


def test_a_success_without_the_list_of_its_outputs_is_none(bench: Bench) -> None:
    base = pipeline({"load": []}, load=Options(retry=3))
    run = bench.accept(replace(base, steps=(replace(base.steps[0], outputs=("df",)),)))
    bench.finish()
    error = bench.get(run).step("load").error
    assert error is not None
    assert error["code"] == "handover.missing"
    assert len(bench.store.attempts(run.id)) == 1


def test_a_value_changed_behind_a_steps_back_fails_the_run(bench: Bench) -> None:
    base = pipeline({"load": [], "clean": ["load"], "plot": ["load"]}, clean=Options(retry=3))
    load = replace(base.steps[0], outputs=("df",))
    takers = tuple(replace(step, inputs={"df": "load"}) for step in base.steps[1:])
    run = bench.accept(replace(base, steps=(load, *takers)))
    bench.tick()
    write_manifest(bench.engine.running[f"{run.id}:load:1"], "load")
    bench.end("load")
    write_manifest(bench.engine.running[f"{run.id}:plot:1"], "plot")
    bench.end("plot")
    write_manifest(bench.engine.running[f"{run.id}:clean:1"], "clean", changed=["df"])
    bench.end("clean")
    ended = bench.get(run)
    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert ended.error["code"] == "run.input_changed"
    assert "prev:" in ended.error["hint"]
    assert states(ended) == {"load": "succeeded", "clean": "failed", "plot": "succeeded"}
    assert len(bench.store.attempts(run.id, "clean")) == 1


def test_a_cached_step_runs_once_for_the_same_parameters(bench: Bench) -> None:
    base = pipeline({"a": [], "b": ["a"]}, a=Options(cache=True))
    what = replace(base, steps=(replace(base.steps[0], parameters=("lr",)), base.steps[1]))
    first = bench.accept(what, parameters={"lr": 1})
    bench.tick()
    write_manifest(bench.engine.running[f"{first.id}:a:1"], "a")
    bench.end("a", {**SUCCESS, "metrics": {"rows": 3}})
    bench.finish()
    again = bench.accept(what, parameters={"lr": 1})
    other = bench.accept(what, parameters={"lr": 2})
    fresh = bench.accept(what, parameters={"lr": 1}, no_cache=True)
    bench.finish()
    assert [len(bench.store.attempts(run.id, "a")) for run in (again, other, fresh)] == [0, 1, 1]
    reused = bench.get(again).step("a")
    assert (reused.cached, reused.manifest) == (True, bench.get(first).step("a").manifest)
    assert reused.metrics == {"rows": 3}
    assert len(bench.store.attempts(again.id, "b")) == 1


def test_carried_steps_never_run(bench: Bench) -> None:
    first = bench.accept()
    bench.finish(lambda step: failed() if step == "c" else SUCCESS)
    second = bench.accept(carried={"a": first.id, "b": first.id}, retry_of=first.id)
    bench.finish()
    assert bench.get(second).status is Status.SUCCEEDED
    assert [a.step for a in bench.store.attempts(second.id)] == ["c"]
    whole = bench.accept(carried=dict.fromkeys("abc", second.id))
    bench.tick()
    assert bench.get(whole).status is Status.SUCCEEDED


def test_the_store_says_the_end_at_once_and_mlflow_follows(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.closer.answers[run.id] = None
    bench.tick()
    bench.end("a")
    assert (bench.get(run).status, bench.get(run).tracking_pending) == (Status.SUCCEEDED, True)
    assert bench.closer.told == [(run.id, Status.SUCCEEDED)]
    assert not bench.runner.is_idle
    assert bench.store.request_cancel(run.id).status is Status.SUCCEEDED
    bench.closer.answers[run.id] = True
    bench.tick()
    assert not bench.get(run).tracking_pending
    assert bench.runner.is_idle


def test_waiting_for_mlflow_is_no_work_and_the_next_runner_goes_on(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.closer.answers[run.id] = False
    bench.tick()
    bench.end("a")
    assert bench.runner.is_idle
    assert bench.get(run).tracking_pending
    bench.start()
    after = bench.runner
    assert not after.is_idle
    bench.closer.answers[run.id] = True
    bench.tick()
    assert not bench.get(run).tracking_pending
    assert bench.runner.is_idle


@pytest.mark.parametrize("is_being_told", [False, True])
def test_a_run_that_is_deleted_before_mlflow_knows_it_is_forgotten(bench: Bench, is_being_told: bool) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.closer.answers[run.id] = None if is_being_told else False
    bench.tick()
    bench.end("a")
    remove(bench.store.database, run.id, bench.store.now())
    bench.closer.answers[run.id] = is_being_told
    bench.now += 1000
    bench.tick()
    assert bench.runner.is_idle
    assert len(bench.closer.told) == 1


def test_a_cancel_counts_from_when_the_user_asked(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.tick()
    bench.store.request_cancel(run.id)
    clock = bench.store.now
    bench.store.now = lambda: clock() + timedelta(seconds=5)
    bench.tick()
    (waited_s,) = bench.engine.waited
    assert 5 <= waited_s < 60
    assert bench.get(run).status is Status.CANCELLED


def test_mlflow_is_asked_again_with_longer_pauses(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    bench.closer.answers[run.id] = False
    bench.finish()
    asked = []
    for _ in range(200):
        bench.now += 5
        bench.tick()
        asked.append(len(bench.closer.told))
    times = [index * 5 for index, count in enumerate(asked) if index and count > asked[index - 1]]
    pauses = [b - a for a, b in pairwise(times)]
    assert pauses == sorted(pauses)
    assert len(times) < 12


def test_a_run_whose_folder_is_gone_fails_and_says_so(bench: Bench) -> None:
    run = bench.accept()
    (run.folder / "pipeline.json").unlink()
    bench.tick()
    ended = bench.get(run)
    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert ended.error["code"] == "run.folder_damaged"


def test_an_attempt_folder_that_cannot_be_written_is_a_failure_of_the_step(bench: Bench) -> None:
    run = bench.accept(pipeline({"a": []}))
    (run.folder / "attempts").write_text("not a folder")
    bench.tick()
    error = bench.get(run).step("a").error
    assert error is not None
    assert error["code"] == "run.not_written"
    assert bench.get(run).status is Status.FAILED


def test_a_step_that_wants_more_cores_than_may_be_used_gets_them_all(bench: Bench) -> None:
    bench.engine.room = Room(2.0, 8e9)
    bench.accept(pipeline({"a": [], "big": [], "z": []}, big=Options(limits={"cpu": "8"})))
    bench.tick()
    assert bench.running() == ["a"]
    bench.end("a")
    assert bench.running() == ["big"]
    bench.end("big")
    assert bench.running() == ["z"]


RESULTS = st.sampled_from(["succeed", "fail", "lose", "kill runner", "cancel", "wait", "shut down"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(RESULTS, max_size=30), retry=st.integers(0, 2))
def test_whatever_happens_every_run_ends_and_no_result_is_made_twice(
    store: RunStore, tmp_path_factory: pytest.TempPathFactory, moves: list[str], retry: int
) -> None:
    bench = Bench(store, tmp_path_factory.mktemp("home"))
    run = bench.accept(pipeline({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}, b=Options(retry=retry)))
    for move in moves:
        bench.tick(2)
        label = next(iter(bench.engine.running), None)
        if move == "kill runner":
            bench.engine.running.clear()
            bench.start()
        elif move == "shut down":
            bench.runner.shut_down()
            bench.tick()
            bench.start()
        elif move == "cancel":
            bench.store.request_cancel(run.id)
        elif move == "wait":
            bench.now += 1.5
        elif label is not None:
            bench.engine.end(label, {"succeed": SUCCESS, "fail": failed(), "lose": None}[move])
        check(bench, run.id)
    bench.finish()
    check(bench, run.id)
    ended = bench.get(run)
    assert ended.status.is_terminal
    assert all(step.status.is_terminal for step in ended.steps)
    assert store.open_attempts() == ()
    assert (ended.status is Status.SUCCEEDED) == all(s.status is Status.SUCCEEDED for s in ended.steps)


def check(bench: Bench, run_id: str) -> None:
    attempts = bench.store.attempts(run_id)
    for step in bench.store.get(run_id).steps:
        mine = [a for a in attempts if a.step == step.name]
        assert [a.number for a in mine] == list(range(1, len(mine) + 1))
        assert sum(a.status is Status.RUNNING for a in mine) <= 1
        assert all(a.status is not Status.SUCCEEDED for a in mine[:-1]), "it ran again after it had its result"
        assert all(a.reason is not None for a in mine if a.status in (Status.FAILED, Status.CANCELLED))


def test_a_claim_is_numbered(store: RunStore) -> None:
    numbers = [Claim(store, Identity.own()).fence for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert CHAIN.steps
