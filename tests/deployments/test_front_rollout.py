"""Versions take over from each other, fall back, and no request fails by it (R24 at the level of the front)."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deployments.front_load import Load
from tests.deployments.front_process import Front, alive, running
from tests.pace import PATIENCE_S

IRIS = json.dumps(
    {
        "dataframe_split": {
            "columns": ["sepal_length", "sepal_width", "petal_length", "petal_width"],
            "data": [[5.1, 3.5, 1.4, 0.2]],
        }
    }
).encode()
LONG = os.environ.get("MLOPS_TEST_LONG") == "1"


def test_a_version_takes_over_when_it_is_ready_and_not_before(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}}) as front:
        front.until_ready("1")
        old = front.status()["versions"]["1"]["pids"]
        with Load(front, 2) as load:
            front.change(versions={"2": front.model("2", load_s=0.5)}, live="2")
            assert front.post({}).version == "1"
            front.until(lambda: front.status()["live"] == "2")
            assert front.post({}).version == "2"
        assert load.bad() == []
        front.until(lambda: not alive(old[0]))
        assert list(front.status()["versions"]) == ["2"]


def test_a_warm_version_is_back_at_once(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {"load_s": 1}, "2": {"load_s": 1}}) as front:
        front.until_ready("1", "2")
        front.change(live="2")
        assert front.post({}).version == "2"
        pids = front.status()["versions"]["1"]["pids"]
        front.change(live="1")
        assert front.post({}).version == "1"
        assert front.status()["versions"]["1"]["pids"] == pids, "nothing was started for it"


@pytest.mark.parametrize(
    ("twin", "reason"),
    [({"check": True}, "check"), ({"fail": True}, "check"), ({"fail": "die"}, "crash")],
)  # fmt: skip
def test_a_version_that_does_not_come_up_is_rejected(tmp_path: Path, twin: dict[str, Any], reason: str) -> None:
    with running(tmp_path / "d") as front:
        front.until_ready("1")
        front.change(versions={"1": front.model("1"), "2": front.model("2", **twin)}, live="2")
        front.until(lambda: front.status()["rejected"])
        status = front.status()
        assert status["rejected"]["2"]["reason"] == reason
        assert status["live"] == "1"
        assert front.post({}).version == "1"


def test_a_python_that_is_not_there_rejects_the_version(tmp_path: Path) -> None:
    with running(tmp_path / "d") as front:
        front.until_ready("1")
        front.change(versions={"1": front.model("1"), "2": front.model("2", python="/no/python")}, live="2")
        front.until(lambda: front.status()["rejected"])
        assert front.status()["rejected"]["2"]["reason"] == "environment"


def test_the_error_budget_brings_the_version_before_back(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {"broken": True}}) as front:
        front.until_ready("1", "2")
        front.change(live="2")
        statuses = [front.post({}).status for _ in range(40)]
        assert 0 < statuses.count(500) <= 20
        assert statuses[-1] == 200
        status = front.status()
        assert (status["live"], status["rejected"]["2"]["reason"]) == ("1", "errors")
        assert "2" not in status["versions"]
        counted = [bucket for bucket in front.owner("/stats?last_s=60").json()["buckets"] if bucket["version"] == "2"]
        assert sum(bucket["errors"] for bucket in counted) == statuses.count(500)
        front.change()
        assert front.post({}).version == "1"
        front.stop()
        front.start()
        assert front.status()["rejected"]["2"]["reason"] == "errors"
        assert front.post({}).version == "1"
        front.change(versions={"1": front.model("1")}, live="1")
        front.change(versions={"1": front.model("1"), "2": front.model("2")}, live="2")
        front.until(lambda: front.status()["live"] == "2")


def test_a_canary_that_fails_costs_no_client_anything(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {"broken": True}}) as front:
        front.until_ready("1", "2")
        front.change(canary={"version": "2", "percent": 50})
        answers = [front.post({}) for _ in range(100)]
        assert {(answer.status, answer.version) for answer in answers} == {(200, "1")}
        assert front.status()["rejected"]["2"]["reason"] == "errors"
        assert front.status()["canary"] is None


def test_a_canary_whose_process_dies_costs_no_client_anything(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {"die": True}}) as front:
        front.until_ready("1", "2")
        front.change(canary={"version": "2", "percent": 50})
        with Load(front, 4) as load:
            front.until(lambda: front.status()["rejected"])
        assert load.bad() == []
        assert front.status()["rejected"]["2"]["reason"] == "crash"


def test_a_canary_has_its_share_and_sticks(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {}}) as front:
        front.until_ready("1", "2")
        front.change(canary={"version": "2", "percent": 20, "header": "X-User"})
        versions = [front.post({}).version for _ in range(400)]
        assert 40 <= versions.count("2") <= 130
        users = {
            f"user-{number}": {front.post({}, x_user=f"user-{number}").version for _ in range(3)}
            for number in range(60)
        }
        assert all(len(seen) == 1 for seen in users.values())
        assert {next(iter(seen)) for seen in users.values()} == {"1", "2"}
        front.change(canary={"version": "2", "percent": 100})
        assert {front.post({}).version for _ in range(20)} == {"2"}
        front.change(canary=None)
        assert {front.post({}).version for _ in range(20)} == {"1"}


def test_a_request_that_ends_every_worker_is_given_up_and_the_version_stays(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {}}) as front:
        front.until_ready("1", "2")
        assert front.post({"die": 1}).json()["code"] == "model.crashed"
        assert front.post({"die": 1}).status == 500
        assert front.post({"x": 3}).json()["predictions"] == [3]
        assert (front.status()["live"], front.status()["rejected"]) == ("1", {})


def test_a_stuck_worker_is_ended_and_its_client_told(tmp_path: Path) -> None:
    with running(tmp_path / "d", limits={"time_s": 0.5}) as front:
        front.until_ready("1")
        pid = front.status()["versions"]["1"]["pids"]
        assert front.post({"sleep": 60}).status == 504
        front.until(lambda: front.status()["versions"]["1"]["pids"] not in ([], pid))
        front.until_ready("1")
        assert front.post({}).status == 200


def test_a_killed_template_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path / "d") as front:
        front.until_ready("1")
        with Load(front, 4) as load:
            for _ in range(3):
                _kill_template(front)
                front.until_ready("1")
        assert load.bad() == []


def test_no_answer_fails_across_promotions_roll_backs_and_kills(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}}, limits={"time_s": 30}) as front:
        _story(front, lambda number: front.model(number, load_s=0.1), *((20, 50, 10_000) if LONG else (5, 12, 1_500)))


def test_no_answer_fails_with_a_real_model(tmp_path: Path, saved: Callable[[str], Path]) -> None:
    plan = {"folder": str(saved("iris")), "python": sys.executable}
    front = Front(tmp_path, is_real=True)
    front.write(versions={"1": plan}, live="1")
    front.start()
    try:
        _story(front, lambda number: plan, *((20, 50, 10_000) if LONG else (2, 6, 500)), body=IRIS)
    finally:
        assert front.stop() == 0


def _story(
    front: Front,
    plan_of: Callable[[str], dict[str, Any]],
    turns: int,
    kills: int,
    least: int,
    body: bytes = b'{"x": 1}',
) -> None:
    """Promote, kill, roll back, promote again, under load; every third kill is the template's."""
    dice, killed, longest = random.Random(24), 0, 0.0
    front.until(lambda: front.status()["versions"]["1"]["state"] == "ready")
    with Load(front, body=body) as load:
        for turn in range(turns):
            old, new = str(turn + 1), str(turn + 2)
            front.change(versions={old: plan_of(old), new: plan_of(new)}, live=new)
            front.until_live(new)
            while killed < kills * (turn + 1) // turns:
                killed += 1
                longest = max(longest, _kill(front, dice, is_template=killed % 3 == 0))
            front.change(live=old)
            front.until_live(old)
            front.change(live=new)
            front.until_live(new)
        front.until(lambda: len(load.statuses) >= least or load.errors, 240)
        assert front.status()["rejected"] == {}
    print(f"{len(load.statuses)} requests, back within {longest:.2f} s, slowest {load.slowest:.2f} s")
    assert load.bad() == []


