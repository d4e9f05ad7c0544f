"""Runs through the server, by real runners and kernels: start, look, filter, cancel, retry, delete; live hints."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.notebooks import Cells, write_notebook
from tests.pace import PATIENCE_S
from tests.server.made import Door, House, config, house

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

SLOW: Cells = [
    (["parameters"], "n = 1\nword = 'x'"),
    (["step:load"], "data = list(range(n))\nprint('loaded', n)"),
    (["step:left"], "import time\nif n > 100: time.sleep(60)\nleft = sum(data)"),
    (["step:right"], "right = len(data)\n1 / (0 if word == 'fail' else 1)"),
    (["step:join"], "print(left + right)\nleft + right"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("runs")) as found:
        write_notebook(found.root / "slow.ipynb", SLOW)
        write_notebook(found.root / "broken.ipynb", [(["step:a"], "print(nowhere)"), (["step:b"], "1")])
        yield found


@pytest.fixture
def jp_server_config(home: House) -> dict[str, Any]:
    return config(home.home, home.root)


@pytest.fixture
def jp_root_dir(home: House) -> Path:
    return home.root


async def over(door: Door, run: str, timeout_s: float = PATIENCE_S) -> Any:
    end = time.monotonic() + timeout_s
    while True:
        found = await door.get("runs", run)
        if found["status"] in ("succeeded", "failed", "cancelled"):
            return found
        assert time.monotonic() < end, found
        await asyncio.sleep(0.1)


async def test_a_run_from_its_start_to_its_end(door: Door) -> None:
    started = await door.post("runs", body={"path": "slow.ipynb", "parameters": {"n": 3}}, code=201)
    assert (started["status"], started["path"], started["parameters"]) == (
        "queued",
        "slow.ipynb",
        {"n": 3, "word": "x"},
    )
    ended = await over(door, started["id"])
    assert (ended["status"], ended["done"], ended["total"], ended["failure"]) == ("succeeded", 4, 4, None)
    steps = {step["name"]: step for step in ended["steps"]}
    assert steps["join"]["result"] == "6"
    assert steps["left"]["inputs"] == {"data": "load"}
    assert steps["load"]["cells"] == [1]
    assert all(step["has_notebook"] and not step["cached"] for step in ended["steps"])
    assert [p["name"] for p in ended["declared"]] == ["n", "word"]
    listed = await door.get("runs", path="slow.ipynb", q="N=3")
    assert [run["id"] for run in listed["runs"]] == [started["id"]]
    assert listed["runs"][0] == {key: ended[key] for key in listed["runs"][0]}


async def test_a_failure_a_retry_and_only_some_steps(door: Door) -> None:
    failed = await over(
        door, (await door.post("runs", body={"path": "slow.ipynb", "parameters": {"word": "fail"}}, code=201))["id"]
    )
    assert (failed["status"], failed["failed_step"], failed["error"]) == (
        "failed",
        "right",
        "ZeroDivisionError: division by zero",
    )
    error = next(step for step in failed["steps"] if step["name"] == "right")["error"]
    assert (error["cell"], error["line"], error["ename"]) == (3, 2, "ZeroDivisionError")
    assert [run["id"] for run in (await door.get("runs", q="ZeroDivision"))["runs"]] == [failed["id"]]

    again = await door.post("runs", failed["id"], "retry", body={"from_step": "left"}, code=201)
    assert again["retry_of"] == failed["id"]
    again = await over(door, again["id"])
    assert {s["name"]: s["carried_from"] for s in again["steps"]} == {
        "load": failed["id"], "left": None, "right": None, "join": None,
    }  # fmt: skip

    good = await over(door, (await door.post("runs", body={"path": "slow.ipynb"}, code=201))["id"])
    some = await over(door, (await door.post("runs", body={"path": "slow.ipynb", "steps": ["left"]}, code=201))["id"])
    assert (some["chosen"], again["chosen"]) == (["left"], None)
    assert {s["name"]: (s["status"], s["cached"]) for s in some["steps"]} == {
        "load": ("succeeded", True), "left": ("succeeded", False),
        "right": ("skipped", False), "join": ("skipped", False),
    }  # fmt: skip
    assert some["status"] == "succeeded"
    refused = await door.post("runs", body={"path": "slow.ipynb", "steps": ["join"], "parameters": {"n": 99}}, code=400)
    assert refused["code"] == "run.nothing_to_resume"

    # What `some` took over from `good` stays when `good` is deleted.
    assert (await door.raw("runs", good["id"], method="DELETE")).code == 204
    assert (await door.raw("runs", good["id"])).code == 404
    assert (await door.get("runs", some["id"], "artifacts", step="left"))["inputs"][0]["name"] == "data"
    log = await door.raw("runs", some["id"], "log", params={"step": "load"})
    assert log.body == b"loaded 1\n"
    owner = next(s for s in some["steps"] if s["name"] == "load")["carried_from"]
    folder = Path(some["folder"]).parent / owner
    assert folder.is_dir()
    assert (await door.raw("runs", some["id"], method="DELETE")).code == 204
    assert not folder.exists()
    assert not Path(some["folder"]).exists()


async def test_a_cancel(door: Door) -> None:
    run = (await door.post("runs", body={"path": "slow.ipynb", "parameters": {"n": 101}}, code=201))["id"]
    while "left" not in (await door.get("runs", run))["current"]:
        await asyncio.sleep(0.1)
    assert (await door.raw("runs", run, method="DELETE")).code == 409
    assert (await door.get("activity"))["running"] == 1
    assert [r["id"] for r in (await door.get("runs", status="active"))["runs"]] == [run]
    assert (await door.post("runs", run, "cancel", body={}))["cancel_requested"]
    ended = await over(door, run)
    assert ended["status"] == "cancelled"
    # Asking again is no error.
    assert (await door.post("runs", run, "cancel", body={}))["status"] == "cancelled"


async def test_what_is_refused_starts_nothing(door: Door, home: House, tmp_path: Path) -> None:
    before = len((await door.get("runs"))["runs"])
    (home.root / "link.ipynb").symlink_to(tmp_path / "outside.ipynb")
    write_notebook(tmp_path / "outside.ipynb", SLOW)
    evil = home.root.with_name("root-evil")
    evil.mkdir(exist_ok=True)
    write_notebook(evil / "a.ipynb", SLOW)
    (home.root / "folder.ipynb").mkdir(exist_ok=True)
    fifo = home.root / "fifo.ipynb"
    os.mkfifo(fifo)
    cases = [
        ({}, 400, "request.invalid"),
        ({"path": "slow.ipynb", "job": "nightly"}, 400, "request.invalid"),
        ({"path": "nowhere.ipynb"}, 404, "notebook.not_found"),
        ({"path": "../outside.ipynb"}, 400, "path.invalid"),
        ({"path": "a/../../outside.ipynb"}, 400, "path.invalid"),
        ({"path": "/etc/passwd"}, 404, "notebook.not_found"),
        ({"path": "link.ipynb"}, 400, "path.outside"),
        ({"path": "../root-evil/a.ipynb"}, 400, "path.invalid"),
        ({"path": "folder.ipynb"}, 400, "path.invalid"),
        ({"path": "fifo.ipynb"}, 400, "path.invalid"),
        ({"path": "x" * 300 + ".ipynb"}, 400, "path.invalid"),
        ({"path": ".hidden.ipynb"}, 404, "path.hidden"),
        ({"path": "slow.ipynb\0"}, 400, "path.invalid"),
        ({"path": "broken.ipynb"}, 400, "notebook.findings"),
        ({"path": "broken.ipynb", "ignore": ["nonsense"]}, 400, "notebook.unknown_code"),
        ({"path": "broken.ipynb", "ignore": ["notebook.cycle"]}, 400, "notebook.not_ignorable"),
        ({"path": "slow.ipynb", "parameters": {"m": 1}}, 400, "parameter.unknown"),
        ({"path": "slow.ipynb", "parameters": {"n": "three"}}, 400, "parameter.type"),
        ({"path": "slow.ipynb", "steps": ["nothing"]}, 400, "pipeline.no_step"),
        ({"path": "slow.ipynb", "from_step": "left", "steps": ["left"]}, 400, "run.steps"),
        ({"job": "nobody"}, 404, "job.not_found"),
        ({"job": "../../x"}, 400, "job.name"),
        ({"job": str(home.root / "slow.ipynb")}, 400, "job.name"),
        ({"job": "slow.ipynb"}, 404, "job.not_found"),
    ]
    for body, code, word in cases:
        refused = await door.post("runs", body=body, code=code)
        assert refused["code"] == word, (body, refused)
    assert (await door.post("runs", body={"path": "broken.ipynb"}, code=400))["findings"][0]["cell"] == 0
    assert len((await door.get("runs"))["runs"]) == before


async def test_what_was_ignored_is_on_the_run_and_on_its_retry(door: Door) -> None:
    body = {"path": "broken.ipynb", "ignore": ["notebook.undefined_name"]}
    started = await door.post("runs", body=body, code=201)
    ended = await over(door, started["id"])
    told = [(f["code"], f["cell"], f["severity"]) for f in ended["ignored"]]
    assert told == [("notebook.undefined_name", 0, "error")]
    assert (ended["status"], ended["steps"][0]["error"]["ename"]) == ("failed", "NameError")
    again = await door.post("runs", ended["id"], "retry", body={}, code=201)
    assert again["ignored"] == ended["ignored"]
    await over(door, again["id"])


async def test_changes_are_told_live_whoever_made_them(
    door: Door, home: House, jp_ws_fetch: Any, jp_serverapp: Any
) -> None:
    # What a server does by itself when its loop runs.
    await jp_serverapp.extension_manager.start_all_extensions()
    socket = await jp_ws_fetch("api", "events", "subscribe")
    try:
        run = (await door.post("runs", body={"path": "slow.ipynb"}, code=201))["id"]
        told: list[dict[str, Any]] = []
        while not told or told[-1].get("status") != "succeeded":
            event = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE_S))
            # MLflow may be told of the runs before it still, which is a change of theirs.
            is_ours = event.get("run_id") == run
            if is_ours and event["schema_id"].startswith("https://events.jupyter-mlops.org/run"):
                told.append(event)
        assert [event["seq"] for event in told] == sorted({event["seq"] for event in told})
        # An idle culler was told that there was a run.
        assert "jupyter_mlops" in jp_serverapp.web_app.settings["last_activity_times"]
        # Another process makes it.
        made = (await asyncio.to_thread(home.call, "run", str(home.root / "slow.ipynb")))["id"]
        while event["run_id"] != made:
            event = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE_S))
        await door.raw("runs", run, method="DELETE")
        while event.get("change") != "deleted":
            event = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE_S))
        assert event["run_id"] == run
    finally:
        socket.close()
