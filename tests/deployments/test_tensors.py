"""Tensors as JSON and in binary: what was an array is the same array again."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jupyter_mlops.deployments.serving.worker.errors import RequestError
from jupyter_mlops.deployments.serving.worker.tensors import DTYPES, Binary, datatype, decode, json_data, raw_data


def tensor(name: str, shape: list[int], kind: str, data: Any) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": kind, "data": data}


@given(
    hnp.arrays(
        st.sampled_from([kind for kind in DTYPES.values() if kind.kind != "O"]),
        hnp.array_shapes(max_dims=3, max_side=4),
    )
)
def test_arrays_survive_both_forms(array: Any) -> None:
    shape, kind = list(array.shape), datatype(array.dtype)
    raw = raw_data(array)
    tail = {"name": "x", "shape": shape, "datatype": kind, "parameters": {"binary_data_size": len(raw)}}
    assert decode(tail, Binary(raw))[1].tobytes() == array.tobytes()
    if kind != "FP16" or np.isfinite(array).all():
        data = json.loads(json.dumps(json_data(array)))
        name, found = decode(tensor("x", shape, kind, data), Binary(b""))
        assert (name, found.dtype) == ("x", array.dtype)
        np.testing.assert_array_equal(found, array)


def test_numbers_of_sixty_four_bits_are_exact() -> None:
    highest = 2**64 - 1
    for data in ([0, highest], [[highest, 1]], [2**63, 2**63 + 1]):
        shape = list(np.array(data, dtype=object).shape)
        assert decode(tensor("x", shape, "UINT64", data), Binary(b""))[1].tolist() == data
    for kind, data in (("INT64", [0, highest]), ("UINT64", [-1, highest]), ("UINT64", [2**70]), ("INT8", [2**63, 1])):
        with pytest.raises(RequestError, match="out of the range"):
            decode(tensor("x", [len(data)], kind, data), Binary(b""))
    with pytest.raises(RequestError, match=r"expected UINT64, got 0\.5"):
        decode(tensor("x", [2], "UINT64", [0.5, highest]), Binary(b""))


@given(st.lists(st.text(), max_size=4))
def test_texts_survive_both_forms(texts: list[str]) -> None:
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    raw = raw_data(array)
    tail = {"name": "x", "shape": [len(texts)], "datatype": "BYTES", "parameters": {"binary_data_size": len(raw)}}
    assert decode(tail, Binary(raw))[1].tolist() == texts
    assert decode(tensor("x", [len(texts)], "BYTES", json_data(array)), Binary(b""))[1].tolist() == texts


@pytest.mark.parametrize("raw", [b"\x01", struct.pack("<I", 5) + b"ab", struct.pack("<I", 2**32 - 1)])
def test_bytes_that_lie_about_their_length(raw: bytes) -> None:
    tail = {"name": "x", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(raw)}}
    with pytest.raises(RequestError, match="longer"):
        decode(tail, Binary(raw))