def test_a_killed_front_comes_back_as_it_was_and_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {}}) as front:
        front.until_ready("1", "2")
        front.change(live="2")
        front.until_live("2")
        front.change(versions={"2": front.model("2"), "3": front.model("3", load_s=60)}, live="3")
        status = front.status()
        pids = [*status["versions"]["2"]["pids"], *status["templates"]]
        front.process.kill()
        front.process.wait()
        front.start()
        assert front.post({}).version == "2"
        front.until(lambda: not [pid for pid in pids if alive(pid)])


def test_a_second_front_for_a_folder_does_not_start(tmp_path: Path) -> None:
    with running(tmp_path / "d") as front:
        front.until_ready("1")
        command = [sys.executable, "-m", "jupyter_mlops.deployments.serving", "--folder", str(front.folder)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert (second.returncode, second.stderr.strip()) == (1, "another front serves this folder")
        assert front.post({}).status == 200


def _kill_template(front: Front) -> None:
    """Kill the template and, as the system does for real ones, its workers."""
    before = front.status()
    for pid in (*before["templates"], *before["versions"]["1"]["pids"]):
        os.kill(pid, signal.SIGKILL)
    front.until(lambda: front.status()["templates"] not in ([], before["templates"]))


def _kill(front: Front, dice: random.Random, is_template: bool = False) -> float:
    """Kill the live version's worker, or the template too; returns the seconds until another one is ready."""
    time.sleep(dice.random() * 0.1)
    status = front.status()
    pids = status["versions"][status["live"]]["pids"]
    began = time.monotonic()
    for pid in [*(status["templates"] if is_template else []), *pids]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        version = front.status()["versions"][status["live"]]
        return version["state"] == "ready" and not set(version["pids"]) & set(pids)

    front.until(is_back)
    return time.monotonic() - began
