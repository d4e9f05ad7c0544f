"""Predictions as the outputs of the Open Inference Protocol."""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_mlops.deployments.serving.worker.errors import RequestError
from jupyter_mlops.deployments.serving.worker.tensors import datatype, dumps, json_data, objects, raw_data


def named(raw: Any, names: list[str]) -> dict[str, Any]:
    """Return each output under its name: columns of a frame, items of a dictionary, or the one that there is.

    Parameters
    ----------
    raw
        What the model predicted.
    names
        The outputs that the signature names.
    """
    if type(raw) is not np.ndarray:
        import pandas as pd

        if isinstance(raw, list) and raw and all(isinstance(item, dict) for item in raw):
            raw = pd.DataFrame(raw)
        if isinstance(raw, pd.DataFrame):
            return {str(name): _array(raw[name].to_numpy()) for name in raw.columns}
        if isinstance(raw, dict):
            return {str(name): _array(value) for name, value in raw.items()}
        if isinstance(raw, pd.Series):
            raw = raw.to_numpy()
    return {names[0] if len(names) == 1 else "predict": _array(raw)}


def _array(value: Any) -> Any:
    """Return an array of at least one dimension, of a type that has a word in the protocol or of objects."""
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "biufO":
        return value
    try:
        array = np.atleast_1d(np.asarray(value))
    except ValueError:
        array = objects(list(value))
    if array.dtype.kind == "M":
        array = _dates(array)
    return array if array.dtype.kind in "biuf" and datatype(array.dtype) != "BYTES" else array.astype(object)


def _dates(array: Any) -> Any:
    """Return dates as text, to the microsecond where that is all they say."""
    import pandas as pd

    texts = objects([None if date is pd.NaT else date.isoformat() for date in pd.DatetimeIndex(array.ravel())])
    return texts.reshape(array.shape)


def encode(head: dict[str, Any], outputs: dict[str, Any], requested: Any, all_binary: bool) -> tuple[bytes, int | None]:
    """Return the body of an answer, and how many of its bytes are JSON when binary tensors follow.

    Parameters
    ----------
    head
        What goes before the outputs.
    outputs
        Arrays by name.
    requested
        The request's ``outputs``: which ones, in which form; None for all.
    all_binary
        Whether an output is in binary unless it says otherwise.
    """
    binary, written, tail = _wanted(outputs, requested, all_binary), [], []
    for name, is_binary in binary.items():
        array = outputs[name]
        item: dict[str, Any] = {"name": name, "shape": list(array.shape), "datatype": datatype(array.dtype)}
        if is_binary:
            data = raw_data(array)
            item["parameters"] = {"binary_data_size": len(data)}
            tail.append(data)
        else:
            item["data"] = json_data(array)
        written.append(item)
    text = dumps({**head, "outputs": written})
    return (text + b"".join(tail), len(text)) if tail else (text, None)


def _wanted(outputs: dict[str, Any], requested: Any, all_binary: bool) -> dict[str, bool]:
    if not requested:
        return dict.fromkeys(outputs, all_binary)
    if not isinstance(requested, list) or not all(isinstance(item, dict) for item in requested):
        raise RequestError(400, "request.format", "`outputs` is a list of objects with a `name`")
    wanted = {}
    for item in requested:
        name, parameters = item.get("name"), item.get("parameters")
        if not isinstance(name, str) or name not in outputs:
            raise RequestError(
                400, "request.output", f"no such output: {name!r:.60}", f"there are: {', '.join(outputs)}"
            )
        wanted[name] = bool((parameters if isinstance(parameters, dict) else {}).get("binary_data", all_binary))
    return wanted
