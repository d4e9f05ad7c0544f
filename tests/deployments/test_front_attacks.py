"""What strangers and broken clients send: refused, and the front goes on (S13)."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.deployments.serving.link import _checked
from jupyter_mlops.deployments.serving.wire import Frame, WireError
from tests.deployments.front_process import TOKEN, Front, running
from tests.pace import FAR_S

LIMITS = {"body_bytes": 100_000, "time_s": 2, "concurrency": 4, "header_s": 1, "body_s": 1}
HEAD = f"POST /invocations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("front"), limits=LIMITS) as started:
        started.until_ready("1")
        yield started


@pytest.fixture(autouse=True)
def alive(front: Front) -> Iterator[None]:
    """After every attack: the same process answers, with the same worker, and holds nothing."""
    before = front.status()
    yield
    assert front.post({"x": 5}).json()["predictions"] == [5]
    after = front.status()
    assert (after["pid"], after["in_flight"]) == (before["pid"], 0)
    assert after["versions"]["1"]["pids"] == before["versions"]["1"]["pids"]
    assert "Traceback" not in front.log()


def _exchange(front: Front, data: bytes, *, most: int = 1 << 20) -> bytes:
    """Send and return what comes until the connection ends or nothing more comes."""
    with front.raw() as sock:
        sock.settimeout(2)
        try:
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return b""
        return _rest(sock, most)


def _rest(sock: socket.socket, most: int = 1 << 20) -> bytes:
    pieces = b""
    while len(pieces) < most:
        try:
            piece = sock.recv(65536)
        except (ConnectionResetError, TimeoutError):
            break
        if not piece:
            break
        pieces += piece
    return pieces


def _send_until_cut_off(sock: socket.socket, data: bytes, pause_s: float) -> None:
    try:
        for _ in range(int(10 / pause_s)):
            sock.sendall(data)
            time.sleep(pause_s)
    except (BrokenPipeError, ConnectionResetError):
        return
    raise AssertionError("never cut off")


EVERY = ["/invocations", "/v2/models/m/infer", "/v2/models/m/versions/1/infer", "/invocations/../status"]
PAGES = [
    "/metrics",
    "/openapi.json",
    "/version",
    "/v2",
    "/v2/models/m",
    "/v2/models/m/ready",
    "/status",
    "/stats",
    "/logs",
    "/",
    "//health",
    "/health/../metrics",
    "/%2e%2e/metrics",
]


@pytest.mark.short
@pytest.mark.parametrize(
    "token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "b" * 100_00, "é", "\x00"]
)
def test_without_the_token_nothing_is_answered(front: Front, token: str | None) -> None:
    for path in EVERY:
        if token is None or token.isascii():
            answer = _refused(front, "POST", path, token)
            assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 400")), (path, answer)
    for path in PAGES:
        answer = _refused(front, "GET", path, token)
        assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 400")), (path, answer)
        assert b"model-version" not in answer.lower()


def _refused(front: Front, method: str, path: str, token: str | None) -> bytes:
    given = "" if token is None else f"Authorization: Bearer {token}\r\n"
    body = "Content-Length: 0\r\n" if method == "POST" else ""
    return _exchange(front, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{given}{body}\r\n".encode())


def test_other_schemes_do_not_open(front: Front) -> None:
    for value in (TOKEN, f"Basic {TOKEN}", f"token {TOKEN}", f"Bearer  {TOKEN} {TOKEN}", "Bearer", f"BearerX {TOKEN}"):
        connection = front.connect()
        connection.request("POST", "/invocations", b"{}", {"Authorization": value})
        assert connection.getresponse().status == 401, value
        connection.close()
    assert front.get(f"/metrics?token={TOKEN}", token=None).status == 401


@pytest.mark.short
def test_another_deployments_token_does_not_open(front: Front, tmp_path: Path) -> None:
    with running(tmp_path / "other", token_sha256=["ab" * 32]) as other:
        assert other.post({}).status == 401
    with running(tmp_path / "closed", token_sha256=[]) as closed:
        closed.until_ready("1")
        assert closed.post({}).status == 401
        assert closed.post({}, token="").status == 401
        assert closed.get("/health", token=None).json() == {"status": "up"}


def test_health_without_a_token_says_no_more_than_up(front: Front) -> None:
    assert front.get("/health", token=None).json() == {"status": "up"}
    assert "live" in front.get("/health").json()
    assert "x-mlops-model-version" not in front.get("/health", token=None).headers


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_that_is_too_long_is_refused(front: Front, is_chunked: bool) -> None:
    size = 3_000_000
    if is_chunked:
        body = b"".join(b"%x\r\n%b\r\n" % (50_000, b"x" * 50_000) for _ in range(size // 50_000)) + b"0\r\n\r\n"
        head = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
    else:
        body, head = b"x" * size, HEAD + f"Content-Length: {size}\r\n\r\n"
    with front.raw() as sock:
        sock.sendall(head.encode() + body)
        assert sock.recv(65536).startswith(b"HTTP/1.1 413")
    assert front.post(b"x" * size).json()["code"] == "request.too_long"
    assert front.post(b" " * 100_000).status == 200


def test_a_body_that_never_ends_is_cut_off(front: Front) -> None:
    with front.raw() as sock:
        sock.sendall((HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode())
        _send_until_cut_off(sock, b"%x\r\n%b\r\n" % (1000, b"x" * 1000), 0.005)


def test_slow_clients_get_408_and_hold_nothing(front: Front) -> None:
    silent, header, body = front.raw(), front.raw(), front.raw()
    header.sendall(b"POST /invocations HTTP/1.1\r\nHost: ")
    body.sendall((HEAD + "Content-Length: 1000\r\n\r\n{").encode())
    for sock in (silent, header, body):
        assert _rest(sock).startswith(b"HTTP/1.1 408")
        sock.close()


def test_dripping_a_header_does_not_help(front: Front) -> None:
    with front.raw() as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\n")
        _send_until_cut_off(sock, b"X-A: b\r\n", 0.1)


def test_two_hundred_slow_clients_do_not_keep_others_out(front: Front) -> None:
    slow = [front.raw() for _ in range(200)]
    for sock in slow:
        sock.sendall((HEAD + "Content-Length: 1000\r\n\r\n{").encode())
    statuses = {front.post({}).status for _ in range(3)}
    for sock in slow:
        sock.close()
    assert statuses <= {200, 503}
    front.until(lambda: front.status()["in_flight"] == 0)


def test_a_client_that_does_not_read_is_cut_off(front: Front) -> None:
    with front.raw() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        sock.settimeout(0.5)
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(20_000):
                sock.sendall(head)
        assert front.status()["connections"] > 1
        front.until(lambda: front.status()["connections"] == 1)


GARBAGE = [
    b"\x00" * 1000, b"\xff" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 200,
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n" * 1000,
    b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET * HTTP/1.1\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("data", GARBAGE)
def test_garbage_is_refused(front: Front, data: bytes) -> None:
    answer = _exchange(front, data)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), answer
    assert b"Traceback" not in answer


def test_a_header_of_10_mb_is_refused(front: Front) -> None:
    for data in (
        b"GET /health HTTP/1.1\r\nX: " + b"a" * 10_000_000,
        b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 1_700_000,
        b"GET /" + b"a" * 10_000_000,
    ):
        answer = _exchange(front, data)
        assert answer == b"" or answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400")), answer[:200]
    big = b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"
    assert _exchange(front, big)[:12] in (b"HTTP/1.1 431", b"")


def test_pipelined_requests_are_answered_in_order(front: Front) -> None:
    requests = b"".join(
        (HEAD + f"Content-Length: {len(body)}\r\n\r\n{body}").encode() for body in (f'{{"x": {n}}}' for n in range(50))
    )
    end = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = _exchange(front, requests + end)
    assert answer.count(b"HTTP/1.1 200") == 51
    assert [int(part.split(b"]")[0]) for part in answer.split(b'"predictions": [')[1:]] == list(range(50))


def test_a_request_smuggled_behind_a_refused_one_has_no_token(front: Front) -> None:
    inner = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    outer = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    answer = _exchange(front, outer + inner + b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    # The connection is closed with the first refusal.
    assert answer.count(b"HTTP/1.1 401") == 1


def test_more_at_once_than_allowed_is_told_to_come_again(front: Front) -> None:
    answers: list[tuple[int, str | None]] = []

    def ask() -> None:
        answer = front.post({"sleep": 0.3})
        answers.append((answer.status, answer.headers.get("retry-after")))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _after in answers} == {200, 503}
    assert all(after for status, after in answers if status == 503)


def test_a_request_that_takes_too_long_is_told_so(front: Front) -> None:
    with front.connect_owner() as owner:
        owner.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert owner.recv(4096).startswith(b"HTTP/1.1 200")
    assert front.post({"sleep": FAR_S}).json()["code"] == "request.late"


def test_compressed_bodies_and_other_methods_are_refused(front: Front) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    for path in ("/invocations", "/v2/models/m/infer"):
        for encoding in ("gzip", "deflate", "br", "GZIP, identity"):
            answer = front.post(bomb, path, content_encoding=encoding)
            assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity")
            assert "without `Content-Encoding`" in answer.body.decode()
        assert front.post({}, path, content_encoding="Identity").status == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        connection = front.connect()
        connection.request(method, "/invocations", b"{}", {"Authorization": f"Bearer {TOKEN}"})
        assert connection.getresponse().status == 405
        connection.close()
    assert front.post({}, "/health").status == 404
    assert front.get("/invocations").status == 405


SMUGGLED = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
UPGRADES = ["h2c", "websocket", "TLS/1.0, HTTP/2.0", "foo"]


@pytest.mark.short
@pytest.mark.parametrize("protocol", UPGRADES)
@pytest.mark.parametrize("in_pieces", [False, True])
def test_who_asks_for_another_protocol_is_answered_once(front: Front, protocol: str, in_pieces: bool) -> None:
    """The body is the body, whatever it looks like, and however it arrives."""
    asks = HEAD + f"Connection: keep-alive, Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAM\r\n"
    for body, status in ((SMUGGLED, b"200"), ('{"x": 7}', b"200")):
        for framing in (
            f"Content-Length: {len(body)}\r\n\r\n{body}",
            f"Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n",
        ):
            data = (asks + framing).encode()
            with front.raw() as sock:
                sock.settimeout(2)
                for piece in [data[i : i + 37] for i in range(0, len(data), 37)] if in_pieces else [data]:
                    sock.sendall(piece)
                    time.sleep(0.001 * in_pieces)
                said = sock.recv(65536)
                assert said.startswith(b"HTTP/1.1 " + status), said
                assert said.count(b"HTTP/1.1 ") == 1
                assert b"mlops_" not in said
                # The connection goes on with the next request.
                sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b"HTTP/1.1 200" in sock.recv(65536)


@pytest.mark.short
def test_who_has_no_token_is_answered_and_left(front: Front) -> None:
    head = HEAD.replace(TOKEN, "none") + "Content-Length: 1000\r\n\r\n{"
    with front.raw() as sock:
        sock.settimeout(FAR_S)
        sock.sendall(head.encode())
        pieces = b""
        while piece := sock.recv(65536):
            pieces += piece
    assert pieces.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in pieces


@pytest.mark.short
@pytest.mark.parametrize(
    "head", ["POST /invocations HTTP/1.1\r\nHost: ", HEAD.replace(TOKEN, "x") + "Content-Length: 9\r\n\r\n", ""]
)
def test_strangers_take_no_place_of_those_with_a_token(head: str, tmp_path: Path) -> None:
    with running(tmp_path, limits={**LIMITS, "connections": 40, "header_s": FAR_S, "body_s": FAR_S}) as started:
        started.until_ready("1")
        strangers = [started.raw() for _ in range(60)]
        for sock in strangers:
            with contextlib.suppress(OSError):
                sock.sendall(head.encode())
        # Were the places theirs, these would wait for longer than a test may take.
        assert [started.post({"x": 1}).status for _ in range(20)] == [200] * 20
        started.until(lambda: started.status()["connections"] < 35)
        for sock in strangers:
            sock.close()


def answer(**head: object) -> Frame:
    return Frame({"id": 1, "status": 200, "type": "application/json", **head}, b"{}")


@pytest.mark.short
@pytest.mark.parametrize(
    "head",
    [{"status": status} for status in (100, 101, 199, 201, 204, 206, 301, 304, 399, 600, 0, -1, 10**9, "200", True, 200.0, None)]
    + [{"type": media} for media in ("a/b\r\nx: y", "text", "text/html\0", 3, "a/b" * 200)]
    + [{"json_bytes": part} for part in (-1, 3, "1", True, 10**30)],
)  # fmt: skip
def test_an_answer_that_http_cannot_carry_ends_its_worker(head: dict[str, object]) -> None:
    with pytest.raises(WireError):
        _checked(answer(**head))


@pytest.mark.short
@pytest.mark.parametrize(
    "head",
    [{}, {"status": 400}, {"status": 599}, {"type": None}, {"type": "text/csv; charset=utf-8"}, {"json_bytes": 2}],
)
def test_other_answers_pass(head: dict[str, object]) -> None:
    _checked(answer(**head))


@pytest.mark.short
@pytest.mark.parametrize("name", ["Inference-Header-Content-Length", "X-Request-Id", "x-mlops-sticky"])
@pytest.mark.parametrize("path", ["/v2/models/m/infer", "/invocations"])
def test_a_header_of_5000_digits_is_no_failure(front: Front, name: str, path: str) -> None:
    head = HEAD.replace("/invocations", path) + f"{name}: {'9' * 5000}\r\nContent-Length: 2\r\n\r\n{{}}"
    assert int(_exchange(front, head.encode()).split(b" ")[1]) < 500
