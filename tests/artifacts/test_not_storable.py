"""Kinds that cannot be handed over: the message names the value, its type and the step."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from jupyter_mlops.artifacts import kinds
from jupyter_mlops.base.errors import HandoverError
from tests.artifacts.conftest import Notebook

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def left_open() -> Iterator[None]:
    """Collect the files that a test has left open, while nobody minds."""
    yield
    gc.collect()


# code, path in the message, type in the message
KINDS = {
    "open file": ("v = open('x.txt', 'w')", "v", "TextIOWrapper"),
    "binary file": ("v = open('x.txt', 'wb')", "v", "BufferedWriter"),
    "file to read": ("open('x.txt', 'w').close(); v = open('x.txt')", "v", "TextIOWrapper"),
    "socket": ("import socket; v = socket.socket()", "v", "socket"),
    "generator": ("v = (i for i in range(3))", "v", "generator"),
    "coroutine": ("async def f(): pass\nv = f()", "v", "coroutine"),
    "lock": ("import threading; v = threading.Lock()", "v", "lock"),
    "event": ("import threading; v = threading.Event()", "v", "Event"),
    "thread": ("import threading; v = threading.Thread()", "v", "Thread"),
    "connection": ("import sqlite3; v = sqlite3.connect(':memory:')", "v", "Connection"),
    "cursor": ("import sqlite3; c = sqlite3.connect(':memory:'); v = c.cursor()", "v", "Cursor"),
    "pool": ("from concurrent.futures import ThreadPoolExecutor as T; v = T(1)", "v", "ThreadPoolExecutor"),
    "process": ("import subprocess, sys; v = subprocess.Popen([sys.executable, '-c', '']); v.wait()", "v", "Popen"),
    "queue": ("import queue; v = queue.Queue()", "v", "Queue"),
    "in a dict": ("v = {'log': [1, open('x.txt', 'w')]}", "v['log'][1]", "TextIOWrapper"),
    "in an instance": ("class C: pass\nv = C(); v.db = (i for i in ())", "v.db", "generator"),
    "in a closure": (
        "def make():\n    fh = open('x.txt', 'w')\n    return lambda: fh\nv = make()",
        "v (closure `fh`)",
        "TextIOWrapper",
    ),
}

HINTS = {"generator": "make a list of it", "coroutine": "await it", "Queue": "a list of what is in it"}


@pytest.mark.filterwarnings("ignore:coroutine 'f' was never awaited:RuntimeWarning")
@pytest.mark.parametrize("case", KINDS)
def test_not_storable(notebook: Notebook, case: str) -> None:
    code, path, kind = KINDS[case]
    space: dict[str, object] = {}
    exec(code, space)
    with pytest.raises(HandoverError) as caught:
        notebook.step("train", given=space, outputs="v")
    close = getattr(space["v"], "close", None)
    if close is not None:
        close()
    assert caught.value.code == "handover.not_storable"
    assert caught.value.message == f'step "train" makes `{path}` ({kind}), which cannot be handed to another step'
    assert HINTS.get(kind, "setup") in caught.value.hint
    assert not (notebook.folder / "artifacts" / "train.json").exists()


def test_object_whose_pickling_fails(notebook: Notebook) -> None:
    code = "class C:\n    def __reduce__(self): raise KeyError('no state')\nv = [C()]"
    with pytest.raises(HandoverError) as caught:
        notebook.step("a", code, outputs="v", carried={})
    assert caught.value.code == "handover.not_storable"
    assert "`v` (list)" in caught.value.message
    assert "no state" in caught.value.message


def test_culprit_in_a_bundle(notebook: Notebook) -> None:
    code = "x = [1]; good = [x]; bad = [x, (i for i in ())]"
    with pytest.raises(HandoverError) as caught:
        notebook.step("a", code, outputs="good bad")
    assert "`bad[1]` (generator)" in caught.value.message


def test_too_deep(notebook: Notebook) -> None:
    code = "v = []\nfor _ in range(100_000): v = [v]"
    with pytest.raises(HandoverError) as caught:
        notebook.step("a", code, outputs="v")
    assert caught.value.code == "handover.not_storable"


def test_value_that_cannot_be_loaded(notebook: Notebook) -> None:
    code = "class C:\n    made = True\n    def __setstate__(self, s): assert self.made\n"
    notebook.step("a", code + "v = C(); v.a = 1", outputs="v")
    code = code.replace("True", "False")
    with pytest.raises(HandoverError) as caught:
        notebook.step("b", replay=code, inputs={"v": "a"})
    assert caught.value.code == "handover.not_loadable"
    assert 'from step "a"' in caught.value.message


def test_standard_streams_are_the_same_everywhere(notebook: Notebook) -> None:
    back, _ = notebook.hand_over([sys.stdout, sys.stderr])
    assert back == [sys.stdout, sys.stderr]


def test_memory_files_are_values(notebook: Notebook) -> None:
    import io

    back, _ = notebook.hand_over([io.StringIO("text"), io.BytesIO(b"bytes")])
    assert [file.getvalue() for file in back] == ["text", b"bytes"]


def test_only_what_cannot_leave_is_bound() -> None:
    assert not kinds.is_bound_to_process({})
    assert kinds.find({"a": [1, 2]}, "v") is None
