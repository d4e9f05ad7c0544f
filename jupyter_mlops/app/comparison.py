"""Runs, or two versions of a job, side by side: what differs in parameters, metrics and the source of each step.

The first run is what the others are compared with. Parameters and metrics come from the store, so a run whose folder
is gone is compared as well, but for its source.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.base.errors import MlopsError, UsageError
from jupyter_mlops.jobs.job import JobVersion
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.notebook.layout import SETUP, lay_out
from jupyter_mlops.runs.run import Run

LineKind = Literal["same", "added", "removed", "gap"]
Change = Literal["same", "changed", "added", "removed"]
SETUP_NAME = "set-up"
MOST_LINES = 5_000
"""Lines of a step that are compared; telling apart longer texts takes seconds."""


@dataclass(frozen=True)
class Row:
    """A parameter or metric and its value in every run; None where a run has none."""

    name: str
    values: tuple[Any, ...]
    differs: bool


@dataclass(frozen=True)
class StepChange:
    """A step in one of the later runs against the first one; `diff` has (kind, text) lines, 3 of context."""

    name: str
    run: str
    change: Change
    diff: tuple[tuple[LineKind, str], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; what differs comes first."""

    runs: tuple[Run, ...]
    parameters: tuple[Row, ...]
    metrics: tuple[Row, ...]
    steps: tuple[StepChange, ...]


def compare(runs: Sequence[Run]) -> Comparison:
    """Compare runs with the first of them.

    Raises
    ------
    UsageError
        ``compare.twice``: a run is named twice.
    """
    ids = [run.id for run in runs]
    for run_id in ids:
        if ids.count(run_id) > 1:
            raise UsageError("compare.twice", f"run {run_id[:8]} is named twice", "name different runs")
    metrics = [{k: v for step in run.steps for k, v in step.metrics.items()} for run in runs]
    sources = [_sources(run.folder) for run in runs]
    steps = tuple(
        change
        for run, source in zip(runs[1:], sources[1:], strict=True)
        for change in _steps(run.id, sources[0], source)
    )
    return Comparison(tuple(runs), _rows([run.parameters for run in runs]), _rows(metrics), steps)


@dataclass(frozen=True)
class VersionComparison:
    """Two versions of a job side by side; parameters that differ come first.

    `has_sources` is false when the folder of a version is damaged, and no step could be compared.
    """

    versions: tuple[JobVersion, ...]
    parameters: tuple[Row, ...]
    steps: tuple[StepChange, ...]
    has_sources: bool


def compare_versions(versions: Sequence[JobVersion]) -> VersionComparison:
    """Compare the second of two versions with the first.

    Raises
    ------
    UsageError
        ``compare.twice``: they are the same version.
    """
    first, second = versions
    if first.number == second.number:
        raise UsageError("compare.twice", f"version {first.label} is named twice", "name different versions")
    old, new = _sources(first.folder), _sources(second.folder)
    return VersionComparison(
        tuple(versions),
        _rows([first.parameters, second.parameters]),
        tuple(_steps(second.label, old, new)),
        old is not None and new is not None,
    )


def _rows(tables: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    names = dict.fromkeys(name for table in tables for name in table)
    rows = []
    for name in names:
        values = tuple(table.get(name) for table in tables)
        # The JSON form tells 1 from 1.0 and from True.
        texts = {
            json.dumps(value, sort_keys=True) if name in table else ""
            for value, table in zip(values, tables, strict=True)
        }
        rows.append(Row(name, values, len(texts) > 1))
    return tuple(sorted(rows, key=lambda row: not row.differs))


def _sources(folder: Path) -> dict[str, str] | None:
    """Return the source of each step, and of the set-up, as the run kept it; None when it is gone or damaged."""
    try:
        pipeline = RunFolder(folder).pipeline()
        document = parse((folder / "source.ipynb").read_bytes(), folder / "source.ipynb")
        cells = {cell.index: cell.source.strip("\n") for cell in document.cells}
        found = {step.name: "\n\n".join(cells[index] for index in step.cells) for step in pipeline.steps}
        setup = [index for index, owner in sorted(lay_out(document).owner.items()) if owner == SETUP]
    except (OSError, ValueError, LookupError, TypeError, MlopsError):
        return None
    text = "\n\n".join(cells[index] for index in setup if cells[index])
    return {SETUP_NAME: text, **found} if text and SETUP_NAME not in found else found


def _steps(run: str, first: dict[str, str] | None, other: dict[str, str] | None) -> Iterator[StepChange]:
    if first is None or other is None:
        return
    for name in dict.fromkeys([*first, *other]):
        old, new = first.get(name), other.get(name)
        if old == new:
            yield StepChange(name, run, "same")
        else:
            change: Change = "added" if old is None else "removed" if new is None else "changed"
            yield StepChange(name, run, change, tuple(difference(old or "", new or "")))


def difference(old: str, new: str) -> Iterator[tuple[LineKind, str]]:
    r"""Yield the lines of a unified diff with 3 lines of context; a gap stands where lines are left out.

    >>> list(difference("a\nb", "a\nc"))
    [('same', 'a'), ('removed', 'b'), ('added', 'c')]
    """
    before, after = (text.split("\n")[:MOST_LINES] if text else [] for text in (old, new))
    kinds: dict[str, LineKind] = {" ": "same", "+": "added", "-": "removed"}
    matcher = difflib.SequenceMatcher(None, before, after)
    end = 0
    for group in matcher.get_grouped_opcodes(3):
        if group[0][1] > end or end:
            yield "gap", ""
        for kind, a, b, c, d in group:
            lines = [(" ", before[a:b])] if kind == "equal" else [("-", before[a:b]), ("+", after[c:d])]
            for mark, texts in lines:
                yield from ((kinds[mark], text) for text in texts)
        end = group[-1][2]
    if end < len(before):
        yield "gap", ""
