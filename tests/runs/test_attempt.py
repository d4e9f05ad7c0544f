"""One attempt, in a real process with a real kernel: what it leaves, and how it ends."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.runs.attempting import Cell, Step, blank_store, home

__all__ = ["blank_store", "home"]

pytestmark = [pytest.mark.kernel]


def test_a_step_that_works(home: Path) -> None:
    step = Step(home, ["a = 6", "print('six', a)", "import sys; print('err', file=sys.stderr)", "a * 7"])
    result = step.attempt()
    assert result["version"] == 1
    assert (result["status"], result["reason"], result["error"]) == ("succeeded", None, None)
    assert result["result"] == "42"
    assert step.log() == "six 6\nerr\n"
    cells = step.executed()["cells"]
    assert [c["execution_count"] for c in cells] == [1, 2, 3, 4]
    assert cells[3]["outputs"][0]["data"]["text/plain"] == ["42"]
    assert {c["metadata"]["papermill"]["status"] for c in cells} == {"completed"}
    assert sorted(p.name for p in step.folder().iterdir()) == [
        "attempt.json",
        "executed.ipynb",
        "log.txt",
        "progress.json",
        "result.json",
    ]


def test_what_the_kernel_sees(home: Path) -> None:
    code = """
    import os, sys, json, socket
    (json.dumps([os.getcwd(), sys.flags.hash_randomization, os.environ["MINE"], os.environ["JUPYTER_MLOPS_ATTEMPT"],
     os.environ["JUPYTER_MLOPS_ATTEMPT_DIR"], sorted(n for n in globals() if not n.startswith("_"))]))
    """
    import inspect
    import json

    step = Step(home, [inspect.cleandoc(code)], env={"MINE": "yes"})
    result = step.attempt()
    seen = json.loads(eval(result["result"]))
    assert seen[0] == str(home / "work")
    assert seen[1:5] == [0, "yes", f"{step.run}:train:1", str(step.folder())]
    assert set(seen[5]) <= {"In", "Out", "exit", "quit", "get_ipython", "open", "os", "sys", "json", "socket"}


FAILURES: list[tuple[str, list[str | Cell], dict[str, Any]]] = [
    (
        "an exception",
        ["x = 1", "\ny = 2\nx / 0\n"],
        {
            "code": "run.cell_error",
            "cell": 1,
            "line": 3,
            "first_line": "y = 2",
            "ename": "ZeroDivisionError",
            "evalue": "division by zero",
            "message": 'step "train" failed in cell 2, line 3 (x / 0): ZeroDivisionError: division by zero',
        },
    ),
    (
        "in a function of another cell",
        ["def f(x):\n    return 1 / x", "a = 1\nf(0)"],
        {"cell": 1, "line": 2, "ename": "ZeroDivisionError"},
    ),
    ("in a function of the same cell", ["def f(x):\n    return 1 / x\n\nf(0)"], {"cell": 0, "line": 2}),
    ("a syntax error", ["a = 1\nb = = 2"], {"cell": 0, "line": 2, "ename": "SyntaxError"}),
    ("an indentation error", ["if True:\na = 1"], {"cell": 0, "line": 2, "ename": "IndentationError"}),
    ("under a cell magic", ["%%time\na = 1\n1 / 0"], {"cell": 0, "line": 3}),
    ("with the debugger on", ["%pdb on", "a = 1\n1 / 0"], {"cell": 1, "line": 2, "ename": "ZeroDivisionError"}),
    (
        "a question to nobody",
        ["input('who? ')"],
        {
            "cell": 0,
            "ename": "StdinNotImplementedError",
            "hint": "a run has no keyboard: make a parameter of what the cell asks for",
        },
    ),
    ("a plain traceback", ["%xmode Plain", "a = 1\n1 / 0"], {"cell": 1, "line": 2}),
    (
        "below a line that names the step",
        [Cell("a = 1\n1 / 0", source="%%mlops step train\na = 1\n1 / 0")],
        {"cell": 0, "line": 3, "first_line": "%%mlops step train"},
    ),
    ("an exit with a code", ["import sys", "sys.exit(3)"], {"cell": 1, "ename": "SystemExit", "evalue": "3"}),
    (
        "a result that cannot be displayed",
        ["class P:\n    def _repr_svg_(self):\n        raise RuntimeError('no dot')", "P()"],
        {"cell": 1, "ename": "RuntimeError", "evalue": "no dot"},
    ),
    (
        "a value that cannot be handed over",
        [
            "import threading\nlock = threading.Lock()",
            "from jupyter_mlops.artifacts.incell import Handover\n"
            "made = Handover(globals(), step='train', outputs=['lock'])\nmade.load()\nmade.save()",
        ],
        {
            "cell": 1,
            "ename": "HandoverError",
            # the way through our own files is not shown
            "traceback": "-"
            * 75
            + '\nHandoverError: step "train" makes `lock` (lock), which cannot be handed to another '
            "step\nhint: make it in a cell tagged `setup`, or leave it out of what its object is pickled as (`__getstate__`)",
        },
    ),
    ("a question nobody answers", ["input('name?')"], {"cell": 0, "ename": "StdinNotImplementedError"}),
    (
        "a password nobody types",
        ["from getpass import getpass\ngetpass()"],
        {"cell": 0, "line": 2, "ename": "StdinNotImplementedError"},
    ),
]


@pytest.mark.parametrize(("cells", "expected"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES])
def test_failures_name_cell_and_line(home: Path, cells: list[str | Cell], expected: dict[str, Any]) -> None:
    step = Step(home, [*cells, "print('not reached')"])
    result = step.attempt()
    assert (result["status"], result["reason"]) == ("failed", "error")
    assert {k: result["error"][k] for k in expected} == expected
    assert "\x1b" not in result["error"]["traceback"]
    assert "not reached" not in step.log()
    states = [c["metadata"]["papermill"]["status"] for c in step.executed()["cells"]]
    assert states[-2:] == ["failed", "pending"]


def test_the_last_output_is_told(home: Path) -> None:
    result = Step(home, ["for i in range(30): print('line', i)\nraise ValueError('no')"]).attempt()
    lines = result["error"]["last_output"].splitlines()
    assert len(lines) == 20
    assert lines[-1] == "ValueError: no"


def test_an_error_of_ours_keeps_its_code(home: Path) -> None:
    code = (
        "from jupyter_mlops.base.errors import HandoverError\n"
        "raise HandoverError('handover.unstorable', 'step \"train\" cannot hand over `f`, a socket', 'close it')"
    )
    result = Step(home, ["f = 1", Cell(code, role="save")]).attempt()
    error = result["error"]
    assert result["reason"] == "handover"
    assert (error["code"], error["cell"], error["line"]) == ("handover.unstorable", None, None)
    assert error["message"] == 'step "train" cannot hand over `f`, a socket'
    assert error["hint"] == "close it"


def test_expected_errors_and_skipped_cells(home: Path) -> None:
    cells: list[str | Cell] = [
        Cell("1 / 0", ["raises-exception"]),
        Cell("1 / 0", ["skip-execution"]),
        "print('on')",
        "7",
    ]
    step = Step(home, cells)
    assert step.attempt()["status"] == "succeeded"
    assert step.log().endswith("on\n")
    assert "ZeroDivisionError" in step.log()


@pytest.mark.parametrize(
    "leave", ["raise SystemExit", "raise SystemExit(0)", "import sys; sys.exit()", "exit()", "exit", "quit(0)"]
)
def test_a_good_exit_ends_the_step_and_still_saves(home: Path, leave: str) -> None:
    step = Step(home, ["print('first')", leave, "print('never')", Cell("print('saved')", role="save")])
    assert step.attempt()["status"] == "succeeded"
    assert "never" not in step.log()
    assert step.log().endswith("saved\n")


def test_an_exit_by_function_with_a_code_fails(home: Path) -> None:
    result = Step(home, ["exit(2)"]).attempt()
    assert (result["status"], result["error"]["ename"], result["error"]["evalue"]) == ("failed", "SystemExit", "2")


def test_widgets_and_displays_are_kept(home: Path) -> None:
    code = "import ipywidgets as w; o = w.Output(); display(o)\nwith o: print('inside')"
    step = Step(home, [code, "from IPython.display import display\nh = display(1, display_id=True); h.update(2)"])
    assert step.attempt()["status"] == "succeeded"
    notebook = step.executed()
    widgets = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert "inside" in str(widgets)
    assert notebook["cells"][1]["outputs"][0]["data"]["text/plain"] == ["2"]
    assert "inside" in step.log()


def test_unknown_kernel(home: Path) -> None:
    result = Step(home, ["1"], kernel="cobol").attempt()
    assert (result["status"], result["error"]["code"]) == ("failed", "run.kernel_not_found")
    assert "python3" in result["error"]["hint"]


def test_nothing_of_an_attempt_is_left(home: Path) -> None:
    code = """
import os, subprocess, sys
sleeper = [sys.executable, '-c', 'import time; print(1); time.sleep(600)']
subprocess.Popen(sleeper, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, '-c', 'import time; time.sleep(601)'], {})
    os._exit(0)
print('started')
"""
    before = _sleepers()
    step = Step(home, [code])
    assert step.attempt()["status"] == "succeeded"
    assert "started" in step.log()
    assert _sleepers() <= before


def _sleepers() -> set[int]:
    found = set()
    for process in psutil.process_iter(["cmdline", "uids"]):
        line = " ".join(process.info["cmdline"] or ())
        if "time.sleep(600)" in line or "time.sleep(601)" in line:
            found.add(process.pid)
    return found


def test_sockets_are_gone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a runtime folder of its own, because other kernels come and go; short, as socket paths must be
    with tempfile.TemporaryDirectory(prefix="rt-") as runtime:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", runtime)
        assert Step(home, ["1"]).attempt()["status"] == "succeeded"
        assert not [name for name in os.listdir(runtime) if name.startswith("mlops-")]
