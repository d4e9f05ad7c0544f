"""Quick fixes: what a machine may change in a notebook so that a finding goes away. Pure.

edit
    one change of one cell: tags taken off and put on, lines appended or put in, or a new cell before it. All edits of a
    fix count cells as they were before any of them.
fix
    what its button says, and its edits. Those that `candidates` yields are plausible; whoever offers one tries it on
    a copy first (`apply`, then compile) and keeps it to himself when it does not help.

A cell whose first line is ``%%mlops …`` is tagged by that line, which no edit can change.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.notebook import ignoring, retag, tagfixes
from jupyter_mlops.notebook.codes import BY_CODE
from jupyter_mlops.notebook.document import Cell
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.notebook.placeholders import placeholder
from jupyter_mlops.notebook.retag import Edit, Fix, tags_of
from jupyter_mlops.notebook.tags import Role, parse_tags

# Names that everybody imports under this name.
_ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "mlflow": "import mlflow",
    "tqdm": "from tqdm.auto import tqdm",
    "Path": "from pathlib import Path",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
}


def apply(content: dict[str, Any], edits: Iterable[Edit]) -> dict[str, Any]:
    """Return the notebook (its JSON) with the edits made; the one given stays as it is."""
    made = copy.deepcopy(content)
    cells = made["cells"]
    inserted: list[tuple[int, dict[str, Any]]] = []
    for edit in edits:
        if edit.insert:
            metadata = {"tags": list(edit.add_tags)} if edit.add_tags else {}
            fresh = {"cell_type": "code", "metadata": metadata, "source": edit.source}
            inserted.append((edit.cell, {**fresh, "outputs": [], "execution_count": None}))
        else:
            _change(cells[edit.cell], edit)
    for place, fresh in sorted(inserted, key=lambda pair: pair[0], reverse=True):
        cells.insert(place, fresh)
    return made


def _change(cell: dict[str, Any], edit: Edit) -> None:
    tags = cell.setdefault("metadata", {}).get("tags")
    kept = [tag for tag in tags if tag not in edit.remove_tags] if isinstance(tags, list) else []
    kept += [tag for tag in edit.add_tags if tag not in kept]
    if kept or tags is not None:
        cell["metadata"]["tags"] = kept
    if edit.source:
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else source
        cell["source"] = _with_lines(source, edit)


def _with_lines(source: str, edit: Edit) -> str:
    if edit.line is None:
        return f"{source}\n{edit.source}" if source and not source.endswith("\n") else source + edit.source
    lines = source.split("\n")
    below = lines[edit.line - 1]
    indent = below[: len(below) - len(below.lstrip())]
    return "\n".join([*lines[: edit.line - 1], indent + edit.source, *lines[edit.line - 1 :]])


def candidates(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield what may mend a finding, the best first."""
    if finding.is_ignored:
        return
    makers = _MAKERS.get(finding.code, ())
    for maker in makers:
        yield from maker(analysis, finding)
    yield from _ignore(analysis, finding)


