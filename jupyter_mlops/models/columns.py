"""Columns of a table as a model's signature asks for them. What does not fit is told by column and row."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.models.facts import Column, Signature

# What files write where there is no number.
NO_NUMBER = ("", "nan", "NaN", "NA", "N/A", "null", "NULL", "None")
_WORDS = {
    "boolean": "true or false", "integer": "a whole number of 32 bits", "long": "a whole number", "float": "a number",
    "double": "a number", "string": "text", "binary": "base64", "datetime": "a date, like 2026-11-21T09:00:00",
}  # fmt: skip
_ZONED = r"[0-9](Z|[+-][0-9]{2}:?[0-9]{2})$"


def chosen(names: Sequence[str], signature: Signature | None) -> list[tuple[str, str]]:
    """Return the columns that a model takes, in its order, each with its type; an empty type takes what is there.

    Raises
    ------
    UsageError
        ``score.columns``: some are missing.
    """
    inputs = signature.inputs if signature else ()
    if not inputs:
        return [(name, "") for name in names]
    if all(column.name is None for column in inputs):
        return _by_place(names, inputs)
    missing = [f'"{c.name}" ({c.type})' for c in inputs if c.is_required and c.name not in names]
    if missing:
        there = ", ".join(names[:20])
        raise UsageError(
            "score.columns",
            f"the input has no column {', '.join(missing[:10])}, which the model takes",
            f"it has {there}",
        )
    return [(str(c.name), "" if c.shape else c.type) for c in inputs if c.name in names]


def _by_place(names: Sequence[str], inputs: Sequence[Column]) -> list[tuple[str, str]]:
    tensor = len(inputs) == 1 and inputs[0].shape is not None
    width = (inputs[0].shape or (0,))[-1] if tensor else len(inputs)
    if width > 0 and width != len(names):
        raise UsageError("score.columns", f"the input has {len(names)} columns; the model takes {width}")
    types = [inputs[0].type] * len(names) if tensor else [column.type for column in inputs]
    return list(zip(names, types, strict=True))


def fitted(column: Any, name: str, kind: str, row: int, *, is_text: bool) -> Any:
    """Return a column (of pyarrow) with the type of a signature.

    Parameters
    ----------
    row
        the number of its first row, for what is told.
    is_text
        whether it comes from a file without types, so that ``41`` may be a number; otherwise only what loses nothing.
    """
    import pyarrow as pa

    if not kind or kind == "Any":
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    convert = _from_text(kind) if is_text else _from_types(kind, column.type)
    if convert is None:
        raise UsageError("score.type", f'column "{name}" is {column.type}; the model takes {kind}')
    try:
        made = convert(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        raise _odd(column, name, kind, row, convert) from None
    if made.null_count and (kind in ("boolean", "integer", "long") or kind.startswith(("int", "uint", "bool"))):
        first = row + made.is_null().to_pylist().index(True)
        raise UsageError(
            "score.type", f'column "{name}", row {first:,}: it is empty; the model takes {_words(kind)} ({kind})'
        )
    return made


def _odd(column: Any, name: str, kind: str, row: int, convert: Callable[[Any], Any]) -> UsageError:
    """Return what to say of the first value that does not fit."""
    import pyarrow as pa

    for number in range(len(column)):
        try:
            convert(column.slice(number, 1))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
            value = str(column[number].as_py())[:60]
            return UsageError(
                "score.type", f'column "{name}", row {row + number:,}: {value!r} is not {_words(kind)} ({kind})'
            )
    return UsageError("score.type", f'column "{name}" does not fit; the model takes {kind}')


def _words(kind: str) -> str:
    return _WORDS.get(kind, "what it takes")


def _arrow(kind: str) -> Any:
    import pyarrow as pa

    known = {
        "boolean": pa.bool_(), "integer": pa.int32(), "long": pa.int64(), "float": pa.float32(), "double": pa.float64(),
        "string": pa.string(), "binary": pa.binary(), "datetime": pa.timestamp("ns"), "bool": pa.bool_(),
        "float16": pa.float16(), "float32": pa.float32(), "float64": pa.float64(), "str": pa.string(),
        **{f"{sign}int{bits}": getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)},
    }  # fmt: skip
    return known.get(kind)


def _from_text(kind: str) -> Callable[[Any], Any] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = _arrow(kind)
    if wanted is None:
        # Arrays, objects, maps: a file without types has them as JSON. What has no type at all stays as it is.
        return _each(json.loads) if kind.startswith(("array", "object", "map", "{")) else lambda column: column
    if kind in ("string", "str"):
        return lambda column: column
    if kind == "binary":
        return _each(lambda text: base64.b64decode(text, validate=True))

    def convert(column: Any) -> Any:
        bare = pc.utf8_trim_whitespace(column)
        bare = pc.if_else(pc.is_in(bare, pa.array(NO_NUMBER)), pa.scalar(None, pa.string()), bare)
        if kind == "datetime":
            return _dates(bare)
        return (pc.utf8_lower(bare) if wanted == pa.bool_() else bare).cast(wanted)

    return convert


def _each(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    import pyarrow as pa

    return lambda column: pa.chunked_array([pa.array([None if v is None else read(v) for v in column.to_pylist()])])


def _dates(texts: Any) -> Any:
    """Return moments; those with a zone as of UTC, as MLflow does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    zoned = pc.match_substring_regex(texts, _ZONED)
    has_time = pc.match_substring(texts, ":")
    zoned = pc.and_(zoned, has_time)
    nothing = pa.scalar(None, pa.string())
    bare = pc.if_else(zoned, nothing, texts).cast(pa.timestamp("ns"))
    if not pc.any(zoned).as_py():
        return bare
    moved = pc.if_else(zoned, texts, nothing).cast(pa.timestamp("ns", "UTC")).cast(pa.timestamp("ns"))
    return pc.coalesce(bare, moved)


