"""What of a cell's output goes into the executed notebook: all of it up to a limit, and beyond it a mark.

The log has all text. Pictures, pages and other rich outputs are in the notebook alone, so their limit is higher; of
one beyond it the plain text stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

MAX_TEXT_BYTES, MAX_RICH_BYTES = 5_000_000, 50_000_000


class Allowance:
    """How much of one cell's output has come, and how much of it was kept."""

    def __init__(self, text_bytes: int = MAX_TEXT_BYTES, rich_bytes: int = MAX_RICH_BYTES) -> None:
        self._limits = text_bytes, rich_bytes
        self.clear()

    def clear(self) -> None:
        """The cell's outputs were cleared: start again."""
        self._left_bytes, self._rich_bytes = self._limits
        self.kept_bytes = 0
        self.total_bytes = 0
        #: What was left out of rich outputs: kind and size of each part, bytes.
        self.left_out: list[tuple[str, int]] = []

    def text(self, text: str) -> str:
        """Return the part of `text` that is kept. After the first cut nothing more is: no gaps."""
        content = text.encode("utf-8", "surrogatepass")
        self.total_bytes += len(content)
        if len(content) > self._left_bytes:
            content, text = content[: self._left_bytes], content[: self._left_bytes].decode("utf-8", "ignore")
            self._left_bytes = len(content)
        self._left_bytes -= len(content)
        self.kept_bytes += len(content)
        return text

    def rich(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of an output that is not a stream, by kind: all of them, or only its plain text when they
        are more than the cell may still keep.
        """
        data = dict(content.get("data", {}))
        sizes = {kind: _size(part) for kind, part in data.items()}
        if sum(sizes.values()) > self._rich_bytes:
            large = [kind for kind in data if kind != "text/plain" or sizes[kind] > self._limits[0]]
            self.left_out += [(kind, sizes[kind]) for kind in large]
            data = {kind: part for kind, part in data.items() if kind not in large}
        self._rich_bytes -= min(self._rich_bytes, sum(sizes[kind] for kind in data))
        return data

    def mark(self) -> str:
        """Return the lines that say what is missing; empty when nothing is."""
        marks = [
            f"left out: {kind} of {size / 1e6:.1f} MB; a cell keeps {self._limits[1] / 1e6:.0f} MB of rich outputs, "
            "write it to a file\n"
            for kind, size in self.left_out
        ]
        if self.kept_bytes != self.total_bytes:
            marks.append(f"truncated (kept {self.kept_bytes} of {self.total_bytes} bytes); the log has all text\n")
        return "".join(marks)


def node(kind: str, **fields: Any) -> Any:
    """Return an output of the kind ``stream`` or ``error``."""
    from nbformat import NotebookNode

    make: Any = NotebookNode
    return make(output_type=kind, **fields)


def _size(value: object) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value, default=str))


class Tails:
    """Streams that still grow. Text is joined when somebody looks, not at every message."""

    def __init__(self) -> None:
        self._growing: dict[int, tuple[MutableMapping[str, Any], list[str]]] = {}

    def add(self, cell_index: int, output: MutableMapping[str, Any], text: str) -> None:
        """Append `text` to the stream `output`, the last output of its cell."""
        growing = self._growing.get(cell_index)
        if growing is None or growing[0] is not output:
            self.settle(cell_index)
            growing = self._growing[cell_index] = (output, [])
        growing[1].append(text)

    def settle(self, cell_index: int | None = None) -> None:
        """Join the text of one cell's stream, or of all."""
        for index in [cell_index] if cell_index is not None else list(self._growing):
            output, parts = self._growing.pop(index, ({}, []))
            if parts:
                output["text"] += "".join(parts)
