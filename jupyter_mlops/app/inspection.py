"""Inspection: a notebook as an editor shows it, while it is typed: pipeline, what every cell is for, findings
with their quick fixes. Runs no code of it and writes nothing.

A quick fix is tried on a copy before it is offered: the finding must be gone, and nothing new be wrong.
"""

from __future__ import annotations

import json
import time
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from jupyter_mlops.app.notebooks import compiled_of, with_refusals
from jupyter_mlops.base.cells import without_numbers
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.notebook.document import Document, parse, read, without_outputs
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.fixes import apply, candidates
from jupyter_mlops.notebook.ignoring import ignorable
from jupyter_mlops.notebook.layout import SETUP, Layout
from jupyter_mlops.notebook.retag import Fix, tags_of
from jupyter_mlops.notebook.statements import calls_only
from jupyter_mlops.notebook.tags import VOCABULARY, Role
from jupyter_mlops.pipeline.compile import Compiled
from jupyter_mlops.pipeline.spec import Pipeline

TRIAL_S = 0.5
"""How much processor time may go into trying fixes, in seconds: each fix that is tried reads the notebook again."""
MOST_FIXES = 10
"""How many fixes a finding is offered."""
KEPT = 8
"""How many inspections are remembered: an editor asks again for what did not change."""
_OPTIONS = frozenset(row.word for row in VOCABULARY if row.option not in (None, "raises", "ignore"))


@dataclass(frozen=True)
class CellPart:
    """What a code cell is for; `options` are its tags of options.

    `is_left_out` is whether it holds nothing but `%mlops` lines, which a run leaves out.
    """

    index: int
    role: str
    step: str | None
    is_tagged: bool
    options: tuple[str, ...]
    is_left_out: bool = False


@dataclass(frozen=True)
class Inspection:
    """All that reading a notebook gives; `fixes` are those of the finding at the same place."""

    pipeline: Pipeline
    cells: tuple[CellPart, ...]
    findings: tuple[Finding, ...]
    fixes: tuple[tuple[Fix, ...], ...]


class Inspector:
    """Inspects, and remembers what it said about the last few documents."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Path, str, tuple[str, ...]], _Inspected] = OrderedDict()
        self._lock = Lock()

    def inspect(self, path: Path, content: dict[str, Any] | None = None, ignore: Collection[str] = ()) -> Inspection:
        """Return the inspection of the file, or of the document that is not saved yet.

        Raises
        ------
        UsageError
            it is no notebook of version 4 in Python, as `notebook.document.read` says.
        """
        document = read(path) if content is None else parse(_bytes(without_outputs(content), path), path.absolute())
        key = document.path, document.sha256, ignorable(ignore)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return _with_refusals(self._known[key])
        made = _inspected(document, key[2])
        with self._lock:
            self._known[key] = made
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return _with_refusals(made)


def inspect(document: Document, ignore: Collection[str] = ()) -> Inspection:
    """Return the inspection of a document."""
    return _with_refusals(_inspected(document, ignore))


@dataclass(frozen=True)
class _Inspected:
    """What an inspection says of the document alone, and what it takes to say more."""

    compiled: Compiled
    cells: tuple[CellPart, ...]
    fixes: tuple[tuple[Fix, ...], ...]


def _inspected(document: Document, ignore: Collection[str]) -> _Inspected:
    compiled = compiled_of(document, ignore)
    tried = _Trial(compiled)
    fixes = tuple(tuple(tried.good(finding)) for finding in compiled.findings)
    return _Inspected(compiled, tuple(_parts(document, compiled.analysis.layout)), fixes)


def _with_refusals(made: _Inspected) -> Inspection:
    """Add what a run would be refused for here and now: kernels come and go while the document stays the same."""
    pipeline, findings = made.compiled.pipeline, made.compiled.findings
    fixes = dict(zip(findings, made.fixes, strict=True))
    found = with_refusals(findings, pipeline, made.compiled.analysis.layout.regions)
    return Inspection(pipeline, made.cells, found, tuple(fixes.get(finding, ()) for finding in found))


def _bytes(content: dict[str, Any], path: Path) -> bytes:
    try:
        return json.dumps(content).encode()
    except (ValueError, RecursionError) as error:
        raise UsageError("notebook.not_json", f"notebook `{path.name}` is nested too deeply") from error


def _parts(document: Document, layout: Layout) -> Iterator[CellPart]:
    current = next(iter(layout.regions), None) if not any(cell.tags.step for cell in document.cells) else None
    for cell in document.cells:
        if cell.kind != "code":
            continue
        owner = layout.owner.get(cell.index)
        current = owner or current
        # A blank cell is in no step's list; it is shown as part of the step it stands in.
        step = None if owner == SETUP else owner or current
        role = Role.STEP if step else Role.SETUP
        if cell.index in layout.skipped:
            role, step = Role.SKIP, None
        elif cell.index in layout.parameters:
            role = Role.PARAMETERS
        elif cell.index in layout.metrics:
            role = Role.METRICS
        written = tuple(tag for tag in tags_of(cell) if tag.partition(":")[0].strip() in _OPTIONS)
        said = tuple(f"{option}:{value}" for option, value in cell.tags.options)
        options = tuple(dict.fromkeys((*written, *(said if cell.shift else ()))))
        yield CellPart(cell.index, role.value, step, cell.tags.role is not None, options, calls_only(cell.code))


class _Trial:
    """Tries fixes on copies of a notebook."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.before = _counted(compiled.findings)
        self.errors = Counter(_key(f) for f in compiled.findings if f.is_error)
        self.until = time.thread_time() + TRIAL_S
        self.content: dict[str, Any] | None = None

    def good(self, finding: Finding) -> Iterator[Fix]:
        """Yield the fixes of a finding that mend it."""
        if time.thread_time() > self.until:
            return
        for fix in islice(candidates(self.compiled.analysis, finding), MOST_FIXES):
            if fix.is_sure or (time.thread_time() < self.until and self._mends(finding, fix)):
                yield fix

    def _mends(self, finding: Finding, fix: Fix) -> bool:
        document = self.compiled.document
        if self.content is None:
            self.content = without_outputs(json.loads(document.raw.decode("utf-8-sig")))
        try:
            changed = parse(_bytes(apply(self.content, fix.edits), document.path), document.path)
        except (UsageError, LookupError, TypeError, AttributeError):
            return False
        found = compiled_of(changed, self.compiled.ignore).findings
        errors = Counter(_key(f) for f in found if f.is_error)
        after = _counted(found)
        is_gone = all(after[form] < self.before[form] for form in (_key(finding), _kind(finding)))
        return is_gone and not errors - self.errors


def _counted(findings: Iterable[Finding]) -> Counter[tuple[str, ...]]:
    found = [finding for finding in findings if not finding.is_ignored]
    return Counter[tuple[str, ...]]([*map(_key, found), *map(_kind, found)])


def _kind(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.severity


def _key(finding: Finding) -> tuple[str, str, str]:
    # A cell that is put in moves the numbers of those below it.
    return finding.code, finding.severity, without_numbers(finding.message)
