"""Notebooks are read in a process of their own, so that none can hold up the server.

The process (`server.readerchild`) reads one notebook after the other and remembers the last ones. A request that has no
answer in time is refused, and the process goes on: who asks again later gets what it has read by then.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.notebook.document import without_outputs
from jupyter_mlops.server.forms.notebooks import Inspection

ANSWER_S = 1.8
"""How long an editor waits for the answer, in seconds: it asks again and again."""
LIMIT_S = 20.0
"""How long the process may read one notebook, in seconds."""
START_S = 30.0
"""How long it waits besides for the process to start, in seconds."""
_MODULE = "jupyter_mlops.server.readerchild"


class TooLongError(UsageError):
    """Reading the notebook takes more time or memory than a request may have."""

    def __init__(self, name: str, why: str) -> None:
        hint = "ask again in a moment, split the notebook, or check it in a terminal with `jupyter mlops check`"
        super().__init__("notebook.too_long", f"reading `{name}` takes {why}", hint)


class StillReadingError(TooLongError):
    """There is no answer yet, and the process reads on: who asks again later gets it."""


class Reader:
    """Asks the process that reads notebooks; it is started by the first question."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: _Child | None = None

    def inspect(
        self,
        path: Path,
        notebook: dict[str, Any] | None = None,
        ignore: Collection[str] = (),
        wait_s: float = ANSWER_S,
    ) -> Inspection:
        """Return the inspection of a notebook, of its file or of the unsaved document.

        Raises
        ------
        UsageError
            it is no notebook, as `app.inspection.Inspector.inspect` says.
        StillReadingError
            there is no answer after `wait_s`.
        TooLongError
            the process has reached its limit of time or memory.
        """
        slim = without_outputs(notebook) if notebook is not None else None
        question = json.dumps({"path": str(path), "notebook": slim, "ignore": sorted(ignore)}).encode()
        # The start of the process is no part of anybody's time.
        is_new, begun = self._child is None, time.monotonic()
        if not self._lock.acquire(timeout=START_S if is_new else wait_s):
            raise StillReadingError(path.name, f"longer than {wait_s:g} s")
        until = (time.monotonic() if is_new else begun) + wait_s
        try:
            if self._child is None or not self._child.is_free(until):
                self._child = _Child()
                until = time.monotonic() + wait_s
            answer = self._child.ask(question, until)
        except TimeoutError as error:
            raise StillReadingError(path.name, f"longer than {wait_s:g} s") from error
        except EOFError as error:
            self._child = None
            raise TooLongError(path.name, f"more than {LIMIT_S:g} s, or more than 2 GB of memory") from error
        finally:
            self._lock.release()
        if "error" in answer:
            kind = NotFoundError if answer["kind"] == NotFoundError.__name__ else UsageError
            raise kind(**answer["error"])
        return Inspection.model_validate(answer["inspection"])

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.close()


class _Child:
    """The process; its answers come in the order of the questions, one line each."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", _MODULE]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self._open = 0
        Thread(target=self._listen, name="mlops-reader", daemon=True).start()
        if self._next(time.monotonic() + START_S) is None:
            self.close()
            raise EOFError

    def is_free(self, until: float) -> bool:
        """Return true when every question has its answer, false when the process has ended (as it does when it has
        had nothing to do for long); raise `TimeoutError` when it is still at a question then.
        """
        try:
            while self._open:
                self._take(until)
        except EOFError:
            return False
        return self._process.poll() is None

    def ask(self, question: bytes, until: float) -> dict[str, Any]:
        """Return the answer; raise `TimeoutError` when it is not there by then, `EOFError` when the process ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(question + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EOFError from error
        self._open += 1
        return dict(json.loads(self._take(until)))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def _take(self, until: float) -> bytes:
        line = self._next(until)
        if line is None:
            raise TimeoutError
        self._open -= 1
        if not line:
            self.close()
            raise EOFError
        return line

    def _next(self, until: float) -> bytes | None:
        try:
            return self._answers.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            return None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                self._answers.put(line)
        self._answers.put(b"")
