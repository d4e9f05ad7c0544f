"""Text for people: the printed form of findings, pipelines, jobs and lists. Pure: values in, lines out.

Everything that comes from a notebook passes through `plain`, so no name or output can move the cursor of a
terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.base.cells import cell_number, cell_text, cells_text
from jupyter_mlops.notebook.finding import SEVERITIES
from jupyter_mlops.notebook.randomness import STATES
from jupyter_mlops.pipeline.concealed import shown
from jupyter_mlops.pipeline.spec import Options, Parameter, Pipeline, Step

ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)")
MARKS: Mapping[str, str] = {
    "queued": "○",
    "pending": "○",
    "running": "◐",
    "succeeded": "✓",
    "failed": "✗",
    "cancelled": "✗",
    "skipped": "–",
}


def plain(text: object) -> str:
    r"""Return `text` without escape sequences and with other control characters shown as ``\xNN``.

    >>> plain("a\x1b[31mred\x1b[0m\x07")
    'ared\\x07'
    """
    bare = ESCAPES.sub("", str(text))
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else f"\\x{ord(c):02x}" for c in bare
    )


def width(text: str) -> int:
    """Return the columns that `text` takes on a terminal: wide characters count two, combining ones none."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) == "Cf"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def cut(text: str, columns: int) -> str:
    """Return `text` in at most `columns` columns, with an ellipsis where it was cut."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > columns - 1:
            break
        kept += character
    return kept + "…"


def table(rows: Iterable[Sequence[object]], *, head: Sequence[str] = (), indent: str = "") -> list[str]:
    """Return lines with the columns of `rows` aligned; the last column is left as long as it is."""
    cells = [[plain(c).replace("\n", " ") for c in row] for row in ([head] if head else []) + list(rows)]
    if not cells:
        return []
    widths = [max(width(row[i]) for row in cells if i < len(row)) for i in range(max(map(len, cells)))]
    lines = []
    for row in cells:
        line = "  ".join(c + " " * (widths[i] - width(c)) for i, c in enumerate(row))
        lines.append((indent + line).rstrip())
    return lines


def duration(seconds: float) -> str:
    """Return a duration as people say it.

    >>> duration(0.42), duration(62), duration(3723)
    ('0.4 s', '1 min 02 s', '1 h 02 min')
    """
    if seconds < 60:
        return f"{max(seconds, 0.0):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago `moment` was, for lists."""
    if moment is None:
        return "–"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def findings(found: Sequence[Any], name: str) -> list[str]:
    """Return the lines of ``check``: each finding with its place, code, message and hint, then the count."""
    lines: list[str] = []
    for finding in found:
        place = "notebook" if finding.cell is None else cell_text(finding.cell, finding.line)
        grade = f"ignored {finding.severity}" if finding.is_ignored else finding.severity
        lines.append(plain(f"{place}: {grade} {finding.code}: {finding.message}"))
        if finding.is_ignored:
            lines.append(plain(f"  ignored by {finding.ignored_by}"))
        elif finding.hint:
            lines.append(plain(f"  hint: {finding.hint}"))
    lines.append(plain(f"{name}: {_summed(found)}"))
    return lines


def _summed(found: Sequence[Any]) -> str:
    """Say how many findings of each severity there are; hints and ignored ones only where there are some."""
    open_ones = [f for f in found if not f.is_ignored]
    counts = {severity: sum(f.severity == severity for f in open_ones) for severity in SEVERITIES}
    said = [counted(count, severity) for severity, count in counts.items() if count or severity != "hint"]
    return ", ".join([*said, *([f"{len(found) - len(open_ones)} ignored"] if len(found) > len(open_ones) else [])])


def counted(number: int, noun: str) -> str:
    """Return ``1 error``, ``2 errors``, ``no errors``."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def pipeline(spec: Pipeline) -> list[str]:
    """Return the lines of ``show``: the graph, the parameters, then each step with what it takes and hands
    over.
    """
    lines = [plain(f"{spec.name}: {counted(len(spec.steps), 'step')}, {counted(len(spec.parameters), 'parameter')}")]
    lines.append(plain("  " + graph(spec)))
    if spec.parameters:
        lines += ["", "parameters"]
        lines += table(
            ((p.name, p.type, "required" if p.required else _default(p)) for p in spec.parameters),
            indent="  ",
        )
    lines += ["", "steps"]
    lines += table(
        (
            (
                s.name,
                cells_text(s.cells),
                "after " + ", ".join(s.after) if s.after else "first",
                options(s.options),
            )
            for s in spec.steps
        ),
        indent="  ",
    )
    handed = [(f"{name} <- {source}", s.name) for s in spec.steps for name, source in s.inputs.items()]
    if handed:
        lines += ["", "hand-over"]
        for step in spec.steps:
            lines += _inputs(step)
    if spec.files:
        lines += ["", "files it opens", *(f"  {plain(f)}" for f in spec.files)]
    return lines


def _inputs(step: Step) -> list[str]:
    by_source: dict[str, list[str]] = {}
    for name, source in step.inputs.items():
        by_source.setdefault(source, []).append(name)
    return [plain(f"  {step.name}: {', '.join(map(_said, names))} <- {source}") for source, names in by_source.items()]


def _said(name: str) -> str:
    """Return the name of a value as people know it."""
    return f"random state of {STATES[name].module}" if name in STATES else name


def graph(spec: Pipeline) -> str:
    """Return the steps by depth: ``load -> features -> (forest | boosting) -> evaluate``."""
    depth: dict[str, int] = {}
    for step in spec.steps:
        depth[step.name] = 1 + max((depth.get(s, 0) for s in step.after), default=0)
    levels: dict[int, list[str]] = {}
    for name, level in depth.items():
        levels.setdefault(level, []).append(name)
    return " -> ".join(names[0] if len(names) == 1 else f"({' | '.join(names)})" for _, names in sorted(levels.items()))


def options(given: Options) -> str:
    """Return what tags ask of a step, as the tags are written."""
    words = [f"retry:{given.retry}"] if given.retry else []
    words += [f"timeout:{given.timeout_s:g}s"] if given.timeout_s else []
    words += [f"limit:{name}:{amount}" for name, amount in given.limits.items()]
    words += [f"engine:{given.engine}"] if given.engine else []
    words += [f"image:{given.image}"] if given.image else []
    words += [f"model:{given.model}"] if given.model else []
    return " ".join(words)


def to_json_show(spec: Pipeline) -> dict[str, Any]:
    """Return the form of ``show --json``, version 1."""
    return {
        "version": 1,
        "name": spec.name,
        "parameters": [
            {"name": p.name, "type": p.type, "default": shown({p.name: p.default})[p.name]} for p in spec.parameters
        ],
        "steps": [
            {
                "name": s.name,
                "cells": list(s.cells),
                "cell_numbers": [cell_number(cell) for cell in s.cells],
                "after": list(s.after),
                "inputs": dict(s.inputs),
                "outputs": list(s.outputs),
                "options": option_json(s.options),
            }
            for s in spec.steps
        ],
    }


def option_json(given: Options) -> dict[str, Any]:
    """Return only the options that were given, so that ``{}`` means nothing was asked for."""
    plain_form = {
        "retry": given.retry,
        "timeout_s": given.timeout_s,
        "cache": given.cache,
        "limits": dict(given.limits),
        "engine": given.engine,
        "image": given.image,
        "secrets": list(given.secrets),
        "labels": dict(given.labels),
        "model": given.model,
    }
    return {name: value for name, value in plain_form.items() if value}


def _default(parameter: Parameter) -> str:
    return repr(shown({parameter.name: parameter.default})[parameter.name])
