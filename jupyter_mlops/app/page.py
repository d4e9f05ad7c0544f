"""The executed notebook as one HTML page for a sandboxed frame, in light or dark, with nothing from elsewhere.

nbconvert renders the cells; the page around them, with its few styles, is ours. What the notebook's outputs hold is
shown as they say, scripts included: whoever sends the page sends `HEADERS` with it, which run nothing and load nothing.
"""

from __future__ import annotations

import html
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from jupyter_mlops.app import pagestyle
from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.base.errors import UnavailableError

Theme = Literal["auto", "light", "dark"]
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
MOST_BYTES = 5_000_000
"""Outputs of a page; beyond that they are left out, with a note."""
MOST_TEXT = 200_000
"""Characters of one text output: its first and last halves are shown."""
MOST_OUTPUT = 2_000_000
KEPT = 6
# What a page without scripts can show, the best first.
_SHOWN = (
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/markdown",
    "text/latex",
    "text/plain",
)
_GENERATED = "mlops-generated"
_CELLS = """
{%- extends 'basic/index.html.j2' -%}
{%- block any_cell -%}
<section id="{{ cell.metadata.page.id }}" class="{{ cell.metadata.page.classes }}">
{%- if cell.metadata.page.folded -%}
<details><summary>{{ cell.metadata.page.folded | escape }}</summary>{{ super() }}</details>
{%- else -%}
{%- if cell.metadata.page.label -%}<div class="label">{{ cell.metadata.page.label | escape }}</div>{%- endif -%}
{{ super() }}
{%- endif -%}
</section>
{%- endblock any_cell -%}
"""
_FOLDED = {
    "load": "takes what the steps above made",
    "save": "hands over what this step made",
    "definitions": "definitions of other cells",
    "injected": "the parameters of this run",
    "metrics": "logs the metrics",
    "mark": "keeps what other steps take",
}


class Pages:
    """Renders pages, and remembers the last few."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._lock = Lock()

    def page(self, notebook: Path, title: str, failed: int | None = None, theme: Theme = "auto") -> bytes:
        """Return the page of an executed notebook.

        Parameters
        ----------
        failed
            the cell of the source notebook that failed; it is marked.

        Raises
        ------
        UnavailableError
            ``report.damaged``: the file is no notebook.
        """
        stat = notebook.stat()
        key = notebook, stat.st_mtime_ns, stat.st_size, failed, theme, title
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        try:
            made = render(json.loads(notebook.read_bytes()), title, failed, theme)
        # nbconvert raises whatever its filters raise.
        except Exception as error:
            raise UnavailableError(
                "report.damaged",
                f"the executed notebook of {title} cannot be shown: {type(error).__name__}: {str(error)[:200]}",
                "download it, and open it in JupyterLab",
            ) from error
        with self._lock:
            self._known[key] = made
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return made


def render(content: dict[str, Any], title: str, failed: int | None = None, theme: Theme = "auto") -> bytes:
    """Return a notebook (its JSON, version 4) as a page."""
    import nbformat
    from nbconvert import HTMLExporter

    exporter: Any = HTMLExporter(raw_template=_CELLS)  # type: ignore[no-untyped-call]
    exporter.embed_images = False
    book: Any = nbformat.from_dict(_prepared(content, failed))  # type: ignore[no-untyped-call]
    cells, _ = exporter.from_notebook_node(book)
    style = pagestyle.style(theme)
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
    page = f"{head}<style>{style}</style></head><body><main>{cells}</main></body></html>"
    return page.encode("utf-8", "replace")


def _prepared(content: dict[str, Any], failed: int | None) -> dict[str, Any]:
    room = _Room()
    cells, seen = [], set[str]()
    for position, cell in enumerate(content["cells"]):
        metadata = cell.get("metadata", {})
        mlops = metadata.get("mlops") if isinstance(metadata.get("mlops"), dict) else {}
        number, role = mlops.get("cell"), str(mlops.get("role") or "")
        is_generated = _GENERATED in (metadata.get("tags") or [])
        anchor = f"cell-{number}" if isinstance(number, int) and not is_generated else f"part-{position}"
        anchor = anchor if anchor not in seen else f"part-{position}"
        seen.add(anchor)
        outputs = list(_outputs(cell, room))
        is_failed = any(o["output_type"] == "error" for o in outputs) and "raises-exception" not in (
            metadata.get("tags") or []
        )
        is_failed = is_failed or (number is not None and number == failed and not is_generated)
        classes = ["cell", *(["generated"] if is_generated else []), *(["failed"] if is_failed else [])]
        classes += ["setup"] if role in ("setup", "parameters") else []
        label = cell_text(number) if isinstance(number, int) else ""
        page = {
            "id": anchor,
            "classes": " ".join(classes),
            "folded": _FOLDED.get(role, "written by jupyter-mlops") if is_generated and not is_failed else "",
            "label": " · ".join([*([label] if label else []), *(["failed"] if is_failed else [])]),
        }
        if cell.get("cell_type") == "markdown" and is_generated:
            page |= {"folded": "", "classes": "cell title"}
        made = {**cell, "id": f"c{position}", "metadata": {**metadata, "page": page}}
        if cell.get("cell_type") == "code":
            made["outputs"] = outputs
            made.setdefault("execution_count", None)
        made["source"] = _joined(cell.get("source", ""))
        cells.append(made)
    return {**content, "nbformat_minor": 5, "cells": cells}


class _Room:
    """How many bytes of outputs may still be shown."""

    def __init__(self) -> None:
        self.left = MOST_BYTES

    def take(self, size: int) -> bool:
        """Take room for an output; False when there is not enough."""
        if size > min(self.left, MOST_OUTPUT):
            return False
        self.left -= size
        return True


def _outputs(cell: dict[str, Any], room: _Room) -> Iterator[dict[str, Any]]:
    for output in cell.get("outputs") or []:
        kind = output.get("output_type")
        if kind == "stream":
            text = _cut(_joined(output.get("text", "")))
            yield {**output, "text": text} if room.take(len(text)) else _note(len(text))
        elif kind in ("display_data", "execute_result"):
            yield _rich(output, room)
        elif kind == "error":
            yield {
                "output_type": "error",
                "ename": str(output.get("ename", "")),
                "evalue": str(output.get("evalue", ""))[:MOST_TEXT],
                "traceback": [_cut(str(line)) for line in output.get("traceback") or []],
            }


def _rich(output: dict[str, Any], room: _Room) -> dict[str, Any]:
    bundle = output.get("data") or {}
    # A widget or a chart that needs scripts has its text beside it.
    for media_type in _SHOWN:
        if media_type in bundle:
            text = _joined(bundle[media_type])
            text = _cut(text) if media_type == "text/plain" else text
            if room.take(len(text)):
                made = {"output_type": output["output_type"], "data": {media_type: text}, "metadata": {}}
                return made if output["output_type"] == "display_data" else {**made, "execution_count": None}
            if media_type == "text/plain":
                return _note(len(text))
    kinds = ", ".join(map(str, bundle)) or "nothing"
    return _note(0, f"[this page cannot show {kinds}; download the notebook to see it]\n")


def _note(size: int, text: str = "") -> dict[str, Any]:
    text = text or f"[an output of {size:,} characters is left out here; download the notebook to see it]\n"
    return {"output_type": "stream", "name": "stderr", "text": text}


def _cut(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    half = MOST_TEXT // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n[{left_out:,} characters are left out here; the log has all of them]\n{text[-half:]}"


def _joined(text: object) -> str:
    if isinstance(text, list):
        return "".join(map(str, text))
    return text if isinstance(text, str) else json.dumps(text)
