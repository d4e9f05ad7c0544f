"""The calls of a step notebook: loading, metrics, saving, all or nothing."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_mlops.artifacts.incell import Handover
from jupyter_mlops.base.errors import HandoverError
from tests.artifacts.conftest import Notebook


def test_manifest(notebook: Notebook) -> None:
    _, manifest = notebook.step("load", "a = [1]; b = 2; del_me = 3; del del_me", outputs="a b del_me gone")
    assert sorted(manifest) == sorted(
        [
            "version",
            "step",
            "outputs",
            "absent",
            "changed",
            "unchanged",
            "classes",
            "same",
            "inside",
            "aliases",
            "setup",
            "definitions",
            "kept",
            "inputs",
            "metrics",
            "random",
            "process",
            "states",
        ]
    )
    assert manifest["version"] == 2
    assert manifest["step"] == "load"
    assert list(manifest["outputs"]) == ["a", "b"]
    assert manifest["absent"] == ["del_me", "gone"]
    ref = manifest["outputs"]["a"]
    assert sorted(ref) == sorted(["digest", "serializer", "type", "size_bytes", "key", "summary"])
    assert (ref["serializer"], ref["type"], ref["size_bytes"], ref["key"]) == ("json", "list", 3, None)


def test_absent_name_is_not_set(notebook: Notebook) -> None:
    notebook.step("a", outputs="v")
    space, manifest = notebook.step("b", inputs={"v": "a"}, outputs="v")
    assert "v" not in space
    assert manifest["absent"] == ["v"]
    assert manifest["inputs"] == {}


def test_step_that_was_not_run(notebook: Notebook) -> None:
    with pytest.raises(HandoverError) as caught:
        notebook.step("b", inputs={"v": "load"})
    assert caught.value.code == "handover.missing"
    assert caught.value.message.startswith('step "load" has not been run: ')


def test_name_that_was_not_handed_over(notebook: Notebook) -> None:
    notebook.step("load", "v = 1", outputs="v")
    with pytest.raises(HandoverError, match='step "load" did not hand over `w`'):
        notebook.step("b", inputs={"w": "load"})


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', "null"])
def test_damaged_manifest(notebook: Notebook, content: str) -> None:
    notebook.step("load", "v = 1", outputs="v")
    Path("artifacts/load.json").write_text(content)
    with pytest.raises(HandoverError) as caught:
        notebook.step("b", inputs={"v": "load"})
    assert caught.value.code == "artifact.damaged"


def test_damaged_artifact(notebook: Notebook) -> None:
    _, manifest = notebook.step("load", "v = [1, 2]", outputs="v")
    digest = manifest["outputs"]["v"]["digest"]
    Path("artifacts", digest[:2], digest[2:4], digest).write_bytes(b"[1")
    with pytest.raises(HandoverError) as caught:
        notebook.step("b", inputs={"v": "load"})
    assert caught.value.code == "artifact.damaged"
    Path("artifacts", digest[:2], digest[2:4], digest).unlink()
    with pytest.raises(HandoverError) as caught:
        notebook.step("b", inputs={"v": "load"})
    assert caught.value.code == "artifact.missing"


@pytest.mark.parametrize("step", ["a b", "../up", "é/😀", "a" * 60])
def test_any_step_name_by_hand(notebook: Notebook, step: str) -> None:
    space: dict[str, Any] = {"v": [1]}
    handover = Handover(space, step=step, outputs=["v"])
    handover.load()
    handover.save()
    assert {p.parent for p in notebook.folder.rglob("*.json")} == {notebook.folder / "artifacts"}
    taken: dict[str, Any] = {}
    Handover(taken, step="b", inputs={"v": step}).load()
    assert taken == {"v": [1]}


def test_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def attempt(step: str, manifests: dict[str, str]) -> Path:
        folder = tmp_path / step
        folder.mkdir()
        content = {"version": 1, "store": str(tmp_path / "store"), "manifests": manifests}
        (folder / "attempt.json").write_text(json.dumps(content))
        monkeypatch.setenv("JUPYTER_MLOPS_ATTEMPT_DIR", str(folder))
        return folder

    first = attempt("a", {})
    handover = Handover({"v": [1]}, step="a", outputs=["v"])
    handover.load()
    handover.save()
    attempt("b", {"a": str(first / "outputs.json")})
    space: dict[str, Any] = {}
    Handover(space, step="b", inputs={"v": "a"}).load()
    assert space == {"v": [1]}
    with pytest.raises(HandoverError) as caught:
        Handover(space, step="b", inputs={"v": "unknown"}).load()
    assert caught.value.code == "handover.missing"


METRICS: dict[str, tuple[object, object]] = {
    "int": (3, 3),
    "float": (0.5, 0.5),
    "bool": (True, True),
    "numpy scalar": (np.float32(0.5), 0.5),
    "numpy integer": (np.int64(3), 3),
    "zero dimensions": (np.array(0.25), 0.25),
    "nan": (math.nan, "nan"),
    "infinite": (-math.inf, "-inf"),
}


@pytest.mark.parametrize("case", METRICS)
def test_metric(notebook: Notebook, case: str) -> None:
    value, expected = METRICS[case]
    handover = Handover({"m": value}, step="s")
    handover.load()
    handover.metrics("m")
    handover.save()
    found = json.loads(Path("artifacts/s.json").read_text())["metrics"]["m"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("value", ["0.5", None, [1], np.ones(2), 1j])
def test_no_metric(notebook: Notebook, value: object) -> None:
    with pytest.raises(HandoverError) as caught:
        Handover({"m": value}, step="s").metrics("m")
    assert caught.value.code == "handover.metric"
    with pytest.raises(HandoverError, match="is not defined"):
        Handover({}, step="s").metrics("m")


def test_failed_save_leaves_the_old_manifest(notebook: Notebook) -> None:
    notebook.step("a", "v = 1; w = 2", outputs="v w")
    before = Path("artifacts/a.json").read_bytes()
    with pytest.raises(HandoverError):
        notebook.step("a", "v = 5; w = (i for i in ())", outputs="v w")
    assert Path("artifacts/a.json").read_bytes() == before


def test_alias_of_an_input_that_was_rebound(notebook: Notebook) -> None:
    notebook.step("a", "x = [1]", outputs="x")
    _, manifest = notebook.step("b", "y = {'x': x}; x = 5", inputs={"x": "a"}, outputs="y")
    assert manifest["aliases"] == [["in:x", "out:y"]]


def test_alias_of_set_up(notebook: Notebook) -> None:
    _, manifest = notebook.step("a", "y = [cfg]", replay="cfg = {}", setup="cfg", outputs="y")
    assert manifest["aliases"] == [["setup:cfg", "out:y"]]


def test_state_of_definitions(notebook: Notebook) -> None:
    code = "class C:\n    made = []\ndef f(x=[]): x.append(1)\n"
    _, still = notebook.step("a", replay=code, definitions="C f unknown")
    _, moved = notebook.step("b", "C.made.append(1); f()", replay=code, definitions="C f unknown")
    assert still["definitions"]["unknown"] == [None, None]
    for name in ("C", "f"):
        start, end = still["definitions"][name]
        assert start == end is not None
        assert moved["definitions"][name][0] == start
        assert moved["definitions"][name][1] != start


def test_mark(notebook: Notebook) -> None:
    space: dict[str, Any] = {"v": [1]}
    handover = Handover(space, step="a", outputs=["v"])
    handover.load()
    handover.mark("v", "unknown")
    handover.save()
    space["v"].append(2)
    with pytest.raises(HandoverError) as caught:
        handover.save()
    assert caught.value.code == "handover.changed_since"


def test_chain_of_steps_in_processes_of_their_own(tmp_path: Path) -> None:
    replay = (
        "import numpy as np\nclass C:\n    def __init__(self, v): self.v = v\n    def get(self): return self.v + K\n"
    )
    head = "from jupyter_mlops.artifacts.incell import Handover\n"
    one = (
        f"{head}{replay}h = Handover(globals(), step='a', outputs=['c', 'f', 's', 'x', 'y', 'e'], carried={{'c': ['C']}})\n"
        "h.load()\nK = 1\nc = C(1)\nf = lambda: K\ns = {'a', 'b'}\nx = np.zeros(4); y = x[1:]\n"
        "import enum\nclass E(enum.Enum):\n    A = 1\ne = E.A\nh.save()\n"
    )
    two = (
        f"{head}{replay}h = Handover(globals(), step='b', inputs=dict.fromkeys(['c', 'f', 's', 'x', 'y', 'e'], 'a'))\n"
        "h.load()\nK = 5\nassert isinstance(c, C) and c.get() == 6 and f() == 5 and s == {'b', 'a'} and e.name == 'A'\n"
        "y[0] = 1\nassert x[1] == 1\nh.save()\n"
    )
    for number, code in enumerate((one, two)):
        environment = {**os.environ, "PYTHONHASHSEED": str(number)}
        environment.pop("JUPYTER_MLOPS_ATTEMPT_DIR", None)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "artifacts" / "b.json").read_text())["changed"] == ["x", "y"]


def test_import_loads_no_data_library(tmp_path: Path) -> None:
    code = (
        "import sys, jupyter_mlops.artifacts.incell as i\n"
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'cloudpickle', 'mlflow') if m in sys.modules])\n"
        "h = i.Handover({'v': [1]}, step='s', outputs=['v']); h.load(); h.save()\n"
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'mlflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
