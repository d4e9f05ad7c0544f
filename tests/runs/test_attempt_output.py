"""Output of an attempt: all of it in the log, the notebook within bounds and marked, a full disk survived."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.attempting import Step, blank_store, home

__all__ = ["blank_store", "home"]

pytestmark = [pytest.mark.kernel]

FLUSHES = 200_000 if os.environ.get("MLOPS_TEST_LONG") else 40_000


@pytest.mark.slow
def test_lines_that_are_flushed_one_by_one(home: Path) -> None:
    code = f"for i in range({FLUSHES}): print('line', i, flush=True)"
    step = Step(home, [code])
    assert step.attempt(patience_s=250)["status"] == "succeeded"
    assert step.log() == "".join(f"line {i}\n" for i in range(FLUSHES))
    (output,) = step.executed()["cells"][0]["outputs"]
    assert "".join(output["text"]) == step.log()


def test_a_notebook_is_cut_and_says_so(home: Path) -> None:
    step = Step(home, ["for _ in range(30): print('x' * 1_000_000)", "print('after')"])
    assert step.attempt()["status"] == "succeeded"
    assert len(step.log()) == 30 * 1_000_001 + len("after\n")
    kept, mark = step.executed()["cells"][0]["outputs"]
    assert len("".join(kept["text"])) == 5_000_000
    assert "truncated (kept 5000000 of 30000030 bytes)" in "".join(mark["text"])
    assert (step.folder() / "executed.ipynb").stat().st_size < 10_000_000


def test_a_rich_output_is_whole_or_its_text_stays(home: Path) -> None:
    page = "from IPython.display import HTML, display\ndisplay(HTML('<p>' + 'x' * {} + '</p>'))"
    step = Step(home, [page.format(12_000_000), page.format(60_000_000), "print('after')"])
    assert step.attempt()["status"] == "succeeded"
    (whole,), (cut, mark) = (cell["outputs"] for cell in step.executed()["cells"][:2])
    assert len("".join(whole["data"]["text/html"])) == 12_000_007
    assert set(cut["data"]) == {"text/plain"}
    assert "left out: text/html of 60.0 MB" in "".join(mark["text"])


def test_ten_thousand_displays_and_cleared_ones(home: Path) -> None:
    many = "from IPython.display import display, clear_output\nfor i in range(10_000): display(i)"
    cleared = "for i in range(20):\n    clear_output(wait=True)\n    print('y' * 1_000_000, i)"
    step = Step(home, [many, cleared])
    assert step.attempt()["status"] == "succeeded"
    first, second = step.executed()["cells"]
    assert len(first["outputs"]) == 10_000
    (last,) = second["outputs"]
    assert "".join(last["text"]).endswith(" 19\n")


def test_output_of_other_processes_threads_and_descriptors(home: Path) -> None:
    code = """
import os, subprocess, sys, threading, time
subprocess.run([sys.executable, '-c', 'print("child")'])
os.write(1, b'descriptor\\n')
threading.Thread(target=lambda: (time.sleep(0.5), print('late'))).start()
"""
    step = Step(home, [code, "import time; time.sleep(1)"])
    assert step.attempt()["status"] == "succeeded"
    for word in ("child", "descriptor", "late"):
        assert word in step.log()


def test_any_text_is_text(home: Path) -> None:
    step = Step(home, ["print('é \\u202e \\U0001f600 \\ud800 \\x00 end')", "'\\ud800'"])
    assert step.attempt()["status"] == "succeeded"
    assert "é \u202e \U0001f600" in step.log()
    assert "end" in step.log()
    step.executed()


@contextlib.contextmanager
def small_disk(path: Path, size: str) -> Iterator[None]:
    path.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_full_disk_is_told_and_keeps_the_last_version(home: Path) -> None:
    step = Step(home, ["print('first')", "import time; time.sleep(1.2)", "for _ in range(4): print('z' * 1_000_000)"])
    with small_disk(step.run_dir, "1m"):
        result = step.attempt()
        assert (result["status"], result["error"]["code"]) == ("failed", "run.disk_full")
        assert "disk is full" in result["error"]["message"]
        assert step.executed()["cells"][0]["outputs"][0]["text"] == ["first\n"]
        assert step.log().startswith("first\nzzz")


def test_a_disk_that_has_room_again_has_lost_nothing(home: Path) -> None:
    step = Step(home, [])
    fill = f"open({str(step.run_dir / 'fill')!r}, 'wb').write(b'f' * 2_000_000)"
    room = f"import os; os.remove({str(step.run_dir / 'fill')!r})"
    step.cells = [fill, "for i in range(3000): print('z' * 1000)", room, "print('end')"]
    with small_disk(step.run_dir, "10m"):
        step.cells = [fill.replace("2_000_000", "8_000_000"), *step.cells[1:]]
        result = step.attempt()
        assert result["status"] == "succeeded", result["error"]
        assert step.log() == ("z" * 1000 + "\n") * 3000 + "end\n"
