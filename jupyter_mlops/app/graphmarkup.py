"""The graph of a run as SVG, for the widget of `%mlops run`: boxes by depth, with the state of each step. Pure.

Every text that goes in is escaped by `markup.safe`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.app.markup import COLOURS, FAINT, safe
from jupyter_mlops.app.text import MARKS, cut, width

MOST_STEPS = 40
"""The most steps that are drawn; a run with more has the table alone."""
_HEIGHT, _ROW_GAP, _COLUMN_GAP, _LETTER, _MOST_LETTERS = 24, 10, 34, 7, 22


def graph(run: Mapping[str, Any], after: Mapping[str, Sequence[str]]) -> str:
    """Return the steps of a run as a graph from left to right; empty for a single step, and for very many.

    Parameters
    ----------
    run
        its JSON form.
    after
        the steps before each step.
    """
    steps = run["steps"]
    if not 1 < len(steps) <= MOST_STEPS:
        return ""
    columns = _columns([step["name"] for step in steps], after)
    places: dict[str, tuple[float, float, float]] = {}
    x = 1.0
    tallest = max(map(len, columns))
    for names in columns:
        wide = max(min(width(name), _MOST_LETTERS) for name in names) * _LETTER + 34.0
        top = (tallest - len(names)) * (_HEIGHT + _ROW_GAP) / 2 + 1
        for row, name in enumerate(names):
            places[name] = (x, top + row * (_HEIGHT + _ROW_GAP), wide)
        x += wide + _COLUMN_GAP
    total, high = x - _COLUMN_GAP + 1, tallest * (_HEIGHT + _ROW_GAP) - _ROW_GAP + 2
    lines = [
        _line(places[before], places[name]) for name in places for before in after.get(name, ()) if before in places
    ]
    boxes = [_box(step, places[step["name"]]) for step in steps]
    size = f'viewBox="0 0 {total:g} {high:g}" width="{total:g}" height="{high:g}"'
    style = "max-width: 100%; height: auto; display: block; margin: 4px 0"
    return f'<svg role="img" aria-label="graph of the steps" {size} style="{style}">{"".join(lines + boxes)}</svg>'


def _columns(names: Sequence[str], after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the steps by depth; they are in the order in which they run."""
    depth: dict[str, int] = {}
    for name in names:
        depth[name] = max((depth[before] + 1 for before in after.get(name, ()) if before in depth), default=0)
    return [[name for name in names if depth[name] == level] for level in range(max(depth.values()) + 1)]


def _line(start: tuple[float, float, float], end: tuple[float, float, float]) -> str:
    x1, y1, x2, y2 = start[0] + start[2], start[1] + _HEIGHT / 2, end[0], end[1] + _HEIGHT / 2
    middle = x2 - _COLUMN_GAP / 2
    path = f"M{x1:g} {y1:g}L{x2 - _COLUMN_GAP:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
    return f'<path d="{path}" fill="none" style="stroke: {FAINT}" stroke-width="1.2"/>'


def _box(step: Mapping[str, Any], place: tuple[float, float, float]) -> str:
    x, y, wide = place
    name, status = step["name"], step["status"]
    colour = COLOURS.get(status, FAINT)
    frame = (
        f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{_HEIGHT}" rx="12" fill="none" style="stroke: {colour}"/>'
    )
    text = 'dominant-baseline="central" font-size="12"'
    middle = f'y="{y + _HEIGHT / 2:g}"'
    mark = f'<text x="{x + 10:g}" {middle} {text} style="fill: {colour}">{MARKS.get(status, "?")}</text>'
    word = f'<text x="{x + 25:g}" {middle} {text} fill="currentColor">{safe(cut(name, _MOST_LETTERS))}</text>'
    return f"<g><title>{safe(name)}: {safe(status)}</title>{frame}{mark}{word}</g>"
