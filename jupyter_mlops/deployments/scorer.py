"""Predicting for files of rows: a worker with a model, asked in tables of Arrow, which keep every type."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import ConflictError, UnavailableError
from jupyter_mlops.deployments import environment
from jupyter_mlops.deployments.lone import Ask, lone_worker
from jupyter_mlops.deployments.serving.wire import WireError


@contextlib.contextmanager
def scorer(
    folder: Path, python: str = sys.executable, home: Path | None = None
) -> Iterator[Callable[[], Callable[[Any], Any]]]:
    """Yield a function that starts a worker with the model in `folder`, and returns what predicts a table.

    Raises
    ------
    UnavailableError
        ``score.environment``: packages that the model needs are missing; ``score.load``.
    ConflictError
        ``score.failed``: the model raised, or its process ended.
    """
    with contextlib.ExitStack() as stack:

        def start() -> Callable[[Any], Any]:
            found = environment.of(python)
            missing = environment.missing(folder, found) if found else [f"{python} (it does not run)"]
            if missing:
                raise UnavailableError(
                    "score.environment",
                    f"the model needs {', '.join(missing)}",
                    "install that, or name the Python of an environment that has it with --python",
                )
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jupyter-mlops-score-")))
            try:
                ask = stack.enter_context(lone_worker(folder, scratch, python, None, home))
            except (OSError, WireError, ValueError) as error:
                raise UnavailableError("score.load", f"the model does not load: {error}") from error
            return lambda table: _predict(ask, table)

        yield start


def _predict(ask: Ask, table: Any) -> Any:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    try:
        reply = ask("score", sink.getvalue().to_pybytes())
        if reply.status == 200:
            return pa.ipc.open_stream(reply.body).read_all()
        message = str(json.loads(reply.body).get("message"))
    except (OSError, WireError, ValueError, AttributeError) as error:
        # Arrow's errors are ValueErrors and OSErrors: what the model's process sends may be anything.
        message = f"its process failed: {error}"
    raise ConflictError("score.failed", message, "what was predicted is kept; score again to go on from there")
