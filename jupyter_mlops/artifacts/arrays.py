"""numpy arrays: their files, and arrays that look at the same memory.

A pickle gives every array its own memory. Where two arrays of one artifact overlap, as a base and its slice do, the
memory is written once and both are rebuilt over it, so a write through one is seen through the other again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from jupyter_mlops.artifacts.classes import ANY, is_a

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_SCALARS = frozenset("biufcmM")
_PLAIN = frozenset("biufcmMSU")
_EXACT = 64
_COPIED_BYTES = 64_000_000


def is_array(value: object) -> bool:
    """Tell whether `value` is a numpy array of any subclass; numpy is not imported to know that."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and is_a(value, numpy.ndarray)


def is_sound(array: Any) -> bool:
    """Tell whether an array says where its memory is; a subclass may do that in its own way."""
    numpy = sys.modules["numpy"]
    try:
        return type(array) is numpy.ndarray or (_bounds(array), array.size, array.flags.writeable) is not None
    except ANY:  # a door: the user's own class
        return False


def is_spread(value: Any) -> bool:
    """Tell whether `value` is a plain array of numbers whose elements do not lie together."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.dtype.kind not in _SCALARS:
        return False
    return not value.flags.forc


def is_scalar(value: Any) -> bool:
    """Tell whether `value` is one of numpy's own numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not is_a(value, numpy.generic):
        return False
    kind: str = value.dtype.kind
    return type(value) is value.dtype.type and kind in _SCALARS


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write a plain numeric or text array that can be written to, as npy; Fortran order stays."""
    return _write(value) if _accepts(value) and value.flags.writeable else None


def frozen_writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return the same for a read-only array."""
    return _write(value) if _accepts(value) and not value.flags.writeable else None


def scalar_writer(value: object) -> Callable[[BinaryIO], None] | None:
    """Return the same for a number."""
    return _write(value) if is_scalar(value) else None


