"""``/invocations``: what MLflow's scoring server answers, by MLflow's own code, with errors a client can act on."""

from __future__ import annotations

import json
import logging
from io import BytesIO, StringIO
from typing import Any, NamedTuple

from jupyter_mlops.deployments.serving.worker.errors import RequestError, one_line
from jupyter_mlops.deployments.serving.worker.model import Model

_log = logging.getLogger(__name__)
JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
FORMATS = ("dataframe_split", "dataframe_records", "instances", "inputs")


class Answer(NamedTuple):
    """Status, media type and bytes of an answer, and of how many rows it is."""

    status: int
    type: str
    body: bytes
    rows: int | None


class Invocations:
    """The answers of one model."""

    def __init__(self, model: Model) -> None:
        from mlflow.pyfunc import scoring_server

        self._model = model
        self._mlflow: Any = scoring_server

    def answer(self, body: bytes, content_type: str | None) -> Answer:
        """Return the predictions for a request.

        Raises
        ------
        RequestError
            When there are none.
        """
        mime = media_type(content_type)
        data, params, is_llm = self._parse(body, mime)
        raw = self._predict(data, params)
        try:
            out = StringIO()
            write = self._mlflow.unwrapped_predictions_to_json if is_llm else self._mlflow.predictions_to_json
            write(raw, out)
        except Exception as error:
            _log.exception("the prediction has no JSON form")
            message = f"the prediction has no JSON form: {one_line(error)}"
            raise RequestError(500, "model.answer", message, fault="model") from error
        return Answer(200, JSON, out.getvalue().encode(), count_rows(raw))

    def _parse(self, body: bytes, mime: str) -> tuple[Any, Any, bool]:
        server: Any = self._mlflow
        schema = self._model.inputs
        try:
            if mime == CSV:
                return server.parse_csv_input(StringIO(body.decode()), schema), None, False
            if mime == PARQUET:
                return server.parse_parquet_input(BytesIO(body)), None, False
            payload = decode(body)
            parsed = server._parse_json_data(payload, self._model.metadata, schema)
            return parsed.data, parsed.params, parsed.is_unified_llm_input
        except RequestError:
            raise
        except Exception as error:
            raise RequestError(400, "request.input", one_line(error)) from error

    def _predict(self, data: Any, params: Any) -> Any:
        try:
            return self._model.pyfunc.predict(data, params=params)
        except Exception as error:
            _log.exception("predict")
            raise RequestError(400, "model.failed", one_line(error), fault="model") from error


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
