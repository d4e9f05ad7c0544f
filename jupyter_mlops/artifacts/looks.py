"""Objects that look at another object: ``d.keys()``, `MappingProxyType`, `memoryview`, an array over a `bytearray`.

Pickle refuses them or makes copies, and a change of the other object would not be seen through them any more. Here they
are rebuilt over that object, which goes along.
"""

from __future__ import annotations

import array
import gc
import types
from collections.abc import Callable
from typing import Any

from jupyter_mlops.artifacts.arrays import is_array

Reduced = tuple[Any, ...]

_DICT_VIEWS: dict[type, str] = {type(getattr({}, name)()): name for name in ("keys", "values", "items")}
_BUFFERS = (bytearray, array.array)


def owner_of(item: Any, kind: type) -> object | None:
    """Return what an object looks at, or None where it is no such object."""
    if kind in _DICT_VIEWS or kind is types.MappingProxyType:
        found = gc.get_referents(item)
        # that of a class belongs to the class
        return found[0] if len(found) == 1 and type(found[0]) is dict and "__module__" not in found[0] else None
    if kind is memoryview:
        return item.obj if type(item.obj) in _BUFFERS else None
    return _buffer_of(item) if is_array(item) else None


def _buffer_of(item: Any) -> object | None:
    under = item.base
    while under is not None and type(under) not in _BUFFERS:
        under = under.base if is_array(under) else under.obj if type(under) is memoryview else None
    found: object | None = under
    return found


def way(value: Any, kind: type) -> Callable[[Any], Reduced | None] | None:
    """Return how to write objects of a class that look at others; None for all other classes."""
    if kind in _DICT_VIEWS or kind in (types.MappingProxyType, memoryview):
        return _reduce
    return _reduce_array if is_array(value) else None


def _reduce(value: Any) -> Reduced | None:
    kind = type(value)
    owner = owner_of(value, kind)
    if owner is None:
        return None
    if kind is memoryview:
        is_whole = value.c_contiguous and value.nbytes == memoryview(value.obj).nbytes and value.ndim == 1
        return (make_memoryview, (owner, value.format, value.readonly)) if is_whole else None
    return (
        (types.MappingProxyType, (owner,))
        if kind is types.MappingProxyType
        else (dict_view, (owner, _DICT_VIEWS[kind]))
    )


def _reduce_array(value: Any) -> Reduced | None:
    import numpy as np

    owner: Any = _buffer_of(value)
    if owner is None or type(value) is not np.ndarray:
        return None
    start = np.frombuffer(owner, dtype=np.uint8).__array_interface__["data"][0]
    offset = value.__array_interface__["data"][0] - start
    return array_over, (owner, value.dtype, value.shape, value.strides, offset, value.flags.writeable)


def dict_view(owner: dict[Any, Any], name: str) -> object:
    """Return ``owner.keys()`` and so on."""
    return getattr(owner, name)()


def make_memoryview(owner: Any, form: str, is_read_only: bool) -> memoryview:
    """Return a view of all of a buffer."""
    plain: Any = memoryview(owner).cast("B")
    made: memoryview = plain.cast(form)
    return made.toreadonly() if is_read_only else made


def array_over(
    owner: Any, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, is_writable: bool
) -> object:
    """Return an array over the memory of a buffer."""
    import numpy as np

    made: Any = np.ndarray(shape, dtype, buffer=owner, offset=offset, strides=strides)
    made.flags.writeable = is_writable
    return made
