"""The fingerprint of a value within one process: taken again after a step, it tells whether the step changed it.

It is the hash of the value's pickle, buffers included, without the pickle ever being in memory. Some things are put in
a form that reading them does not change: tables (pandas moves columns together when it likes), sparse matrices (scipy
notes what it found out), classes, which count by identity, and objects of libraries, as `lazies` says. What may change
altogether when it is read has no exact fingerprint.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.artifacts import arrays, lazies, sparse, tensors
from jupyter_mlops.artifacts import pickler as pickling
from jupyter_mlops.artifacts.classes import is_a, library_of, qualname_of
from jupyter_mlops.artifacts.columns import of_frame
from jupyter_mlops.artifacts.functions import Namespace
from jupyter_mlops.artifacts.origins import Definitions
from jupyter_mlops.base.errors import MlopsError


@dataclass(frozen=True)
class Fingerprint:
    """Equal fingerprints mean equal content; unless `exact`, only of the parts that could be looked at.

    `names` are those of private attributes, as `lazies.Lazies` meets them.
    """

    digest: bytes
    exact: bool
    names: tuple[frozenset[str], ...] = field(default=(), compare=False)


def fingerprint(
    value: object, namespace: Namespace, names: tuple[frozenset[str], ...] | None = None
) -> Fingerprint | None:
    """Return the fingerprint of `value`, or None when it cannot be pickled.

    Parameters
    ----------
    names
        of an earlier fingerprint: private attributes that are new since do not count.
    """
    stream = hashlib.blake2b(digest_size=32)
    buffers = hashlib.blake2b(digest_size=32)

    def feed(buffer: pickle.PickleBuffer) -> None:
        raw = buffer.raw()
        buffers.update(raw.nbytes.to_bytes(8, "little"))
        buffers.update(raw)

    pickler = _Pickler(_Hashed(stream), Definitions(namespace, frozenset()), None, feed)
    pickler.lazies = lazies.Lazies(namespace.get("__name__"), names)
    try:
        pickling.dump(pickler, value)
    except (pickling.UnstorableError, MlopsError):
        return None
    return Fingerprint(stream.digest() + buffers.digest(), pickler.exact, tuple(pickler.lazies.met))


def has_changed(before: Fingerprint | None, value: object, namespace: Namespace) -> tuple[bool, bool]:
    """Return whether `value` has certainly changed since `before`, and whether it is certainly the same.

    Neither is certain of a value without an exact fingerprint, nor of one whose pickle differs each time.
    """
    if before is None:
        return False, False
    now = fingerprint(value, namespace)
    if now == before:
        return False, before.exact
    if now is None:
        # It could be pickled before: a lock or an open file has been put into it.
        return True, False
    if before.names and fingerprint(value, namespace, before.names) == before:
        return False, False
    return fingerprint(value, namespace) == now, False


class _Hashed:
    def __init__(self, target: Any) -> None:
        self._target = target

    def write(self, chunk: Any) -> int:
        self._target.update(chunk)
        return len(chunk)


class _Pickler(pickling.Pickler):
    exact = True
    lazies: lazies.Lazies

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if is_a(value, type):
            # A class's own state is looked at elsewhere, and names may come to mean other classes.
            return _same, (qualname_of(kind), qualname_of(value), id(value))
        library = library_of(kind)
        if lazies.is_restless(value, library):
            self.exact = False
            return _same, (kind.__name__, id(value))
        if arrays.is_spread(value):
            # A library may replace an array by one that lies together.
            return value.copy(order="C").__reduce_ex__(5)
        parts = _parts(value, library) if library in ("pandas", "polars", "scipy", "torch") else None
        if parts is None:
            parts = lazies.parts(value, library)
        if parts is not None:
            return _same, (kind.__name__, *parts)
        reduced = super().reducer_override(value)
        own = self.lazies.reduce(value, kind) if reduced is NotImplemented else None
        return reduced if own is None else own


def _same(*parts: object) -> None:
    """Stand for an object in a stream that nobody reads."""


def _parts(value: Any, library: str) -> tuple[object, ...] | None:
    if library == "pandas":
        return _pandas_parts(value)
    if library == "polars":
        polars = sys.modules["polars"]
        if is_a(value, polars.DataFrame):
            return (value.shape, value.columns, value.get_columns())
        if is_a(value, polars.Series) and "Object" not in str(value.dtype):
            return (value.name, str(value.dtype), value.rechunk().to_arrow())
        return None
    if library == "scipy":
        if not sparse.is_sparse(value):
            return None
        names = ("data", "indices", "indptr", "offsets", "coords")
        return (value.format, value.shape, *(getattr(value, name, None) for name in names))
    torch = sys.modules["torch"]
    if is_a(value, torch.Tensor) and tensors.is_dense(value):
        content = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy() if value.numel() else None
        return (
            str(value.dtype),
            str(value.device),
            tuple(value.shape),
            value.requires_grad,
            tensors.gradient(value),
            content,
        )
    return None


def _pandas_parts(value: Any) -> tuple[object, ...] | None:
    pandas = sys.modules["pandas"]
    if is_a(value, pandas.DataFrame):
        columns = [of_frame(value, position) for position in range(value.shape[1])]
        flags = value.flags.allows_duplicate_labels
        return (value.columns, value.index, columns, value.attrs, flags, _own(value))
    if is_a(value, pandas.Series):
        return (value.name, value.index, value.array, value.attrs, value.flags.allows_duplicate_labels, _own(value))
    if is_a(value, pandas.RangeIndex):
        return (value.name, value.start, value.stop, value.step)
    if is_a(value, pandas.MultiIndex):
        return (list(value.names), list(value.levels), list(value.codes))
    if is_a(value, pandas.Index):
        return (value.name, value.array)
    if is_a(value, (pandas.arrays.DatetimeArray, pandas.arrays.TimedeltaArray, pandas.arrays.PeriodArray)):
        return (str(value.dtype), str(getattr(value, "freq", None)), value.asi8)
    return None


def _own(value: Any) -> object:
    """Return what a subclass (geopandas and the like) keeps beside the table."""
    return [getattr(value, name, None) for name in value._metadata]
