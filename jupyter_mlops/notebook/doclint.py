"""Findings about a document as it is written, whatever its code does: tags, execution counts, the kernel. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.notebook.document import Cell, Document
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.typos import lacks_value, meant

_KALE = "kubeflow_notebook"
"""Kale's part of a notebook's metadata."""


def of_document(document: Document) -> Iterator[Finding]:
    """Yield what is to say about a document."""
    for cell in document.cells:
        if cell.kind == "code":
            yield from _mistyped(cell)
            yield from _references(document, cell)
    yield from _execution_order(document)
    yield from _kernelspec(document)


def _mistyped(cell: Cell) -> Iterator[Finding]:
    for tag in cell.written_tags:
        better, row = meant(tag), lacks_value(tag)
        if better:
            several = " and ".join(f"`{each}`" for each in better)
            message, hint = f"tag `{tag}` means nothing here; {several} was probably meant", f"write {several}"
        elif row is not None:
            message, hint = f"tag `{tag}` has no value and means nothing", f"write `{row.form}`, or take the tag off"
        else:
            continue
        yield Finding("notebook.unknown_tag", "hint", cell.index, None, message, hint, tag)


def _references(document: Document, cell: Cell) -> Iterator[Finding]:
    """Kale's newer cells that stand for another notebook: it lies at `notebook_path` of the cell's metadata."""
    for tag in cell.written_tags:
        word, colon, name = tag.partition(":")
        if word.strip() != "notebook" or not colon:
            continue
        path = cell.metadata.get("notebook_path")
        named = f"`{path}`" if isinstance(path, str) else f"of the name `{name.strip()}`"
        is_empty = all(line.strip().startswith("#") for line in cell.code.split("\n") if line.strip())
        is_kale = isinstance(path, str) or _KALE in document.metadata or is_empty
        yield Finding(
            "notebook.reference",
            "error" if is_kale else "warning",
            cell.index,
            None,
            f"tag `{tag}` stands in Kale for the whole notebook {named}, which this pipeline does not run",
            f"copy the cells of the notebook {named} to this place, and take the tag off",
            tag,
        )


def _execution_order(document: Document) -> Iterator[Finding]:
    last, where = 0, 0
    for index, count in _counts(document):
        if count < last:
            yield Finding(
                "notebook.execution_order",
                "warning",
                index,
                None,
                f"this cell was executed before {cell_text(where)}, "
                "which stands above it; the outputs in the notebook may not be what a run gives",
                "restart the kernel and run all cells",
            )
            return
        last, where = count, index


def _counts(document: Document) -> Iterator[tuple[int, int]]:
    for index, cell in enumerate(json.loads(document.raw.decode("utf-8-sig"))["cells"]):
        count = cell.get("execution_count")
        if cell.get("cell_type") == "code" and isinstance(count, int) and not isinstance(count, bool):
            yield index, count


def _kernelspec(document: Document) -> Iterator[Finding]:
    if not document.has_kernel:
        yield Finding(
            "notebook.no_kernelspec",
            "warning",
            None,
            None,
            "the notebook names no kernel; `python3` is used",
            "choose a kernel in JupyterLab and save the notebook",
        )
