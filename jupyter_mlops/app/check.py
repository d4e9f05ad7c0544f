"""A row of `doctor`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One row: what was looked at, ``ok``, ``warning`` or ``error``, what was seen, what to do."""

    name: str
    status: str
    message: str
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)