def _from_types(kind: str, given: Any) -> Callable[[Any], Any] | None:
    """Return how a column with a type becomes another; None when that would be another meaning."""
    import pyarrow as pa

    types, wanted = pa.types, _arrow(kind)
    if wanted is None:
        return lambda column: column
    is_number = types.is_integer(given) or types.is_floating(given) or types.is_decimal(given)
    is_string = types.is_string(given) or types.is_large_string(given)
    if kind == "datetime":
        if is_string:
            return lambda column: _dates(column.cast(pa.string()))
        if types.is_timestamp(given) and given.tz:
            return lambda column: column.cast(pa.timestamp("ns", "UTC")).cast(wanted)
        fits = types.is_temporal(given)
    elif types.is_integer(wanted) or types.is_floating(wanted):
        fits = is_number
    elif types.is_boolean(wanted):
        fits = types.is_boolean(given)
    elif types.is_string(wanted):
        fits = is_string
    else:
        fits = types.is_binary(given) or types.is_large_binary(given)
    return (lambda column: column.cast(wanted)) if fits or types.is_null(given) else None


class Guess:
    """The type of a column of texts, from all of them: whole numbers, numbers, truth values, else text.

    A number that begins with a zero (a postal code, an article) is text, and so are dates.
    """

    _FORMS = (
        ("long", r"^-?(0|[1-9][0-9]{0,17})$"),
        ("double", r"^[+-]?(0|[1-9][0-9]{0,17})?(\.[0-9]+|[0-9]\.|)([eE][+-]?[0-9]{1,3})?$"),
        ("boolean", r"^([Tt]rue|[Ff]alse|TRUE|FALSE)$"),
    )

    def __init__(self) -> None:
        self._open = [kind for kind, _ in self._FORMS]
        self._has_gaps, self._is_empty = False, True

    def look(self, column: Any) -> None:
        """Take more of it."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self._open:
            return
        filled = pc.filter(column, pc.invert(pc.fill_null(pc.is_in(column, pa.array(NO_NUMBER)), True)))
        filled = pc.drop_null(filled)
        self._has_gaps |= len(filled) < len(column)
        self._is_empty &= len(filled) == 0
        for kind, form in self._FORMS:
            if kind in self._open and not pc.all(pc.match_substring_regex(filled, form)).as_py() and len(filled):
                self._open.remove(kind)
        # An empty mantissa fits the form above, and is no number.
        if "double" in self._open and len(filled) and not pc.all(pc.match_substring_regex(filled, "[0-9]")).as_py():
            self._open.remove("double")

    @property
    def kind(self) -> str:
        """The type, in the words of signatures."""
        if self._is_empty or not self._open:
            return "string"
        first = self._open[0]
        if self._has_gaps:
            return "double" if "double" in self._open else "string"
        return first


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that stand more than once."""
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
