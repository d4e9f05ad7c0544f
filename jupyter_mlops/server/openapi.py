"""The OpenAPI 3.1 description, read off the route table. `python -m jupyter_mlops.server.openapi` prints it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from jupyter_mlops.server.forms.common import Body, Bytes, Error
from jupyter_mlops.server.routes import API, ROUTES, SEGMENTS, Route

_REF = "#/components/schemas/{model}"
_REFUSALS = {
    "400": "the request, the notebook or the parameters are wrong; nothing was started",
    "403": "not signed in, or not allowed",
    "404": "there is no such thing",
    "409": "its state forbids it",
    "503": "the store, the runner or the disk is not there",
}


def describe() -> dict[str, Any]:
    """Return the description of every route."""
    models: list[tuple[type, JsonSchemaMode]] = [(Error, "serialization")]
    models += [(r.body, "validation") for r in ROUTES if r.body and r.body is not Bytes]
    models += [(r.answer, "serialization") for r in ROUTES if isinstance(r.answer, type)]
    names, schemas = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(API + route.path, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "jupyter-mlops", "version": "1"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


def _operation(route: Route, names: Any) -> dict[str, Any]:
    name = route.verb.replace(":", "_") + ("_by_post" if route.body is Bytes else "")
    operation: dict[str, Any] = {"operationId": name, "summary": route.summary}
    parameters = [*_segments(route), *_queries(route.query)]
    if parameters:
        operation["parameters"] = parameters
    if route.body is Bytes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {}, "text/csv": {}}}
    elif route.body:
        schema = names[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation["responses"] = {str(route.status): _answer(route, names)}
    if route.verb == "steps:log":
        operation["responses"]["206"] = _answer(route, names)
        operation["responses"]["204"] = {"description": "with `wait_s`: nothing new came behind the range's beginning"}
        operation["responses"]["416"] = {"description": "the range begins behind the end"}
    if route.verb == "notebooks:inspect":
        operation["responses"]["413"] = {"description": "it takes long (202 instead with `Prefer: respond-async`)"}
    error = {"application/json": {"schema": names[Error, "serialization"]}}
    for code, meaning in _REFUSALS.items():
        operation["responses"][code] = {"description": meaning, "content": error}
    return operation


def _answer(route: Route, names: Any) -> dict[str, Any]:
    if route.answer is None:
        return {"description": "done"}
    if isinstance(route.answer, str):
        return {"description": route.summary, "content": {route.answer: {}}}
    return {
        "description": route.summary,
        "content": {"application/json": {"schema": names[route.answer, "serialization"]}},
    }


def _segments(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", route.path):
        schema = {"type": "string", "pattern": f"^{SEGMENTS[name]}$"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _queries(query: type[Body] | None) -> Iterator[dict[str, Any]]:
    if query is None:
        return
    schema = query.model_json_schema()
    for name, shape in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": shape}


if __name__ == "__main__":
    print(json.dumps(describe(), indent=1, ensure_ascii=False))
