"""The warm process: there while there is work, gone a while after. In a process of its own: there is one per process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, time
import psutil
from jupyter_mlops.runs.engines.forks import Forks

def living():
    return [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]

def until_ready():
    end = time.monotonic() + 60
    while not forks.is_ready:
        assert time.monotonic() < end
        time.sleep(0.01)

now = 0.0
forks = Forks(["json"], linger_s=30.0, clock=lambda: now)
if __name__ == "__main__":
    forks.attend(False)
    assert not living() and not forks.is_ready
    for begun in (0.0, 100.0):
        now = begun
        forks.attend(True)
        until_ready()
        child = forks.start(os.getpid)
        assert child.is_over(60.0) and child.exit_code == 0
        now = begun + 29.0
        forks.attend(False)
        assert living() and forks.is_ready
        now = begun + 31.0
        forks.attend(False)
        assert not living() and not forks.is_ready
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_the_warm_process_ends_without_work_and_starts_again_with_it(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
