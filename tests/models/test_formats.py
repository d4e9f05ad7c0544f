"""Formats: what is called clean, what is called code, and that nothing of it ever runs (S12)."""

from __future__ import annotations

import json
import os
import pickle
import zlib
from collections import OrderedDict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.models.facts import read_facts
from jupyter_mlops.models.formats import FileFormat, formats
from jupyter_mlops.models.pickles import names_in
from tests.models.malicious import DESCRIPTIONS, payloads

pytestmark = pytest.mark.filterwarnings("ignore")
NAMES = sorted(payloads(Path("/nowhere")))


def one(folder: Path, name: str, data: bytes) -> FileFormat:
    (folder / name).write_bytes(data)
    (found,) = formats(folder)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_nothing_malicious_is_called_clean_and_none_of_it_runs(name: str, tmp_path: Path) -> None:
    canary, folder = tmp_path / "canary", tmp_path / "model"
    folder.mkdir()
    found = one(folder, name, payloads(canary)[name])
    assert found.unknown or not found.is_scanned, found
    read_facts(folder)
    assert not canary.exists()


def test_there_are_enough() -> None:
    assert len(NAMES) >= 80


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_that_runs_something_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(DESCRIPTIONS[name])
    (tmp_path / "model.json").write_text("{}")
    loader, model = formats(tmp_path)
    assert (loader.file, loader.is_code, loader.is_scanned) == ("MLmodel", True, False)
    assert loader.unknown
    assert not model.is_code


def test_metadata_is_looked_at_too_and_descriptions_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(
        "flavors: {python_function: {loader_module: mlflow.sklearn, model_path: metadata/x}}"
    )
    for name, text in {
        "README.md": "# cat",
        "requirements.txt": "cloudpickle\nscipy\n",
        "conda.yaml": "name: x",
    }.items():
        (tmp_path / name).write_text(text)
    assert formats(tmp_path) == []
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "x").write_bytes(payloads(tmp_path)["text-0.json"])
    (found,) = formats(tmp_path)
    assert (found.file, found.name) == ("metadata/x", "pickle")
    assert "posix.system" in found.unknown


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\n",
        "class,x\n1,2\n",
        "0,1\n2,3\n",
        "Price\n1\n",
        "id\n1\n2\n",
        "(a)\n",
        "I am\n",
        "Nobody.\n",
        ".\n",
        "",
        "]\n",
    ],
)
def test_texts_are_texts(text: str, tmp_path: Path) -> None:
    found = one(tmp_path, "labels.txt", text.encode())
    assert (found.name, found.is_code, found.unknown) == ("text", False, ())


def test_what_is_neither_file_nor_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.pkl")
    (found,) = formats(tmp_path)
    assert (found.name, found.is_scanned) == ("device", False)


def test_the_canary_can_be_made(tmp_path: Path) -> None:
    pickle.loads(payloads(tmp_path / "canary")["reduce-4.pkl"])
    assert (tmp_path / "canary").exists()


PLAIN: list[Any] = [
    1, 2**80, -1.5, "text", b"bytes", None, True, [1, [2]], {"a": {"b": (1,)}}, {1, 2}, frozenset({1}), 2j,
    OrderedDict(a=1), date(2026, 1, 1), np.arange(5.0), np.float64(2), np.arange(6).reshape(2, 3)[:, 1],
]  # fmt: skip


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_is_clean_and_still_code(value: Any, protocol: int, tmp_path: Path) -> None:
    found = one(tmp_path, "x.pkl", pickle.dumps(value, protocol))
    assert (found.name, found.is_code, found.unknown, found.is_scanned) == ("pickle", True, (), True)


def test_a_model_of_scikit_learn(tmp_path: Path) -> None:
    import joblib
    import skops.io
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    rows = np.random.default_rng(1).random((20, 3))
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(rows, [0, 1] * 10)
    found = one(tmp_path, "model.pkl", pickle.dumps(model))
    assert (found.name, found.is_code, found.unknown) == ("pickle", True, ())
    (tmp_path / "model.pkl").unlink()
    skops.io.dump(model, tmp_path / "model.skops")
    assert formats(tmp_path) == [FileFormat("model.skops", "skops", (tmp_path / "model.skops").stat().st_size, False)]
    (tmp_path / "model.skops").unlink()
    skops.io.dump(FunctionTransformer(zlib.crc32), tmp_path / "model.skops")
    (found,) = formats(tmp_path)
    assert found.unknown
    (tmp_path / "model.skops").unlink()
    joblib.dump(model, tmp_path / "model.joblib", compress=3)
    (found,) = formats(tmp_path)
    # Arrays stand raw between the opcodes: what is behind them is not followed, and so not called clean.
    assert found.is_code
    assert found.unknown


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("model.onnx", b"\x08\x07", "onnx"),
        ("model.safetensors", b"\x10\0\0\0\0\0\0\0{}", "safetensors"),
        ("model.json", b"{}", "json"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", "npy"),
    ],
)
def test_formats_that_are_no_code(name: str, data: bytes, form: str, tmp_path: Path) -> None:
    found = one(tmp_path, name, data)
    assert (found.name, found.is_code, found.unknown, found.is_scanned) == (form, False, (), True)


def test_what_nobody_knows_is_code(tmp_path: Path) -> None:
    assert one(tmp_path, "model.weights", b"\0\1\2").is_code
    (tmp_path / "model.weights").unlink()
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    (found,) = formats(tmp_path)
    assert (found.name, found.is_code) == ("link", True)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_followed_or_given_up(data: bytes) -> None:
    names_in(data)
    names_in(b"\x80\x04" + data)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "1", "flavors: 3", "flavors: {python_function: 7}", "signature: {inputs: '['}", "signature: {inputs: '[1]'}",
     "a: *b", "!!python/object/apply:os.system [true]", "saved_input_example_info: {serving_input_path: ../../etc/passwd}",
     "signature: {inputs: 5, outputs: '{}', params: '[{\"name\": 1}]'}"],
)  # fmt: skip
def test_a_description_of_any_kind(text: str, tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(text)
    found = read_facts(tmp_path)
    assert found.example is None
    json.dumps(found.flavors)
