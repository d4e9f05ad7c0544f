"""Lines: the progress of a run where nothing can be redrawn: a log file, a pipe, a notebook without widgets."""

from __future__ import annotations

from typing import Self, TextIO

from jupyter_mlops.app.report import head, step_line
from jupyter_mlops.app.watch import Snapshot


class Plain:
    """A line whenever a step starts or ends: readable in a log file."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.seen: dict[str, tuple[str, int]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, now: Snapshot) -> None:
        """Write the steps whose state or attempt changed since the last snapshot."""
        steps = now.run["steps"]
        names = [s["name"] for s in steps]
        if self.seen is None:
            print(head(now.run), file=self.stream)
            self.seen = {}
        for step in steps:
            state = (step["status"], step.get("attempts", 0))
            if step["status"] != "pending" and self.seen.get(step["name"]) != state:
                print(step_line(step, names, columns=160), file=self.stream, flush=True)
            self.seen[step["name"]] = state
