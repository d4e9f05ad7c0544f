"""Markup: a run as HTML, for the widget and for `_repr_html_`. Pure; every text that goes in is escaped,
here and only here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from jupyter_mlops.app.report import OVER, SHORT, Details, brief, progress, span, took
from jupyter_mlops.app.text import MARKS, duration, plain
from jupyter_mlops.app.watch import Snapshot
from jupyter_mlops.base.cells import cell_text, place_text

COLOURS = {
    "running": "var(--jp-brand-color1, #1976d2)",
    "succeeded": "var(--jp-success-color1, #2e7d32)",
    "failed": "var(--jp-error-color1, #c62828)",
    "cancelled": "var(--jp-error-color1, #c62828)",
}
FAINT = "var(--jp-ui-font-color2, #616161)"
CELL = "padding: 1px 12px 1px 0; text-align: left; vertical-align: top"


def safe(text: object) -> str:
    """Return `text` without control characters, escaped for HTML, in attributes too."""
    return escape(plain(text), quote=True)


def header(run: Mapping[str, Any]) -> str:
    """Return the line on top: mark, name, id, state, time."""
    seconds = span(run)
    time = f" · {duration(seconds)}" if seconds is not None else ""
    colour = COLOURS.get(run["status"], FAINT)
    state = f'<span style="color: {colour}">{MARKS.get(run["status"], "?")} {safe(run["status"])}</span>'
    given = " · ".join(f"{safe(n)} {safe(v)}" for n, v in run["parameters"].items())
    name = f"<b>{safe(run['name'])}</b> <code>{safe(run['id'][:SHORT])}</code>"
    below = f'<div style="color: {FAINT}">{given}</div>' if given else ""
    return f"<div>{name} {state} · {safe(progress(run))}{time}</div>{below}"


def steps(now: Snapshot) -> str:
    """Return the table of steps with mark, name, state, time, and the error or the last output line."""
    rows = []
    for step in now.run["steps"]:
        seconds = took(step)
        at = now.cell.get(step["name"])
        state = "carried" if step.get("cached") and step["status"] == "succeeded" else step["status"]
        state += f", {cell_text(at)}" if at is not None and step["status"] == "running" else ""
        state += f", attempt {step['attempts']}" if step.get("attempts", 0) > 1 else ""
        error = step.get("error")
        last = brief(error) if error else now.output.get(step["name"], "").split("\n")[0]
        colour = COLOURS.get(step["status"], FAINT)
        time = duration(seconds) if seconds is not None and not step.get("cached") else ""
        rows.append(
            f'<tr><td style="{CELL}; color: {colour}">{MARKS.get(step["status"], "?")}</td>'
            f'<td style="{CELL}">{safe(step["name"])}</td>'
            f'<td style="{CELL}; color: {colour}">{safe(state)}</td><td style="{CELL}">{time}</td>'
            f'<td style="{CELL}; color: {FAINT}"><code>{safe(last[:160])}</code></td></tr>'
        )
    return f'<table style="border: 0" aria-label="steps">{"".join(rows)}</table>'


def log(lines: Sequence[str]) -> str:
    """Return the last log lines, preformatted."""
    if not lines:
        return ""
    body = "\n".join(safe(line) for line in lines)
    return f'<pre style="max-height: 12em; overflow: auto; margin: 4px 0" aria-label="log">{body}</pre>'


def footer(run: Mapping[str, Any], details: Details) -> str:
    """Return metrics, error and where to look further."""
    parts = []
    if details.metrics:
        parts.append(" · ".join(f"<b>{safe(n)}</b> {v:.6g}" for n, v in details.metrics.items()))
    for step in run["steps"]:
        if step.get("error"):
            error = step["error"]
            place = f", {place_text(error)}" if place_text(error) else ""
            parts.append(f"<b>{safe(step['name'])}</b>{safe(place)}: <code>{safe(brief(error))}</code>")
    if run.get("mlflow_run_id"):
        parts.append(
            f"MLflow run <code>{safe(run['mlflow_run_id'])}</code> in <code>{safe(details.tracking_uri)}</code>"
        )
    if details.folder and run["status"] in OVER:
        parts.append(f"executed notebooks: <code>{safe(details.folder)}</code>")
    return "".join(f"<div>{part}</div>" for part in parts)


def whole(now: Snapshot, details: Details) -> str:
    """Return all of it, for a result that is shown once."""
    return f"<div>{header(now.run)}{steps(now)}{footer(now.run, details)}</div>"
