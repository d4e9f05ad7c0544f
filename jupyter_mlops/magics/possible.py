"""What ``%mlops`` alone answers, what is possible here and now, and what ``%mlops help`` does: all verbs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.text import counted, plain
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.magics.here import notebook_here

if TYPE_CHECKING:
    from jupyter_mlops.app.workbench import Workbench

CELLS = "%%mlops step NAME | parameters | setup | imports | functions | metrics | skip   at the top of a cell marks it"
MORE = "%mlops help   all verbs"


def possible(workbench: Workbench, namespace: Mapping[str, Any]) -> list[str]:
    """Return what can be done with the notebook of this kernel, and with its runs, right now."""
    try:
        notebook = notebook_here(namespace)
        lines = [*_notebook(workbench, notebook), *_latest(workbench, notebook)]
    except MlopsError as error:
        lines = [plain(error.message), *([f"  {plain(error.hint)}"] if error.hint else [])]
    return [*lines, "", CELLS, MORE]


def help_lines(parser: argparse.ArgumentParser) -> list[str]:
    """Return the verbs with what each does, and the cell form."""
    return [*parser.format_help().rstrip().splitlines(), "", "in a cell", f"  {CELLS}"]


def _notebook(workbench: Workbench, notebook: Path) -> list[str]:
    shown = workbench.check(notebook)
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


def _latest(workbench: Workbench, notebook: Path) -> list[str]:
    run = workbench.latest_of(notebook)
    if run is None:
        return ["no run of this notebook yet"]
    verb = {"failed": "retry", "cancelled": "retry", "succeeded": "runs show"}.get(run.status, "logs -f")
    words = f"{verb.split(' -')[0]} {run.id[:8]}{' -f' if verb.endswith('-f') else ''}"
    return [plain(f"latest run of this notebook, {run.id[:8]}: {run.status}"), f"  %mlops {words}"]
