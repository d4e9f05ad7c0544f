"""Scorings at the door: paths become files below the root, and the work goes on in the background."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.app.scorings import Scoring
from jupyter_mlops.models.version import Reference, alias_name, model_name
from jupyter_mlops.server.desk import Call, Desk
from jupyter_mlops.server.forms import scorings as forms


def start(call: Call) -> forms.Scoring:
    """Score a file."""
    body = call.body
    assert isinstance(body, forms.ScoreBody)
    source, output = call.desk.file_path(body.input), call.desk.file_path(body.output)
    alias = None if body.alias is None else alias_name(body.alias)
    wanted = Reference(model_name(call.segments["model"]), alias, body.version)
    found = call.desk.scorings.start(wanted, source, output, overwrite=body.overwrite)
    return _form(call.desk, found)


def listed(call: Call) -> forms.Scorings:
    """List the scorings of a model."""
    found = call.desk.scorings.listed(call.segments["model"])
    return forms.Scorings(scorings=[_form(call.desk, each) for each in found])


def detail(call: Call) -> forms.Scoring:
    """Show one."""
    return _form(call.desk, call.desk.scorings.get(call.segments["scoring"]))


def cancel(call: Call) -> forms.Scoring:
    """Ask for the end of one."""
    return _form(call.desk, call.desk.scorings.cancel(call.segments["scoring"]))


def _form(desk: Desk, found: Scoring) -> forms.Scoring:
    scored, error = found.result.scored if found.result else None, found.error
    return forms.Scoring(
        id=found.id,
        model=found.version.name,
        version=found.version.number,
        input=_path(desk, found.source),
        output=_path(desk, found.output),
        state=found.state.value,
        is_cancelling=found.is_cancelling,
        done=found.done,
        total=found.total,
        resumed=scored.resumed if scored else 0,
        columns=list(scored.columns) if scored else [],
        asked_at=found.asked_at.isoformat(),
        finished_at=found.finished_at.isoformat() if found.finished_at else None,
        error=forms.ScoringError(**error.to_json()) if error else None,
    )


def _path(desk: Desk, file: Path) -> str | None:
    """Return how the contents API writes a file, be it there or not."""
    if desk.root is None or not file.is_relative_to(desk.root):
        return None
    return file.relative_to(desk.root).as_posix()
