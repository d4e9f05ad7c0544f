"""Quick fixes: what a machine may change in a notebook so that a finding goes away. Pure.

edit
    one change of one cell: tags taken off and put on, lines appended, or a new cell before it. All edits of a fix
    count cells as they were before any of them.
fix
    what its button says, and its edits. Those that `candidates` yields are plausible; whoever offers one tries it on
    a copy first (`apply`, then compile) and keeps it to himself when it does not help.

A cell whose first line is ``%%mlops …`` is tagged by that line, which no edit can change.
"""

from __future__ import annotations

import copy
import difflib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.notebook import retag
from jupyter_mlops.notebook.document import Cell
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.notebook.retag import Edit, tags_of
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


@dataclass(frozen=True)
class Fix:
    """What the button says, and what it changes."""

    title: str
    edits: tuple[Edit, ...]


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
        cell["source"] = f"{source}\n{edit.source}" if source and not source.endswith("\n") else source + edit.source


def candidates(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield what may mend a finding, the best first."""
    makers = _MAKERS.get(finding.code, ())
    for maker in makers:
        yield from maker(analysis, finding)


# -- names


def _take_up_skipped(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    index = analysis.reading.skipped_names.get(finding.subject)
    if index is None or finding.cell is None or index > finding.cell:
        return
    cell = analysis.document.cells[index]
    skips = retag.with_role(cell, Role.SKIP)
    if skips and not cell.shift:
        yield Fix(f"Run cell {index}, which defines `{finding.subject}`", (Edit(index, remove_tags=skips),))


def _import(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    line = _import_line(finding.subject)
    if line and finding.cell is not None and finding.subject not in analysis.reading.links:
        yield Fix(f"Add `{line}`", (_above(analysis, finding.cell, line, "imports"),))


def _import_line(name: str) -> str:
    is_module = name in sys.stdlib_module_names and len(name) > 1
    return _ALIASES.get(name, f"import {name}" if is_module and not name.startswith("_") else "")


def _declare(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    name = finding.subject
    known = analysis.reading.links.get(name) or name in analysis.reading.skipped_names
    if finding.cell is None or known or _import_line(name) or not name.isidentifier():
        return
    # `name: object` is Python, and declares a parameter that every run has to be given.
    edit = _above(analysis, finding.cell, f"{name}: object", "parameters")
    yield Fix(f"Make `{name}` a parameter", (edit,))


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


# -- order


def _prev(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    found = _prev_tags(analysis, finding)
    if not found:
        return
    step, before = _owner(analysis, finding), finding.subject
    taken_off = [Edit(cell, remove_tags=tags) for cell, tags in found]
    names = list(analysis.layout.regions)
    above = names[: names.index(step)] if step in names else []
    if before not in names:
        for close in difflib.get_close_matches(before, above, 1, 0.5):
            first, *others = taken_off
            renamed = Edit(first.cell, (f"prev:{close}",), first.remove_tags)
            yield Fix(f"Run after step {close}", (renamed, *others))
    elif before != step:
        other = analysis.layout.regions[before].cells[0]
        turned = Edit(other, (f"prev:{step}",))
        yield Fix(f"Run step {before} after step {step}", (*taken_off, turned))
    yield Fix(f"Take off `prev:{before}`", tuple(taken_off))


def _prev_tags(analysis: Analysis, finding: Finding) -> list[tuple[int, tuple[str, ...]]]:
    """Return the cells of the step with their tags that say so; nothing when a `%%mlops` line says it too."""
    found = []
    region = analysis.layout.regions.get(_owner(analysis, finding))
    for index in region.cells if region else ():
        cell = analysis.document.cells[index]
        if ("prev", finding.subject) in cell.tags.options:
            tags = retag.with_option(cell, "prev", finding.subject)
            if not tags:
                return []
            found.append((index, tags))
    return found


def _split(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is not None:
        yield from _split_at(analysis, finding.cell)


def _split_at(analysis: Analysis, cell: int) -> Iterator[Fix]:
    """Make another step of the cells from the block on that `cell` stands in."""
    owner = analysis.layout.owner.get(cell) or SETUP
    region = analysis.layout.regions.get(owner)
    if owner == SETUP or region is None:
        return
    starts = [i for i in region.cells if i <= cell and analysis.document.cells[i].tags.step == owner]
    if not starts or starts[-1] == region.cells[0]:
        return
    fresh = _free(f"{owner}-2", analysis.layout.regions)
    edits = []
    for index in (i for i in region.cells if i >= starts[-1]):
        tagged = analysis.document.cells[index]
        if tagged.tags.step != owner:
            continue
        if tagged.shift:
            return
        edits.append(Edit(index, (f"step:{fresh}",), retag.with_step(tagged, owner)))
    for other in analysis.layout.regions.values():
        said = other.options.get("prev", {}).get(owner)
        if said is not None and said > starts[-1]:
            edits.append(Edit(said, (f"prev:{fresh}",)))
    yield Fix(f"Split step {owner}: step {fresh} from cell {starts[-1]} on", tuple(edits))


def _free(name: str, taken: Iterable[str]) -> str:
    known, stem, number = set(taken), name.rpartition("-")[0], 2
    while f"{stem}-{number}" in known:
        number += 1
    return f"{stem}-{number}"


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
        if finding.cell is not None and _is_small(analysis, finding):
            edits = retag.leave(analysis.document, analysis.layout, finding.cell, tag)
            if edits:
                yield Fix(f"Tag cell {finding.cell} as {tag}: every step below runs it", edits)

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


def _skip(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is not None:
        edits = retag.leave(analysis.document, analysis.layout, finding.cell, "skip")
        if edits:
            yield Fix(f"Leave cell {finding.cell} out", edits)


def _unparameter(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is None:
        return
    cell = analysis.document.cells[finding.cell]
    tags = retag.with_role(cell, Role.PARAMETERS)
    lines = [fact for fact in analysis.reading.facts if fact.statement.cell == finding.cell]
    if tags and not cell.shift and len(lines) == 1:
        yield Fix(f"`{finding.subject}` is no parameter: take off the tag", (Edit(finding.cell, remove_tags=tags),))


# -- tags


def _bad_tag(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    if finding.cell is None:
        return
    cell = analysis.document.cells[finding.cell]
    tags = tags_of(cell)
    wrong = tuple(tag for tag in tags if finding.message in parse_tags([tag]).problems)
    if wrong:
        yield Fix(f"Take off `{wrong[0]}`", (Edit(cell.index, remove_tags=wrong),))
        return
    if finding.message in cell.tags.problems:
        yield from _one_role(cell, tags)
        return
    yield from _homeless_option(analysis, cell, finding)
    yield from _one_option(analysis, cell)


def _one_role(cell: Cell, tags: Sequence[str]) -> Iterator[Fix]:
    said: dict[tuple[Role | None, str | None], list[str]] = {}
    for tag in tags:
        read = parse_tags([tag])
        if read.role is not None:
            said.setdefault((read.role, read.step), []).append(tag)
    if cell.shift:
        roles = tuple(tag for group in said.values() for tag in group)
        if roles:
            yield Fix("Take off " + ", ".join(f"`{tag}`" for tag in roles), (Edit(cell.index, remove_tags=roles),))
        return
    for kept in said.values():
        others = tuple(tag for group in said.values() if group is not kept for tag in group)
        if others:
            yield Fix(f"Keep `{kept[0]}`", (Edit(cell.index, remove_tags=others),))


def _homeless_option(analysis: Analysis, cell: Cell, finding: Finding) -> Iterator[Fix]:
    if analysis.layout.owner.get(cell.index) != SETUP:
        return
    for option, value in cell.tags.options:
        tags = retag.with_option(cell, option, value)
        if tags and f"`{option}:{value}`" in finding.message:
            yield Fix(f"Take off `{tags[0]}`", (Edit(cell.index, remove_tags=tags),))


def _one_option(analysis: Analysis, cell: Cell) -> Iterator[Fix]:
    """The cells of a step disagree: keep one of the values."""
    region = analysis.layout.regions.get(analysis.layout.owner.get(cell.index, SETUP))
    for option, values in region.options.items() if region else ():
        groups: dict[str, list[str]] = {}
        for value in values:
            groups.setdefault(value.rpartition(":")[0] if option in ("limit", "label") else "", []).append(value)
        for group in groups.values():
            if option in ("prev", "secret") or len(group) < 2 or region is None:
                continue
            for kept in group:
                others = [value for value in group if value != kept]
                edits = [
                    Edit(index, remove_tags=tags)
                    for index in region.cells
                    if (tags := _option_tags(analysis.document.cells[index], option, others))
                ]
                yield Fix(f"Keep `{option}:{kept}`", tuple(edits))


def _option_tags(cell: Cell, option: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(tag for value in values for tag in retag.with_option(cell, option, value))


def _one_name(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Two steps differ in case only: make them one."""
    if finding.cell is None:
        return
    name = _owner(analysis, finding)
    other = finding.subject
    edits = []
    for cell in analysis.document.cells:
        tags = retag.with_step(cell, name)
        after = retag.with_option(cell, "prev", name)
        if (cell.tags.step == name and not tags) or (("prev", name) in cell.tags.options and not after):
            return
        if tags or after:
            made = ((f"step:{other}",) if tags else ()) + ((f"prev:{other}",) if after else ())
            edits.append(Edit(cell.index, made, (*tags, *after)))
    yield Fix(f"Call it {other}", tuple(edits))


def _owner(analysis: Analysis, finding: Finding) -> str:
    return analysis.layout.owner.get(finding.cell, SETUP) if finding.cell is not None else SETUP


_MAKERS: dict[str, tuple[Callable[[Analysis, Finding], Iterator[Fix]], ...]] = {
    "notebook.undefined_name": (_take_up_skipped, _import, _declare),
    "notebook.unknown_prev": (_prev,),
    "notebook.later_prev": (_prev,),
    "notebook.interleaved": (_split,),
    "notebook.cycle": (_split,),
    "notebook.tag": (_bad_tag,),
    "notebook.name_clash": (_one_name,),
    "notebook.setup_reads_step": (_no_setup,),
    "notebook.definition_changed": (_to_setup("setup"),),
    "notebook.definition_effect": (_to_setup("functions"),),
    "notebook.not_storable": (_to_setup("setup"),),
    "notebook.import_star": (_to_setup("imports"),),
    "notebook.process_state": (_to_setup("setup"),),
    "notebook.syntax": (_skip,),
    "notebook.unused_parameter": (_unparameter,),
}
