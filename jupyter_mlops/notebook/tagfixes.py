"""Quick fixes of tags: of the order of steps, of steps that are split or joined, of tags that disagree. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.notebook import retag, typos
from jupyter_mlops.notebook.document import Cell
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.lint import Analysis
from jupyter_mlops.notebook.retag import Edit, Fix, tags_of
from jupyter_mlops.notebook.tags import Role, parse_tags


def prev(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield what mends a `prev:` that names no step above."""
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


def split(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield the step in two: the cells from the finding on become one of their own."""
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
    yield Fix(f"Split step {owner}: step {fresh} from {cell_text(starts[-1])} on", tuple(edits))


def _free(name: str, taken: Iterable[str]) -> str:
    known, stem, number = set(taken), name.rpartition("-")[0], 2
    while f"{stem}-{number}" in known:
        number += 1
    return f"{stem}-{number}"


def bad_tag(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield the tags that may be taken off so that the rest makes sense."""
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


def mistyped(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield the tag that was probably meant in the place of a mistyped one."""
    if finding.cell is None:
        return
    better = typos.meant(finding.subject)
    title = "Write " + " and ".join(f"`{tag}`" for tag in better) if better else f"Take off `{finding.subject}`"
    # What the right tag makes of the notebook may have faults of its own: they are told then.
    yield Fix(title, (Edit(finding.cell, better, (finding.subject,)),), is_sure=True)


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


def one_name(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield one name for two steps that differ in case only."""
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


def own_step(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """Yield the tag that makes a set-up cell a step, which runs once; set-up below it stays set-up where it can.

    A database in memory, which the finding names, cannot be handed on.
    """
    if finding.cell is None or finding.subject:
        return
    cell = analysis.document.cells[finding.cell]
    name = _free_step("prepare", analysis.layout.regions)
    roles = retag.with_role(cell, Role.SETUP)
    if cell.shift or (cell.tags.role is not None and not roles):
        return
    own = Edit(cell.index, (f"step:{name}",), roles)
    owner = analysis.layout.owner
    first = min((c for c, o in owner.items() if c > cell.index and o != SETUP), default=cell.index)
    below = [analysis.document.cells[c] for c, o in owner.items() if cell.index < c < first and o == SETUP]
    untagged = [other for other in below if other.tags.role is None and other.code.strip()]
    title = f"Make {cell_text(cell.index)} the step {name}"
    yield Fix(title, (own, *(Edit(other.index, ("setup",)) for other in untagged)))
    if untagged:
        yield Fix(f"{title}, with the cells below it", (own,))


def _free_step(name: str, taken: Iterable[str]) -> str:
    return name if name not in taken else _free(f"{name}-2", taken)


def _owner(analysis: Analysis, finding: Finding) -> str:
    return analysis.layout.owner.get(finding.cell, SETUP) if finding.cell is not None else SETUP
