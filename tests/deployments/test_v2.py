"""The Open Inference Protocol: what is sent and answered has the protocol's form and `/invocations`' values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.deployments.serving.worker.tensors import DTYPES
from tests.deployments.serving_worker import Worker

WorkerOf = Callable[[str], Worker]
IRIS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 4.5, 1.5], [7.7, 2.6, 6.9, 2.3]]

# The answers of the protocol's REST specification, as JSON schemas.
_TENSOR = {
    "name": {"type": "string"},
    "shape": {"type": "array", "items": {"type": "integer"}},
    "datatype": {"enum": list(DTYPES)},
}
_DATA = {"type": "array", "items": {"type": ["number", "string", "boolean", "null"]}}
INFERENCE = {
    "type": "object",
    "required": ["model_name", "outputs"],
    "additionalProperties": False,
    "properties": {
        "model_name": {"type": "string"}, "model_version": {"type": "string"}, "id": {"type": "string"},
        "parameters": {"type": "object"},
        "outputs": {
            "type": "array",
            "items": {
                "type": "object", "required": ["name", "shape", "datatype", "data"], "additionalProperties": False,
                "properties": {**_TENSOR, "data": _DATA, "parameters": {"type": "object"}},
            },
        },
    },
}  # fmt: skip
METADATA = {
    "type": "object",
    "required": ["name", "platform", "inputs", "outputs"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"}, "platform": {"type": "string"},
        "versions": {"type": "array", "items": {"type": "string"}},
        **{
            key: {"type": "array", "items": {"type": "object", "required": list(_TENSOR), "properties": _TENSOR}}
            for key in ("inputs", "outputs")
        },
    },
}  # fmt: skip
ERROR = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {"error": {"type": "string"}},
}


def tensor(name: str, shape: list[int], kind: str, data: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": kind, "data": data, **more}


def infer(worker: Worker, *inputs: dict[str, Any], **more: Any) -> tuple[int, Any]:
    frame = worker.call("infer", json.dumps({"inputs": inputs, **more}).encode(), type="application/json")
    answer = json.loads(frame.body, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    jsonschema.validate(answer, INFERENCE if frame.head["status"] == 200 else ERROR)
    return frame.head["status"], answer


def outputs(worker: Worker, *inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    status, answer = infer(worker, *inputs, **more)
    assert status == 200, answer
    return {output["name"]: output for output in answer["outputs"]}


@pytest.mark.parametrize("kind", ["iris", "numbers", "tensor", "typed", "params", "bare", "named", "pipeline", "odd"])
def test_metadata_has_the_form_of_the_protocol(kind: str, worker_of: WorkerOf) -> None:
    about = json.loads(worker_of(kind).call("metadata").body)
    jsonschema.validate(about, METADATA)
    assert (about["name"], about["versions"]) == ("m", ["1"])


def test_metadata_is_the_signature(worker_of: WorkerOf) -> None:
    def inputs(kind: str) -> list[tuple[Any, ...]]:
        found = json.loads(worker_of(kind).call("metadata").body)["inputs"]
        return [(item["name"], item["datatype"], item["shape"]) for item in found]

    assert inputs("numbers") == [
        ("age", "INT64", [-1]), ("size", "INT32", [-1]), ("share", "FP32", [-1]), ("income", "FP64", [-1]),
    ]  # fmt: skip
    assert inputs("tensor") == [("input", "FP64", [-1, 4])]
    assert inputs("named") == [("one", "FP32", [-1, 2]), ("two", "INT64", [-1])]
    assert [kind for _, kind, _ in inputs("typed")] == "INT64 INT32 FP32 FP64 BOOL BYTES BYTES FP64 BYTES".split()


@pytest.mark.parametrize("kind", ["iris", "tensor", "bare", "gaps", "probabilities"])
@pytest.mark.parametrize("rows", [1, 3])
def test_rows_and_columns_in_one_tensor(kind: str, rows: int, worker_of: WorkerOf) -> None:
    worker, given_rows = worker_of(kind), ROWS[:rows]
    flat = [value for row in given_rows for value in row]
    body = (
        {"inputs": given_rows}
        if kind in ("tensor", "bare")
        else {"dataframe_split": {"columns": IRIS, "data": given_rows}}
    )
    _, expected = worker.invoke(body)
    for data in (flat, given_rows):
        (output,) = outputs(worker, tensor("x", [rows, 4], "FP64", data)).values()
        assert output["data"] == np.ravel(expected["predictions"]).tolist()
        assert output["shape"] == list(np.shape(expected["predictions"]))


def test_rows_of_mixed_columns_in_one_tensor(worker_of: WorkerOf) -> None:
    rows = [[30, 7, 0.1, 1000 / 3], [2**40, -5, 3.25, -1e-9]]
    names = ["age", "size", "share", "income"]
    _, expected = worker_of("numbers").invoke(
        {"dataframe_records": [dict(zip(names, row, strict=True)) for row in rows]}
    )
    assert expected == {
        "predictions": outputs(worker_of("numbers"), tensor("x", [2, 4], "FP64", rows))["predict"]["data"]
    }


@pytest.mark.parametrize("kind", ["FP64", "FP32", "INT64", "UINT8", "INT16"])
def test_named_columns(kind: str, worker_of: WorkerOf) -> None:
    worker = worker_of("iris")
    _, expected = worker.invoke({"dataframe_records": [dict.fromkeys(IRIS, value) for value in (1.0, 5.0)]})
    for shape in ([2], [2, 1]):
        tensors = [tensor(name, shape, kind, [1, 5]) for name in reversed(IRIS)]
        assert outputs(worker, *tensors)["predict"]["data"] == expected["predictions"]


def test_columns_of_every_type(worker_of: WorkerOf) -> None:
    row = {"long": 2**53 + 1, "integer": -5, "float": 0.1, "double": 0.1, "boolean": True, "string": "é"}
    row["datetime"] = "2024-02-29T12:30:01.5"
    kinds = "INT64 INT32 FP32 FP64 BOOL BYTES BYTES".split()
    tensors = [
        tensor(f"{name}_column", [1], kind, [value]) for (name, value), kind in zip(row.items(), kinds, strict=True)
    ]
    _, expected = worker_of("typed").invoke(
        {"dataframe_records": [{f"{name}_column": value for name, value in row.items()}]}
    )
    found = outputs(worker_of("typed"), *tensors)
    assert {name: output["data"][0] for name, output in found.items()} == expected["predictions"][0]
    assert [found[f"{name}_column"]["datatype"] for name in row] == kinds


def test_columns_of_a_pipeline(worker_of: WorkerOf) -> None:
    columns: dict[str, list[Any]] = {
        "plan": ["gold", "basic"],
        "since": ["2024-05-06", "2023-01-01"],
        "calls": [3, 0],
        "spent": [0.25, -1.0],
    }
    kinds = ["BYTES", "BYTES", "INT32", "FP64"]
    tensors = [tensor(name, [2], kind, data) for (name, data), kind in zip(columns.items(), kinds, strict=True)]
    records = [{name: values[at] for name, values in columns.items()} for at in range(2)]
    _, expected = worker_of("pipeline").invoke({"dataframe_records": records})
    assert outputs(worker_of("pipeline"), *tensors)["predict"]["data"] == expected["predictions"]


def test_named_tensors_and_named_outputs(worker_of: WorkerOf) -> None:
    one, two = tensor("one", [2, 2], "FP32", [1, 2, 3, 4]), tensor("two", [2], "INT64", [5, 6])
    found = outputs(worker_of("named"), two, one)
    assert found["sum"]["data"] == [8, 13]
    assert found["kinds"] == tensor("kinds", [2], "BYTES", ["float32", "int64"])
    assert list(outputs(worker_of("named"), one, two, outputs=[{"name": "sum"}])) == ["sum"]
    status, answer = infer(worker_of("named"), one, two, outputs=[{"name": "more"}])
    assert (status, "`more`" in answer["error"] or "'more'" in answer["error"]) == (400, True)


def test_parameters_and_the_id(worker_of: WorkerOf) -> None:
    body = tensor("x", [2], "FP64", [1.5, 2.5])
    status, answer = infer(worker_of("params"), body, id="é-1", parameters={"factor": 10, "note": "abc", "other": 1})
    assert (status, answer["id"], answer["outputs"][0]["data"]) == (200, "é-1", [18.0, 28.0])
    assert infer(worker_of("params"), body)[1].keys() == {"model_name", "model_version", "outputs"}
    status, answer = infer(worker_of("params"), body, parameters={"factor": "much"})
    assert status == 400
    assert "parameter `factor`: expected double, got text 'much'" in answer["error"]


def test_every_shape_of_answer_has_a_form(worker_of: WorkerOf) -> None:
    for number in range(12):
        status, answer = infer(worker_of("odd"), tensor("x", [1], "INT64", [number]))
        assert status == 200, (number, answer)
        assert all(np.prod(output["shape"]) == len(output["data"]) for output in answer["outputs"])
    infinite = outputs(worker_of("odd"), tensor("x", [1], "INT64", [2]))["predict"]["data"]
    assert infinite == [float("inf"), float("-inf"), 0.1]
    assert outputs(worker_of("odd"), tensor("x", [1], "INT64", [0]))["predict"]["data"] == [1.5, None]


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        ("iris", [tensor("x", [1, 3], "FP64", [1, 2, 3])], ["petal_width", "4 columns"]),
        ("iris", [tensor(name, [1], "FP64", [1]) for name in IRIS[:3]], ["petal_width", "double", "missing"]),
        ("iris", [tensor(name, [1], "BYTES", ["a"]) for name in IRIS], ["sepal_length", "double", "BYTES"]),
        ("iris", [tensor("x", [1, 4], "BOOL", [True] * 4)], ["sepal_length", "double", "BOOL"]),
        ("numbers", [tensor("x", [1, 4], "FP64", [1, 2.5, 1, 1])], ["`size`", "integer", "2.5"]),
        ("numbers", [tensor("x", [1, 4], "INT64", [1, 2**40, 1, 1])], ["`size`", "integer", str(2**40)]),
        ("numbers", [tensor("x", [1, 4], "FP64", [float("nan"), 1, 1, 1])], ["`age`", "long", "nan"]),
        ("iris", [tensor(name, [1 + (name == "petal_width")], "FP64", [1.0] * 3) for name in IRIS], ["values"]),
        ("iris", [tensor(name, [n + 1], "FP64", [1.0] * (n + 1)) for n, name in enumerate(IRIS)], ["one length"]),
        ("iris", [tensor("x", [1, 4], "FP64", [1, 2, 3])], ["`x`", "4 values", "3"]),
        ("iris", [tensor("x", [1, 4], "FP65", [1, 2, 3, 4])], ["`x`", "FP65", "FP64"]),
        ("iris", [tensor("x", [1, 4], "FP64", ["1", 2, 3, 4])], ["`x`", "FP64", "'1'"]),
        ("iris", [tensor("x", [1, 4], "INT64", [1.5, 2, 3, 4])], ["`x`", "INT64", "1.5"]),
        ("iris", [tensor("x", [1, 4], "INT8", [1000, 2, 3, 4])], ["`x`", "1000", "INT8"]),
        ("iris", [tensor("x", [1, 4], "FP64", [[1, 2], [3]])], ["`x`"]),
        ("iris", [tensor("x", [-1, 4], "FP64", [])], ["`x`", "shape"]),
        ("iris", [tensor("x", [2**62, 2**62], "FP64", [])], ["`x`"]),
        ("iris", [tensor("x", [1] * 99, "FP64", [1])], ["`x`", "dimensions"]),
        ("iris", [{"name": "x"}], ["`x`", "datatype"]),
        ("iris", [{"shape": [1]}], ["name"]),
        ("iris", [{"name": "x", "shape": [1], "datatype": "FP64"}], ["`x`", "data"]),
        ("iris", [tensor("x", [1], "FP64", [1]), tensor("x", [1], "FP64", [1])], ["`x`", "twice"]),
        ("iris", [], ["inputs"]),
        ("pipeline", [tensor("plan", [1], "BYTES", ["a"])], ["`since`", "datetime"]),
        ("pipeline", [tensor(n, [1], k, [v]) for n, k, v in (("plan", "BYTES", "a"), ("since", "BYTES", "soon"), ("calls", "INT64", 1), ("spent", "FP64", 1))], ["`since`", "datetime", "soon"]),
        ("tensor", [tensor("x", [1, 3], "FP64", [1, 2, 3])], ["(1, 3)", "(-1, 4)"]),
        ("named", [tensor("one", [1, 2], "FP32", [1, 2])], ["`two`"]),
        ("odd", [tensor("x", [1], "INT64", [100])], ["no such x"]),
    ],
)  # fmt: skip
def test_an_error_names_the_input_and_the_type(
    kind: str, inputs: list[Any], words: list[str], worker_of: WorkerOf
) -> None:
    status, answer = infer(worker_of(kind), *inputs)
    assert status == 400
    assert not [word for word in words if word not in answer["error"]], answer
    assert "Traceback" not in answer["error"]


def test_binary_tensors_both_ways(worker_of: WorkerOf) -> None:
    array = np.array(ROWS)
    head = {
        "inputs": [{"name": "x", "shape": [3, 4], "datatype": "FP64", "parameters": {"binary_data_size": array.nbytes}}]
    }
    expected = outputs(worker_of("iris"), tensor("x", [3, 4], "FP64", ROWS))["predict"]["data"]
    for more in (
        {"parameters": {"binary_data_output": True}},
        {"outputs": [{"name": "predict", "parameters": {"binary_data": True}}]},
    ):
        text = json.dumps({**head, **more}).encode()
        frame = worker_of("iris").call("infer", text + array.tobytes(), json_bytes=len(text))
        size = frame.head["json_bytes"]
        (output,) = json.loads(frame.body[:size])["outputs"]
        assert output["parameters"] == {"binary_data_size": len(frame.body) - size}
        assert np.frombuffer(frame.body[size:], np.int64).tolist() == expected
    for cut in (text + array.tobytes()[:-1], text + array.tobytes() + b"x"):
        assert worker_of("iris").call("infer", cut, json_bytes=len(text)).head["status"] == 400


NAMES = ["x", "input", "one", "two", "scores", "people", *IRIS, "age", "size", "share", "income", "plan", "since"]
TENSORS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "shape": st.sampled_from([[1], [2], [1, 1], [1, 4], [2, 2], [0], [], [1, 2, 1]]),
        "datatype": st.sampled_from([*DTYPES, "FP65", None]),
        "data": st.sampled_from(
            [[1], [1.5, 2], [1, 2, 3, 4], [[1, 2], [3, 4]], ["a"], [True], [], [None], 1, "x", [[]]]
        ),
    },
    optional={"parameters": st.sampled_from([{}, None, {"binary_data_size": 8}, {"binary_data_size": "x"}, 5])},
)
FUZZED = "iris numbers tensor pipeline named nested hinted unnamed bare params".split()


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(FUZZED),
    inputs=st.lists(TENSORS, max_size=4),
    more=st.fixed_dictionaries(
        {}, optional={"id": st.just(5), "outputs": st.just([{"name": "x"}]), "parameters": st.just(1)}
    ),
)
def test_whatever_is_sent_is_answered_in_the_form_of_the_protocol(
    kind: str, inputs: list[Any], more: dict[str, Any], worker_of: WorkerOf
) -> None:
    assert infer(worker_of(kind), *inputs, **more)[0] in (200, 400)
