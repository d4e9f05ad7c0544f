"""The table of serializers: the first row that accepts a value writes it.

A row never changes a value: what it reads is what it wrote, of the same type. Rows look at a value's type before they
import anything, so that handing over a list loads no data library.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from jupyter_mlops.artifacts import arrays, estimators, frames, plain, polars, sparse, tensors
from jupyter_mlops.artifacts.classes import ANY, is_a, module_of, qualname_of
from jupyter_mlops.base.errors import HandoverError

#: The serializer of bundles and of everything that no other row accepts: pickle, which is code.
PICKLE = "cloudpickle"


#: Writes one prepared value to an unseekable file.
Write = Callable[[BinaryIO], None]


@dataclass(frozen=True)
class Serializer:
    """One row.

    `writer` prepares a value and returns how to write it, or None when this row has no exact form for it; `read`
    gets a seekable file.
    """

    name: str
    writer: Callable[[Any], Write | None]
    read: Callable[[BinaryIO], object]


def _plain_summary(value: Any) -> str:
    if is_a(value, str):
        # The text itself might be a password.
        return f"{len(value):,} characters"
    if is_a(value, bytes):
        return f"{len(value):,} bytes"
    if is_a(value, (bool, int, float, complex)) or value is None:
        return _short(lambda: repr(value))
    if is_a(value, (list, tuple, dict, set, frozenset, range)):
        return f"{type(value).__name__} of {len(value):,}"
    return ""


def _short(text: Callable[[], str]) -> str:
    try:
        return text()[:60]
    except ValueError:
        # Python refuses to print very long integers.
        return ""


SERIALIZERS: tuple[Serializer, ...] = (
    Serializer("json", plain.writer, plain.read),
    Serializer("npy", arrays.writer, arrays.read),
    Serializer("npy-frozen", arrays.frozen_writer, arrays.read_frozen),
    Serializer("npy-scalar", arrays.scalar_writer, arrays.read_scalar),
    Serializer("npz-sparse", sparse.writer, sparse.read),
    Serializer("arrow", frames.writer, frames.read),
    Serializer("arrow-polars", polars.writer, polars.read),
    Serializer("skops", estimators.writer, estimators.read),
    Serializer("torch", tensors.writer, tensors.read),
)

_BY_NAME = {row.name: row for row in SERIALIZERS}


def prepare(value: object) -> tuple[str, Write] | None:
    """Return name and writer of the first row that has an exact form for `value`; None means that it is pickled."""
    for row in SERIALIZERS:
        try:
            write = row.writer(value)
        except ANY:  # a door: a class may answer for itself; a pickle says what is wrong with the value
            continue
        if write is not None:
            return row.name, write
    return None


def read(name: str, file: BinaryIO) -> object:
    """Read an artifact that is no pickle."""
    row = _BY_NAME.get(name)
    if row is None:
        raise HandoverError(
            "artifact.serializer",
            f"unknown serializer `{name}`",
            "load it with the version of jupyter-mlops that wrote it",
        )
    return row.read(file)


def pickle_name(value: object) -> str:
    """Return ``figure`` for matplotlib's figures and ``cloudpickle`` for the rest: both are pickles."""
    figure = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
    return "figure" if figure is not None and is_a(value, figure) else PICKLE


def is_pickle(name: str) -> bool:
    """Tell whether an artifact of this serializer is code."""
    return name in (PICKLE, "figure")


def type_name(value: object) -> str:
    """Return ``pandas.DataFrame``, ``list``, ``sklearn.linear_model.Ridge``: the public name where it is known."""
    kind = type(value)
    name = qualname_of(kind)
    for module in _public_modules(module_of(kind)):
        if vars(sys.modules[module]).get(name) is kind:
            return name if module == "builtins" else f"{module}.{name}"
    return f"{module_of(kind)}.{name}"


def _public_modules(module: str) -> Iterator[str]:
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        if is_a(sys.modules.get(name), types.ModuleType):
            yield name


def summary(value: object) -> str:
    """Return a short text for people about any value; never the content of a text."""
    for suits, text in _SUMMARIES:
        if suits(value):
            try:
                return text(value)
            except ANY:  # a door: an estimator's text has those of its parameters in it
                return ""
    return ""


_SUMMARIES: tuple[tuple[Callable[[object], bool], Callable[[Any], str]], ...] = (
    (lambda value: module_of(type(value)) == "builtins", _plain_summary),
    (arrays.is_array, arrays.summary),
    (arrays.is_scalar, arrays.summary),
    (sparse.is_sparse, sparse.summary),
    (frames.is_table, frames.summary),
    (polars.is_table, frames.summary),
    (estimators.is_estimator, estimators.summary),
    (tensors.is_tensor, tensors.summary),
)
