"""Attempts, logs and executed notebooks of real runs through the server; what leads outside is refused."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mlops.app.ranges import Piece, read_piece
from jupyter_mlops.server import steps
from tests.cli.notebooks import write_notebook
from tests.pace import PATIENCE_S
from tests.server.made import Door, House, config

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture
def jp_server_config(shop: House) -> dict[str, Any]:
    return config(shop.home, shop.root)


@pytest.fixture
def jp_root_dir(shop: House) -> Path:
    return shop.root


async def test_attempts(door: Door, shop: House) -> None:
    found = (await door.get("runs", shop.runs["failed"], "attempts"))["attempts"]
    assert [(a["step"], a["number"], a["status"], a["reason"]) for a in found] == [
        ("load", 1, "succeeded", None),
        ("fit", 1, "failed", "error"),
    ]
    error = found[1]["error"]
    assert (error["code"], error["cell"], error["line"]) == ("run.cell_error", 4, 4)
    assert (error["ename"], error["evalue"]) == ("ValueError", "as asked <b>")
    assert "about to fail" in error["last_output"]
    assert found[0]["log_bytes"] > 10
    assert (await door.get("runs", shop.runs["again"], "attempts"))["attempts"][0]["step"] == "use"


async def test_a_whole_log(door: Door, shop: House) -> None:
    response = await door.raw("runs", shop.runs["good"], "log", params={"step": "load"})
    assert response.code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Mlops-Complete"] == "true"
    assert response.headers["X-Mlops-Attempt"] == "1"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"loaded 100 <script>alert(1)</script>\n" in response.body


async def test_pieces_of_a_log(door: Door, shop: House) -> None:
    async def piece(wanted: str) -> tuple[int, bytes, str | None]:
        response = await door.raw("runs", shop.runs["good"], "log", params={"step": "load"}, headers={"Range": wanted})
        assert response.headers["X-Mlops-Complete"] in ("true", "false")
        return response.code, response.body, response.headers.get("Content-Range")

    whole = (await door.raw("runs", shop.runs["good"], "log", params={"step": "load"})).body
    size = len(whole)
    assert await piece("bytes=2-5") == (206, whole[2:6], f"bytes 2-5/{size}")
    assert await piece("bytes=-4") == (206, whole[-4:], f"bytes {size - 4}-{size - 1}/{size}")
    assert await piece("bytes=3-") == (206, whole[3:], f"bytes 3-{size - 1}/{size}")
    assert await piece(f"bytes={size}-") == (416, b"", f"bytes */{size}")
    assert await piece("bytes=9999999-") == (416, b"", f"bytes */{size}")
    assert await piece("nonsense") == (200, whole, None)


async def test_a_log_that_is_complete_is_not_waited_for(
    door: Door, shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "asyncio", SimpleNamespace(to_thread=asyncio.to_thread, sleep=None))
    response = await door.raw(
        "runs",
        shop.runs["good"],
        "log",
        params={"step": "load", "wait_s": "20"},
        headers={"Range": "bytes=999999-"},
    )
    assert response.code == 204
    assert response.headers["X-Mlops-Complete"] == "true"


async def test_a_carried_step_shows_what_made_its_result(door: Door, shop: House) -> None:
    query = {"step": "load"}
    first, again = [await door.raw("runs", shop.runs[n], "log", params=query) for n in ("good", "again")]
    assert first.body == again.body
    assert again.headers["X-Mlops-Complete"] == "true"
    first, again = [await door.raw("runs", shop.runs[n], "notebook", params=query) for n in ("good", "again")]
    assert first.body == again.body
    listed = await door.get("runs", shop.runs["again"], "artifacts", step="fit")
    assert [value["name"] for value in listed["outputs"]] == ["model", "names", "png", "score", "values"]
    assert b"<section" in (await door.raw("runs", shop.runs["again"], "report", params=query)).body


async def test_logs_of_carried_steps_at_the_command_line(shop: House) -> None:
    printed = ("load (carried)", "loaded 100 <script>alert(1)</script>")
    assert list(shop.bench.logs(shop.runs["again"], "load")) == [printed]
    whole = list(shop.bench.logs(shop.runs["again"]))
    assert whole[0] == printed
    assert {step for step, _ in whole} == {"load (carried)", "fit (carried)", "use"}


async def test_the_executed_notebook_is_a_file(door: Door, shop: House) -> None:
    response = await door.raw("runs", shop.runs["good"], "notebook", params={"step": "load"})
    assert response.code == 200
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''load.ipynb"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert json.loads(response.body)["nbformat"] == 4


async def test_a_step_that_did_not_run(door: Door, shop: House) -> None:
    run = shop.runs["failed"]
    response = await door.raw("runs", run, "log", params={"step": "use"})
    assert (response.code, response.body, response.headers["X-Mlops-Complete"]) == (200, b"", "true")
    for noun in ("notebook", "report"):
        assert (await door.get("runs", run, noun, step="use", code=404))["code"] == "step.no_notebook"
    assert (await door.get("runs", run, "artifacts", step="use"))["outputs"] == []


@pytest.mark.parametrize("noun", ["log", "notebook", "report", "artifacts"])
async def test_what_is_not_there(door: Door, shop: House, noun: str) -> None:
    run = shop.runs["good"]
    assert (await door.get("runs", "0" * 32, noun, step="load", code=404))["code"] == "run.not_found"
    assert (await door.get("runs", run, noun, step="nothing", code=404))["code"] == "run.no_step"
    assert (await door.get("runs", run, noun, step="load", attempt=9, code=404))["code"] == "run.no_attempt"
    assert (await door.get("runs", run, noun, code=400))["code"] == "request.invalid"
    for attempt in ("0", "-1", "x", "1e3", "99999999"):
        assert (await door.get("runs", run, noun, step="load", attempt=attempt, code=400))["code"] == "request.invalid"


NAMES = ["../load", "..", "/etc/passwd", "load\0", "%2e%2e%2fload", "load/../../x", "\u202eload", "a" * 1000]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noun", ["log", "notebook", "report", "artifacts"])
async def test_a_step_is_a_name_and_never_a_path(door: Door, shop: House, noun: str, name: str) -> None:
    assert (await door.get("runs", shop.runs["good"], noun, step=name, code=404))["code"] == "run.no_step"


@pytest.mark.parametrize("run", ["..", "%2e%2e", "%2e%2e%2fx", "A" * 32, "0" * 31, "latest", "0" * 33, "0" * 32 + "\0"])
async def test_a_run_is_an_id_and_never_a_path(door: Door, run: str) -> None:
    assert (await door.raw("runs", run, "log", params={"step": "load"})).code in (400, 404)


async def test_a_folder_that_is_a_link_to_the_outside_is_refused(door: Door, shop: House, tmp_path: Path) -> None:
    folder = shop.home / "runs" / shop.runs["failed"] / "attempts"
    home = next(path for path in folder.iterdir() if "fit" in path.name)
    kept = tmp_path / "kept"
    home.rename(kept)
    (tmp_path / "log.txt").write_text("secret")
    try:
        home.symlink_to(kept)
        for noun in ("log", "notebook", "report"):
            told = await door.get("runs", shop.runs["failed"], noun, step="fit", code=409)
            assert told["code"] == "run.outside"
    finally:
        home.unlink()
        kept.rename(home)


@pytest.mark.parametrize(
    ("noun", "name"),
    [("log", "log.txt"), ("notebook", "executed.ipynb"), ("report", "executed.ipynb"), ("artifacts", "outputs.json")],
)
async def test_a_file_that_is_a_link_is_refused(door: Door, shop: House, tmp_path: Path, noun: str, name: str) -> None:
    folder = shop.bench.steps.place(shop.runs["failed"], "load").folder
    assert folder is not None
    kept = (folder / name).rename(tmp_path / "kept")
    try:
        for target in ("/etc/passwd", "/dev/zero", str(kept)):
            (folder / name).symlink_to(target)
            assert (await door.get("runs", shop.runs["failed"], noun, step="load", code=409))["code"] == "run.outside"
            (folder / name).unlink()
    finally:
        kept.rename(folder / name)


async def test_following_a_log_while_it_is_written(door: Door, shop: House) -> None:
    cells = [(["step:slow"], "import time\nfor i in range(8):\n    print('tick', i, flush=True)\n    time.sleep(0.3)")]
    path = write_notebook(shop.root / "slow.ipynb", cells)
    run = await asyncio.to_thread(shop.call, "run", str(path), "--detach")
    text, answers = b"", 0
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        response = await door.raw(
            "runs",
            run["id"],
            "log",
            params={"step": "slow", "wait_s": "10"},
            headers={"Range": f"bytes={len(text)}-"},
            request_timeout=PATIENCE_S,
        )
        assert response.code in (206, 204)
        text += response.body
        answers += 1
        if response.headers["X-Mlops-Complete"] == "true":
            break
    assert text.count(b"tick") == 8
    # it came in pieces, while it was written, and was not asked for all the time
    assert 1 < answers < 40


async def test_the_end_of_fifty_megabytes(door: Door, shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = shop.bench.steps.place(shop.runs["failed"], "load").log
    assert attempt is not None
    kept = attempt.read_bytes()
    attempt.write_bytes(b"0123456789abcde\n" * (50 * 1024 * 64))
    try:
        read: list[int] = []

        def noting(log: Path | None, piece: Piece) -> bytes:
            read.append(piece.end - piece.start)
            return read_piece(log, piece)

        monkeypatch.setattr(steps, "read_piece", noting)
        query, tail = {"step": "load"}, {"Range": "bytes=-65536"}
        response = await door.raw("runs", shop.runs["failed"], "log", params=query, headers=tail)
        assert (response.code, len(response.body), read) == (206, 65536, [65536])
        whole = await door.raw("runs", shop.runs["failed"], "log", params={"step": "load"})
        assert (whole.code, whole.headers["Content-Length"]) == (200, str(50 * 1024 * 1024))
        assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert whole.body == attempt.read_bytes()
    finally:
        attempt.write_bytes(kept)
