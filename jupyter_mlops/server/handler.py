"""Handlers, made from the route table: who may, what was asked, the verb, its answer or the one form of an error.

A verb runs in a thread, for it may touch the disk; one that only waits is `async` and is awaited.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from itertools import groupby
from typing import Any, cast
from urllib.parse import parse_qsl

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async
from pydantic import ValidationError
from tornado import web

from jupyter_mlops.base.errors import (
    ConflictError,
    FindingsError,
    HandoverError,
    MlopsError,
    NotFoundError,
    UnavailableError,
    UsageError,
)
from jupyter_mlops.base.identity import Actor, acting, username
from jupyter_mlops.server.desk import Call, Desk, Raw
from jupyter_mlops.server.forms.common import Answer, Body, Bytes, Error, Finding
from jupyter_mlops.server.reader import StillReadingError, TooLongError
from jupyter_mlops.server.routes import API, ROUTES, SEGMENTS, Route

RESOURCE = "mlops"
_NAMELESS = (IdentityProvider, PasswordIdentityProvider)
THREADS = 8
# For routes that wait for a model: threads, and requests that hold or wait for one.
SLOW_THREADS, MOST_SLOW = 16, 64
# The first class that fits gives the status.
STATUSES: tuple[tuple[type[MlopsError], int], ...] = (
    (NotFoundError, 404),
    (TooLongError, 413),
    (UsageError, 400),
    (ConflictError, 409),
    (HandoverError, 409),
    (UnavailableError, 503),
)
_log = logging.getLogger(__name__)


class InvalidRequestError(UsageError):
    """The request is not what the route takes."""

    def __init__(self, message: str, hint: str = "see openapi.json") -> None:
        super().__init__("request.invalid", message, hint)


class RouteHandler(APIHandler):
    """All routes of one path; `routes` maps a method to its row."""

    auth_resource = RESOURCE
    routes: dict[str, Route]

    def initialize(self, desk: Desk, pool: ThreadPoolExecutor, slow: ThreadPoolExecutor | None = None) -> None:
        """Take what is shared; called by Tornado for every request."""
        self.desk, self.pool = desk, pool
        route = self.routes.get(str(self.request.method))
        if route is not None and route.is_slow and slow is not None:
            self.pool = slow
        # A tab that is open asks again and again; an idle culler must not take it for its user.
        self._track_activity = self.request.method != "GET"

    @web.authenticated
    async def get(self, **segments: str) -> None:
        """Answer a GET."""
        await self._answer(segments)

    @web.authenticated
    async def post(self, **segments: str) -> None:
        """Answer a POST."""
        await self._answer(segments)

    @web.authenticated
    async def delete(self, **segments: str) -> None:
        """Answer a DELETE."""
        await self._answer(segments)

    async def _answer(self, segments: dict[str, str]) -> None:
        route = self.routes.get(str(self.request.method))
        if route is None:
            allowed = ", ".join(self.routes)
            self.set_header("Allow", allowed)
            self._refuse(405, Error(code="request.method", message="this path has no such method", hint=allowed))
            return
        user = self.current_user
        if not await ensure_async(self.authorizer.is_authorized(self, user, route.action, RESOURCE)):
            raise web.HTTPError(403, f"you may not {route.action} {RESOURCE}")
        try:
            call = Call(
                self.desk,
                segments,
                self._body(route),
                self._query(route),
                self.request.headers,
                self.request.body,
                route.method,
            )
            with self._noted(route, call):
                await self._send(route, await self._do(route, call))
        except MlopsError as error:
            status, form = error_form(error)
            # RFC 7240: the caller asked to be told "accepted, not done yet" instead of an error.
            is_accepted = isinstance(error, StillReadingError) and "respond-async" in self.request.headers.get(
                "Prefer", ""
            )
            self._refuse(202 if is_accepted else status, form)

    @contextmanager
    def _noted(self, route: Route, call: Call) -> Iterator[None]:
        """Note the request while it is answered."""
        with ExitStack() as notes:
            if not getattr(call.query, "wait_s", 0):
                # a request that waits for news says nothing about the server
                notes.enter_context(self.desk.answering())
            if route.is_slow:
                notes.enter_context(self.desk.waiting(MOST_SLOW))
            yield

    async def _do(self, route: Route, call: Call) -> Answer | Raw | None:
        verb = await self._in_thread(verb_of, route)
        with acting(self._actor()):
            if inspect.iscoroutinefunction(verb):
                return cast("Answer | Raw | None", await verb(call))
            return cast("Answer | Raw | None", await self._in_thread(verb, call))

    def _actor(self) -> Actor:
        """Return who asks: the user's name where the server logs people in, else the name of the server's owner.

        Jupyter's own providers know one token or password, and give each browser that has it
        a name made up for the browser.
        """
        name = str(getattr(self.current_user, "username", "") or "")
        if type(self.identity_provider) in _NAMELESS or name in ("", "anonymous"):
            return Actor(username())
        return Actor(name, is_verified=True)

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self.pool, context.run, function, *arguments)

    def _body(self, route: Route) -> Body | None:
        if route.body is None or route.body is Bytes:
            return None
        kind = self.request.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise InvalidRequestError(f"the body is {kind!r}, not JSON", "send `Content-Type: application/json`")
        try:
            found = json.loads(self.request.body.decode("utf-8"), parse_constant=_no_constant)
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise InvalidRequestError(f"the body is not JSON: {error}") from error
        return _validated(route.body, found, strict=True)

    def _query(self, route: Route) -> Body | None:
        try:
            pairs = parse_qsl(self.request.query, keep_blank_values=True, errors="strict", max_num_fields=100)
            "".join(text for pair in pairs for text in pair).encode("utf-8")
        except ValueError as error:
            raise InvalidRequestError(f"the query cannot be read: {error}") from error
        # Jupyter's own words, which every route of a server may be given; JupyterLab adds the time to all it asks.
        pairs = [
            (n, text) for n, text in pairs if n not in ("token", "no_track_activity") and (text or not n.isdigit())
        ]
        if route.query is None:
            if pairs:
                raise InvalidRequestError(f"this route takes no query, and was given {pairs[0][0]!r}")
            return None
        lists = {n for n, f in route.query.model_fields.items() if "list" in str(f.annotation)}
        values: dict[str, Any] = {}
        for name, text in pairs:
            if name in lists:
                values.setdefault(name, []).append(text)
            elif name in values:
                raise InvalidRequestError(f"{name!r} was given twice")
            else:
                values[name] = text
        return _validated(route.query, values, strict=False)

    async def _send(self, route: Route, answer: Answer | Raw | None) -> None:
        if answer is None:
            self.set_status(204)
            self.finish(set_content_type="application/json")
        elif isinstance(answer, Raw):
            self.set_status(answer.status)
            for name, value in answer.headers.items():
                self.set_header(name, value)
            self.set_header("Content-Type", answer.media_type)
            if answer.body:
                self.write(answer.body)
            pieces = iter(answer.more)
            try:
                while (piece := await self._in_thread(next, pieces, None) if answer.more else None) is not None:
                    await self.flush()
                    self.write(piece)
            finally:
                if isinstance(pieces, Generator):
                    pieces.close()
            self.finish(set_content_type=answer.media_type)
        else:
            self.set_status(route.status)
            self.finish(answer.model_dump_json())

    def _refuse(self, status: int, error: Error) -> None:
        self.set_status(status)
        self.finish(error.model_dump_json())

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write what Tornado and Jupyter refuse, and what nobody foresaw, in the one form of an error."""
        raised = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(raised, web.HTTPError):
            message, hint = raised.log_message or raised.reason or "", ""
            code = "request.refused" if status_code < 500 else "server.error"
        else:
            code, message, hint = "server.error", "something went wrong in the server", "its log tells more"
        self.finish(Error(code=code, message=message or "refused", hint=hint).model_dump_json())


