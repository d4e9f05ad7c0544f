"""The request log: what is written, what never is; and the shadow, whose answers nobody gets."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.deployments.serving.columns import inputs, predictions
from jupyter_mlops.deployments.serving.requestlog import RequestLog
from jupyter_mlops.deployments.serving.wire import Frame
from tests.deployments.front_process import Front, running

JSON = "application/json"
SECRET = "canary-7f3a"
ROW = {"age": 7, "name": SECRET}
CASES: list[tuple[str, str, Any]] = [
    ("invocations", JSON, {"dataframe_split": {"columns": ["age", "name"], "data": [[7, SECRET]]}}),
    ("invocations", JSON, {"dataframe_split": {"data": [[7, SECRET]]}}),
    ("invocations", JSON, {"dataframe_records": [ROW]}),
    ("invocations", JSON, {"instances": [ROW]}),
    ("invocations", JSON, {"instances": [[7, SECRET]]}),
    ("invocations", JSON, {"inputs": {"age": [7], "name": [SECRET]}}),
    ("invocations", JSON, {"inputs": [ROW]}),
    ("invocations", JSON, {"inputs": [7, SECRET]}),
    ("invocations", JSON, {"inputs": SECRET}),
    ("invocations", JSON, {"inputs": {"who": {"name": SECRET}}, "params": {"name": SECRET}}),
    ("invocations", JSON, {"name": SECRET}),
    ("invocations", JSON, [SECRET]),
    ("invocations", JSON, SECRET),
    ("invocations", "text/csv; charset=utf-8", f"age,name\n7,{SECRET}\n"),
    ("invocations", "text/csv", f"age\n7,{SECRET}\n"),
    ("invocations", "text/csv", f"7,{SECRET}\n"),
    ("invocations", JSON, '{"inputs": "' + SECRET),
    ("infer", JSON, {"inputs": [{"name": "name", "datatype": "BYTES", "shape": [1], "data": [SECRET]}]}),
    ("infer", JSON, {"inputs": [{"datatype": "BYTES", "shape": [1], "data": [SECRET]}]}),
]


@pytest.mark.parametrize(("call", "media", "body"), CASES)
def test_an_excluded_column_is_never_written(call: str, media: str, body: Any) -> None:
    data = (body if isinstance(body, str) and body != SECRET else json.dumps(body)).encode()
    written = inputs(call, media, data, None, ["name", SECRET])
    assert SECRET not in (written or "")


def test_without_exclusions_all_is_written() -> None:
    for call, media, body in CASES[:9]:
        assert SECRET in (inputs(call, media, json.dumps(body).encode(), None, []) or "")


def test_an_error_is_written_without_its_message() -> None:
    assert predictions("invocations", 400, f'{{"message": "not a number: {SECRET}"}}'.encode(), None, []) is None


def _record(log: RequestLog, number: int, body: bytes = b'{"inputs": [1]}') -> None:
    head = {
        "at": time.time(), "id": str(number), "version": "1", "call": "invocations", "type": JSON, "json_bytes": None,
        "status": 200, "answer_json_bytes": None, "rows": 1, "ms": 1.0, "predict_ms": 0.5, "given": len(body),
        "bytes": len(body), "is_cut": False,
    }  # fmt: skip
    log.take(Frame(head, body + b'{"predictions": [1]}'))


def test_files_rotate_and_the_oldest_go(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    log = RequestLog(tmp_path)
    log.take(Frame({"settings": {"max_bytes": 20_000, "keep": 3, "sample": 1.0, "exclude": []}}, b""))
    for number in range(30):
        _record(log, number, json.dumps({"inputs": os.urandom(6_000).hex()}).encode())
        log.flush()
    files = sorted(tmp_path.glob("*.parquet"))
    # three files, or fewer where these are larger: the newest that take no more than three of the wanted size
    assert 1 <= len(files) <= 3
    assert len(files) == 1 or sum(file.stat().st_size for file in files) <= 3 * 20_000
    assert files[-1].name.endswith("-0010.parquet")
    assert all(pq.read_table(file).num_rows for file in files)
    assert not list(tmp_path.glob("*.new"))


def _rows(front: Front) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    files = sorted((front.folder / "requests").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_a_front_writes_its_requests(tmp_path: Path) -> None:
    with running(tmp_path / "d", log={"sample": 1.0, "exclude": ["name"]}) as front:
        front.until_ready("1")
        for number in range(5):
            assert front.post({"dataframe_records": [{**ROW, "age": number}]}, x_request_id=f"r{number}").status == 200
        front.until(lambda: len(_rows(front)) == 5)
        rows = _rows(front)
        assert [row["request_id"] for row in rows] == [f"r{number}" for number in range(5)]
        assert [json.loads(row["inputs"]) for row in rows] == [[{"age": number}] for number in range(5)]
        assert {(row["version"], row["status"]) for row in rows} == {("1", 200)}
        assert all(row["latency_ms"] > 0 and row["predictions"] for row in rows)
        front.change(log={"sample": 0.0})
        front.post({"x": 1})
        front.change(log={"sample": 1.0})
        front.post({"x": 2}, x_request_id="last")
        front.stop()
        assert [row["request_id"] for row in _rows(front)][5:] == ["last"]
        assert all(SECRET.encode() not in file.read_bytes() for file in front.folder.rglob("*") if file.is_file())


def test_a_killed_writer_costs_no_request_and_comes_back(tmp_path: Path) -> None:
    with running(tmp_path / "d", log={"sample": 1.0}) as front:
        front.until_ready("1")
        front.post({"x": 1})
        front.until(lambda: _rows(front))
        os.kill(_writer(front), signal.SIGKILL)
        assert {front.post({"x": 1}).status for _ in range(20)} == {200}
        front.until(lambda: len(_rows(front)) >= 15 or front.post({"x": 1}).status != 200)


def _writer(front: Front) -> int:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"serving.requestlog" in words and str(front.folder).encode() in words:
                return int(folder.name)
    raise AssertionError("no writer")


def test_a_shadow_is_compared_and_never_answers(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {"by": "x"}, "2": {"by": "y"}}, shadow="2") as front:
        front.until(lambda: front.status()["shadow"] == "2")
        assert {front.post({"x": 4}).version for _ in range(50)} == {"1"}
        front.until(lambda: front.status()["shadows"].get("2", {}).get("agreed") == 50)
        assert front.post(b"abc").json()["predictions"] == [3]
        status = front.status()
        assert status["versions"]["2"]["agreement"] == 1.0
        assert status["versions"]["2"]["requests"] >= 50


def test_a_slow_or_failing_shadow_costs_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}, "2": {"slow": 1}, "3": {"broken": True}}, shadow="2") as front:
        front.until(lambda: front.status()["shadow"] == "2")
        assert {front.post({"x": 4}).status for _ in range(300)} == {200}
        assert front.status()["shadows"]["2"]["dropped"] > 0
        front.change(shadow="3")
        for _ in range(40):
            assert front.post({"x": 4}).version == "1"
        front.until(lambda: front.status()["rejected"].get("3"))
        assert front.status()["shadow"] is None
