"""Requests that nobody wrote down: right ones with something changed. Ours and MLflow's server never disagree."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.deployments.serving.worker.service import Service
from tests.deployments.format_cases import cases
from tests.deployments.quiet_mlflow import mlflow

pytestmark = pytest.mark.filterwarnings("ignore")
KINDS = (
    "iris",
    "numbers",
    "tensor",
    "gaps",
    "probabilities",
    "pipeline",
    "typed",
    "params",
    "bare",
    "named",
    "nested",
    "hinted",
    "unnamed",
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=3),
    st.sampled_from([2**31, 2**53 + 1, 2**63, -(2**63), 10**40, "5", "1e3", "nan", "2024-01-01", "x", [], {}, [1], {"a": 1}]),
).map(copy.deepcopy)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something can be changed."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for at in range(min(len(value), 4)):
            yield from places(value[at], (*path, at))


def changed(draw: st.DrawFn, body: Any) -> Any:
    """Return the body with one place changed: replaced, taken out, doubled or added to."""
    path = draw(st.sampled_from(sorted(places(body), key=repr)))
    if not path:
        return body
    parent = body
    for step in path[:-1]:
        parent = parent[step]
    what = draw(st.sampled_from(["replace", "replace", "remove", "double", "add"]))
    if what == "replace":
        parent[path[-1]] = draw(LEAVES)
    elif what == "remove":
        del parent[path[-1]]
    elif isinstance(parent, list):
        parent.append(draw(LEAVES) if what == "add" else copy.deepcopy(parent[path[-1]]))
    elif what == "add":
        parent[draw(st.sampled_from(["index", "params", "inputs", "instances", "else", "columns", "data"]))] = draw(
            LEAVES
        )
    return body


def _bodies(kind: str) -> list[Any]:
    found = [body for _, mime, body in cases()[kind] if mime == "application/json" and len(body) < 2000]
    return [json.loads(body) for body in found if body.startswith(b'{"') and b"\xff" not in body]


BODIES = {kind: _bodies(kind) for kind in KINDS}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes]:
    kind = draw(st.sampled_from(KINDS))
    body = copy.deepcopy(draw(st.sampled_from(BODIES[kind])))
    for _ in range(draw(st.integers(0, 3))):
        body = changed(draw, body)
    return kind, json.dumps(body).encode()


@pytest.fixture(scope="module")
def services(saved: Callable[[str], Path]) -> Iterator[dict[str, Service]]:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "true")
        yield {kind: Service.load(str(saved(kind)), kind, "1") for kind in KINDS}


def theirs(service: Service, body: bytes) -> tuple[int, bytes]:
    """Return what MLflow's server would answer."""
    model = service._model
    try:
        answer = mlflow.pyfunc.scoring_server.invocations(body, "application/json", model.pyfunc, model.inputs)
    except mlflow.exceptions.MlflowException as error:
        failed: Any = error
        return failed.get_http_status_code(), b""
    except Exception:
        return 500, b""
    return answer.status, answer.response.encode()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=requests())
def test_ours_and_mlflow_never_disagree(services: dict[str, Service], case: tuple[str, bytes]) -> None:
    kind, body = case
    expected, text = theirs(services[kind], body)
    head, got = services[kind].answer({"id": 1, "call": "invocations", "type": "application/json"}, body)
    if expected == 200:
        assert (head["status"], got) == (200, text)
    else:
        assert head["status"] // 100 == expected // 100 or (expected == 500 and head["status"] == 400)
        answer = json.loads(got)
        assert answer.keys() == {"code", "message", "hint"}
        assert "\n" not in answer["message"]
        assert answer["message"]
