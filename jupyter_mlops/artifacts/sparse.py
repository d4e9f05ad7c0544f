"""scipy's sparse matrices and arrays as npz."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from jupyter_mlops.artifacts.classes import module_of

_SPARSE = frozenset({"csr", "csc", "bsr", "dia", "coo"})
# What scipy itself keeps on a matrix; anything else was put there by the user and would be lost.
_SPARSE_STATE = frozenset(
    {
        "_shape", "maxprint", "data", "indices", "indptr", "offsets", "coords", "has_canonical_format",
        "_has_sorted_indices", "_has_canonical_format",
    }
)  # fmt: skip


def is_sparse(value: object) -> bool:
    """Tell whether `value` is a matrix of scipy in one of the formats that have a file."""
    if not module_of(type(value)).startswith("scipy.sparse"):
        return False
    sparse = sys.modules.get("scipy.sparse")
    if sparse is None or not sparse.issparse(value):
        return False
    matrix: Any = value
    name = type(value).__name__
    known = getattr(sparse, name, None) is type(value) and matrix.format in _SPARSE
    return known and matrix.ndim == 2 and set(vars(value)) <= _SPARSE_STATE


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write a sparse matrix as npz, uncompressed."""
    if not is_sparse(value):
        return None
    import scipy.sparse

    return lambda file: scipy.sparse.save_npz(file, value, compressed=False)


def read(file: BinaryIO) -> object:
    """Read a matrix, with the index types that it was written with."""
    import numpy as np
    import scipy.sparse

    matrix: Any = scipy.sparse.load_npz(file)
    file.seek(0)
    with np.load(file, allow_pickle=False) as parts:
        for name in ("indices", "indptr", "offsets"):
            # Rebuilding picks the smallest index type that fits.
            if name in parts and getattr(matrix, name).dtype != parts[name].dtype:
                setattr(matrix, name, parts[name])
        if "row" in parts and matrix.coords[0].dtype != parts["row"].dtype:
            matrix.coords = (parts["row"], parts["col"])
    return matrix


def summary(value: Any) -> str:
    """Return ``csr float64 10 x 20, 30 stored``."""
    return f"{value.format} {value.dtype} " + " x ".join(f"{n:,}" for n in value.shape) + f", {value.nnz:,} stored"
