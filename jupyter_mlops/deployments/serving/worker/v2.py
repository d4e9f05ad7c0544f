"""``/v2``: the Open Inference Protocol (version 2) over the model's signature.

An input whose name is a column of the signature is that column. One input of rows × columns under any other name is
all columns, in the order of the signature. Values take the type of their column when that does not change them.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np

from jupyter_mlops.deployments.serving.worker import schema
from jupyter_mlops.deployments.serving.worker.errors import RequestError
from jupyter_mlops.deployments.serving.worker.invocations import (
    Answer,
    count_rows,
    decode,
    failure,
    is_enforcement,
    refusal,
)
from jupyter_mlops.deployments.serving.worker.model import Model
from jupyter_mlops.deployments.serving.worker.outputs import encode, named
from jupyter_mlops.deployments.serving.worker.shortcut import Shortcut
from jupyter_mlops.deployments.serving.worker.tensors import Binary, mistake
from jupyter_mlops.deployments.serving.worker.tensors import decode as decode_tensor
from jupyter_mlops.deployments.serving.worker.typed import typed

_log = logging.getLogger(__name__)


class V2:
    """The answers of one model.

    Parameters
    ----------
    model
        Loaded.
    shortcut
        Its short way.
    """

    def __init__(self, model: Model, shortcut: Shortcut) -> None:
        self._model = model
        self._shortcut = shortcut
        inputs = model.inputs
        self._specs = list(inputs.inputs) if inputs is not None else []
        self._is_tensors = inputs is not None and inputs.is_tensor_spec()
        self._is_named = inputs is not None and inputs.has_input_names()
        self._names = [spec.name for spec in self._specs]
        self._from_hints = bool(getattr(model.metadata, "_is_signature_from_type_hint", bool)())
        self._params = {param.name for param in model.params.params} if model.params is not None else set()
        self._output = schema.tensors(model.outputs, schema.PREDICTION)

    def metadata(self) -> Answer:
        """Return the model's metadata."""
        return Answer(200, "application/json", json.dumps(schema.metadata(self._model)).encode(), None)

    def infer(self, body: bytes, json_bytes: int | None) -> Answer:
        """Return the answer to an inference request; ``json_bytes`` as in `wire`.

        Raises
        ------
        RequestError
            When there is none.
        """
        binary = Binary(b"" if json_bytes is None else body[json_bytes:])
        request = decode(body if json_bytes is None else body[:json_bytes])
        given = request.get("inputs")
        if not isinstance(given, list) or not given:
            raise RequestError(400, "request.format", "`inputs` is a list of at least one tensor")
        arrays: dict[str, Any] = {}
        for tensor in given:
            name, array = decode_tensor(tensor, binary)
            if name in arrays:
                raise mistake(name, "given twice")
            arrays[name] = array
        binary.done()
        parameters = request.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise RequestError(400, "request.format", "`parameters` is an object")
        try:
            raw = self._predict(arrays, parameters)
        except RequestError as error:
            if error.code == "model.failed" and any(map(_has_gap, arrays.values())):
                error.fault = "input"
            raise
        outputs = named(raw, [output["name"] for output in self._output])
        head: dict[str, Any] = {"model_name": self._model.name, "model_version": self._model.version}
        if "id" in request:
            head["id"] = str(request["id"])
        data, length = encode(head, outputs, request.get("outputs"), bool(parameters.get("binary_data_output")))
        media = "application/json" if length is None else "application/octet-stream"
        return Answer(200, media, data, count_rows(raw), length)

    def _predict(self, arrays: dict[str, Any], parameters: dict[str, Any]) -> Any:
        params = {key: value for key, value in parameters.items() if key in self._params} or None
        quick = self._shortcut
        if quick.of_arrays is not None and params is None and len(arrays) == 1:
            ((name, array),) = arrays.items()
            if self._is_whole(name, array):
                return self._ask(quick.of_arrays, np.asfortranarray(array))
        if self._is_tensors or self._model.inputs is None or self._from_hints:
            data = self._tensors(arrays, parameters.get("content_type") == "pd")
        else:
            columns = self._columns(arrays)
            if quick.of_arrays is not None and params is None and len(columns) == len(self._specs):
                return self._ask(quick.of_arrays, self._matrix(columns))
            data = self._frame(columns)
        return self._ask(lambda given: self._model.pyfunc.predict(given, params=params), data, params)

    def _is_whole(self, name: str, array: Any) -> bool:
        """Say whether an array is all columns, each of its type already."""
        columns = self._shortcut.columns
        return (
            columns is not None
            and columns.uniform is not None
            and array.dtype == columns.uniform
            and array.ndim == 2
            and array.shape[1] == len(columns.names)
            and name not in columns.names
        )

    def _ask(self, predict: Any, data: Any, params: Any = None) -> Any:
        try:
            return predict(data)
        except Exception as error:
            if is_enforcement(error):
                raise refusal(error, lambda: None, self._model.params, params) from error
            _log.exception("predict")
            raise failure(error) from error

    def _tensors(self, arrays: dict[str, Any], as_frame: bool) -> Any:
        """Return the arrays for a signature of tensors, or for none: one array, or one for each name."""
        if not self._specs or self._from_hints:
            if len(arrays) == 1 and not as_frame:
                (array,) = arrays.values()
                return array.tolist() if self._from_hints else array
            return self._frame({name: _column(name, array) for name, array in arrays.items()})
        if len(self._specs) == 1 and len(arrays) == 1:
            arrays = {self._names[0]: next(iter(arrays.values()))}
        self._expect(arrays)
        found = {spec.name: typed(spec.name or "input", arrays[spec.name], spec.type) for spec in self._specs}
        return found if self._is_named else found[None]

    def _columns(self, arrays: dict[str, Any]) -> dict[Any, Any]:
        """Return each column of the signature that was given, with the type that the signature says."""
        names = self._names if self._is_named else list(range(len(self._specs)))
        if len(arrays) == 1:
            ((name, array),) = arrays.items()
            if name not in names:
                if array.ndim == 1 and len(names) == 1:
                    array = array.reshape(-1, 1)
                if array.ndim != 2 or array.shape[1] != len(names):
                    self._expect(arrays, array.shape)
                return self._typed({key: array[:, number] for number, key in enumerate(names)})
        if self._is_named:
            self._expect(arrays)
        return self._typed({name: _column(name, arrays[name]) for name in names if name in arrays})

    def _typed(self, arrays: dict[Any, Any]) -> dict[Any, Any]:
        found, rows = {}, {len(array) for array in arrays.values()}
        if len(rows) > 1:
            sizes = ", ".join(f"`{name}` {len(array)}" for name, array in arrays.items())
            raise RequestError(400, "request.tensor", f"the columns are not of one length: {sizes}")
        for number, spec in enumerate(self._specs):
            name = spec.name if self._is_named else number
            if name in arrays:
                found[name] = typed(str(name), arrays[name], spec.type)
        return found

    def _expect(self, arrays: dict[str, Any], shape: Any = None) -> None:
        """Refuse when an input that the signature requires is not there."""
        missing = [spec for spec in self._specs if spec.name not in arrays and getattr(spec, "required", True)]
        if not missing and (self._is_named or shape is None):
            return
        first = missing[0] if missing else self._specs[0]
        expected = ", ".join(
            f"`{tensor['name']}` {tensor['datatype']}" for tensor in schema.tensors(self._model.inputs, "input")
        )
        message = f"input `{first.name or 'input'}` ({schema.word(first.type)}) is missing"
        if shape is not None:
            message += f", and {list(shape)} is not rows × {len(self._specs)} columns"
        raise RequestError(400, "request.column", message, f"the model's inputs: {expected}"[:2000])

    def _matrix(self, columns: dict[Any, Any]) -> Any:
        """Return one array of all columns, in the order of memory that a frame's would have."""
        dtype = self._shortcut.columns.dtype  # type: ignore[union-attr]
        out = np.empty((len(next(iter(columns.values()))), len(columns)), dtype, order="F")
        for number, values in enumerate(columns.values()):
            out[:, number] = values
        return out

    def _frame(self, columns: dict[Any, Any]) -> Any:
        import pandas as pd

        return pd.DataFrame(columns)


def _column(name: str, array: Any) -> Any:
    """Return an input that is a column: one value for each row."""
    if array.ndim == 1:
        return array
    if array.ndim == 2:
        return array[:, 0] if array.shape[1] == 1 else list(array)
    raise mistake(name, f"a column has the shape [rows] or [rows, 1], got {list(array.shape)}")


def _has_gap(array: Any) -> bool:
    """Whether a value is missing: not a number, or nothing at all."""
    if array.dtype.kind == "f":
        return bool(np.isnan(array).any())
    return array.dtype.kind == "O" and any(item is None for item in array.flat)
