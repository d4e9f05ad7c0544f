"""What a deployment answers over HTTP: a raw ASGI application, since every request goes through here.

Two doors, one application each: `App.public` asks for a token, `App.owner` (a Unix socket that only the owner can
open) does not, and shows more.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

from jupyter_mlops.deployments.serving.answers import ENCODING, Refused, Reply
from jupyter_mlops.deployments.serving.plan import Plan
from jupyter_mlops.deployments.serving.routing import Routed, Routing
from jupyter_mlops.deployments.serving.token import is_bearer

_log = logging.getLogger(__name__)
_OPEN = frozenset(("/health", "/ping", "/v2/health/live", "/v2/health/ready"))
_MODEL = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(/infer|/ready)?")
_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_BINARY = b"inference-header-content-length"
_LARGE = 64 * 1024
_Message = dict[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class Asked(NamedTuple):
    """A request for a prediction, as the request log and the shadow see it."""

    id: bytes
    head: dict[str, Any]
    body: bytes


class Pages(Protocol):
    """The answers that no worker is asked for."""

    def page(self, path: str, query: str, *, is_owner: bool, may_ask: bool) -> Reply:
        """Return the answer to a GET."""


class App:
    """The application.

    Parameters
    ----------
    plan
        Returns the plan that holds now.
    pages
        Answers GET.
    on_answer
        Told of each answer of a version.
    unsent
        Returns how many bytes of answers wait for their clients to read them.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        routing: Routing,
        pages: Pages,
        on_answer: Callable[[Asked, Routed], None],
        unsent: Callable[[], int] = lambda: 0,
    ) -> None:
        self._plan, self._routing, self._pages, self._on_answer = plan, routing, pages, on_answer
        self._unsent = unsent
        self._ids = itertools.count(1)
        self._start = os.urandom(4).hex()
        self.in_flight = 0
        self._held_bytes = 0
        self.refused: dict[int, int] = {}

    async def public(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer a request that came over TCP."""
        await self._answer(scope, receive, send, False)

    async def owner(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer a request that came over the owner's socket."""
        await self._answer(scope, receive, send, True)

    async def _answer(self, scope: Mapping[str, Any], receive: _Receive, send: _Send, is_owner: bool) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        path: str = scope["path"]
        number, may_ask = b"", is_owner
        given = headers.get(b"x-request-id")
        request_id = given if given and _ID.fullmatch(given) else b"%s-%x" % (self._start.encode(), next(self._ids))
        try:
            may_ask = may_ask or is_bearer(headers.get(b"authorization"), self._plan().token_sha256)
            if not may_ask and path not in _OPEN:
                raise Refused(401, "token.missing", "no token of this deployment", "send `Authorization: Bearer TOKEN`")
            if scope["method"] == "POST":
                routed = await self._predict(path, headers, request_id, receive)
                number = routed.version.number.encode()
                reply = _reply(routed)
                if len(reply.body) > _LARGE and self._unsent() > 4 * self._plan().limits.answer_bytes:
                    raise Refused(503, "deployment.busy", "too many large answers are not read yet", retry_after=1)
            elif scope["method"] in ("GET", "HEAD"):
                query = scope["query_string"].decode("latin-1")
                reply = self._pages.page(path, query, is_owner=is_owner, may_ask=may_ask)
            else:
                raise Refused(405, "request.method", f"no {scope['method']} here", "use GET or POST")
        except Refused as refused:
            self.refused[refused.status] = self.refused.get(refused.status, 0) + 1
            reply = refused.reply(path.startswith("/v2"))
        except Exception:
            _log.exception("%s %s", scope["method"], path)
            reply = Refused(500, "deployment.failed", "the deployment failed; its log says why").reply()
        out = [
            (b"content-type", reply.media),
            (b"content-length", str(len(reply.body)).encode()),
            (b"x-request-id", request_id),
            *reply.headers,
        ]
        if not may_ask and reply.status >= 400:
            # Whatever follows, and the rest of a body, is not waited for.
            out.append((b"connection", b"close"))
        if may_ask and (number := number or self._live()):
            out.append((b"x-mlops-model-version", number))
        await send({"type": "http.response.start", "status": reply.status, "headers": out})
        await send({"type": "http.response.body", "body": reply.body})

    def _live(self) -> bytes:
        live = self._routing.live
        return live.encode() if live else b""

    async def _predict(self, path: str, headers: dict[bytes, bytes], request_id: bytes, receive: _Receive) -> Routed:
        """Answer a request for a prediction by a worker's answer."""
        plan = self._plan()
        number, head = None, {"call": "invocations", "type": headers.get(b"content-type", b"").decode("latin-1")}
        if path != "/invocations":
            number = self._infer(path, plan)
            head = _infer_head(headers)
        encoding = headers.get(b"content-encoding", b"identity").decode("latin-1")
        if encoding.lower() != "identity":
            hint = "send it as it is, without `Content-Encoding`, as MLflow's own server wants it"
            raise Refused(415, ENCODING, f"the body is compressed: {encoding[:40]}", hint)
        if self.in_flight >= plan.limits.concurrency:
            raise Refused(503, "deployment.busy", f"{self.in_flight} requests are being answered", retry_after=1)
        self.in_flight += 1
        held = 0
        try:
            body = await self._body(headers.get(b"content-length"), plan.limits.body_bytes, receive)
            if len(body) > _LARGE:
                held = len(body)
                self._held_bytes += held
                if self._held_bytes > max(8 * plan.limits.body_bytes, 256_000_000):
                    raise Refused(503, "deployment.busy", "too many large requests are being answered", retry_after=1)
            canary = plan.canary
            sticky = headers.get(canary.header.encode("latin-1")) if canary else None
            routed = await self._routing.ask(head, body, time_s=plan.limits.time_s, sticky=sticky, number=number)
        finally:
            self.in_flight -= 1
            self._held_bytes -= held
        self._on_answer(Asked(request_id, head, body), routed)
        return routed

    def _infer(self, path: str, plan: Plan) -> str | None:
        """Return the version that an ``infer`` path names, or None."""
        match = _MODEL.fullmatch(path)
        if match is None or match[3] != "/infer":
            raise Refused(404, "request.path", f"no POST at {path}", "POST /invocations")
        if match[1] not in (plan.name, plan.model):
            raise Refused(404, "model.not_found", f"no model `{match[1]}` here", f"this is `{plan.name}`")
        return match[2]

    async def _body(self, announced: bytes | None, most: int, receive: _Receive) -> bytes:
        """Return the whole body; refuses a longer one as soon as that is known, and keeps none of it."""
        too_long = Refused(
            413, "request.too_long", f"the body is longer than {most} bytes", "send fewer rows at a time"
        )
        if announced is not None and (length := digits(announced)) is not None and length > most:
            raise too_long
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            if len(message["body"]) > most:
                raise too_long
            return message["body"]  # type: ignore[no-any-return]
        pieces, length = [], 0
        while True:
            if message["type"] != "http.request":
                raise Refused(400, "request.cut", "the connection ended within the request")
            pieces.append(message["body"])
            length += len(message["body"])
            if length > most:
                raise too_long
            if not message["more_body"]:
                return b"".join(pieces)
            message = await receive()


def _infer_head(headers: dict[bytes, bytes]) -> dict[str, Any]:
    head: dict[str, Any] = {"call": "infer", "type": headers.get(b"content-type", b"").decode("latin-1")}
    if (length := headers.get(_BINARY)) is not None:
        number = digits(length)
        if number is None:
            raise Refused(400, "request.header", "`Inference-Header-Content-Length` is no number of bytes")
        head["json_bytes"] = number
    return head


def digits(text: bytes) -> int | None:
    """Return the number that a header writes in digits; None when it is none, or longer than a size can be.

    >>> digits(b"12"), digits(b"-1"), digits(b"9" * 5000)
    (12, None, None)
    """
    return int(text) if text.isdigit() and len(text) <= 18 else None


def _reply(routed: Routed) -> Reply:
    head, body = routed.frame
    media = str(head.get("type") or "application/json").encode("latin-1", "replace")
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if (json_bytes := head.get("json_bytes")) is not None:
        headers = ((_BINARY, str(int(json_bytes)).encode()),)
    return Reply(int(head["status"]), media, body, headers)
