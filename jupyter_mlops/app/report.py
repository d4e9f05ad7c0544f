"""Reports: what a run that ended, or still runs, looks like as text. Pure, on the JSON form of a run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.app.text import MARKS, ago, counted, cut, duration, plain, table
from jupyter_mlops.base.cells import place_text
from jupyter_mlops.runs.labels import exception_text, ignored_text

OVER = ("succeeded", "failed", "cancelled")
SHORT = 8


@dataclass(frozen=True)
class Details:
    """What the run folder adds to the run's own JSON form."""

    metrics: Mapping[str, float] = field(default_factory=dict)
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notebooks: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    tracking_uri: str = ""
    notes: Sequence[str] = ()


def took(step: Mapping[str, Any], now: datetime | None = None) -> float | None:
    """Return the seconds a step or run took, or has taken so far; None before it started."""
    if not step.get("started_at"):
        return None
    end = _moment(step["finished_at"]) if step.get("finished_at") else now or datetime.now(UTC)
    return max(0.0, (end - _moment(step["started_at"])).total_seconds())


def span(run: Mapping[str, Any], now: datetime | None = None) -> float | None:
    """Return the seconds from the first step's start to the last one's end, or to now."""
    starts = [s["started_at"] for s in run["steps"] if s.get("started_at")]
    if not starts:
        return None
    ends = [s["finished_at"] for s in run["steps"] if s.get("finished_at")]
    over = run["status"] in OVER and ends
    end = max(map(_moment, ends)) if over else now or datetime.now(UTC)
    return max(0.0, (end - min(map(_moment, starts))).total_seconds())


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def step_line(step: Mapping[str, Any], names: Sequence[str], output: str = "", *, columns: int = 100) -> str:
    """Return one step as one line: mark, name, state, time, last output or error."""
    name = plain(step["name"]) + " " * (max(map(len, map(plain, names))) - len(plain(step["name"])))
    seconds = took(step)
    state = "carried" if step.get("cached") and step["status"] == "succeeded" else step["status"]
    words = [MARKS.get(step["status"], "?"), name, f"{state:<9}"]
    words.append(f"{duration(seconds):>8}" if seconds is not None and state != "carried" else " " * 8)
    if step.get("attempts", 0) > 1:
        words.append(f"attempt {step['attempts']}")
    error = step.get("error")
    words.append(brief(error) if error else plain(output))
    return cut(" ".join(words).rstrip(), columns)


def brief(error: Mapping[str, Any]) -> str:
    """Return an error in one line: the exception itself where there was one, for where is said beside it."""
    if error.get("ename"):
        return plain(exception_text(error)).split("\n")[0]
    return plain(error.get("message") or "no reason was recorded").split("\n")[0]


