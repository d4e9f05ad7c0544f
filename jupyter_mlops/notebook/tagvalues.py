"""The values of tags that are options: what they mean, and why one means nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str) -> float:
    """Return the seconds that a duration such as ``90s``, ``30m``, ``1h30m`` or ``45`` means.

    >>> parse_duration("1h30m"), parse_duration("45"), parse_duration("1.5s")
    (5400.0, 45.0, 1.5)

    Raises
    ------
    ValueError
        when the text is not a positive duration.
    """
    total, number, unit = 0.0, "", ""
    for char in text.strip() + " ":
        if unit and not char.isalpha():
            total += float(number) * _unit(unit)
            number, unit = "", ""
        if char.isalpha():
            unit += char
        elif char != " ":
            number += char
    if number:
        total += float(number)
    if not 0 < total < float("inf"):
        raise ValueError(f"`{text}` is not a positive duration")
    return total


def _unit(unit: str) -> float:
    if unit not in _UNITS_S:
        raise ValueError(f"`{unit}` is not a unit of time; use {', '.join(_UNITS_S)}")
    return _UNITS_S[unit]


def _check_retry(text: str) -> None:
    if not text.isdecimal() or int(text) > 100:
        raise ValueError(f"`{text}` is not a number of retries from 0 to 100")


def _check_cache(text: str) -> None:
    if text not in ("enabled", "disabled"):
        raise ValueError(f"`{text}` is neither `enabled` nor `disabled`")


def _check_pair(text: str) -> None:
    key, colon, value = text.rpartition(":")
    if not (colon and key and value):
        raise ValueError(f"`{text}` is not of the form KEY:VALUE")


def _check_model(text: str) -> None:
    # What MLflow takes for the name of a registered model.
    if len(text) > 250 or any(c in "/:@" or not c.isprintable() for c in text):
        raise ValueError(f"`{text}` cannot be the name of a model: no `/`, `:` or `@`, at most 250 characters")


def _check_duration(text: str) -> None:
    parse_duration(text)


CHECKS: dict[str, Callable[[str], None]] = {
    "retry": _check_retry,
    "timeout": _check_duration,
    "cache": _check_cache,
    "limit": _check_pair,
    "label": _check_pair,
    "model": _check_model,
}
