"""The process that reads notebooks: limits of time and memory, and that it comes back after each."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.server import reader as reading
from jupyter_mlops.server.reader import LIMIT_S, Reader, StillReadingError, TooLongError
from tests.notebook.build import content

# Nothing reads it in the time of a request: a cell of many statements.
LONG = content(("step:a", "\n".join(f"x{n} = [x{n - 1}, {n}]" for n in range(1, 20_000))))
SHORT = content(("step:a", "x = 1"), ("step:b", "print(x)"))


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


def _pid(reader: Reader) -> int:
    assert reader._child is not None
    return reader._child._process.pid


def test_a_long_notebook_is_refused_and_the_next_one_is_read(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [step.name for step in reader.inspect(Path("/a.ipynb"), SHORT, wait_s=LIMIT_S).pipeline.steps] == ["a", "b"]
    pid = _pid(reader)
    with pytest.raises(StillReadingError, match=r"`b.ipynb` takes longer than 0.2 s"):
        reader.inspect(Path("/b.ipynb"), LONG, wait_s=0.2)
    # the process is at it still, and a question in between waits for no answer of another
    with pytest.raises(TooLongError, match=r"`a.ipynb`"):
        reader.inspect(Path("/a.ipynb"), SHORT, wait_s=0.2)
    assert _pid(reader) == pid
    os.kill(pid, signal.SIGALRM)
    assert reader.inspect(Path("/a.ipynb"), SHORT, wait_s=LIMIT_S).path == "a.ipynb"
    assert _pid(reader) != pid


def test_who_asks_again_gets_what_was_read_in_between(reader: Reader) -> None:
    made = content(*[("step:a", "\n".join(f"x{n} = {n}" for n in range(300)))] * 5)
    reader.inspect(Path("/a.ipynb"), SHORT, wait_s=LIMIT_S)
    with pytest.raises(TooLongError):
        reader.inspect(Path("/b.ipynb"), made, wait_s=0.001)
    assert reader.inspect(Path("/b.ipynb"), made, wait_s=LIMIT_S).path == "b.ipynb"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGALRM])
def test_the_end_of_the_process_is_told(reader: Reader, end: signal.Signals) -> None:
    reader.inspect(Path("/a.ipynb"), SHORT, wait_s=LIMIT_S)
    timer = Timer(0.3, os.kill, (_pid(reader), end))
    timer.start()
    with pytest.raises(TooLongError, match="more than 20 s, or more than 2 GB of memory"):
        reader.inspect(Path("/b.ipynb"), LONG, wait_s=LIMIT_S)
    timer.join()
    assert reader.inspect(Path("/a.ipynb"), SHORT, wait_s=LIMIT_S).path == "a.ipynb"


def test_the_memory_is_limited(reader: Reader) -> None:
    reader.inspect(Path("/a.ipynb"), SHORT, wait_s=LIMIT_S)
    limits = Path(f"/proc/{_pid(reader)}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert line.split()[3] == str(2 * 1024**3)


def test_errors_keep_their_kind(reader: Reader, tmp_path: Path) -> None:
    broken = tmp_path / "a.ipynb"
    broken.write_text("{")
    with pytest.raises(UsageError, match="JSON"):
        reader.inspect(broken, wait_s=LIMIT_S)
    assert reading.ANSWER_S < 2
