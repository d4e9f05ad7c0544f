"""The house's rules hold: the layers, and the fences on third parties."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.pace import PATIENCE_S

ROOT = Path(__file__).parents[2]


def test_every_contract_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
