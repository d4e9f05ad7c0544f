"""Runs side by side at the door."""

from __future__ import annotations

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
        parameters=[
            forms.ComparedParameter(name=each.name, values=list(each.values), differs=each.differs)
            for each in found.parameters
        ],
        metrics=[
            forms.ComparedMetric(name=each.name, values=[numbers({"": v})[""] for v in each.values])
            for each in found.metrics
        ],
        steps=[
            forms.ComparedStep(
                name=step.name,
                run=step.run,
                change=step.change,
                diff=[forms.DiffLine(kind=kind, text=text) for kind, text in step.diff],
            )
            for step in found.steps
        ],
    )
