"""An existing client of the Open Inference Protocol, NVIDIA's for Triton, asks a front that serves a real model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.deployments.front_process import TOKEN, Front

pytestmark = pytest.mark.short
ROWS: dict[str, list[Any]] = {
    "plan": ["a", "b"],
    "since": ["2024-01-01", "2025-06-30"],
    "calls": [3, 4],
    "spent": [1.5, 2.5],
}
KINDS = {"plan": "BYTES", "since": "BYTES", "calls": "INT64", "spent": "FP64"}


def headers() -> dict[str, str]:
    # The client writes into what it is given.
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, saved: Callable[[str], Path]) -> Iterator[Front]:
    front = Front(tmp_path_factory.mktemp("front"), is_real=True)
    plan = {"folder": str(saved("pipeline")), "python": sys.executable}
    front.write(versions={"1": plan}, live="1")
    front.start()
    try:
        front.until_ready("1")
        yield front
    finally:
        front.stop()


@pytest.fixture
def client(front: Front) -> Iterator[Any]:
    with triton.InferenceServerClient(f"127.0.0.1:{front.port}") as found:
        yield found


def tensors(is_binary: bool) -> list[Any]:
    found = []
    for name, values in ROWS.items():
        dtype = object if KINDS[name] == "BYTES" else None
        tensor = triton.InferInput(name, [len(values)], KINDS[name])
        tensor.set_data_from_numpy(np.array(values, dtype=dtype), binary_data=is_binary)
        found.append(tensor)
    return found


def test_it_finds_the_server_and_the_model(client: Any) -> None:
    assert client.is_server_live(headers=headers())
    assert client.is_server_ready(headers=headers())
    assert client.is_model_ready("m", headers=headers())
    assert client.is_model_ready("m", "1", headers=headers())
    assert not client.is_model_ready("n", headers=headers())
    assert "binary_tensor_data" in client.get_server_metadata(headers=headers())["extensions"]
    about = client.get_model_metadata("m", headers=headers())
    assert {tensor["name"]: tensor["datatype"] for tensor in about["inputs"]} == KINDS


@pytest.mark.parametrize("is_binary", [True, False])
def test_its_tensors_are_predicted_as_the_rows_are(client: Any, front: Front, is_binary: bool) -> None:
    wanted = front.post({"dataframe_split": {"columns": list(ROWS), "data": list(zip(*ROWS.values(), strict=True))}})
    assert wanted.status == 200
    name = client.get_model_metadata("m", headers=headers())["outputs"][0]["name"]
    for asked in (None, [triton.InferRequestedOutput(name, binary_data=is_binary)]):
        found = client.infer("m", tensors(is_binary), headers=headers(), outputs=asked, request_id="é 7")
        texts = [text.decode() if isinstance(text, bytes) else text for text in found.as_numpy(name).tolist()]
        assert texts == wanted.json()["predictions"]
        assert found.get_response()["id"] == "é 7"


def test_it_understands_what_is_refused(client: Any) -> None:
    refused: list[tuple[str, Any, dict[str, str], str]] = [
        ("n", tensors(True), headers(), "404"),
        ("m", tensors(True)[1:], headers(), "`plan`"),
        ("m", tensors(True), {}, "401"),
    ]
    for model, inputs, given, said in refused:
        with pytest.raises(InferenceServerException, match=said):
            client.infer(model, inputs, headers=given)
    with pytest.raises(InferenceServerException, match="compressed"):
        client.infer("m", tensors(True), headers=headers(), request_compression_algorithm="gzip")
