"""The error budget: what counts against a version, and that a canary that fails costs no client an answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.deployments.front_load import Load
from tests.deployments.front_process import running
from tests.pace import PATIENCE_S

HARD = list(range(0, 100, 4))


@pytest.mark.parametrize(
    ("then", "reasons"),
    [
        pytest.param("raise", {"errors"}, marks=pytest.mark.short),
        pytest.param("die", {"errors", "crash"}, marks=pytest.mark.short),
        ("hang", {"errors"}),
    ],
)
def test_a_canary_that_fails_with_some_inputs_is_taken_back_and_costs_nobody_anything(
    tmp_path: Path, then: str, reasons: set[str]
) -> None:
    models = {"1": {}, "2": {"hard": HARD, "then": then}}
    with running(tmp_path / "d", models, limits={"time_s": 1.0}, budget={"least": 10}) as front:
        front.until_ready("1", "2")
        front.change(canary={"version": "2", "percent": 50})
        until = time.monotonic() + PATIENCE_S
        while not front.status()["rejected"]:
            assert time.monotonic() < until
            for x in range(100):
                answer = front.post({"x": x})
                assert (answer.status, answer.json()["predictions"]) == (200, [x])
        status = front.status()
        assert status["rejected"]["2"]["reason"] in reasons
        assert (status["live"], status["canary"], list(status["rejected"])) == ("1", None, ["2"])


def test_a_canary_that_is_late_with_everything_is_taken_back(tmp_path: Path) -> None:
    models = {"1": {}, "2": {"slow": 5}}
    with running(tmp_path / "d", models, limits={"time_s": 1.0}, budget={"least": 10}) as front:
        front.until_ready("1", "2")
        front.change(canary={"version": "2", "percent": 50})
        with Load(front, 8) as load:
            front.until(lambda: front.status()["rejected"])
        assert load.bad() == []
        assert front.status()["rejected"]["2"]["reason"] == "errors"


def test_what_both_versions_fail_with_is_no_fault_of_the_canary(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {}}, budget={"least": 10}) as front:
        front.until_ready("1", "2")
        front.change(canary={"version": "2", "percent": 50})
        assert {front.post({"fail": 1}).status for _ in range(60)} == {500}
        status = front.status()
        assert status["rejected"] == {}
        assert status["versions"]["2"]["errors"] == 0
        assert status["versions"]["1"]["errors"] == 60


def test_what_clients_do_wrong_never_counts(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {}, "3": {}}, budget={"least": 10}) as front:
        front.until_ready("1", "2", "3")
        front.change(live="2", canary={"version": "3", "percent": 50}, shadow="1")
        front.until_live("2")
        assert {front.post({"refuse": 1}).status for _ in range(60)} == {400}
        assert front.post(b"{}", "/v2/models/m/versions/9/infer").status == 404
        status = front.status()
        assert status["rejected"] == {}
        assert {number: version["errors"] for number, version in status["versions"].items()} == {
            "1": 0,
            "2": 0,
            "3": 0,
        }


def test_a_missing_value_that_no_version_can_take_takes_no_version_down(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {}}, budget={"least": 10}) as front:
        front.until_ready("1", "2")
        front.change(live="2")
        front.until_live("2")
        assert {front.post({"gap": 1}).status for _ in range(60)} == {400}
        assert (front.status()["live"], front.status()["rejected"]) == ("2", {})
