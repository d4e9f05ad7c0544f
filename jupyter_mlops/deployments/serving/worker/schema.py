"""A model's signature as others write it: tensors of the Open Inference Protocol, and JSON schemas for OpenAPI."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.deployments.serving.worker.model import Model
from jupyter_mlops.deployments.serving.worker.tensors import datatype

DATATYPES = {
    "boolean": "BOOL", "integer": "INT32", "long": "INT64", "float": "FP32", "double": "FP64",
    "string": "BYTES", "binary": "BYTES", "datetime": "BYTES",
}  # fmt: skip
_JSON: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "string": {"type": "string"},
    "binary": {"type": "string", "format": "byte", "description": "base64"},
    "datetime": {"type": "string", "format": "date-time"},
}
PREDICTION = "predict"


def word(kind: Any) -> str:
    """Return MLflow's word for a type, like ``double`` or ``Array(long)``."""
    return str(getattr(kind, "name", kind))


def tensors(schema: Any, unnamed: str) -> list[dict[str, Any]]:
    """Return a schema as the protocol's metadata of tensors.

    Parameters
    ----------
    schema
        MLflow's, or None.
    unnamed
        What an input or output without a name is called.
    """
    if schema is None:
        return []
    if schema.is_tensor_spec():
        return [
            {"name": spec.name or unnamed, "datatype": datatype(spec.type), "shape": list(spec.shape)}
            for spec in schema.inputs
        ]
    count = len(schema.inputs)
    return [
        {
            "name": spec.name or (unnamed if count == 1 else f"{unnamed}-{number}"),
            "datatype": DATATYPES.get(word(spec.type), "BYTES"),
            "shape": [-1],
        }
        for number, spec in enumerate(schema.inputs)
    ]


def metadata(model: Model) -> dict[str, Any]:
    """Return what ``/v2/models/NAME`` says."""
    return {
        "name": model.name,
        "versions": [model.version],
        "platform": "mlflow",
        "inputs": tensors(model.inputs, "input"),
        "outputs": tensors(model.outputs, PREDICTION),
    }


def json_schema(kind: Any, required: bool = True) -> dict[str, Any]:
    """Return the JSON schema of a value of one of MLflow's types."""
    name = word(kind)
    if name in _JSON:
        found = dict(_JSON[name])
    elif hasattr(kind, "properties"):
        properties = {item.name: json_schema(item.dtype, item.required) for item in kind.properties}
        found = {"type": "object", "properties": properties}
        found["required"] = [item.name for item in kind.properties if item.required]
    elif hasattr(kind, "value_type"):
        found = {"type": "object", "additionalProperties": json_schema(kind.value_type)}
    elif hasattr(kind, "dtype"):
        found = {"type": "array", "items": json_schema(kind.dtype)}
    else:
        found = {}
    if not required and "type" in found:
        found["type"] = [found["type"], "null"]
    return found


def tensor_schema(spec: Any) -> dict[str, Any]:
    """Return the JSON schema of nested lists of a tensor's shape."""
    item = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}.get(spec.type.kind, "string")
    found: dict[str, Any] = {"type": item}
    for side in reversed(spec.shape):
        found = {"type": "array", "items": found}
        if side >= 0:
            found |= {"minItems": side, "maxItems": side}
    return found
