"""Which cell belongs to which step, or is set-up, or is left out. Pure.

Cells without a tag: before the first step they are set-up; after it they belong to the step above. A notebook without
any step tag is one step named `main`, so every notebook runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jupyter_mlops.notebook.document import Cell, Document
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.tags import Role, parse_tags

MAIN = "main"
SETUP = ""
"""The owner of set-up and parameters cells: they belong to every step below them."""


@dataclass
class Region:
    """The cells of one step, and the options its tags ask for (value -> index of the cell that says so).

    `cells` is empty only for the `main` of a notebook that has nothing but set-up.
    """

    name: str
    cells: list[int] = field(default_factory=list)
    options: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def first(self) -> float:
        """The index of its first cell; beyond every cell when it has none."""
        return self.cells[0] if self.cells else float("inf")

    @property
    def last(self) -> float:
        """The index of its last cell; beyond every cell when it has none."""
        return self.cells[-1] if self.cells else float("inf")


@dataclass
class Layout:
    """`owner` says whose each executed code cell is: a step's name or `SETUP`. `regions` are in reading order."""

    owner: dict[int, str] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    parameters: list[int] = field(default_factory=list)
    metrics: list[int] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    raises: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def lay_out(document: Document) -> Layout:
    """Return the layout of a notebook, with a finding for every tag that makes no sense."""
    layout = Layout()
    code = [cell for cell in document.cells if cell.kind == "code"]
    has_steps = any(cell.tags.step for cell in code)
    current = None if has_steps else MAIN
    for cell in code:
        layout.findings += _tag_findings(cell)
        current = _place(cell, current, layout)
    if not layout.regions:
        layout.regions[MAIN] = Region(MAIN)
        layout.findings.append(
            Finding(
                "notebook.no_code",
                "warning",
                None,
                None,
                f"notebook `{document.path.name}` has no step with code to run",
                "write a code cell, or take off the `skip` tags",
            )
        )
    layout.findings += [*_conflicts(layout), *_clashes(layout)]
    return layout


def _tag_findings(cell: Cell) -> Iterator[Finding]:
    """Yield a finding for each problem of a cell's tags, with what to do: which to take off, where they disagree."""
    if not cell.tags.problems:
        return
    read = [(tag, parse_tags([tag])) for tag in cell.written_tags]
    roles = [tag for tag, alone in read if alone.role is not None]
    # a problem of one tag alone is none between several
    own = {problem for _, alone in read for problem in alone.problems}
    for problem in cell.tags.problems:
        hint = "write the tag as `docs/tags.md` says, or take it off"
        if "%%mlops" in problem:
            hint = "say it once: take off the tag, or mend the `%%mlops` line; `docs/tags.md` lists the tags"
        elif len(roles) > 1 and problem not in own:
            hint = "keep one of " + " and ".join(f"`{tag}`" for tag in roles) + ", and take off the rest"
        yield Finding("notebook.tag", "error", cell.index, None, problem, hint)


def _place(cell: Cell, current: str | None, layout: Layout) -> str | None:
    role = cell.tags.role
    if role is Role.SKIP:
        layout.skipped.append(cell.index)
        return current
    if cell.tags.raises:
        layout.raises.add(cell.index)
    if role in (Role.SETUP, Role.PARAMETERS):
        layout.owner[cell.index] = SETUP
        if role is Role.PARAMETERS:
            layout.parameters.append(cell.index)
        _lost_options(cell, layout)
        return current
    if role is Role.METRICS:
        layout.metrics.append(cell.index)
    current = cell.tags.step or current
    if current is None:
        layout.owner[cell.index] = SETUP
        _lost_options(cell, layout)
        return None
    if not cell.code.strip() and not cell.tags.step:
        return current
    region = layout.regions.setdefault(current, Region(current))
    region.cells.append(cell.index)
    layout.owner[cell.index] = current
    for option, value in cell.tags.options:
        region.options.setdefault(option, {}).setdefault(value, cell.index)
    return current


def _lost_options(cell: Cell, layout: Layout) -> None:
    for option, value in cell.tags.options:
        layout.findings.append(
            Finding(
                "notebook.tag",
                "error",
                cell.index,
                None,
                f"tag `{option}:{value}` is on a cell that belongs to no step",
                "move it to a cell tagged `step:NAME`",
            )
        )


def _conflicts(layout: Layout) -> Iterator[Finding]:
    for region in layout.regions.values():
        for option, values in region.options.items():
            keys = [value.rpartition(":")[0] if option in ("limit", "label") else "" for value in values]
            if option not in ("prev", "secret") and len(set(keys)) < len(keys):
                said = " and ".join(f"`{option}:{value}`" for value in values)
                yield Finding(
                    "notebook.tag",
                    "error",
                    max(values.values()),
                    None,
                    f'the cells of step "{region.name}" disagree: {said}',
                    "keep one of the tags",
                )


def _clashes(layout: Layout) -> Iterator[Finding]:
    import unicodedata

    seen: dict[str, str] = {}
    for name, region in layout.regions.items():
        other = seen.setdefault(unicodedata.normalize("NFKC", name).casefold(), name)
        if other != name:
            yield Finding(
                "notebook.name_clash",
                "warning",
                region.cells[0],
                None,
                f'steps "{other}" and "{name}" differ only in the case or form of their letters',
                "give one of them another name, or the same one",
                other,
            )
