"""The status route on a real server: nobody without a token, everybody with one."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {
            "allow_unauthenticated_access": False,
            "jpserver_extensions": {"jupyter_mlops": True},
        }
    }


async def test_with_a_token_it_answers_the_release_of_the_package(jp_fetch: Any) -> None:
    response = await jp_fetch("mlops", "api", "v1", "status")
    assert response.code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert json.loads(response.body) == {"version": 1, "package": version("jupyter-mlops")}


async def test_without_a_token_it_refuses(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as refusal:
        await jp_fetch("mlops", "api", "v1", "status", headers={"Authorization": ""})
    assert refusal.value.code == 403


async def test_with_a_wrong_token_it_refuses(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as refusal:
        await jp_fetch("mlops", "api", "v1", "status", headers={"Authorization": "token guessed"})
    assert refusal.value.code == 403


async def test_a_path_without_a_route_does_not_exist(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as missing:
        await jp_fetch("mlops", "api", "v1", "nothing")
    assert missing.value.code == 404


class _NobodyReadsMlops(Authorizer):
    """Says no to the resource `mlops`, whoever asks."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource != "mlops"


class TestAuthorizer:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ServerApp"]["authorizer_class"] = _NobodyReadsMlops
        return jp_server_config

    async def test_the_authorizer_is_asked(self, jp_fetch: Any) -> None:
        with pytest.raises(HTTPClientError) as refusal:
            await jp_fetch("mlops", "api", "v1", "status")
        assert refusal.value.code == 403
