"""What is possible here and now: the answer to ``%mlops`` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.text import counted, plain
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.magics.here import notebook_here

if TYPE_CHECKING:
    from jupyter_mlops.app.workbench import Workbench

VERBS = """\
%mlops check | show | run [-p NAME=VALUE] | promote --as JOB | runs | logs | cancel | retry | jobs | doctor
%%mlops step NAME | parameters | setup | imports | functions | metrics | skip   at the top of a cell marks it
%mlops VERB --help says what a verb takes"""


def possible(workbench: Workbench, namespace: Mapping[str, Any]) -> list[str]:
    """Return what can be done with the notebook of this kernel, and with its runs, right now."""
    try:
        lines = _notebook(workbench, namespace)
    except MlopsError as error:
        lines = [plain(error.message), *([f"  {plain(error.hint)}"] if error.hint else [])]
    return [*lines, *_runs(workbench), "", *VERBS.splitlines()]


def _notebook(workbench: Workbench, namespace: Mapping[str, Any]) -> list[str]:
    shown = workbench.check(notebook_here(namespace))
    spec = shown.pipeline
    errors = len(shown.errors)
    parts = [counted(len(spec.steps), "step"), counted(len(spec.parameters), "parameter"), counted(errors, "error")]
    lines = [plain(f"{spec.name}: {', '.join(parts)}")]
    if errors:
        return [*lines, "  %mlops check   what to mend before it runs"]
    wanted = [p for p in spec.parameters if p.required] or list(spec.parameters[:1])
    given = "".join(f" -p {p.name}={'VALUE' if p.required or p.computed else p.default}" for p in wanted)
    lines += ["  %mlops show    the pipeline", plain(f"  %mlops run{given}   run it")]
    if not any(cell for cell in spec.steps if cell.name != "main"):
        lines.append("  no cell is marked yet: it runs as one step; `%%mlops step NAME` on top of a cell makes a step")
    return lines


def _runs(workbench: Workbench) -> list[str]:
    try:
        newest = workbench.runs(1, None)
    except MlopsError as error:
        return [plain(error.message)]
    if not newest:
        return ["no runs yet"]
    run = newest[0]
    verb = {"failed": "retry", "cancelled": "retry", "succeeded": "runs show"}.get(run.status, "logs -f")
    words = f"{verb.split(' -')[0]} {run.id[:8]}{' -f' if verb.endswith('-f') else ''}"
    return [plain(f"latest run {run.id[:8]} of {run.name}: {run.status}"), f"  %mlops {words}"]
