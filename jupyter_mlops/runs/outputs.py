"""What of a cell's output goes into the executed notebook: all of it up to a limit, and beyond it a mark.

The log has everything; a notebook of a hundred megabytes helps nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

MAX_CELL_BYTES = 5_000_000


class Allowance:
    """How much of one cell's output has come, and how much of it was kept."""

    def __init__(self, limit_bytes: int = MAX_CELL_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self.clear()

    def clear(self) -> None:
        """The cell's outputs were cleared: start again."""
        self._left_bytes = self._limit_bytes
        self.kept_bytes = 0
        self.total_bytes = 0

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

    def rich(self, content: Mapping[str, Any]) -> bool:
        """Tell whether an output that is not a stream is kept: whole or not at all."""
        size = sum(_size(v) for v in content.get("data", {}).values())
        self.total_bytes += size
        if size > self._left_bytes:
            return False
        self._left_bytes -= size
        self.kept_bytes += size
        return True

    def mark(self) -> str:
        """Return the line that says what is missing; empty when nothing is."""
        if self.kept_bytes == self.total_bytes:
            return ""
        return f"truncated (kept {self.kept_bytes} of {self.total_bytes} bytes); the log has all text\n"


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
