"""Runs and errors in the forms that several nouns at the door share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jupyter_mlops.runs.listing import Summary
from jupyter_mlops.runs.run import Run
from jupyter_mlops.server.desk import Desk
from jupyter_mlops.server.forms.runs import Failure, IgnoredFinding, RunRow


def row(desk: Desk, run: Run | Summary) -> RunRow:
    """Return a run as a list shows it."""
    return RunRow(**fields(desk, run if isinstance(run, Summary) else Summary.of(run)))


def fields(desk: Desk, run: Summary) -> dict[str, Any]:
    """Return what a list shows of a run, by name."""
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status.value,
        "path": desk.contents_path(run.notebook),
        "job": {"name": run.job[0], "version": run.job[1]} if run.job else None,
        "retry_of": run.retry_of,
        "parameters": dict(run.parameters),
        "metrics": numbers(run.metrics),
        "done": run.done,
        "total": run.total,
        "current": list(run.current),
        "failed_step": run.failed_step,
        "error": run.error,
        "cancel_requested": run.cancel_requested,
        "created_at": text(run.created_at),
        "started_at": text(run.started_at),
        "finished_at": text(run.finished_at),
    }


def failure(error: Mapping[str, Any] | None) -> Failure | None:
    """Return the form of an error as an attempt or a run keeps it."""
    if error is None:
        return None
    output = error.get("last_output") or []

    def words(key: str) -> str | None:
        return str(error[key]) if error.get(key) else None

    def number(key: str) -> int | None:
        found = error.get(key)
        return found if isinstance(found, int) else None

    return Failure(
        code=str(error.get("code") or "run.error"),
        message=str(error.get("message") or ""),
        hint=str(error.get("hint") or ""),
        cell=number("cell"),
        line=number("line"),
        ename=words("ename"),
        evalue=words("evalue"),
        traceback=words("traceback"),
        last_output=output.splitlines() if isinstance(output, str) else [str(line) for line in output],
    )


def ignored(found: Sequence[Mapping[str, Any]]) -> list[IgnoredFinding]:
    """Return the form of the findings that a run or a job version ignores."""
    return [IgnoredFinding.model_validate(finding) for finding in found]


def numbers(metrics: Mapping[str, Any]) -> dict[str, float | str]:
    """Return metrics in JSON form, which has no number for what is not finite."""
    return {n: str(v) if isinstance(v, float) and not math.isfinite(v) else v for n, v in metrics.items()}


def text(moment: datetime | None) -> Any:
    """Return a moment in JSON form."""
    return moment.isoformat() if moment else None
