"""A front answers: one version, its doors, its words."""

from __future__ import annotations

import contextlib
import http.client
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.deployments.front_process import TOKEN, Front, alive, running
from tests.pace import FAR_S, PATIENCE_S


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("front")) as started:
        started.until_ready("1")
        yield started


@pytest.mark.short
def test_an_invocation_is_answered_by_a_worker(front: Front) -> None:
    answer = front.post({"x": 7})
    assert (answer.status, answer.json()) == (200, {"predictions": [7], "by": "1"})
    assert answer.version == "1"
    assert answer.headers["x-request-id"]


def test_a_request_keeps_its_id(front: Front) -> None:
    assert front.post({}, x_request_id="abc-1").headers["x-request-id"] == "abc-1"
    assert front.post({}, x_request_id="a b").headers["x-request-id"] != "a b"


def test_the_owner_needs_no_token_and_sees_more(front: Front) -> None:
    assert front.owner("/invocations", b'{"x": 1}').json()["predictions"] == [1]
    status = front.status()
    assert status["live"] == "1"
    assert status["versions"]["1"]["state"] == "ready"
    assert len(status["versions"]["1"]["pids"]) == 1
    assert front.get("/status").status == 404
    assert stat.S_IMODE((front.folder / "owner.sock").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200), ("/ping", 200), ("/version", 200), ("/metrics", 200), ("/openapi.json", 200), ("/v2", 200),
        ("/v2/health/live", 200), ("/v2/health/ready", 200), ("/v2/models/m", 200), ("/v2/models/m/ready", 200),
        ("/v2/models/m/versions/1", 200), ("/v2/models/m/versions/1/ready", 200), ("/v2/models/n", 404),
        ("/v2/models/m/versions/9", 404), ("/nothing", 404), ("/stats", 404), ("/logs", 404),
    ],
)  # fmt: skip
def test_get(front: Front, path: str, status: int) -> None:
    assert front.get(path).status == status


def test_the_model_is_asked_by_the_protocol(front: Front) -> None:
    assert front.post(b"{}", "/v2/models/m/infer").status == 200
    assert front.post(b"{}", "/v2/models/m/versions/1/infer").status == 200
    assert set(front.post(b"{}", "/v2/models/m/versions/2/infer").json()) == {"error"}


def test_what_the_model_refuses_is_passed_on_and_counted(front: Front) -> None:
    before = front.status()["versions"]["1"]
    assert front.post({"refuse": 1}).status == 400
    assert front.post({"fail": 1}).status == 500
    after = front.status()["versions"]["1"]
    assert after["requests"] == before["requests"] + 2
    assert after["errors"] == before["errors"] + 1
    text = front.get("/metrics").body.decode()
    assert 'mlops_requests_total{code="400",deployment="m",version="1"}' in text
    assert 'mlops_errors_total{deployment="m",version="1"}' in text
    buckets = front.owner("/stats?last_s=60").json()
    assert sum(bucket["requests"] for bucket in buckets["buckets"]) >= 2


def test_it_leaves_when_told_and_ends_its_processes(tmp_path: Path) -> None:
    with running(tmp_path / "d") as front:
        front.until_ready("1")
        pids = [*front.status()["versions"]["1"]["pids"], *front.status()["templates"]]
        assert front.stop() == 0
        assert not [pid for pid in pids if alive(pid)]
        assert not (front.folder / "owner.sock").exists()


def test_it_leaves_in_time_whatever_hangs(tmp_path: Path) -> None:
    with running(tmp_path / "d", {"1": {}}, log={"sample": 1.0}) as front:
        front.until_ready("1")
        pids = [*front.status()["versions"]["1"]["pids"], *front.status()["templates"]]
        idle, slow_header, slow_body = front.connect(), front.raw(), front.raw()
        idle.connect()
        slow_header.sendall(b"POST /invocations HTTP/1.1\r\n")
        start = f"POST /invocations HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n1"
        slow_body.sendall(start.encode())
        assert front.post({}).status == 200
        writer = psutil.Process(front.process.pid)
        front.until(lambda: any("requestlog" in " ".join(each.cmdline()) for each in writer.children()))
        stopped = [each for each in writer.children() if "requestlog" in " ".join(each.cmdline())]
        for each in stopped:
            each.suspend()

        def ask() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                front.post({"sleep": FAR_S})

        busy = threading.Thread(target=ask, daemon=True)
        busy.start()
        front.until(lambda: front.status()["in_flight"] >= 2)
        front.process.terminate()
        front.process.wait(PATIENCE_S)
        until = time.monotonic() + PATIENCE_S
        while [pid for pid in pids if alive(pid)]:
            assert time.monotonic() < until
            time.sleep(0.02)
        for each in stopped:
            each.kill()
        for line in (slow_header, slow_body):
            line.close()
        idle.close()


def test_the_protocol_knows_the_model_by_its_own_name_too(tmp_path: Path) -> None:
    with running(tmp_path / "d", model="churn") as front:
        front.until_ready("1")
        assert {front.get(f"/v2/models/{name}").status for name in ("m", "churn")} == {200}
        assert {front.post({}, f"/v2/models/{name}/infer").status for name in ("m", "churn")} == {200}
        assert front.get("/v2/models/other").status == 404


def test_a_version_that_once_served_is_tried_again_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "d") as front:
        front.until_ready("1")
        front.stop()
        front.model("1", fail=True)
        front.start()
        front.until(lambda: front.status()["versions"].get("1", {}).get("error"))
        assert front.status()["rejected"] == {}
        front.model("1")
        front.until_ready("1")
        assert front.post({}).status == 200
