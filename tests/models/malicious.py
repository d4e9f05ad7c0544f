"""Files that would run code when they are loaded; each would make the canary. None of them may be called clean."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any


class Calls:
    """Reduces to a call."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


TEXTS = "json txt csv yaml onnx safetensors parquet ubj cbm arrow md xgb".split()
OBJECTS = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"


def touch(canary: Path, protocol: int = 4) -> bytes:
    return pickle.dumps(Calls(os.system, f"touch '{canary}'"), protocol)


@cache
def bomb() -> bytes:
    """600 MB of nothing."""
    return zlib.compress(bytes(600_000_000), 1)


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return made.getvalue()


def payloads(canary: Path) -> dict[str, bytes]:
    """Return malicious files by name."""
    plain = touch(canary)
    command = f"open({str(canary)!r}, 'w')"
    found = {f"reduce-{protocol}.pkl": touch(canary, protocol) for protocol in range(6)}
    found |= {
        "eval.pkl": pickle.dumps(Calls(eval, command)),
        "exec.pickle": pickle.dumps(Calls(exec, command)),
        "getattr.pkl": pickle.dumps(Calls(getattr, "x", "join")),
        "deep.pkl": pickle.dumps([{"a": ({1: [Calls(os.system, f"touch {canary}")]},)}]),
        "second.pkl": pickle.dumps({"weights": [1.0]}) + plain,
        "inst.pkl": f"(S'touch {canary}'\nios\nsystem\n.".encode(),
        "obj.pkl": b"(cos\nsystem\nS'touch " + str(canary).encode() + b"'\no.",
        "global.pkl": b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.",
        "computed.pkl": b"\x80\x04\x8c\x02os\x940\x8c\x06system\x940h\x00h\x01\x93\x8c\x04true\x85R.",
        "unknowable.pkl": b"\x80\x04C\x02osC\x06system\x93\x8c\x04true\x85R.",
        "persistent.pkl": b"\x80\x02Pos.system\n.",
        "extension.pkl": b"\x80\x02\x82\x01.",
        "cut.pkl": plain[:-6],
        "unknown-opcode.pkl": b"\x80\x04\xff\xff.",
        "torch.pt": zipped(model__data_dot_pkl=plain, model__version=b"3"),
        "old.pth": pickle.dumps(0x1950A86A20F9469CFC6C) + pickle.dumps(1001) + plain,
        "pytorch_model.bin": plain,
        "plain.joblib": plain,
        "zlib.joblib": zlib.compress(plain),
        "gzip.joblib": gzip.compress(plain),
        "bz2.joblib": bz2.compress(plain),
        "xz.joblib": lzma.compress(plain),
        "lzma.joblib": lzma.compress(plain, format=lzma.FORMAT_ALONE),
        "twice.joblib": gzip.compress(zlib.compress(plain)),
        "no-suffix": plain,
        "weights.json": plain,
        "weights.safetensors": plain,
        "notes.txt": touch(canary, 2),
        "archive.zip": zipped(inside_dot_pkl=plain),
        "nested.zip": zipped(inner_dot_zip=zipped(inside_dot_pkl=plain)),
        "code.zip": zipped(run_dot_py=b"import os"),
        "loader.py": f"import os\nos.system('touch {canary}')".encode(),
        "native.so": b"\x7fELF",
        "objects.npy": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n" + plain,
        "objects.npz": zipped(
            a_dot_npy=b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n" + plain
        ),
        **{f"text-{protocol}.{suffix}": touch(canary, protocol) for protocol in (0, 1) for suffix in TEXTS},
        "later.json": b"I1\n." + touch(canary, 0),
        "persistent.txt": b"Pcat\n0" + touch(canary, 0),
        "packed.json": gzip.compress(plain),
        "packed.txt": bz2.compress(touch(canary, 0)),
        "members.joblib": gzip.compress(pickle.dumps(1)) + gzip.compress(plain),
        "README.md": touch(canary, 0),
        "input_example.json": plain,
        "requirements.txt": touch(canary, 1),
        "before.skops": touch(canary, 0) + zipped(schema_dot_json=b"{}"),
        "before.npz": plain + zipped(a_dot_npy=OBJECTS.replace(b"|O", b"<f8")),
        "order.npy": b"\x93NUMPY\x01\x00v\x00{'fortran_order':False,'shape':(1,),'descr':'|O'}\n" + plain,
        "fields.npy": b"\x93NUMPY\x01\x00v\x00{'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': False, 'shape': (1,)}\n",
        "no-header.npy": plain,
        "fields.npz": zipped(a_dot_npy=OBJECTS.replace(b"'|O'", b"[('x}','O')]")),
        "many.pkl": b"\x80\x04" + b"N0" * 100_000 + plain[2:],
        "import.pkl": b"\x80\x02cits_module\nx\n.",
        "built.pkl": b"\x80\x04ccollections\nOrderedDict\n)R}(S'x'\ncos\nsystem\nub.",
        "overwritten.pkl": b"\x80\x04\x8c\x0bcollectionsq\x000\x8c\x02osq\x000h\x00\x8c\x06system\x93\x8c\x04true\x85R.",
        "marked.pkl": b"\x80\x04\x8c\x02os(\x8c\x01a1\x8c\x06system\x93\x8c\x04true\x85R.",
        "dotted.pkl": b"\x80\x04\x8c\x0bcollections\x8c\x0fabc.sys.modules\x93.",
        "bomb.joblib": bomb(),
        "evil.skops": zipped(schema_dot_json=skops_of("os.system", f"touch {canary}")),
        "broken.skops": zipped(schema_dot_json=b'{"protocol": 1}'),
        "method.skops": zipped(schema_dot_json=skops_of("builtins.eval", command)),
    }
    return found


