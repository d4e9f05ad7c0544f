"""What a worker answers: one method per call of `wire`."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from jupyter_mlops.deployments.serving.wire import clock_ms
from jupyter_mlops.deployments.serving.worker.errors import RequestError, one_line
from jupyter_mlops.deployments.serving.worker.invocations import Answer, Invocations
from jupyter_mlops.deployments.serving.worker.model import Model
from jupyter_mlops.deployments.serving.worker.openapi import document
from jupyter_mlops.deployments.serving.worker.scoring import score
from jupyter_mlops.deployments.serving.worker.shortcut import Shortcut
from jupyter_mlops.deployments.serving.worker.v2 import V2

_log = logging.getLogger(__name__)
JSON = "application/json"


def too_long(head: dict[str, Any], length: int, most: int) -> tuple[dict[str, Any], bytes]:
    """Return the refusal of an answer that is longer than allowed, in its place."""
    error = RequestError(
        500, "model.answer", f"the model's answer has {length:,} bytes; at most {most:,} are sent", fault="model"
    )
    kept = {name: head.get(name) for name in ("id", "rows", "predict_ms")}
    return {**kept, "status": error.status, "type": JSON, "fault": error.fault}, error.body(False)


class Service:
    """A loaded model and the answers it gives."""

    def __init__(self, model: Model) -> None:
        self._model = model
        shortcut = Shortcut(model)
        self._invocations = Invocations(model, shortcut)
        self._v2 = V2(model, shortcut)
        self._calls: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {
            "invocations": lambda head, body: self._invocations.answer(body, head.get("type")),
            "infer": lambda head, body: self._v2.infer(body, head.get("json_bytes")),
            "metadata": lambda _head, _body: self._v2.metadata(),
            "schema": lambda _head, _body: Answer(200, JSON, json.dumps(document(self._model)).encode(), None),
            "check": lambda _head, _body: self._check(),
            "score": lambda _head, body: score(self._model, body),
        }

    @classmethod
    def load(cls, folder: str, name: str, version: str) -> Service:
        """Load the model in `folder`."""
        return cls(Model.load(folder, name, version))

    def signature(self) -> dict[str, Any] | None:
        """Return the model's signature as MLflow writes it, with its columns as lists."""
        return self._model.signature_json()

    def answer(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Return the head and the body of the answer to a request."""
        began = time.perf_counter()
        call, fault, rows, json_bytes = str(head.get("call")), None, None, None
        try:
            deadline = head.get("deadline_ms")
            if deadline is not None and clock_ms() > deadline:
                raise RequestError(504, "request.late", "the model was busy until nobody waited for this answer")
            if call not in self._calls:
                raise RequestError(400, "request.call", f"no such call: {call}")
            status, media, body, rows, json_bytes = self._calls[call](head, body)
        except RequestError as error:
            status, media, body, fault = error.status, JSON, error.body(call == "infer"), error.fault
        except BaseException as error:
            _log.exception("call %s", call)
            broken = RequestError(500, "model.failed", f"the model failed: {one_line(error)}", fault="model")
            status, media, body, fault = broken.status, JSON, broken.body(call == "infer"), broken.fault
        spent = round((time.perf_counter() - began) * 1000, 3)
        out: dict[str, Any] = {"id": head.get("id"), "status": status, "type": media, "rows": rows, "predict_ms": spent}
        if fault is not None:
            out["fault"] = fault
        if json_bytes is not None:
            out["json_bytes"] = json_bytes
        return out, body

    def _check(self) -> Answer:
        """Predict the model's input example, as a client would ask for it."""
        example = self._model.serving_example()
        if example is None:
            return Answer(200, JSON, json.dumps({"checked": False, "rows": None}).encode(), None)
        answer = self._invocations.answer(example, JSON)
        return Answer(200, JSON, json.dumps({"checked": True, "rows": answer.rows}).encode(), answer.rows)