class UnknownPathHandler(RouteHandler):
    """Every path below `API` that has no row."""

    routes: dict[str, Route] = {}  # noqa: RUF012 (there are none)

    async def _answer(self, segments: dict[str, str]) -> None:
        self._refuse(404, Error(code="request.no_route", message="there is no such path", hint="see openapi.json"))


def handlers(
    desk: Desk, pool: ThreadPoolExecutor, routes: Sequence[Route] = ROUTES, slow: ThreadPoolExecutor | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield (pattern, handler, shared) for every path of the table, and last for all others below `API`."""
    shared = {"desk": desk, "pool": pool, "slow": slow}
    for path, rows in groupby(sorted(routes, key=lambda row: row.path), key=lambda row: row.path):
        made = type("RouteHandler", (RouteHandler,), {"routes": {row.method: row for row in rows}})
        yield pattern(path), made, shared
    yield f"{API}/.*", UnknownPathHandler, shared


def pattern(path: str) -> str:
    """Return the regular expression of a path of the table.

    >>> pattern("/runs/{run}/log")
    '/mlops/api/v1/runs/(?P<run>[0-9a-f]{32})/log'
    """
    found = API + path.replace(".", r"\.")
    for name, segment in SEGMENTS.items():
        found = found.replace(f"{{{name}}}", f"(?P<{name}>{segment})")
    return found


def verb_of(route: Route) -> Callable[[Call], Any]:
    """Return the function that a row names."""
    module, function = route.verb.split(":")
    found: Callable[[Call], Any] = getattr(import_module(f"jupyter_mlops.server.{module}"), function)
    return found


def error_form(error: MlopsError) -> tuple[int, Error]:
    """Return the status and the form of an error."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    findings = [Finding(**each.to_json()) for each in error.findings] if isinstance(error, FindingsError) else []
    return status, Error(**error.to_json(), findings=findings)


def _validated(form: type[Body], values: object, *, strict: bool) -> Body:
    try:
        return form.model_validate(values, strict=strict)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'the body'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)[:5]
        )
        raise InvalidRequestError(told) from error


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
