"""The OpenAPI document of a deployment, out of the model's signature and its input example."""

from __future__ import annotations

import json
from typing import Any

from jupyter_mlops.deployments.serving.worker import schema
from jupyter_mlops.deployments.serving.worker.model import Model
from jupyter_mlops.deployments.serving.worker.tensors import DTYPES

_ERROR = {
    "type": "object",
    "required": ["code", "message", "hint"],
    "properties": {name: {"type": "string"} for name in ("code", "message", "hint")},
}
_ERROR_V2 = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_REFUSALS = {
    "400": "The request does not fit the signature; the message names the column and the type.",
    "401": "No token of this deployment.",
    "413": "The body is larger than allowed.",
    "415": "No such content type.",
    "503": "No version is ready, or too many requests at once; `Retry-After` says when to come again.",
    "504": "No answer in time.",
}


def document(model: Model) -> dict[str, Any]:
    """Return the document as a JSON object."""
    name = model.name
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": model.version, "description": f"Version {model.version} of `{name}`."},
        "security": [{"token": []}],
        "paths": {
            "/invocations": {
                "post": _operation("Predict", "invocations", _bodies(model), _predictions(model), "Error")
            },
            "/v2": {"get": _get("The server", "server")},
            "/v2/health/live": {"get": _get("Whether the server is up", "live")},
            "/v2/health/ready": {"get": _get("Whether a model is ready", "ready")},
            f"/v2/models/{name}": {"get": _get("The model's inputs and outputs", "metadata", "Metadata")},
            f"/v2/models/{name}/ready": {"get": _get("Whether this model is ready", "modelReady")},
            f"/v2/models/{name}/infer": {
                "post": _operation(
                    "Predict, Open Inference Protocol",
                    "infer",
                    _json("InferRequest"),
                    _json("InferResponse"),
                    "ErrorV2",
                )
            },
            "/health": {"get": _get("Whether the deployment answers", "health")},
            "/metrics": {"get": _get("Metrics for Prometheus", "metrics")},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR, "ErrorV2": _ERROR_V2, **_protocol(model)},
        },
    }


def _get(summary: str, operation: str, body: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": summary}
    if body:
        answer["content"] = _json(body)
    return {"summary": summary, "operationId": operation, "responses": {"200": answer}}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _operation(summary: str, operation: str, bodies: Any, answer: Any, error: str) -> dict[str, Any]:
    refusals = {status: {"description": text, "content": _json(error)} for status, text in _REFUSALS.items()}
    return {
        "summary": summary,
        "operationId": operation,
        "requestBody": {"required": True, "content": bodies},
        "responses": {"200": {"description": "The predictions", "content": answer}, **refusals},
    }


def _bodies(model: Model) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": _request(model)}
    example = model.serving_example()
    if example is not None:
        content["example"] = json.loads(example)
    return {"application/json": content, "text/csv": {"schema": {"type": "string"}}}


def _request(model: Model) -> dict[str, Any]:
    """Return the schema of a JSON request: one of MLflow's four formats, and the parameters."""
    rest: dict[str, Any] = {}
    if model.params is not None:
        properties = {
            param.name: {**schema.json_schema(param.dtype), "default": param.default} for param in model.params.params
        }
        rest["params"] = {"type": "object", "properties": json.loads(json.dumps(properties, default=str))}
    forms = _forms(model.inputs)
    return {
        "oneOf": [
            {"type": "object", "required": [key], "properties": {key: form, **rest}} for key, form in forms.items()
        ]
    }


def _forms(inputs: Any) -> dict[str, Any]:
    if inputs is None:
        anything: dict[str, Any] = {}
        rows: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
        return {
            "dataframe_split": _split({}, None),
            "dataframe_records": rows,
            "inputs": anything,
            "instances": anything,
        }
    if inputs.is_tensor_spec():
        if not inputs.has_input_names():
            tensor = schema.tensor_schema(inputs.inputs[0])
            return {"inputs": tensor, "instances": tensor}
        properties = {spec.name: schema.tensor_schema(spec) for spec in inputs.inputs}
        named = {"type": "object", "required": list(properties), "properties": properties}
        return {"inputs": named}
    if not inputs.has_input_names():
        return {"dataframe_split": _split({}, len(inputs.inputs))}
    columns = {spec.name: schema.json_schema(spec.type, spec.required) for spec in inputs.inputs}
    required = [spec.name for spec in inputs.inputs if spec.required]
    row = {"type": "object", "required": required, "properties": columns}
    lists = {name: {"type": "array", "items": column} for name, column in columns.items()}
    rows = {"type": "array", "items": row, "minItems": 1}
    return {
        "dataframe_split": _split(columns, None),
        "dataframe_records": rows,
        "inputs": {"oneOf": [rows, {"type": "object", "required": required, "properties": lists}]},
        "instances": rows,
    }


def _split(columns: dict[str, Any], width: int | None) -> dict[str, Any]:
    names: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
    if columns:
        names["example"] = list(columns)
    row: dict[str, Any] = {"type": "array"} if width is None else {"type": "array", "minItems": width}
    properties = {"columns": names, "data": {"type": "array", "items": row}, "index": {"type": "array"}}
    return {"type": "object", "required": ["data"], "properties": properties, "additionalProperties": False}


def _predictions(model: Model) -> dict[str, Any]:
    item: dict[str, Any] = {}
    outputs = model.outputs
    if outputs is not None and outputs.is_tensor_spec() and len(outputs.inputs) == 1:
        predictions = schema.tensor_schema(outputs.inputs[0])
    else:
        if outputs is not None and outputs.has_input_names():
            item = {
                "type": "object",
                "properties": {spec.name: schema.json_schema(spec.type) for spec in outputs.inputs},
            }
        elif outputs is not None and len(outputs.inputs) == 1:
            item = schema.json_schema(outputs.inputs[0].type)
        predictions = {"type": "array", "items": item}
    answer = {"type": "object", "required": ["predictions"], "properties": {"predictions": predictions}}
    return {"application/json": {"schema": answer}}


def _protocol(model: Model) -> dict[str, Any]:
    """Return the schemas of the Open Inference Protocol; the model's own inputs are its example."""
    parts: dict[str, Any] = {
        "name": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}},
        "datatype": {"enum": list(DTYPES)},
        "parameters": {"type": "object"},
        "data": {"type": "array"},
    }
    tensor = {"type": "object", "required": ["name", "shape", "datatype"], "properties": parts}
    described = {**tensor, "properties": {key: parts[key] for key in ("name", "shape", "datatype")}}
    many, listed = {"type": "array", "items": tensor}, {"type": "array", "items": described}
    text, anything = {"type": "string"}, {"type": "object"}
    wanted = {
        "type": "array",
        "items": {"type": "object", "required": ["name"], "properties": {"name": text, "parameters": anything}},
    }
    request = {"id": text, "parameters": anything, "inputs": {**many, "minItems": 1}, "outputs": wanted}
    answer = {"model_name": text, "model_version": text, "id": text, "parameters": anything, "outputs": many}
    versions = {"type": "array", "items": text}
    about = {"name": text, "versions": versions, "platform": text, "inputs": listed, "outputs": listed}
    return {
        "InferRequest": {"type": "object", "required": ["inputs"], "properties": request},
        "InferResponse": {"type": "object", "required": ["model_name", "outputs"], "properties": answer},
        "Metadata": {
            "type": "object",
            "required": ["name", "platform", "inputs", "outputs"],
            "properties": about,
            "example": schema.metadata(model),
        },
    }
