"""Changing tags: edits, which tags of a cell say what, and how a cell leaves its step. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.notebook.document import MAGIC, Cell, Document
from jupyter_mlops.notebook.layout import SETUP, Layout
from jupyter_mlops.notebook.magic import parse_magic
from jupyter_mlops.notebook.tags import CellTags, Role, parse_tags


@dataclass(frozen=True)
class Edit:
    """One change: tags of cell `cell`, lines at its end; with `insert` a new cell before it, tagged `add_tags`.

    `select` is the end of `source` that the user should type over.
    With `line` (from 1) the lines of `source` go above that line of the cell, indented like it, and not at its end.
    """

    cell: int
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    insert: bool = False
    source: str = ""
    line: int | None = None
    select: str = ""


@dataclass(frozen=True)
class Fix:
    """What the button says, and what it changes. One that `is_sure` is offered without being tried on a copy."""

    title: str
    edits: tuple[Edit, ...]
    is_sure: bool = False


def tags_of(cell: Cell) -> tuple[str, ...]:
    """Return the tags of a cell, as written."""
    return cell.written_tags


def with_role(cell: Cell, role: Role) -> tuple[str, ...]:
    """Return the tags that give the cell this role."""
    return tuple(tag for tag in tags_of(cell) if parse_tags([tag]).role is role)


def with_step(cell: Cell, step: str) -> tuple[str, ...]:
    """Return the tags that say that the cell belongs to this step."""
    return tuple(tag for tag in tags_of(cell) if parse_tags([tag]).step == step)


def with_option(cell: Cell, option: str, value: str) -> tuple[str, ...]:
    """Return the tags that ask for this; nothing when a `%%mlops` line asks for it as well."""
    if (option, value) in by_magic(cell).options:
        return ()
    return tuple(tag for tag in tags_of(cell) if (option, value) in parse_tags([tag]).options)


def by_magic(cell: Cell) -> CellTags:
    """Return what the `%%mlops` line of a cell says; nothing when there is none."""
    if not cell.shift:
        return CellTags()
    return parse_magic(cell.source.split("\n")[cell.shift - 1].strip()[len(MAGIC) :].strip())


def step_above(layout: Layout, cell: int) -> str:
    """Return the step that an untagged cell at this place belongs to; `SETUP` above the first one."""
    above = [index for index, owner in layout.owner.items() if index < cell and owner != SETUP]
    return layout.owner[max(above)] if above else SETUP


def leave(document: Document, layout: Layout, index: int, tag: str) -> tuple[Edit, ...]:
    """Return the edits that give a cell the role `tag`; the step that it began begins with the next cell of it.

    A cell that is skipped keeps its other tags, so that it is what it was when it is not skipped any more. Nothing when
    a `%%mlops` line says what the cell is.
    """
    cell = document.cells[index]
    if cell.shift:
        return ()
    roles = tuple(tag for tag in tags_of(cell) if parse_tags([tag]).role is not None)
    options = tuple(tag for tag in tags_of(cell) if parse_tags([tag]).options)
    removed = () if parse_tags([tag]).role is Role.SKIP else (*roles, *options)
    edits = [Edit(index, (tag,), removed)]
    region = layout.regions.get(layout.owner.get(index, SETUP))
    rest = [other for other in region.cells if other > index] if region else []
    if rest and (roles or options):
        heir = document.cells[rest[0]]
        given = roles if heir.tags.role is None else ()
        if given or options:
            edits.append(Edit(heir.index, (*given, *options)))
    return tuple(edits)
