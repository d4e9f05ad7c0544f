"""The process that reads notebooks for the server: one question a line on standard input, one answer a line back.

It ends when the server does, when it has had nothing to do for `IDLE_S`, and when a notebook takes it over `LIMIT_S` of
time or `MEMORY` of address space.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

from jupyter_mlops.app.inspection import Inspector
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.server.notebooks import inspection
from jupyter_mlops.server.reader import LIMIT_S

MEMORY = 2 * 1024**3
"""How much address space the process may have, in bytes."""
IDLE_S = 600.0
"""After so many seconds without a question the process ends."""

_FIRST = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [{"cell_type": "code", "metadata": {}, "source": "%time x = 1", "outputs": [], "execution_count": None}],
}


def answer(inspector: Inspector, question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a question, in JSON form: an inspection, or an error with its kind."""
    path = Path(question["path"])
    try:
        found = inspector.inspect(path, question["notebook"], question["ignore"])
    except MlopsError as error:
        return {"error": error.to_json(), "kind": type(error).__name__}
    return {"inspection": inspection(found, path.name).model_dump(mode="json")}


def main() -> None:
    """Answer until nothing more is asked."""
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    inspector = Inspector()
    # What is imported by the first notebook is imported before the first question, whose time is measured.
    answer(inspector, {"path": "/first.ipynb", "notebook": _FIRST, "ignore": ()})
    answers.write(b"ready\n")
    answers.flush()
    while select.select([sys.stdin.buffer], [], [], IDLE_S)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        # The default action of the alarm ends the process, in whatever code it stands.
        signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
        found = json.dumps(answer(inspector, json.loads(line)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(found.encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
