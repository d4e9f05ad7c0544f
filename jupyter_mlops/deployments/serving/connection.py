"""A connection of a client: uvicorn's protocol, with what it leaves open closed.

A client that is slow with its header or its body gets 408; one that does not read its answers is cut off; a header
that is too long gets 431, and nonsense 400. Nothing of this takes a thread, and `Connections.run` looks at all of
them once a second, so that no request pays for a timer.

A connection over which no request with a token has come is a stranger's: it has `STRANGER_S` for a header, strangers
together have `SHARE` of the connections, and when there are too many a stranger's is closed first.

A request to change to another protocol is answered as if it had not asked; see `upgrade`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from jupyter_mlops.base import unix
from jupyter_mlops.deployments.serving.plan import Limits
from jupyter_mlops.deployments.serving.upgrade import without_upgrade

HEADER_BYTES = 64 * 1024
HEADERS = 100
IDLE_S = 75
PIECE = 64 * 1024
STRANGER_S = 3.0
SHARE = 0.75
_WORDS = {
    400: ("Bad Request", "request.invalid", "this is no HTTP request"),
    408: ("Request Timeout", "request.slow", "the request did not arrive in time"),
    431: ("Request Header Fields Too Large", "request.header", f"the header is longer than {HEADER_BYTES} bytes"),
    503: ("Service Unavailable", "deployment.connections", "too many connections are open"),
}


def refusal(status: int) -> bytes:
    """Return a whole answer that ends its connection."""
    phrase, code, message = _WORDS[status]
    body = json.dumps({"code": code, "message": message, "hint": ""}).encode()
    head = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"connection: close\r\n\r\n" + body


class _Joined:
    """A transport for one answer that sends its header together with its body: one system call, one packet."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._header = b""
        self._is_first = True
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        if self._is_first and not data.startswith(b"HTTP/1.1 100"):
            self._header, self._is_first = data, False
            return
        self._transport.write(self._header + data if len(data) < PIECE or not self._header else self._long(data))
        self._header = b""

    def _long(self, data: bytes) -> bytes:
        self._transport.write(self._header)
        return data

    def flush(self) -> None:
        if self._header and not self._transport.is_closing():
            self._transport.write(self._header)
            self._header = b""

    def close(self) -> None:
        self.flush()
        self._transport.close()


def _is_welcome(transport: asyncio.Transport) -> bool:
    """Return whether a caller may speak here: over TCP everybody, over the owner's socket its user and root."""
    sock = transport.get_extra_info("socket")
    if sock is None or sock.family != socket.AF_UNIX:
        return True
    # A copy of its own: what an event loop shows as a socket need not have all its methods.
    with socket.socket(fileno=os.dup(sock.fileno())) as own:
        return unix.is_welcome(own)


