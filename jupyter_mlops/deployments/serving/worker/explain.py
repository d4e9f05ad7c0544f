"""Why a request was refused: the first column that is not what the signature says, by name, type and row.

MLflow's messages print the data and name types of numpy. This looks at the request as the client wrote it, after
MLflow has refused it, and never decides whether it is refused.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from io import StringIO
from typing import Any, NamedTuple

from jupyter_mlops.deployments.serving.worker.errors import one_line
from jupyter_mlops.deployments.serving.worker.schema import word

EXPECTED = {
    "boolean": "true or false", "integer": "a whole number", "long": "a whole number", "float": "a number",
    "double": "a number", "string": "text", "binary": "text in base64", "datetime": "a date as text",
}  # fmt: skip
_LIMITS = {"integer": 1 << 31, "long": 1 << 63}
_ROWS = 10_000


class Column(NamedTuple):
    """A column of a request: its name and its values, or None where it is not there."""

    name: str
    values: list[Any] | None


def of_json(payload: dict[str, Any], schema: Any) -> str | None:
    """Return what is wrong with a decoded request, None when nothing is found."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return None
    for key in ("dataframe_records", "dataframe_split", "inputs", "instances"):
        if key in payload:
            return _first(_columns(payload[key], schema.input_names()), schema, is_text=False)
    return None


def of_csv(text: str, schema: Any) -> str | None:
    """Return what is wrong with a request in CSV, None when nothing is found."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return None
    try:
        rows = list(csv.reader(StringIO(text)))[: _ROWS + 1]
    except csv.Error:
        return None
    if not rows:
        return None
    data = {"columns": rows[0], "data": [row for row in rows[1:] if row]}
    return _first(_columns(data, schema.input_names()), schema, is_text=True)


def of_params(params: Any, schema: Any) -> str | None:
    """Return which parameter MLflow does not take, None when nothing is found."""
    from mlflow.exceptions import MlflowException
    from mlflow.types.schema import ParamSpec

    for spec in schema.params if schema is not None and isinstance(params, dict) else ():
        if spec.name in params:
            try:
                ParamSpec.validate_param_spec(params[spec.name], spec)
            except MlflowException:
                kind = word(spec.dtype) + (f" {list(spec.shape)}" if spec.shape is not None else "")
                return f"parameter `{spec.name}`: expected {kind}, got {_shown(params[spec.name])}"
    return None


def gaps(payload: dict[str, Any], schema: Any) -> str:
    """Return in which column a value is missing or not a number, nothing when none is; models often fail on it."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return ""
    for key in ("dataframe_records", "dataframe_split", "inputs", "instances"):
        for name, values in _columns(payload[key], schema.input_names()) if key in payload else ():
            for row, value in enumerate(values or ()):
                if value is None or value != value:
                    return f"column `{name}` has no value in row {row}"
    return ""


def _columns(data: Any, names: list[str]) -> Iterator[Column]:
    """Yield the signature's columns as the request has them."""
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        for name in names:
            there = any(name in row for row in data)
            yield Column(name, [row.get(name) for row in data[:_ROWS]] if there else None)
    elif isinstance(data, dict) and "data" in data and isinstance(data.get("columns"), list):
        columns, rows = data["columns"], data["data"]
        for name in names:
            if name not in columns:
                yield Column(name, None)
            elif isinstance(rows, list):
                at = columns.index(name)
                yield Column(name, [row[at] for row in rows[:_ROWS] if isinstance(row, list) and at < len(row)])
    elif isinstance(data, dict) and "data" not in data:
        for name in names:
            values = data.get(name)
            yield Column(name, None if name not in data else values if isinstance(values, list) else [values])


def _first(columns: Iterator[Column], schema: Any, is_text: bool) -> str | None:
    specs = schema.input_dict()
    missing = []
    for name, values in columns:
        spec = specs[name]
        if values is None:
            if spec.required:
                missing.append(f"`{name}` ({word(spec.type)})")
            continue
        for row, value in enumerate(values):
            if word(spec.type) not in EXPECTED:
                if said := _refused(value, spec):
                    return f"column `{name}`: expected {word(spec.type)}, got {_shown(value)} in row {row}: {said}"
            elif not _fits(value, word(spec.type), is_text, spec.required):
                expected = EXPECTED.get(word(spec.type), "a value")
                return f"column `{name}`: expected {expected} ({word(spec.type)}), got {_shown(value)} in row {row}"
    if missing:
        columns_are = "column is" if len(missing) == 1 else "columns are"
        return f"{columns_are} missing: {', '.join(missing)}"
    return None


def _refused(value: Any, spec: Any) -> str | None:
    """Return what MLflow has against a list, an object or a map, None when it has nothing."""
    from mlflow.models.utils import _enforce_type

    try:
        _enforce_type(deepcopy(value), spec.type, spec.required)
    except Exception as error:
        return one_line(error).replace("column . ", "this column. ")
    return None


def _shown(value: Any) -> str:
    names = {str: "text", bool: "", int: "", float: "", list: "a list", dict: "an object"}
    shown = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    return f"{names.get(type(value), '')} {shown}".strip()


def _fits(value: Any, kind: str, is_text: bool, required: bool) -> bool:
    """Say whether a value may stand in a column; in doubt it may."""
    if value is None or (is_text and value == ""):
        return not required or kind not in ("integer", "long", "boolean", "binary")
    if isinstance(value, (list, dict)):
        return False
    if kind == "datetime":
        return isinstance(value, str) and _is_date(value)
    if kind in ("string", "binary"):
        return isinstance(value, str)
    if is_text or isinstance(value, str):
        return _reads_as(str(value), kind)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _LIMITS:
        return isinstance(value, int) and not isinstance(value, bool) and -_LIMITS[kind] <= value < _LIMITS[kind]
    return True


def _reads_as(text: str, kind: str) -> bool:
    if kind == "boolean":
        return text.strip().lower() in ("true", "false")
    try:
        (int if kind in _LIMITS else float)(text)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        import pandas as pd

        try:
            return pd.to_datetime(text).tzinfo is None
        except (ValueError, TypeError, OverflowError):
            return False
    return True
