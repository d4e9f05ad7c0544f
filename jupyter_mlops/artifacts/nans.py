"""Floats that are not equal to themselves: ``x in rows`` and ``rows == other`` go by which object it is.

Pickle writes the bits of a float and makes a new one of them. Where a value holds one of these, `marks` writes each as
which one it is: that of a library, or the first, second, ... of the artifact.
"""

from __future__ import annotations

import sys

_NAMES = (("numpy", "nan"), ("math", "nan"))


def name_of(value: object) -> str:
    """Return the module whose ``nan`` the object is, or an empty text."""
    return next((name for name, key in _NAMES if value is getattr(sys.modules.get(name), key, None)), "")
