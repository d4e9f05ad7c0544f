"""The widget of a run: steps with live states, progress, log tail, cancel, where MLflow has it.

A thread looks at the run and sets the widgets' values, so the cell is free and so is the kernel. All text comes from
`app.markup` and `app.graphmarkup`, which escape it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app import markup
from jupyter_mlops.app.graphmarkup import graph
from jupyter_mlops.app.watch import Snapshot
from jupyter_mlops.base.errors import MlopsError

if TYPE_CHECKING:
    from jupyter_mlops.app.workbench import Workbench

TAIL_LINES = 8
POLL_S = 0.5


class RunView:
    """A live view of one run.

    Parameters
    ----------
    workbench
        where the run is looked at and cancelled.
    run_id
        the run.
    """

    def __init__(self, workbench: Workbench, run_id: str) -> None:
        import ipywidgets

        self.workbench, self.run_id = workbench, run_id
        self.header, self.graph, self.steps = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.log, self.footer = ipywidgets.HTML(), ipywidgets.HTML()
        self.bar = ipywidgets.FloatProgress(min=0.0, max=1.0, layout=ipywidgets.Layout(width="auto", height="10px"))
        self.cancel = ipywidgets.Button(description="Cancel", icon="stop", tooltip=f"Cancel run {run_id[:8]}")
        self.cancel.on_click(self._cancel)
        # A box scrolls by itself where its parts have margins; long lines of the log scroll in their own part.
        parts = [self.header, self.bar, self.graph, self.steps, self.log, self.footer, self.cancel]
        self.box = ipywidgets.VBox(parts, layout=ipywidgets.Layout(overflow="hidden"))
        self.after = self._after()
        self.thread = threading.Thread(target=self._follow, name=f"mlops-run-{run_id[:8]}", daemon=True)

    def show(self) -> None:
        """Display the widget and follow the run; returns at once."""
        from IPython.display import display

        self.update(self.workbench.snapshot(self.run_id))
        display(self.box)  # type: ignore[no-untyped-call]
        self.thread.start()

    def update(self, now: Snapshot) -> None:
        """Show `now`; only what differs is sent to the browser."""
        self.header.value = markup.header(now.run)
        self.graph.value = graph(now.run, self.after)
        self.steps.value = markup.steps(now)
        self.bar.value = now.share
        self.bar.bar_style = {"failed": "danger", "cancelled": "warning", "succeeded": "success"}.get(
            now.run["status"], "info"
        )
        running = [s["name"] for s in now.run["steps"] if s["status"] == "running"]
        latest = self.workbench.folder(self.run_id).latest()
        tail = [f"{n} | {line}" for n in running if n in latest for line in latest[n].tail(TAIL_LINES)]
        self.log.value = markup.log(tail[-TAIL_LINES:])
        self.footer.value = markup.footer(now.run, self.workbench.details(self.run_id))
        if now.is_over:
            self.cancel.disabled = True
            self.cancel.layout.display = "none"

    def _after(self) -> dict[str, tuple[str, ...]]:
        """Return the steps before each step; none when the run's folder is gone."""
        try:
            return {step.name: step.after for step in self.workbench.folder(self.run_id).pipeline().steps}
        except (OSError, ValueError, LookupError, TypeError):
            return {}

    def _follow(self) -> None:
        try:
            self.workbench.wait(self.run_id, self.update, poll_s=POLL_S)
        except MlopsError as error:
            self.footer.value = f"<div>{markup.safe(error.message)}</div>"

    def _cancel(self, button: Any) -> None:
        button.disabled = True
        button.description = "Cancelling…"
        try:
            self.workbench.cancel(self.run_id)
        except MlopsError as error:
            self.footer.value = f"<div>{markup.safe(error.message)}</div>"