class Connection(HttpToolsProtocol):
    """A connection.

    `waits` is for what it waits since `since`: ``header``, ``body``, ``answer``, or ``idle`` between two requests.
    """

    def __init__(
        self, config: uvicorn.Config, state: ServerState, connections: Connections, *, is_owner: bool = False
    ) -> None:
        super().__init__(config, state, {}, asyncio.get_running_loop())
        self._all = connections
        self.is_stranger = not is_owner
        self._asks_upgrade = False
        self._header = 0
        self._arrived = 0
        self._refused = 0
        self._asked: RequestResponseCycle | None = None
        self.waits = "header"
        self.since = time.monotonic()
        self._stalled = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not _is_welcome(transport):
            transport.abort()
            return
        self._all.make_room(self)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        waited = self.waits
        if waited == "idle":
            self.waits, self.since, self._header = "header", time.monotonic(), 0
        self._feed(data)
        if self.waits == "header":
            self._header += len(data)
            if self._header > HEADER_BYTES:
                self.refuse(431)
        elif waited == "body" and self.waits == "body":
            self._arrived += len(data)
            if self._arrived >= PIECE and not self._is_answered():
                self._arrived, self.since = 0, time.monotonic()

    def _feed(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")

    def _go_on(self, rest: bytes) -> None:
        """Parse the request anew, as if it had not asked for another protocol."""
        self._asks_upgrade = False
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.refuse(400)
            return
        head = without_upgrade(method, self.url, self.parser.get_http_version(), self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self._feed(head + rest)

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= HEADERS or len(name) + len(value) > HEADER_BYTES:
            self._refused = 431
            raise ValueError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            self._asks_upgrade = True
            return
        if self.is_stranger and self._all.knows(dict(self.headers)):
            self.is_stranger = False
        self.waits, self.since, self._arrived = "body", time.monotonic(), 0
        super().on_headers_complete()
        self._asked = self.cycle
        self.cycle.transport = cast("asyncio.Transport", _Joined(self.transport))

    def on_message_complete(self) -> None:
        if self._asks_upgrade:
            return
        done = self.cycle.response_complete
        self.waits, self.since, self._header = "idle" if done else "answer", time.monotonic(), 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.waits == "answer" and not self.pipeline:
            self.waits, self.since = "idle", time.monotonic()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._stalled = time.monotonic()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stalled = 0.0
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        status, self._refused = self._refused or 400, 0
        self.refuse(status)

    def _is_answered(self) -> bool:
        """Whether the rest of the request that arrives is only thrown away."""
        return self._asked is not None and self._asked.response_complete

    def refuse(self, status: int) -> None:
        """Answer with a refusal, if an answer is still due, and end the connection."""
        self._refused = status
        if self.transport.is_closing():
            return
        asked = self._asked
        if asked is None or not asked.response_started or asked.response_complete:
            self.transport.write(refusal(status))
        self.transport.close()
        if asked is not None and not asked.response_complete:
            asked.disconnected = True
            asked.message_event.set()

    def sweep(self, now: float, limits: Limits) -> None:
        """End the connection when it has waited for the client for too long."""
        waited, header_s = now - self.since, limits.header_s
        if self.transport.is_closing():
            if waited > limits.body_s + limits.header_s:
                self.transport.abort()
        elif self._stalled and now - self._stalled > limits.body_s:
            self.transport.abort()
        elif self.waits == "header" and waited > (min(header_s, STRANGER_S) if self.is_stranger else header_s):
            self.refuse(408)
        elif self.waits == "body" and waited > limits.body_s and not self.flow.read_paused:
            if self._is_answered():
                self.transport.close()
            else:
                self.refuse(408)
        elif self.waits == "idle" and waited > limits.body_s and self.transport.get_write_buffer_size():
            self.transport.abort()
        elif self.waits == "idle" and waited > IDLE_S:
            self.transport.close()


class Connections:
    """All connections of a front, over TCP and over its own socket.

    Parameters
    ----------
    knows
        Returns whether the headers of a request hold a token of the deployment.
    """

    def __init__(self, limits: Limits, knows: Callable[[Mapping[bytes, bytes]], bool] = lambda headers: True) -> None:
        self.limits, self.knows = limits, knows
        self.state = ServerState()

    def config(self, app: Any) -> uvicorn.Config:
        """Return how an app is served."""
        config = uvicorn.Config(
            app, http=Connection, ws="none", lifespan="off", interface="asgi3", log_config=None, access_log=False,
            proxy_headers=False, server_header=False, date_header=False, timeout_keep_alive=2 * IDLE_S,
        )  # fmt: skip
        config.load()
        return config

    @property
    def open(self) -> list[Connection]:
        """The connections that are open."""
        return [item for item in self.state.connections if isinstance(item, Connection)]

    def make_room(self, new: Connection) -> None:
        """Let the connection that waits for its client for the longest go when there are too many; strangers first."""
        others = [item for item in self.open if item is not new]
        strangers = [item for item in others if item.is_stranger]
        is_full = len(self.state.connections) > self.limits.connections
        if not is_full and len(strangers) < SHARE * self.limits.connections:
            return
        waiting = strangers or [item for item in others if item.waits in ("idle", "header")]
        if waiting:
            oldest = min(waiting, key=lambda item: item.since)
            self.state.connections.discard(oldest)
            oldest.transport.abort()
        else:
            new.refuse(503)

    async def run(self) -> None:
        """Look at all of them, once a second, for ever."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for connection in self.open:
                connection.sweep(now, self.limits)

    async def drain(self, longest_s: float) -> None:
        """Let clients have their answers, then end what is open."""
        for connection in self.open:
            connection.shutdown()
        until = time.monotonic() + longest_s
        while self.state.tasks and time.monotonic() < until:
            await asyncio.sleep(0.02)
        for connection in self.open:
            connection.transport.close()
