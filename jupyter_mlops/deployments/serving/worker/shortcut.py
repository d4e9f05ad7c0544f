"""The short way for the requests that are most frequent; None for all the others, which go MLflow's way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from jupyter_mlops.deployments.serving.worker import native
from jupyter_mlops.deployments.serving.worker.columns import Columns, Table
from jupyter_mlops.deployments.serving.worker.model import Model

_log = logging.getLogger(__name__)
_PROBE_ROWS = (1, 5)


class Shortcut:
    """What of a model may be asked without MLflow in between.

    Parameters
    ----------
    model
        Loaded; its own code runs here already, to compare both ways on made-up rows.
    """

    def __init__(self, model: Model) -> None:
        self.columns = Columns.of(model.inputs)
        self.direct = native.direct(model.pyfunc)
        self.of_arrays: native.Predict | None = None
        self._tensor: Any = None
        if model.params is not None:
            self.direct = None
        if self.direct is None:
            return
        if self.columns is not None and self.columns.dtype is not None:
            try:
                self.of_arrays = native.of_arrays(model.pyfunc, probes(self.columns))
            except Exception:
                _log.warning("this model is always asked with frames", exc_info=True)
        schema = model.inputs
        if schema is not None and schema.is_tensor_spec() and len(schema.inputs) == 1 and not schema.has_input_names():
            self._tensor = schema.inputs[0]

    def predict(self, payload: dict[str, Any]) -> Any:
        """Return the prediction for a decoded request, None when it has to go MLflow's way."""
        if self.direct is None:
            return None
        try:
            if self._tensor is not None:
                return self._of_tensor(payload)
            return None if self.columns is None else self._of_columns(payload)
        except Exception:
            # MLflow's way then says what is wrong with it.
            return None

    def _of_columns(self, payload: dict[str, Any]) -> Any:
        columns, direct = self.columns, self.direct
        assert columns is not None
        assert direct is not None
        table = columns.read(payload)
        if table is None:
            return None
        if self.of_arrays is not None:
            array = columns.matrix(table)
            return None if array is None else self.of_arrays(array)
        if "string" in columns.types and ("inputs" in payload or "instances" in payload):
            return None
        frame = columns.frame(table)
        return None if frame is None else direct(frame)

    def _of_tensor(self, payload: dict[str, Any]) -> Any:
        data = payload.get("inputs", payload.get("instances")) if len(payload) == 1 else None
        if type(data) is not list or not data or any(type(item) is not list for item in data):
            return None
        assert self.direct is not None
        return self.direct(self.enforced(np.array(data, dtype=self._tensor.type)))

    def enforced(self, array: Any) -> Any:
        """Return the array once MLflow has found that it has the shape and the type of the signature's tensor."""
        from mlflow.models.utils import _enforce_tensor_spec

        return _enforce_tensor_spec(array, self._tensor)


def probes(columns: Columns) -> Iterator[tuple[Any, Any]]:
    """Yield made-up rows of these columns, each as a frame and as an array."""
    numbers = np.random.default_rng(0)
    for rows in _PROBE_ROWS:
        for scale in (0.0, 1.0, 50.0):
            values = np.abs(numbers.normal(scale=scale, size=(len(columns.names), rows)))
            table = Table([_of_type(column, kind) for column, kind in zip(values, columns.types, strict=True)], rows)
            yield columns.frame(table), columns.matrix(table)


def _of_type(values: Any, kind: str) -> list[Any]:
    if kind in ("long", "integer"):
        return [int(value) for value in values]
    return [float(value) for value in values]
