"""The table of routes as a wall: nobody comes in without a token, nothing is written from elsewhere, every refusal has
the one form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError, HTTPResponse

from jupyter_mlops.base import errors
from jupyter_mlops.server.forms.common import Bytes
from jupyter_mlops.server.handler import error_form, verb_of
from jupyter_mlops.server.openapi import describe
from jupyter_mlops.server.routes import API, ROUTES, Route

ROOT = Path(__file__).parents[2]
FILLED = {
    "run": "0" * 32,
    "job": "nightly",
    "model": "churn",
    "version": "1",
    "deployment": "churn",
    "rest": "invocations",
    "scoring": "0" * 32,
}


def label(value: Any) -> str | None:
    return f"{value.method} {value.path}" if isinstance(value, Route) else None


def path_of(route: Route) -> list[str]:
    return re.sub(r"\{(\w+)\}", lambda found: FILLED[found[1]], API + route.path).strip("/").split("/")


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "root").mkdir(exist_ok=True)
    return {
        "ServerApp": {
            "allow_unauthenticated_access": False,
            "jpserver_extensions": {"jupyter_mlops": True},
            "root_dir": str(tmp_path / "root"),
        },
        "MlopsSettings": {"home": str(tmp_path / "home")},
    }


async def ask(jp_fetch: Any, route: Route, **more: Any) -> HTTPResponse:
    body = "{}" if route.method == "POST" else None
    try:
        found: HTTPResponse = await jp_fetch(*path_of(route), method=route.method, body=body, **more)
    except HTTPClientError as error:
        assert error.response is not None
        found = error.response
    return found


@pytest.mark.parametrize("route", ROUTES, ids=label)
@pytest.mark.parametrize("token", ["", "token guessed", "Bearer guessed", "token "])
async def test_nobody_comes_in_without_the_token(jp_fetch: Any, route: Route, token: str) -> None:
    answer = await ask(jp_fetch, route, headers={"Authorization": token})
    assert answer.code == 403
    assert set(json.loads(answer.body)) == {"code", "message", "hint", "findings"}


async def test_a_path_without_a_row_needs_the_token_too(jp_fetch: Any) -> None:
    for headers, code in (({"Authorization": ""}, 403), (None, 404)):
        for path in ("nothing", "runs/0", "runs/" + "0" * 31 + "g", "status/more", "runs/../status"):
            with pytest.raises(HTTPClientError) as refusal:
                await jp_fetch(*f"{API}/{path}".strip("/").split("/"), **({"headers": headers} if headers else {}))
            assert refusal.value.code == code, path


@pytest.mark.parametrize("route", [r for r in ROUTES if r.action != "read"], ids=label)
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "", "Cookie": "username-x=y"},
        {"Authorization": "", "Origin": "https://elsewhere.invalid"},
        {"Authorization": "", "Content-Type": "text/plain"},
    ],
    ids=["a cookie alone", "another origin", "a plain form"],
)
async def test_nothing_is_written_from_elsewhere(jp_fetch: Any, route: Route, headers: dict[str, str]) -> None:
    assert (await ask(jp_fetch, route, headers=headers)).code in (401, 403, 404)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.body and r.body is not Bytes], ids=label)
async def test_a_body_that_is_no_json_is_refused(jp_fetch: Any, route: Route, jp_auth_header: Any) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await ask(jp_fetch, route, headers={**jp_auth_header, "Content-Type": kind})
        assert answer.code == 400
        # What claims to have parts and has none is refused before it reaches us.
        assert json.loads(answer.body)["code"] in ("request.invalid", "request.refused")


def test_a_get_changes_nothing() -> None:
    assert {route.action for route in ROUTES if route.method == "GET"} == {"read"}


@pytest.mark.parametrize("route", ROUTES, ids=label)
def test_every_row_names_a_verb_that_is_there(route: Route) -> None:
    assert callable(verb_of(route))


def test_the_description_and_its_types_are_fresh() -> None:
    kept = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert kept == describe(), "python -m jupyter_mlops.server.openapi > docs/openapi.json && npm run api"


class _NobodyMay(Authorizer):
    """Says no to one action on the resource `mlops`, whoever asks."""

    action = ""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return not (resource == "mlops" and action == self.action)


class TestAuthorizer:
    @pytest.fixture(params=["read", "write", "execute"])
    def action(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any], action: str) -> dict[str, Any]:
        jp_server_config["ServerApp"]["authorizer_class"] = type("Nobody", (_NobodyMay,), {"action": action})
        return jp_server_config

    async def test_the_authorizer_is_asked_for_the_action_of_the_row(self, jp_fetch: Any, action: str) -> None:
        for route in ROUTES:
            code = (await ask(jp_fetch, route)).code
            assert (code == 403) == (route.action == action), (route, code)


BAD_BODIES = [
    b"", b"[]", b"1", b"null", b"{", b"{]", b'{"path": 1}', b'{"path": "a.ipynb", "unknown": 1}', b"\xff\xfe",
    b'{"path": NaN}', b'{"path": "a.ipynb", "parameters": {"x": Infinity}}', b'{"path": "\\ud800"}',
    b"[" * 100_000, b'{"path": ' + b'"' + b"x" * 10_000_000 + b'"}', b'{"path": "a\\u0000b.ipynb"}',
]  # fmt: skip


@pytest.mark.parametrize("route", [r for r in ROUTES if r.body], ids=label)
async def test_nonsense_is_the_callers_mistake(jp_fetch: Any, route: Route, jp_auth_header: Any) -> None:
    for body in BAD_BODIES:
        try:
            answer = await jp_fetch(
                *path_of(route),
                method="POST",
                body=body,
                headers={**jp_auth_header, "Content-Type": "application/json"},
            )
        except HTTPClientError as error:
            assert error.response is not None
            answer = error.response
        assert answer.code in (400, 404, 413), (body[:60], answer.code, answer.body[:200])


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "limit=1e3", "limit=501", "status=odd", "cursor=x", "unknown=1", "limit=1&limit=2", "q=%ff",
     "q=%ed%a0%80", "path=../../etc/passwd", "path=%00", "cursor=" + "0" * 33],
)  # fmt: skip
async def test_a_query_that_is_wrong_is_refused(
    jp_fetch: Any, query: str, jp_auth_header: Any, jp_base_url: str, jp_http_port: int
) -> None:
    # As it is: the client of the fixture would write it anew.
    from tornado.httpclient import AsyncHTTPClient, HTTPRequest

    url = f"http://127.0.0.1:{jp_http_port}{jp_base_url.rstrip('/')}{API}/runs?{query}"
    found = await AsyncHTTPClient().fetch(HTTPRequest(url, headers=jp_auth_header), raise_error=False)
    assert found.code in (400, 404), found.body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UsageError("a.b", "m", "h"), 400),
        (errors.NotFoundError("a.b", "m"), 404),
        (errors.FindingsError("m", []), 400),
        (errors.ConflictError("a.b", "m"), 409),
        (errors.HandoverError("a.b", "m"), 409),
        (errors.UnavailableError("a.b", "m"), 503),
    ],
)
def test_every_error_has_its_status(error: errors.MlopsError, status: int) -> None:
    found, form = error_form(error)
    assert (found, form.message, form.hint) == (status, error.message, error.hint)
