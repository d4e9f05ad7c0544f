"""The answers that no worker is asked for: health, what the model is, numbers; and what only the owner sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from jupyter_mlops.deployments.serving.answers import JSON, TEXT, Refused, Reply, json_reply
from jupyter_mlops.deployments.serving.status import Status
from jupyter_mlops.deployments.serving.version import Version

_MODEL = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(/ready)?")


class ServingPages:
    """GET, by path."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._pages: dict[str, Callable[[], Reply]] = {
            "/ping": lambda: self._ready(Reply(200, JSON, b"\n")),
            "/version": lambda: Reply(200, TEXT, status.mlflow().encode()),
            "/metrics": self._metrics,
            "/openapi.json": lambda: self._of_model("schema", self._live()),
            "/v2": lambda: json_reply(
                {"name": "jupyter-mlops", "version": status.ours(), "extensions": ["binary_tensor_data"]}
            ),
            "/v2/health/live": lambda: json_reply({"live": True}),
            "/v2/health/ready": lambda: self._ready(json_reply({"ready": True})),
        }
        self._owner: dict[str, Callable[[dict[str, str]], Reply]] = {
            "/status": lambda _query: json_reply(status.status()),
            "/stats": lambda query: json_reply(status.stats(_number(query, "last_s", 900))),
            "/logs": lambda query: json_reply(status.logs(query.get("version"), int(_number(query, "lines", 500)))),
        }

    def page(self, path: str, query: str, *, is_owner: bool, may_ask: bool) -> Reply:
        """Return the answer to a GET."""
        if path == "/health":
            return self._health(may_ask)
        if (page := self._pages.get(path.rstrip("/"))) is not None:
            return page()
        if is_owner and (shown := self._owner.get(path)) is not None:
            return shown(dict(parse_qsl(query)))
        if (match := _MODEL.fullmatch(path)) is not None:
            return self._model(match[1], match[2], bool(match[3]))
        if path == "/invocations" or path.endswith("/infer"):
            raise Refused(405, "request.method", f"no GET at {path}", "use POST")
        raise Refused(404, "request.path", f"nothing at {path}", "see /openapi.json")

    def _live(self) -> Version | None:
        return self._status.live()

    def _ready(self, reply: Reply) -> Reply:
        live = self._live()
        if live is None or not live.was_ready:
            raise Refused(503, "deployment.down", "no version is ready", retry_after=1)
        return reply

    def _health(self, may_ask: bool) -> Reply:
        live = self._live()
        is_up = live is not None and live.was_ready
        words: dict[str, Any] = {"status": "up" if is_up else "down"}
        if may_ask:
            words |= self._status.health()
        return json_reply(words, 200 if is_up else 503)

    def _model(self, name: str, number: str | None, is_asked_ready: bool) -> Reply:
        if name not in self._status.names():
            raise Refused(404, "model.not_found", f"no model `{name}` here", f"this is `{self._status.name()}`")
        version = self._live() if number is None else self._status.version(number)
        if version is None and number is not None:
            raise Refused(404, "version.not_found", f"version {number} is not served")
        if not is_asked_ready:
            return self._of_model("metadata", version)
        is_ready = version is not None and version.is_ready
        return json_reply({"name": name, "ready": is_ready}, 200 if is_ready else 503)

    def _of_model(self, what: str, version: Version | None) -> Reply:
        text: bytes | None = getattr(version, what, None)
        if text is None:
            raise Refused(503, "deployment.down", "no version is ready", retry_after=1)
        if what == "metadata":
            words = json.loads(text)
            words["versions"] = self._status.numbers()
            return json_reply(words)
        return Reply(200, JSON, text)

    def _metrics(self) -> Reply:
        from jupyter_mlops.deployments.serving import metrics

        return Reply(200, metrics.MEDIA.encode(), metrics.text(self._status))


def _number(query: dict[str, str], name: str, default: float) -> float:
    try:
        return min(max(float(query.get(name, default)), 1), 86_400)
    except ValueError:
        raise Refused(400, "request.query", f"`{name}` is no number") from None