def skops_of(function: str, argument: str) -> bytes:
    """A skops file that would call a function with a text."""
    module, _, name = function.rpartition(".")
    text = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(argument)}
    arguments = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": [text]}
    called = {
        "__class__": name,
        "__module__": module,
        "__loader__": "TypeNode",
        "content": {"__class__": name, "__module__": module},
    }
    made = {
        "__class__": name, "__module__": module, "__loader__": "ReduceNode", "__reduce__": {"args": arguments},
        "content": called, "protocol": 2, "_skops_version": "0.16.0",
    }  # fmt: skip
    return json.dumps(made).encode()


def _description(function: str, more: str = "") -> str:
    return f"flavors:\n  python_function:\n    loader_module: {function}\n{more}"


DESCRIPTIONS: dict[str, str] = {
    "loader": _description("its_loader"),
    "standard-loader": _description("antigravity"),
    "another-of-mlflow": _description("mlflow.langchain"),
    "code": _description("mlflow.sklearn", "    code: code\n"),
    "code-elsewhere": _description("mlflow.sklearn", "    code: ../../tmp\n"),
    "script": _description("mlflow.pyfunc.model", "    model_code_path: its.py\n"),
    "class": _description("mlflow.xgboost", "  xgboost:\n    model_class: os.abort\n"),
    "class-by-type": _description("mlflow.lightgbm", "  lightgbm:\n    model_class: [os.abort]\n"),
    "data-elsewhere": _description("mlflow.sklearn", "    model_path: /tmp/model.pkl\n"),
    "data-above": _description("mlflow.sklearn", "    model_path: ../model.pkl\n"),
    "no-loader": "flavors: {python_function: {}}\n",
    "no-flavors": "flavors: 3\n",
    "tag": "a: !!python/object/apply:os.system [true]\n",
    "list": "[]",
    "endless": "a: &a [*a]\nflavors: {x: *a}\n",
}
"""Descriptions of models (``MLmodel``) that make MLflow run something no file was scanned for."""
