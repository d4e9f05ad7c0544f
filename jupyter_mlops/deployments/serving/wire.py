"""Frames between the front, its templates and their workers. Pure but for `read`, `write` and their like; stdlib only.

frame
    two lengths (big-endian, 4 bytes each), a head (a JSON object) and a body (bytes as they came from the client).
control
    front <-> template. The front asks ``{"id", "call": "spawn", "folder", "scratch", "log", "name", "version",
    "readable"?: [paths], "hidden"?: [paths], "network"?: bool, "require_sandbox"?: bool, "answer_bytes"?: int}`` and
    sends one end of a socket pair along (`write_with`); the answer is ``{"id", "status": 200, "pid"}``. Folders that
    hold what no model may read are ``hidden``; what it may read beside its own, ``readable``. Without ``network`` it
    opens no connection, with ``require_sandbox`` it is not loaded where there is no sandbox, and an answer longer than
    ``answer_bytes`` is refused. A worker empties its ``scratch`` folder, so each has one of its own. What the template
    tells by itself has the id 0:
    ``{"id": 0, "event": "ready", "pid", "python", "mlflow", "stamp"}`` once (``stamp``: `worker.environment`), and
    ``{"id": 0, "event": "exit", "pid", "code"}`` for each worker that ended (code below zero: the signal).
    ``{"id", "call": "spare"}`` and one end of a socket pair: a copy of the template, which says ``ready`` over that.
calls
    front <-> worker, over that socket pair. The worker's first frame is ``{"id": 0, "status": 200 | 500, "state":
    "ready" | "failed", "error", "signature", "sandbox", "pid"}``. Then each request
    ``{"id", "call": "invocations" | "infer" | "metadata" | "schema" | "check", "type", "json_bytes"?, "deadline_ms"?}``
    has one answer ``{"id", "status", "type", "rows", "predict_ms", "fault"?, "json_bytes"?}``, in order, one at a time.
deadline_ms
    when nobody waits for the answer any more, on `clock_ms`, which all processes of a machine share.
fault
    whose mistake a status other than 200 is: ``"client"``, ``"model"``, or ``"input"``: the model raised on a request
    in which a value is missing, which another version may be able to answer, and may not.
json_bytes
    how many of the body's first bytes are JSON, when tensors in binary follow (Open Inference Protocol).

Rule: a frame is data. Nothing in it is ever unpickled, evaluated or imported by the one that receives it.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

LENGTHS = struct.Struct(">II")
HEAD_LIMIT = 8 * 1024 * 1024
BODY_LIMIT = 2 * 1024 * 1024 * 1024
_CHUNK = 1 << 20
_SMALL = 1 << 16


class Frame(NamedTuple):
    """A head and its body."""

    head: dict[str, Any]
    body: bytes


class WireError(Exception):
    """What came is no frame, or a larger one than allowed: the other side is broken or hostile, so hang up."""


def clock_ms() -> int:
    """Return the milliseconds of the machine's steady clock, on which deadlines are."""
    return time.monotonic_ns() // 1_000_000


