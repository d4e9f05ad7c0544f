"""``/invocations``: what MLflow's scoring server answers, by MLflow's own code, with errors a client can act on."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any, NamedTuple

import numpy as np

from jupyter_mlops.deployments.serving.worker import explain
from jupyter_mlops.deployments.serving.worker.errors import RequestError, one_line
from jupyter_mlops.deployments.serving.worker.model import Model
from jupyter_mlops.deployments.serving.worker.shortcut import Shortcut

_log = logging.getLogger(__name__)
JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
FORMATS = ("dataframe_split", "dataframe_records", "instances", "inputs")

# What a failed conversion says: the column, its type and the repr of an exception.
_CONVERSION = re.compile(
    r"Failed to convert column (.+?) to type '(.+?)'\. Error: '\w+\(['\"]?(.*?)[.;]? ?(?:You might|['\"]?\)'$)", re.S
)
Why = Callable[[], "str | None"]


class Answer(NamedTuple):
    """Status, media type and bytes of an answer, of how many rows it is, and how much of it is JSON (see `wire`)."""

    status: int
    type: str
    body: bytes
    rows: int | None
    json_bytes: int | None = None


class Invocations:
    """The answers of one model.

    Parameters
    ----------
    model
        Loaded.
    shortcut
        Its short way.
    """

    def __init__(self, model: Model, shortcut: Shortcut) -> None:
        from mlflow.pyfunc import scoring_server

        self._model = model
        self._shortcut = shortcut
        self._mlflow: Any = scoring_server

    def answer(self, body: bytes, content_type: str | None) -> Answer:
        """Return the predictions for a request.

        Raises
        ------
        RequestError
            When there are none.
        """
        mime = media_type(content_type)
        if mime != JSON:
            data, why = self._table(body, mime)
            return self._answer(data, None, False, why)
        payload = decode(body)
        quick = self._shortcut.predict(payload)
        if type(quick) is np.ndarray:
            return Answer(200, JSON, json.dumps({"predictions": quick.tolist()}).encode(), len(quick))
        try:
            return self._answer(*self._parse(payload), lambda: explain.of_json(payload, self._model.inputs))
        except RequestError as error:
            if error.code == "model.failed" and not error.hint:
                with contextlib.suppress(Exception):
                    error.hint = explain.gaps(payload, self._model.inputs)
                    error.fault = "input" if error.hint else error.fault
            raise

    def _table(self, body: bytes, mime: str) -> tuple[Any, Why]:
        """Return the frame that a request in CSV or Parquet holds."""
        try:
            if mime == PARQUET:
                return self._mlflow.parse_parquet_input(BytesIO(body)), lambda: None
            text = body.decode()
        except Exception as error:
            raise RequestError(400, "request.input", f"the body is no {mime}: {one_line(error)}") from error
        schema = self._model.inputs

        def why() -> str | None:
            return explain.of_csv(text, schema)

        try:
            return self._mlflow.parse_csv_input(StringIO(text), schema), why
        except Exception as error:
            raise refusal(error, why) from error

    def _parse(self, payload: dict[str, Any]) -> tuple[Any, Any, bool]:
        """Return the data, the parameters and whether it is a request to a language model."""
        schema = self._model.inputs
        try:
            if not hasattr(self._mlflow, "_parse_json_data"):  # before MLflow 2.15
                data = {key: value for key, value in payload.items() if key in FORMATS}
                return self._mlflow.infer_and_parse_data(data, schema), payload.get("params"), False
            parsed = self._mlflow._parse_json_data(payload, self._model.metadata, schema)
            return parsed.data, parsed.params, parsed.is_unified_llm_input
        except Exception as error:
            if not any(key in payload for key in FORMATS):
                hint = f"send an object with one of: {', '.join(FORMATS)}"
                raise RequestError(400, "request.format", "no input in the body", hint) from error
            raise refusal(error, lambda: explain.of_json(payload, schema)) from error

    def _answer(self, data: Any, params: Any, is_llm: bool, why: Why) -> Answer:
        try:
            raw = self._model.pyfunc.predict(data, params=params)
        except Exception as error:
            if is_enforcement(error):
                raise refusal(error, why, self._model.params, params) from error
            _log.exception("predict")
            raise failure(error) from error
        try:
            out = StringIO()
            write = self._mlflow.unwrapped_predictions_to_json if is_llm else self._mlflow.predictions_to_json
            write(raw, out)
        except Exception as error:
            _log.exception("the prediction has no JSON form")
            message = f"the prediction has no JSON form: {one_line(error)}"
            raise RequestError(500, "model.answer", message, fault="model") from error
        return Answer(200, JSON, out.getvalue().encode(), count_rows(raw))


def failure(error: Exception) -> RequestError:
    """Return the error of a model that raised one: 400 as MLflow has it, but 500 for MLflow's own that says so."""
    status = error.get_http_status_code() if hasattr(error, "get_http_status_code") else 400
    message = f"the model failed: {one_line(error)}"
    return RequestError(500 if status >= 500 else 400, "model.failed", message, fault="model")