def _accepts(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray:
        return False
    dtype = value.dtype
    if dtype.fields is None:
        return dtype.kind in _PLAIN and dtype.metadata is None
    # Titles, alignment and sub-array bases do not all survive the header of an npy file.
    form = numpy.lib.format
    same = form.descr_to_dtype(form.dtype_to_descr(dtype))
    return not dtype.hasobject and same == dtype and same.isalignedstruct == dtype.isalignedstruct


def _write(value: Any) -> Callable[[BinaryIO], None]:
    import numpy as np

    return lambda file: np.lib.format.write_array(file, np.asanyarray(value), allow_pickle=False)


def read(file: BinaryIO) -> object:
    """Read an array of its own memory, writable."""
    import numpy as np

    array: Any = np.lib.format.read_array(file, allow_pickle=False)
    base = array.base
    if type(base) is np.ndarray and base.flags.owndata and base.size == array.size and array.flags.c_contiguous:
        # The array itself must own its memory, or it cannot be resized.
        shape, array = array.shape, None
        base.resize(shape, refcheck=False)
        return base
    return array


def own(array: Any) -> object:
    """Return an array over a buffer as one with its own memory, which can be resized; a large one as it is.

    A copy of a large one would take too much memory.
    """
    return array.copy(order="K") if array.nbytes <= _COPIED_BYTES and array.flags.writeable else array


def read_frozen(file: BinaryIO) -> object:
    """Read a read-only array."""
    array: Any = read(file)
    array.flags.writeable = False
    return array


def read_scalar(file: BinaryIO) -> object:
    """Read a scalar."""
    array: Any = read(file)
    return array[()]


def summary(value: Any) -> str:
    """Return ``float64 100 x 3`` or the number itself."""
    if value.ndim == 0 and value.dtype.kind in _SCALARS:
        return f"{value.dtype} {value[()]!s}"[:60]
    return f"{value.dtype} " + " x ".join(f"{n:,}" for n in value.shape)


def overlaps(arrays: Iterable[Array]) -> Iterator[list[Array]]:
    """Yield groups of distinct arrays that share memory, by address; exactly for small groups.

    An empty array shares nothing.
    """
    distinct = {id(array): array for array in arrays}.values()
    spans = sorted(((*_bounds(array), array) for array in distinct if array.size), key=lambda span: span[:2])
    group: list[Array] = []
    end = 0
    for low, high, array in spans:
        if group and low >= end:
            yield from _exact(group)
            group = []
        group.append(array)
        end = max(end, high) if len(group) > 1 else high
    yield from _exact(group)


def _exact(group: list[Array]) -> Iterator[list[Array]]:
    if len(group) < 2:
        return
    if len(group) > _EXACT:
        yield group
        return
    # Columns of one table interleave without sharing a byte.
    clusters: list[list[Array]] = []
    for array in group:
        joined, apart = [array], []
        for cluster in clusters:
            if any(_share(array, other) for other in cluster):
                joined = cluster + joined
            else:
                apart.append(cluster)
        clusters = [*apart, joined]
    yield from (c for c in clusters if len(c) > 1)


def _share(one: Array, other: Array) -> bool:
    import numpy as np

    try:
        return np.shares_memory(one, other, max_work=cast(Any, 10_000))
    except np.exceptions.TooHardError:
        return True


class Views:
    """The arrays of one artifact that share memory with another array of it."""

    def __init__(self, arrays: Iterable[Array]) -> None:
        import numpy as np

        self._views: dict[int, tuple[Array, Array]] = {}
        for group in overlaps(a for a in arrays if type(a) is np.ndarray):
            base = _base(group)
            if base is not None:
                self._views.update({id(a): (a, base) for a in group if a is not base})

    def reduce(self, value: object) -> tuple[Any, ...] | None:
        """Return how to rebuild `value` over its base, or None when it has its memory to itself."""
        found = self._views.get(id(value))
        if found is None:
            return None
        array, base = found
        offset = _address(array) - _address(base)
        return rebuild_view, (base, array.dtype, array.shape, array.strides, offset, array.flags.writeable)


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _base(group: list[Array]) -> Array | None:
    """Return one contiguous array that covers all of the group, or None when there is none."""
    import numpy as np

    owner: Any = group[0]
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    is_whole = type(owner) is np.ndarray and (owner.flags.c_contiguous or owner.flags.f_contiguous)
    if any(array.dtype.hasobject for array in group):
        # Memory that holds objects cannot be looked at as bytes.
        is_same = all(array.dtype == owner.dtype for array in group)
        return cast("Array", owner) if is_whole and is_same else None
    if is_whole and any(array is owner for array in group):
        return cast("Array", owner)
    return _bytes_under(group)


def _bytes_under(group: list[Array]) -> Array:
    """Return the memory from the first to the last byte that the group uses; every byte of it belongs to them."""
    from ctypes import c_char

    import numpy as np

    spans = [_bounds(array) for array in group]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    return np.frombuffer(cast(Any, (c_char * (high - low)).from_address(low)), dtype=np.uint8)


def _bounds(array: Array) -> tuple[int, int]:
    numpy = sys.modules["numpy"]
    # Its place since numpy 2.
    module = numpy.lib.array_utils if hasattr(numpy.lib, "array_utils") else numpy
    low, high = module.byte_bounds(array)
    return low, high


def rebuild_view(
    base: Array, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, writeable: bool
) -> Array:
    """Return an array over the memory of `base`."""
    import numpy as np

    if dtype.hasobject:
        flat = base.reshape(-1, order="A")[offset // dtype.itemsize :]
        view = np.lib.stride_tricks.as_strided(flat, shape, strides)
    else:
        flat = base.reshape(-1, order="A").view(np.uint8)
        view = np.ndarray(shape, dtype, buffer=flat.data, offset=offset, strides=strides)
    if not writeable:
        view.flags.writeable = False
    return view
