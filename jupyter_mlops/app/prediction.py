"""Data on its way to a deployment and predictions on their way back, as ``/invocations`` has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.base.errors import ConflictError, UnavailableError, UsageError
from jupyter_mlops.deployments.client import Reply

JSON = "application/json"


def encoded(data: object, params: Mapping[str, Any] | None = None) -> bytes:
    """Return the body of a request for predictions of `data`."""
    return json.dumps(body_of(data, params), default=_plain).encode()


def predictions(reply: Reply) -> Any:
    """Return the predictions in an answer.

    Raises
    ------
    UsageError
        what the deployment says is wrong with the data.
    UnavailableError, ConflictError
        no version is ready; the model failed.
    """
    told = told_by(reply)
    if reply.status == 200:
        return told.get("predictions", told) if isinstance(told, dict) else told
    error = told if isinstance(told, dict) else {}
    message = str(error.get("message") or f"the deployment answered {reply.status}")
    kind = UsageError if reply.status < 500 else UnavailableError if reply.status == 503 else ConflictError
    raise kind(str(error.get("code") or "deployment.refused"), message, str(error.get("hint") or ""))


def body_of(data: object, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a body of ``/invocations`` that holds `data`.

    >>> body_of([{"age": 41}])
    {'dataframe_records': [{'age': 41}]}
    >>> body_of({"inputs": [1, 2]})
    {'inputs': [1, 2]}
    """
    extra = {"params": dict(params)} if params else {}
    if isinstance(data, dict) and data.keys() & {"dataframe_split", "dataframe_records", "inputs", "instances"}:
        return {**data, **extra}
    if isinstance(data, dict):
        return {"dataframe_records": [data], **extra}
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        split = data.to_dict(orient="split")
        return {"dataframe_split": {"columns": list(split["columns"]), "data": split["data"]}, **extra}
    if hasattr(data, "to_dicts"):  # polars
        return {"dataframe_records": data.to_dicts(), **extra}
    if isinstance(data, Sequence) and not isinstance(data, str | bytes) and all(isinstance(row, dict) for row in data):
        return {"dataframe_records": list(data), **extra}
    return {"inputs": data.tolist() if hasattr(data, "tolist") else data, **extra}


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: dates, numpy's numbers, bytes."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return None if str(value) in ("NaT", "<NA>") else str(value)


def told_by(reply: Reply) -> Any:
    """Return the JSON of an answer; None when it is none."""
    try:
        return reply.json()
    except ValueError:
        return None