def encode(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    r"""Return the bytes of a frame.

    Examples
    --------
    >>> encode({"id": 1}, b"ab")
    b'\x00\x00\x00\x08\x00\x00\x00\x02{"id":1}ab'
    """
    text = json.dumps(head, separators=(",", ":")).encode()
    return b"".join((LENGTHS.pack(len(text), len(body)), text, body))


class Frames:
    """Frames out of pieces of a stream, for readers that are called with what arrived.

    Parameters
    ----------
    body_limit
        The largest body in bytes; a frame that announces more is a `WireError` before any of it is kept.
    """

    def __init__(self, body_limit: int = BODY_LIMIT) -> None:
        self._buffer = bytearray()
        self._body_limit = body_limit

    def feed(self, data: bytes) -> list[Frame]:
        """Take a piece and return the frames that are now whole.

        Raises
        ------
        WireError
            When the stream is no stream of frames.

        Examples
        --------
        >>> frames = Frames()
        >>> frames.feed(encode({"id": 1}, b"ab")[:9])
        []
        >>> frames.feed(encode({"id": 1}, b"ab")[9:])
        [Frame(head={'id': 1}, body=b'ab')]
        """
        buffer = self._buffer
        buffer += data
        whole: list[Frame] = []
        while len(buffer) >= LENGTHS.size:
            head, body = lengths(buffer, self._body_limit)
            start, end = LENGTHS.size + head, LENGTHS.size + head + body
            if len(buffer) < end:
                break
            whole.append(Frame(decode_head(bytes(buffer[LENGTHS.size : start])), bytes(buffer[start:end])))
            del buffer[:end]
        return whole


def lengths(start: bytes | bytearray, body_limit: int = BODY_LIMIT) -> tuple[int, int]:
    """Return the two lengths a frame opens with."""
    head, body = LENGTHS.unpack_from(start)
    if head > HEAD_LIMIT or body > body_limit:
        raise WireError(f"a frame of {head} and {body} bytes is larger than the {body_limit} allowed")
    return head, body


def decode_head(text: bytes) -> dict[str, Any]:
    """Return the head as a dictionary."""
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("the head of a frame is not JSON") from error
    if not isinstance(head, dict):
        raise WireError("the head of a frame is not an object")
    return head


def write(sock: socket.socket, head: Mapping[str, Any], body: bytes = b"") -> None:
    """Send a frame over a blocking socket."""
    if len(body) < _SMALL:
        sock.sendall(encode(head, body))
        return
    text = json.dumps(head, separators=(",", ":")).encode()
    sock.sendall(LENGTHS.pack(len(text), len(body)) + text)
    sock.sendall(body)


def write_with(sock: socket.socket, head: Mapping[str, Any], fd: int) -> None:
    """Send a frame without a body over a blocking Unix socket, and a file descriptor with it."""
    data = encode(head)
    sent = socket.send_fds(sock, [data], [fd])
    sock.sendall(data[sent:])


class Reader:
    """Whole frames from a blocking socket; file descriptors that came along wait in `fds`."""

    def __init__(self, sock: socket.socket, body_limit: int = BODY_LIMIT, with_fds: bool = False) -> None:
        self._sock = sock
        self._body_limit = body_limit
        self._with_fds = with_fds
        self._buffer = b""
        self.fds: list[int] = []

    def read(self) -> Frame | None:
        """Wait for the next frame; None when the other side hung up.

        Raises
        ------
        WireError
            When the stream is no stream of frames, or ends within one.
        """
        if not self._fill(LENGTHS.size):
            if self._buffer:
                raise WireError("the other side hung up within a frame")
            return None
        head, body = lengths(self._buffer, self._body_limit)
        end = LENGTHS.size + head + body
        if not self._fill(end):
            raise WireError("the other side hung up within a frame")
        buffer, start = self._buffer, LENGTHS.size + head
        self._buffer = buffer[end:]
        return Frame(decode_head(buffer[LENGTHS.size : start]), buffer[start:end])

    def _fill(self, count: int) -> bool:
        """Read until the buffer holds so many bytes; False when the stream ends before."""
        missing = count - len(self._buffer)
        if missing <= 0:
            return True
        pieces = [self._buffer]
        while missing > 0:
            piece = self._receive(max(_SMALL, min(missing, _CHUNK)))
            if not piece:
                break
            pieces.append(piece)
            missing -= len(piece)
        self._buffer = pieces[0] + pieces[1] if len(pieces) == 2 else b"".join(pieces)
        return missing <= 0

    def _receive(self, count: int) -> bytes:
        try:
            if not self._with_fds:
                return self._sock.recv(count)
            data, fds, _flags, _address = socket.recv_fds(self._sock, count, 8)
        except ConnectionError:
            return b""
        self.fds.extend(fds)
        return data
