"""A metric: one number out of whatever library made it."""

from __future__ import annotations

import math
import sys
from typing import Any

from jupyter_mlops.base.errors import HandoverError


def number(name: str, value: object) -> int | float | str:
    """Return the JSON form of a number: ``nan``, ``inf`` and ``-inf`` are words, because JSON has no number for them.

    Raises
    ------
    HandoverError
        ``handover.metric`` when `value` is no number.
    """
    numpy = sys.modules.get("numpy")
    is_wrapped = numpy is not None and isinstance(value, numpy.generic | numpy.ndarray)
    torch = sys.modules.get("torch")
    is_wrapped = is_wrapped or (torch is not None and isinstance(value, torch.Tensor))
    wrapped: Any = value
    plain = wrapped.item() if is_wrapped and wrapped.shape == () else value
    if not isinstance(plain, int | float):
        raise HandoverError(
            "handover.metric",
            f"metric `{name}` is a {type(value).__name__}, not a number",
            "log numbers in a `pipeline-metrics` cell, and anything else with mlflow",
        )
    if isinstance(plain, float) and not math.isfinite(plain):
        return str(float(plain))
    # A subclass, as of an enumeration, is written as the number it is.
    return plain if isinstance(plain, bool) else int(plain) if isinstance(plain, int) else float(plain)
