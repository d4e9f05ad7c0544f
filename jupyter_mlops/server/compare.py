"""Runs side by side at the door."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.app.comparison import Row, StepChange
from jupyter_mlops.server.desk import Call
from jupyter_mlops.server.forms import runs as forms
from jupyter_mlops.server.rows import numbers, row


def compare(call: Call) -> forms.Comparison:
    """Compare runs with the first of them."""
    query = call.query
    assert isinstance(query, forms.CompareQuery)
    found = call.desk.workbench.compare(query.run)
    return forms.Comparison(
        runs=[row(call.desk, run) for run in found.runs],
        parameters=parameters(found.parameters),
        metrics=[
            forms.ComparedMetric(name=each.name, values=[numbers({"": v})[""] for v in each.values])
            for each in found.metrics
        ],
        steps=steps(found.steps),
    )


def parameters(rows: Sequence[Row]) -> list[forms.ComparedParameter]:
    """Return the forms of parameters side by side."""
    return [forms.ComparedParameter(name=each.name, values=list(each.values), differs=each.differs) for each in rows]


def steps(changes: Sequence[StepChange]) -> list[forms.ComparedStep]:
    """Return the forms of steps that were compared."""
    return [
        forms.ComparedStep(
            name=step.name,
            run=step.run,
            change=step.change,
            diff=[forms.DiffLine(kind=kind, text=text) for kind, text in step.diff],
        )
        for step in changes
    ]