def is_enforcement(error: Exception) -> bool:
    """Say whether MLflow refused the data or the parameters before the model saw them."""
    text = str(error)
    return text.startswith(("Failed to enforce schema", "Invalid parameters found", "Parameters must be"))


def refusal(error: Exception, why: Why, params: Any = None, given: Any = None) -> RequestError:
    """Return the error that tells a client what does not fit, in our words where we know, else in MLflow's.

    Parameters
    ----------
    params, given
        what the signature says of parameters, and those of the request.
    """
    text = str(error)
    found = None
    if "Invalid parameters found" in text or "Parameters must be" in text:
        with contextlib.suppress(Exception):
            found = explain.of_params(given, params)
        return RequestError(400, "request.params", found or one_line(text), "see the model's signature")
    with contextlib.suppress(Exception):
        found = why()
    if found is not None:
        return RequestError(400, "request.column", found, "see the model's signature")
    return RequestError(400, "request.input", in_short(text), "see the model's signature")


def in_short(text: str) -> str:
    """Return what MLflow says is wrong, without the data and the schema that it repeats before it.

    Examples
    --------
    >>> in_short("Invalid input. No. Failed to convert column a to type 'int64'. Error: 'ValueError('bad x')'")
    'column `a`: expected int64: bad x'
    """
    if found := _CONVERSION.search(text):
        name, kind, said = found.groups()
        return one_line(f"column `{name}`: expected {kind}: {said}")
    said = text.rsplit("Error: ", 1)[-1].strip()
    if len(said) > 1 and said[0] == said[-1] == "'":
        said = said[1:-1]
    return one_line(said)


def media_type(content_type: str | None) -> str:
    """Return the media type of a Content-Type that can be served."""
    mime, *parameters = [part.strip() for part in (content_type or "").split(";")]
    if mime not in (JSON, CSV, PARQUET):
        hint = f"send one of: {JSON}, {CSV}, {PARQUET}"
        raise RequestError(415, "request.type", f"no such content type here: `{mime}`", hint)
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key != "charset" or value.lower() != "utf-8":
            raise RequestError(415, "request.type", f"no such parameter of a content type here: `{parameter}`")
    return mime


def decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "request.json", f"the body is not JSON: {one_line(error)}") from error
    if not isinstance(payload, dict):
        hint = f"send an object with one of: {', '.join(FORMATS)}"
        raise RequestError(400, "request.format", "the body is not a JSON object", hint)
    return payload


def count_rows(raw: Any) -> int | None:
    """Return how many rows a prediction has, None when it is not made of rows."""
    if isinstance(raw, (str, bytes, dict)):
        return None
    try:
        return len(raw)
    except TypeError:
        return None
