"""Progress on standard error: one live line per step on a terminal, one line per change of state elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from jupyter_mlops.app.lines import Plain
from jupyter_mlops.app.report import head, progress, step_line
from jupyter_mlops.app.text import cut
from jupyter_mlops.app.watch import Snapshot
from jupyter_mlops.base.cells import cell_text

STYLES = {
    "running": "cyan",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "red",
    "skipped": "dim",
    "pending": "dim",
}
LEFT_FREE = 4


class Progress(Protocol):
    """Shows snapshots while it is open."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def update(self, now: Snapshot) -> None:
        """Show `now`."""


def make(stream: TextIO) -> Progress:
    """Return the progress that fits `stream`."""
    return Live() if stream.isatty() else Plain(stream)


class Live:
    """All steps, redrawn in place; of more steps than the terminal has lines, those that run or ran last."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self.now: Snapshot | None = None  # before the line below, which draws at once
        self.live = RichLive(console=self.console, refresh_per_second=8, get_renderable=self._draw)

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.__exit__(kind, error, trace)

    def update(self, now: Snapshot) -> None:
        """Take `now` for the next drawing."""
        self.now = now

    def _draw(self) -> Any:
        from rich.text import Text

        drawn = Text(no_wrap=True, overflow="ellipsis")
        if self.now is None:
            return drawn
        run, steps = self.now.run, self.now.run["steps"]
        names = [s["name"] for s in steps]
        width = self.console.width - 1
        drawn.append(cut(head(run), width) + "\n", "bold")
        for step in _fitting(steps, self.console.height - LEFT_FREE):
            line = step_line(step, names, self._output(step), columns=width)
            drawn.append(line + "\n", STYLES.get(step["status"], ""))
        drawn.append(f"{run['status']}, {progress(run)}", "dim")
        return drawn

    def _output(self, step: dict[str, Any]) -> str:
        assert self.now is not None
        at = self.now.cell.get(step["name"])
        cells = f"{cell_text(at)}  " if at is not None else ""
        return cells + self.now.output.get(step["name"], "") if step["status"] == "running" else ""


def _fitting(steps: list[dict[str, Any]], lines: int) -> list[dict[str, Any]]:
    """The steps to show in `lines` lines: failed and running ones first, then the latest to end; reading
    order.
    """
    if len(steps) <= max(lines, 1):
        return steps
    rank = {"failed": 0, "running": 1, "succeeded": 2, "cancelled": 2, "skipped": 4, "pending": 3, "queued": 3}
    ended = {s["name"]: s.get("finished_at") or "" for s in steps}
    ordered = sorted(steps, key=lambda s: ended[s["name"]], reverse=True)
    chosen = {s["name"] for s in sorted(ordered, key=lambda s: rank.get(s["status"], 3))[: max(lines, 1)]}
    return [s for s in steps if s["name"] in chosen]


def for_standard_error() -> Progress:
    """Return the progress for this process's standard error."""
    return make(sys.stderr)