def ignored(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines that tell which findings of the notebook were ignored; none when there were none."""
    if not found:
        return []
    rows = ((ignored_text(f), f"by {f['by']}", f["message"]) for f in found)
    return [f"ignored {counted(len(found), 'finding')}", *table(rows, indent="  ")]


def head(run: Mapping[str, Any]) -> str:
    """Return the first line about a run: id, name and what it was given."""
    given = ", ".join(f"{name}={value!r}" for name, value in run["parameters"].items())
    return plain(f"run {run['id'][:SHORT]} of {run['name']}" + (f" with {cut(given, 200)}" if given else ""))


def ended(run: Mapping[str, Any], details: Details, door: str = "jupyter mlops") -> list[str]:
    """Return the block that says how a run ended and where its results are."""
    lines = success(run, details) if run["status"] == "succeeded" else failure(run, details, door)
    told = ignored(run.get("ignored") or ())
    return [*lines, *(["", *told] if told else []), *_notes(details)]


def _notes(details: Details) -> list[str]:
    return ["", *(plain(f"note: {note}") for note in details.notes)] if details.notes else []


def success(run: Mapping[str, Any], details: Details) -> list[str]:
    """Return the block of a run that succeeded: metrics, notebooks, MLflow and how to look."""
    seconds = span(run)
    time = f" in {duration(seconds)}" if seconds is not None else ""
    lines = [plain(f"run {run['id']} of {run['name']} succeeded{time}")]
    if details.metrics:
        lines += ["", "metrics", *table(((k, f"{v:.6g}") for k, v in details.metrics.items()), indent="  ")]
    results = [(n, r["result"]) for n, r in details.results.items() if r.get("result")]
    if results:
        lines += [
            "",
            "results",
            *table(((n, cut(plain(t).split("\n")[0], 90)) for n, t in results), indent="  "),
        ]
    return lines + where(run, details)


def where(run: Mapping[str, Any], details: Details) -> list[str]:
    """Return where the executed notebooks and the MLflow run are."""
    lines = []
    if details.notebooks:
        common, files = _below(details.notebooks)
        lines += ["", plain(f"executed notebooks in {common}"), *table(files.items(), indent="  ")]
    if run.get("mlflow_run_id"):
        uri = details.tracking_uri
        lines += ["", plain(f"MLflow run {run['mlflow_run_id']} in {uri}")]
        if not uri.startswith(("http://", "https://")):
            lines.append(plain(f"  look: mlflow ui --backend-store-uri {shlex.quote(uri)}"))
    return lines


def _below(paths: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the folder that all `paths` have in common, and where they are in it."""
    common = os.path.commonpath([os.path.dirname(path) for path in paths.values()])
    return common, {name: os.path.relpath(path, common) for name, path in paths.items()}


def failure(run: Mapping[str, Any], details: Details, door: str = "jupyter mlops") -> list[str]:
    """Return the block of a run that failed or was cancelled: step, cell, line, exception, last output, what
    to do.
    """
    lines = [plain(f"run {run['id']} of {run['name']} {run['status']}")]
    broken = [s for s in run["steps"] if s["status"] == "failed"]
    for step in broken:
        error = step.get("error") or {}
        told = (details.results.get(step["name"]) or {}).get("error") or error
        place = place_text(error)
        lines += ["", plain(f'step "{step["name"]}" failed' + (f", {place}" if place else ""))]
        if told.get("first_line"):
            lines.append(plain(f"  the cell begins: {told['first_line']}"))
        if error.get("ename"):
            lines += ["  " + line for line in plain(exception_text(error)).split("\n")]
        else:
            lines += ["  " + line for line in plain(error.get("message") or "no reason was recorded").split("\n")]
        if error.get("hint"):
            lines.append(plain(f"  hint: {error['hint']}"))
        output = told.get("last_output") or ""
        tail = _before_traceback(plain(output if isinstance(output, str) else "\n".join(output)).split("\n"))
        if tail:
            lines += ["  last output:", *("    " + cut(line, 160) for line in tail[-20:])]
        if step["name"] in details.notebooks:
            lines.append(plain(f"  executed notebook: {details.notebooks[step['name']]}"))
    # A step's error may be the run's as well: it is told above.
    if run.get("error") and run["error"].get("message") not in [(s.get("error") or {}).get("message") for s in broken]:
        lines += ["", plain(run["error"].get("message", ""))]
        if run["error"].get("hint"):
            lines.append(plain(f"hint: {run['error']['hint']}"))
    skipped = [s["name"] for s in wanted(run) if s["status"] == "skipped"]
    if skipped:
        lines += ["", plain(f"skipped, because they depend on it: {', '.join(skipped)}")]
    action = "runs it again from there" if broken else "takes up the rest"
    return [
        *lines,
        "",
        plain(f"hint: `{door} {'runs ' if door != '%mlops' else ''}retry {run['id'][:SHORT]}` {action}"),
    ]


def _before_traceback(lines: Sequence[str]) -> list[str]:
    """What a cell printed itself: IPython's traceback, which is told above, begins with a rule."""
    rule = next((number for number, line in enumerate(lines) if len(line) > 40 and not line.strip("-")), len(lines))
    return [line for line in lines[:rule] if line]


def shown(run: Mapping[str, Any], details: Details, door: str = "jupyter mlops") -> list[str]:
    """Return the lines of ``runs show``: the steps, then what `ended` says, or what is still to come."""
    names = [s["name"] for s in run["steps"]]
    steps = ["  " + step_line(s, names) for s in run["steps"]]
    if run["status"] in OVER:
        return [head(run), *steps, "", *ended(run, details, door)]
    told = ignored(run.get("ignored") or ())
    steps += ["", *told] if told else []
    return [head(run), *steps, "", f"{run['status']}: {progress(run)}", *where(run, details), *_notes(details)]


def progress(run: Mapping[str, Any]) -> str:
    """Return how far a run is, ``3 of 5 steps``: those that succeeded."""
    steps = wanted(run)
    done = sum(s["status"] == "succeeded" for s in steps)
    return f"{done} of {counted(len(steps), 'step')}"


def wanted(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the steps of a run without those that nobody asked for: a run of some steps alone skips the others."""
    chosen = run.get("chosen")
    return [s for s in run["steps"] if chosen is None or s["name"] in chosen or s.get("cached")]


def listed(runs: Sequence[Mapping[str, Any]], now: datetime | None = None) -> list[str]:
    """Return the lines of ``runs``: newest first, or what to do when there are none."""
    if not runs:
        return ["no runs yet; `jupyter mlops run NOTEBOOK` makes the first one"]
    rows = []
    for run in runs:
        seconds = span(run, now)
        created = _moment(run["created_at"]) if run.get("created_at") else None
        error = next((brief(s["error"]) for s in run["steps"] if s.get("error")), "")
        rows.append(
            (
                run["id"][:SHORT],
                f"{MARKS.get(run['status'], '?')} {run['status']}",
                run["name"],
                progress(run),
                "" if seconds is None else duration(seconds),
                ago(created, now),
                cut(error, 60),
            )
        )
    return table(rows, head=("run", "status", "name", "steps", "took", "started", ""))
