"""Amounts as tags write them, in Kubernetes' notation. Pure."""

from __future__ import annotations

import math
import re

_UNITS = {
    "": 1.0,
    "m": 1e-3,
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
}
_AMOUNT = re.compile(r"(\d+\.?\d*(?:[eE]\d+)?|\.\d+)\s*([kKMGTPm]i?|)B?")


def amount(text: str) -> float:
    """Return the number that `text` means; raise `ValueError` when it means none, or none above zero.

    >>> amount("4Gi"), amount("500m"), amount("1.5"), amount("512MB")
    (4294967296.0, 0.5, 1.5, 512000000.0)
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"`{text}` is not an amount")
    value = float(found[1]) * _UNITS[found[2]]
    if not 0 < value < math.inf:
        raise ValueError(f"`{text}` is not an amount above zero")
    return value


def shown_bytes(size: float) -> str:
    """Return a size for people.

    >>> shown_bytes(4 * 2**30), shown_bytes(1536)
    ('4.0 GiB', '1.5 KiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{size:.1f} {unit}"
