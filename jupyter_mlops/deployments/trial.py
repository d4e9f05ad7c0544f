"""Trying a model before anybody serves it: it predicts its input example in a worker, as a served one would."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from jupyter_mlops.deployments.lone import lone_worker
from jupyter_mlops.deployments.serving import wire
from jupyter_mlops.models.gates import Trial

TIMES = 20
PATIENCE_S = 120.0


def try_example(folder: Path, python: str = sys.executable, times: int = TIMES, home: Path | None = None) -> Trial:
    """Let the model in `folder` predict its input example, after the first time `times` more, and measure these.

    Whatever the model does happens in the worker, which may neither write nor see more than a served one.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-trial-") as scratch:
        try:
            with lone_worker(folder, Path(scratch), python, PATIENCE_S, home) as ask:
                first = ask("check")
                if first.status != 200:
                    return Trial(True, f"it does not predict its input example: {_message(first.body)}")
                if not json.loads(first.body).get("checked"):
                    return Trial(False)
                latencies = [ask("check").spent_ms for _ in range(times)]
                return Trial(True, "", tuple(latencies))
        except (OSError, wire.WireError, ValueError) as error:
            return Trial(True, f"it does not load: {error}")


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body).get("message"))
    except (ValueError, AttributeError):
        return "it failed"
