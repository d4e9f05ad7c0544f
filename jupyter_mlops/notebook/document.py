"""A notebook file as read: its cells with source, tags and text form. Reads the file and nothing else; never writes.

The text form of a tag is a first line ``%%mlops step NAME …``; `Cell.code` is the source without that line and
`Cell.shift` how many lines were taken off, so that positions can be told in the user's own cell.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.notebook import scripts
from jupyter_mlops.notebook.filekinds import no_notebook
from jupyter_mlops.notebook.magic import merge, parse_magic
from jupyter_mlops.notebook.tags import CellTags, parse_tags

MAGIC = "%%mlops"


@dataclass(frozen=True)
class Cell:
    """One cell: its index in the notebook, type, source as text, and what its tags say."""

    index: int
    kind: str
    source: str
    tags: CellTags
    metadata: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def shift(self) -> int:
        """Lines at the top of the source that are not code: the `%%mlops` line and blank lines above it."""
        lines = self.source.split("\n")
        for number, line in enumerate(lines):
            if line.strip():
                return number + 1 if _is_magic(line) else 0
        return 0

    @property
    def code(self) -> str:
        """The source without its `%%mlops` line."""
        return "\n".join(self.source.split("\n")[self.shift :])

    @property
    def written_tags(self) -> tuple[str, ...]:
        """The tags in its metadata, as written."""
        tags = self.metadata.get("tags")
        return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()

    @property
    def first_line(self) -> str:
        """The first line of code that is not blank, for messages."""
        return next((line.strip() for line in self.code.split("\n") if line.strip()), "")


@dataclass(frozen=True)
class Document:
    """A notebook. `raw` are the bytes of the file (of a script: of the notebook that it is), `metadata` its own."""

    path: Path
    raw: bytes = field(repr=False)
    cells: tuple[Cell, ...] = field(repr=False)
    metadata: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The file's name without its ending; the pipeline's name."""
        return self.path.name.removesuffix(".ipynb").removesuffix(scripts.SUFFIX)

    @cached_property
    def sha256(self) -> str:
        """The sha256 of the file's bytes, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def has_kernel(self) -> bool:
        """Whether the notebook names its kernel."""
        return bool(_spec(self.metadata).get("name"))

    @property
    def kernel(self) -> str:
        """The kernelspec's name; ``python3`` when the notebook names none."""
        return str(_spec(self.metadata).get("name") or "python3")

    @property
    def language(self) -> str:
        """The language the notebook is written in; ``python`` when it does not say."""
        info = self.metadata.get("language_info")
        named = info.get("name") if isinstance(info, dict) else None
        return str(_spec(self.metadata).get("language") or named or "python").lower()


def read(path: str | Path) -> Document:
    """Read a notebook file, or a script with cells.

    Raises
    ------
    NotFoundError
        ``notebook.not_found``: there is no such file.
    UsageError
        ``notebook.unreadable``, ``notebook.wrong_file``, ``notebook.not_json``, ``notebook.format``,
        ``notebook.language``: it is no version 4 notebook of Python code.
    UnavailableError
        ``extra.missing``: it is a script, and jupytext is not installed.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError("notebook.not_found", f"there is no notebook `{path}`", "check the path") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("notebook.unreadable", f"notebook `{path}` cannot be read: {reason}") from error
    if scripts.is_script(path, raw):
        raw = scripts.as_notebook(raw, path)
    return parse(raw, path.absolute())


def parse(raw: bytes, path: Path) -> Document:
    """Return the notebook that `raw` holds; raise as `read` does."""
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise no_notebook(raw, path.name, error) from error
    _check_format(content, path)
    metadata = content.get("metadata")
    cells = tuple(_cell(index, cell, path) for index, cell in enumerate(content["cells"]))
    document = Document(path, raw, cells, metadata if isinstance(metadata, dict) else {})
    if document.language not in ("python", "python3", "ipython"):
        raise UsageError(
            "notebook.language",
            f"notebook `{path.name}` is written in {document.language}, not in Python",
            "only Python notebooks can become pipelines",
        )
    return document


def _check_format(content: object, path: Path) -> None:
    def refuse(what: str, hint: str = "save it again from JupyterLab") -> UsageError:
        return UsageError("notebook.format", f"`{path.name}` is not a notebook of version 4: {what}", hint)

    if not isinstance(content, dict):
        raise refuse(f"the file holds {type(content).__name__}, not an object")
    version = content.get("nbformat")
    if version != 4 or isinstance(version, bool):
        upgrade = f"convert it: jupyter nbconvert --to notebook --nbformat 4 {path.name}"
        raise refuse(f"its `nbformat` is {version!r}", upgrade)
    if not isinstance(content.get("cells"), list):
        raise refuse("it has no list of cells")


def _cell(index: int, cell: object, path: Path) -> Cell:
    def refuse(what: str) -> UsageError:
        return UsageError(
            "notebook.format", f"`{path.name}`, {cell_text(index)}: {what}", "save it again from JupyterLab"
        )

    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        raise refuse("it is not a cell")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise refuse("its source is not text")
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kind = cell["cell_type"]
    first = next((line for line in source.split("\n") if line.strip()), "")
    magic = parse_magic(first.strip()[len(MAGIC) :].strip()) if kind == "code" and _is_magic(first) else None
    tags = merge(parse_tags(metadata.get("tags")), magic) if kind == "code" else CellTags()
    return Cell(index, kind, source, tags, metadata)


def _is_magic(line: str) -> bool:
    return line.split(maxsplit=1)[:1] == [MAGIC]


def _spec(metadata: dict[str, Any]) -> dict[str, Any]:
    spec = metadata.get("kernelspec")
    return spec if isinstance(spec, dict) else {}


def without_outputs(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a notebook (its JSON) what is not read: outputs may be megabytes."""
    cells = content.get("cells")
    if not isinstance(cells, list):
        return content
    heavy = ("outputs", "attachments")
    slim = [{k: v for k, v in cell.items() if k not in heavy} if isinstance(cell, dict) else cell for cell in cells]
    return {**content, "cells": slim}