def _ignore(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield the comment that ignores a finding, or the tag where no comment can stand."""
    row = BY_CODE.get(finding.code)
    if finding.cell is None or row is None or row.never:
        return
    cell = analysis.document.cells[finding.cell]
    line = ignoring.place(cell.code, finding.line - cell.shift) if finding.line is not None else None
    if line is None:
        edit = Edit(cell.index, (f"ignore:{finding.code}",))
    else:
        edit = Edit(cell.index, source=f"# mlops: ignore[{finding.code}]", line=line + cell.shift)
    yield Fix(f"Ignore this {finding.severity}", (edit,), is_sure=True)


# -- names


def _take_up_skipped(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    index = analysis.reading.skipped_names.get(finding.subject)
    if index is None or finding.cell is None or index > finding.cell:
        return
    cell = analysis.document.cells[index]
    skips = retag.with_role(cell, Role.SKIP)
    if skips and not cell.shift:
        kept = parse_tags([tag for tag in tags_of(cell) if tag not in skips])
        above = retag.step_above(analysis.layout, index) if kept.role is None else ""
        title = f"Do not skip {cell_text(index)}, which defines `{finding.subject}`"
        yield Fix(title + (f": it joins step {above}" if above else ""), (Edit(index, remove_tags=skips),))


def _import(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    line = _import_line(finding.subject)
    if line and finding.cell is not None and finding.subject not in analysis.reading.links:
        yield Fix(f"Add `{line}`", (_above(analysis, finding.cell, line, "imports"),))


def _import_line(name: str) -> str:
    is_module = name in sys.stdlib_module_names and len(name) > 1
    return _ALIASES.get(name, f"import {name}" if is_module and not name.startswith("_") else "")


def _declare(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    name = finding.subject
    # `import *` may bring the name.
    known = (
        analysis.reading.unseen is not None or name in analysis.reading.links or name in analysis.reading.skipped_names
    )
    if finding.cell is None or known or _import_line(name) or not name.isidentifier():
        return
    cells = (cell.code for cell in analysis.document.cells[finding.cell :] if cell.kind == "code")
    value = placeholder(name, cells)
    edit = _above(analysis, finding.cell, f"{name} = {value}", "parameters")
    yield Fix(f"Make `{name}` a parameter", (replace(edit, select=value),))


def _above(analysis: Analysis, cell: int, line: str, tag: str) -> Edit:
    """Append to the cell above that has this tag, or put one before the first step."""
    for other in reversed(analysis.document.cells[:cell]):
        is_it = other.kind == "code" and tag in tags_of(other) and analysis.layout.owner.get(other.index) == SETUP
        if is_it and _is_code(other):
            return Edit(other.index, source=line)
    first = [region.cells[0] for region in analysis.layout.regions.values() if region.cells]
    return Edit(min([cell, *first]), (tag,), insert=True, source=line)


def _is_code(cell: Cell) -> bool:
    return not cell.code.lstrip().startswith("%%")


# -- what a cell is for


def _no_setup(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is None:
        return
    cell = analysis.document.cells[finding.cell]
    tags = retag.with_role(cell, Role.SETUP)
    above = retag.step_above(analysis.layout, finding.cell)
    if tags and above and not cell.shift:
        yield Fix(f"Make it part of step {above}", (Edit(finding.cell, remove_tags=tags),))


def _to_setup(tag: str) -> Callable[[Analysis, Finding], Iterator[Fix]]:
    def make(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
        if finding.cell is not None and _is_small(analysis, finding) and not _is_shared_file(analysis, finding):
            edits = retag.leave(analysis.document, analysis.layout, finding.cell, tag)
            if edits:
                yield Fix(f"Tag this cell as {tag}: every step below runs it", edits)

    return make


def _is_small(analysis: Analysis, finding: Finding) -> bool:
    """Whether every step could run the cell: definitions, and the statement that the finding is about."""
    shift = analysis.document.cells[finding.cell or 0].shift
    for fact in analysis.reading.facts:
        statement = fact.statement
        if statement.cell == finding.cell and not statement.kind.is_definition:
            at = (finding.line or 0) - shift
            if not statement.line <= at <= statement.end_line:
                return False
    return True


def _is_shared_file(analysis: Analysis, finding: Finding) -> bool:
    """Whether the finding is about an open file that several steps use: set-up would open it anew in each."""
    made = [fact for fact in analysis.reading.facts if fact.statement.cell == finding.cell]
    is_file = any(fact.makes.get(finding.subject, "").endswith("open") for fact in made)
    users = {fact.owner for fact in analysis.reading.facts if finding.subject in fact.reads}
    return is_file and len(users) > 1


def _skip(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is not None:
        edits = retag.leave(analysis.document, analysis.layout, finding.cell, "skip")
        if edits:
            yield Fix("Skip this cell", edits)


def _unparameter(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is None:
        return
    cell = analysis.document.cells[finding.cell]
    tags = retag.with_role(cell, Role.PARAMETERS)
    lines = [fact for fact in analysis.reading.facts if fact.statement.cell == finding.cell]
    if tags and not cell.shift and len(lines) == 1:
        yield Fix(f"`{finding.subject}` is no parameter: take off the tag", (Edit(finding.cell, remove_tags=tags),))


_MAKERS: dict[str, tuple[Callable[[Analysis, Finding], Iterator[Fix]], ...]] = {
    "notebook.undefined_name": (_take_up_skipped, _import, _declare),
    "notebook.unknown_prev": (tagfixes.prev,),
    "notebook.later_prev": (tagfixes.prev,),
    "notebook.interleaved": (tagfixes.split,),
    "notebook.cycle": (tagfixes.split,),
    "notebook.tag": (tagfixes.bad_tag,),
    "notebook.unknown_tag": (tagfixes.mistyped,),
    "notebook.name_clash": (tagfixes.one_name,),
    "notebook.setup_reads_step": (_no_setup,),
    "notebook.setup_writes": (tagfixes.own_step,),
    "notebook.not_storable": (_to_setup("setup"),),
    "notebook.process_state": (_to_setup("setup"),),
    "notebook.syntax": (_skip,),
    "notebook.unused_parameter": (_unparameter,),
}
