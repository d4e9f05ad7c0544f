"""Real runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from jupyter_mlops.app import comparison
from jupyter_mlops.server.compare import compare
from jupyter_mlops.server.desk import Call, Desk
from jupyter_mlops.server.forms.runs import CompareQuery
from tests.app.test_comparison import run
from tests.server.made import Door, House, config

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture
def jp_server_config(shop: House) -> dict[str, Any]:
    return config(shop.home, shop.root)


@pytest.fixture
def jp_root_dir(shop: House) -> Path:
    return shop.root


async def test_two_runs_of_one_notebook(door: Door, shop: House) -> None:
    good, failed = shop.runs["good"], shop.runs["failed"]
    found = await door.get("compare", run=[good, failed])
    assert [run["id"] for run in found["runs"]] == [good, failed]
    assert found["parameters"] == [
        {"name": "fail", "values": [False, True], "differs": True},
        {"name": "rows", "values": [100, 100], "differs": False},
    ]
    assert found["metrics"] == [{"name": "score", "values": [0.5, None]}]
    assert {(step["name"], step["run"], step["change"]) for step in found["steps"]} == {
        (name, failed, "same") for name in ("load", "fit", "use", "set-up")
    }


async def test_a_folder_that_is_gone(door: Door, shop: House, tmp_path: Path) -> None:
    folder = shop.home / "runs" / shop.runs["failed"]
    folder.rename(tmp_path / "kept")
    try:
        found = await door.get("compare", run=[shop.runs["good"], shop.runs["failed"]])
        assert found["parameters"][0]["differs"]
        assert found["steps"] == []
    finally:
        (tmp_path / "kept").rename(folder)


async def test_what_cannot_be_compared(door: Door, shop: House) -> None:
    good = shop.runs["good"]
    for runs, status, code in (
        ([good], 400, "request.invalid"),
        ([], 400, "request.invalid"),
        ([good, good], 400, "compare.twice"),
        ([good, "0" * 32], 404, "run.not_found"),
        ([good, "../x"], 400, "request.invalid"),
        ([f"{n:032x}" for n in range(11)], 400, "request.invalid"),
    ):
        assert (await door.get("compare", run=runs, code=status))["code"] == code


def test_a_metric_that_is_no_number_is_said_in_words(tmp_path: Path) -> None:
    runs = [run(tmp_path, ("step:a", "x = 1"), loss=value) for value in (1.0, float("nan"), float("-inf"))]

    class Bench:
        def compare(self, ids: list[str]) -> Any:
            return comparison.compare(runs)

    desk: Any = Desk(lambda note: cast(Any, Bench()), str(tmp_path))
    found = compare(Call(desk, {}, query=CompareQuery(run=[each.id for each in runs])))
    assert found.metrics[0].values == [1.0, "nan", "-inf"]
    assert '"values":[1.0,"nan","-inf"]' in found.model_dump_json()
