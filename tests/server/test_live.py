"""The follower of the store: what it sees, what it survives, and that it ends with its server."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.ids import RunId, new_run_id
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.store import NewRun, RunStore, open_store
from jupyter_mlops.server import desk, live

PIPELINE = Pipeline("churn", (Step("load", (0,), notebook="load.ipynb"),))


def make(store: RunStore, home: Path) -> RunId:
    run = new_run_id()
    (home / "runs" / run).mkdir(parents=True)
    store.create(NewRun(id=run, name="churn", folder=home / "runs" / run, pipeline=PIPELINE))
    return run


@asynccontextmanager
async def following(bench: Callable[[], Workbench], told: list[Mapping[str, Any]]) -> AsyncIterator[live.Live]:
    pool = ThreadPoolExecutor(1, "live-test")
    found = live.Live(bench, told.append, lambda: None, pool)
    found.start()
    try:
        yield found
    finally:
        await found.stop()
        pool.shutdown()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("live-test")]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_deleted_run_is_told_by_name(tmp_path: Path) -> None:
    store, told = open_store(tmp_path), list[Mapping[str, Any]]()
    run = make(store, tmp_path)
    store.request_cancel(run)
    bench = Workbench(MlopsSettings(home=str(tmp_path)))
    async with following(lambda: bench, told) as follower:
        await until(lambda: follower._seq is not None)
        bench.delete(run)
        await until(lambda: bool(told))
    (hint,) = told
    assert (hint["run_id"], hint["change"], hint["name"]) == (run, "deleted", "churn")
    assert "status" not in hint
    bench.database.close()
    store.close()


@pytest.mark.parametrize(
    "trouble", [UnavailableError("store.unavailable", "gone"), RuntimeError("odd"), OSError(5, "io")]
)
async def test_trouble_is_told_once_and_survived(
    tmp_path: Path, trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.02)
    monkeypatch.setattr(live, "MAX_PAUSE_S", 0.1)
    store, told, asked, broken = open_store(tmp_path), list[Mapping[str, Any]](), list[int](), [False]
    bench = Workbench(MlopsSettings(home=str(tmp_path)))

    def at_times() -> Workbench:
        asked.append(1)
        if broken[0]:
            raise trouble
        return bench

    with caplog.at_level(logging.WARNING, logger=live.__name__):
        async with following(at_times, told) as follower:
            await until(lambda: follower._seq is not None)
            broken[0] = True
            before = len(asked)
            await until(lambda: len(asked) > before + 4)
            run = make(store, tmp_path)
            store.request_cancel(run)
            broken[0] = False
            await until(lambda: bool(told))
    assert [hint["run_id"] for hint in told] == [run]
    assert told[0]["status"] == "cancelled"
    assert len([record for record in caplog.records if record.name == live.__name__]) == 1
    bench.database.close()
    store.close()


async def test_a_request_that_takes_long_is_activity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "LONG_REQUEST_S", 0.3)
    bench = Workbench(MlopsSettings(home=str(tmp_path)))
    front = desk.Desk(lambda note: bench, None)
    noted: list[bool] = []
    with ThreadPoolExecutor(1) as pool:
        found = live.Live(lambda: bench, lambda hint: None, lambda: noted.append(True), pool, lambda: front.is_busy)
        found.start()
        try:
            with front.answering():
                await asyncio.sleep(0.1)
                assert not noted
                await until(lambda: bool(noted))
            noted.clear()
            await asyncio.sleep(3 * live.POLL_S)
            assert not noted
        finally:
            await found.stop()


async def test_it_ends_when_the_pool_does() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    found = live.Live(lambda: cast("Workbench", None), lambda hint: None, lambda: None, pool)
    found.start()
    await asyncio.sleep(0)
    await found.stop()
