"""Rows of a file, for batch scoring: a table of Arrow in, a table of predictions out, no type lost between."""

from __future__ import annotations

import json
from typing import Any

from jupyter_mlops.deployments.serving.worker.errors import RequestError
from jupyter_mlops.deployments.serving.worker.invocations import Answer
from jupyter_mlops.deployments.serving.worker.model import Model

ARROW = "application/vnd.apache.arrow.stream"
NAME = "prediction"


def score(model: Model, body: bytes) -> Answer:
    """Predict the rows of a table (a stream of Arrow's)."""
    import pyarrow as pa

    table = pa.ipc.open_stream(body).read_all()
    found = _table(model.pyfunc.predict(table.to_pandas()))
    if found.num_rows != table.num_rows:
        told = f"the model gave {found.num_rows} predictions for {table.num_rows} rows"
        raise RequestError(500, "model.rows", told, fault="model")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as writer:
        writer.write_table(found)
    return Answer(200, ARROW, sink.getvalue().to_pybytes(), found.num_rows)


def _table(raw: Any) -> Any:
    import pyarrow as pa

    columns = {str(name): _column(value) for name, value in _named(raw)}
    return pa.table(columns)


def _named(raw: Any) -> list[tuple[Any, Any]]:
    """Return predictions as columns: those of a frame, of a dictionary, of a matrix, or a single one."""
    import numpy as np
    import pandas as pd

    if isinstance(raw, list) and raw and all(isinstance(row, dict) for row in raw):
        raw = pd.DataFrame(raw)
    if isinstance(raw, pd.DataFrame):
        if len(raw.columns) == 1 and raw.columns[0] == 0:
            return [(NAME, raw.iloc[:, 0])]
        names = [f"{NAME}_{name}" if isinstance(name, int) else str(name) for name in raw.columns]
        return [(name, raw.iloc[:, at]) for at, name in enumerate(names)]
    if isinstance(raw, dict):
        return list(raw.items())
    if hasattr(raw, "toarray"):
        raw = raw.toarray()
    if isinstance(raw, pd.Series):
        return [(NAME, raw)]
    array = raw if isinstance(raw, np.ndarray) else None
    if array is not None and array.ndim == 2:
        if array.shape[1] == 1:
            return [(NAME, array[:, 0])]
        return [(f"{NAME}_{number}", array[:, number]) for number in range(array.shape[1])]
    return [(NAME, list(array) if array is not None and array.ndim > 2 else raw)]


def _column(value: Any) -> Any:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        value = [value]
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = [value.item()]
    try:
        if isinstance(value, pd.Series):
            return pa.Array.from_pandas(value)
        if isinstance(value, np.ndarray) and value.ndim > 1:
            value = [row.tolist() for row in value]
        elif isinstance(value, list):
            value = [item.tolist() if isinstance(item, np.ndarray | np.generic) else item for item in value]
        return pa.array(value, from_pandas=True)
    except (pa.ArrowException, TypeError):
        # Of several types at once: kept as JSON.
        return pa.array([item if isinstance(item, str) else json.dumps(item, default=str) for item in value])
