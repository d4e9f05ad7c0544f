"""What a user reads at the command line and in a cell when what is to be served cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import jupyter_mlops
from jupyter_mlops.magics import unload_ipython_extension
from tests.deployments.shop import MODEL, Shop, shop_in, train
from tests.pace import PATIENCE_S

# MLflow has SQLAlchemy and pydantic warn of what they will change.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_in(tmp_path / "h", monkeypatch) as found:
        found.add(train(tmp_path / "good"))
        found.add(train(tmp_path / "broken", broken=True))
        yield found


def command(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "jupyter_mlops.cli", "deployments", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=dict(os.environ))


def test_a_command_that_cannot_serve_fails_with_the_cause(shop: Shop) -> None:
    done = command("create", MODEL, "--model", f"{MODEL}/2")
    assert done.returncode == 1
    assert "token " in done.stdout, "the token is shown even so: the deployment is there"
    assert f'error: deployment "{MODEL}" failed: ' in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    mended = command("update", MODEL, "--model", f"{MODEL}/1")
    assert (mended.returncode, mended.stderr) == (0, "")


def test_a_cell_that_cannot_serve_fails_with_the_cause(shop: Shop) -> None:
    shell = InteractiveShell()  # type: ignore[no-untyped-call]
    jupyter_mlops.load_ipython_extension(shell)
    try:
        with pytest.raises(UsageError, match=f'deployment "{MODEL}" failed: '):
            shell.run_line_magic("mlops", f"deploy {MODEL}/2")
    finally:
        unload_ipython_extension(shell)
        history: Any = shell.history_manager
        history.end_session()
        if history.save_thread:
            history.save_thread.stop()
