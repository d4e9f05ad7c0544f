"""Which names share mutable objects.

A walk over everything that the values reach. Two names share when they reach the same mutable object, or arrays that
look at the same memory. Immutable values, functions of modules, classes and modules never count: there is one of each
in every process anyway. Two names that share are handed over in one bundle, so that they go on sharing.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import gc
import itertools
import logging
import pathlib
import re
import sys
import types
import uuid
import weakref
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from jupyter_mlops.artifacts import arrays, tensors
from jupyter_mlops.artifacts.functions import Definitions

#: Names beyond this many objects are not compared; they are handed over in one bundle with everything else.
LIMIT = 2_000_000

_ATOMS: frozenset[type] = frozenset(
    {
        *(type(None), bool, int, float, complex, str, bytes, range, slice, type(...), type(NotImplemented)),
        *(dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone, zoneinfo.ZoneInfo),
        *(decimal.Decimal, Fraction, uuid.UUID, re.Pattern),
        *(type(path()) for path in (pathlib.Path, pathlib.PurePosixPath, pathlib.PureWindowsPath)),
        *(types.CodeType, types.ModuleType, types.MappingProxyType),
        *(types.WrapperDescriptorType, types.MethodDescriptorType),
        *(types.GetSetDescriptorType, types.MemberDescriptorType),
    }
)
_CONSTANT: tuple[type, ...] = (type, enum.Enum, logging.Logger, types.FrameType, weakref.ReferenceType)


class Sharing:
    """The result of a walk.

    Parameters
    ----------
    values
        pairs of name and value; a name may come more than once.
    definitions
        what travels by name: the notebook's other functions count, with their closures and defaults.
    """

    def __init__(self, values: Iterable[tuple[str, object]], definitions: Definitions, limit: int = LIMIT) -> None:
        self._definitions = definitions
        self._limit = limit
        self._parent: dict[str, str] = {}
        self._owner: dict[int, str] = {}
        self._arrays: dict[str, list[Any]] = {}
        self._settings = _settings()
        self.unknown: set[str] = set()
        for name, value in values:
            self._parent.setdefault(name, name)
            if type(value) not in _ATOMS:
                self._walk(name, value)
        self._join_memory()

    def groups(self, names: Iterable[str] | None = None) -> list[list[str]]:
        """Return the names that share, in groups of two and more, in the order given."""
        found: dict[str, list[str]] = {}
        for name in self._parent if names is None else names:
            found.setdefault(self._root(name), []).append(name)
        return [group for group in found.values() if len(group) > 1]

    def arrays(self, names: Iterable[str]) -> list[Any]:
        """Return the numpy arrays that the names reach."""
        return [array for name in names for array in self._arrays.get(name, ())]

    def _root(self, name: str) -> str:
        while self._parent[name] != name:
            name = self._parent[name]
        return name

    def _join(self, one: str, other: str) -> None:
        self._parent[self._root(other)] = self._root(one)

    def _walk(self, name: str, value: object) -> None:
        seen: set[int] = set()
        stack = [value]
        while stack:
            item = stack.pop()
            kind = type(item)
            if kind in _ATOMS or id(item) in seen or id(item) in self._settings:
                continue
            seen.add(id(item))
            if len(seen) > self._limit:
                self.unknown.add(name)
                return
            token, children = self._look(name, item, kind)
            if token is not None:
                owner = self._owner.setdefault(token, name)
                if owner != name and self._root(owner) != self._root(name):
                    if _is_known_by_name(item):
                        continue
                    self._join(owner, name)
            stack.extend(child for child in children if type(child) not in _ATOMS)

    def _look(self, name: str, item: Any, kind: type) -> tuple[int | None, Iterable[object]]:
        """Return what identifies a mutable object (None for an immutable one) and what it refers to."""
        if kind is tuple or kind is frozenset:
            return None, item
        if kind is list or kind is set:
            return id(item), item
        if kind is dict:
            if item is self._definitions.namespace:
                return None, ()
            return id(item), itertools.chain(item, item.values())
        if isinstance(item, _CONSTANT):
            return None, ()
        if kind is types.FunctionType:
            return self._look_function(item)
        if kind is types.MethodType:
            return None, (item.__self__, item.__func__)
        if kind is types.BuiltinFunctionType:
            return None, () if isinstance(item.__self__, types.ModuleType) else (item.__self__,)
        if arrays.is_array(item):
            self._arrays.setdefault(name, []).append(item)
            state = getattr(item, "__dict__", None)
            return None, [*_elements(item), *(state.values() if state else ())]
        module = kind.__module__
        library = module.partition(".")[0]
        if library in _LIBRARIES:
            look: tuple[int | None, Iterable[object]] | None = _LIBRARIES[library](self, name, item)
            if look is not None:
                return look
        return id(item), [c for c in gc.get_referents(item) if not isinstance(c, type | types.ModuleType)]

    def _look_function(self, item: types.FunctionType) -> tuple[int | None, Iterable[object]]:
        definitions = self._definitions
        if item.__globals__ is not definitions.namespace or definitions.name_of(item) is not None:
            return None, ()
        parts: list[object] = [*(item.__closure__ or ()), *(item.__defaults__ or ())]
        return id(item), [*parts, *(item.__kwdefaults__ or {}).values(), *vars(item).values()]

    def _look_pandas(self, name: str, item: Any) -> tuple[int | None, Iterable[object]] | None:
        import pandas as pd

        if isinstance(item, pd.Index):
            return None, ()
        if not isinstance(item, pd.DataFrame | pd.Series):
            # Scalars are immutable; an extension array is a container like any other.
            return (id(item), ()) if isinstance(item, pd.api.extensions.ExtensionArray) else (None, ())
        children: list[object] = list(item.attrs.values())
        blocks = [block.values for block in item._mgr.blocks]
        for values in blocks:
            if arrays.is_array(values):
                children.extend(_elements(values))
        if not copies_on_write():
            self._arrays.setdefault(name, []).extend(v for v in map(_memory, blocks) if v is not None)
        return id(item), children

    def _look_polars(self, name: str, item: Any) -> tuple[int | None, Iterable[object]] | None:
        return id(item), ()

    def _look_immutable(self, name: str, item: Any) -> tuple[int | None, Iterable[object]] | None:
        return None, ()

    def _look_numpy(self, name: str, item: Any) -> tuple[int | None, Iterable[object]] | None:
        # Random generators and the like are objects as any other.
        numpy = sys.modules["numpy"]
        return (None, ()) if isinstance(item, numpy.generic | numpy.dtype | numpy.ufunc) else None

    def _look_matplotlib(self, name: str, item: Any) -> tuple[int | None, Iterable[object]] | None:
        # Paths, transforms and colour maps are shared by all figures; what a figure owns are its artists.
        artist = getattr(sys.modules.get("matplotlib.artist"), "Artist", ())
        manager = getattr(sys.modules.get("matplotlib.backend_bases"), "FigureManagerBase", ())
        path = getattr(sys.modules.get("matplotlib.path"), "Path", ())
        if isinstance(item, (manager, path)):
            return None, ()
        children = [c for c in gc.get_referents(item) if not isinstance(c, type | types.ModuleType)]
        return (id(item) if isinstance(item, artist) else None), children

    def _look_torch(self, name: str, item: Any) -> tuple[int | None, Iterable[object]] | None:
        torch = sys.modules.get("torch")
        if torch is None:
            return None
        if isinstance(item, torch.dtype | torch.device | torch.Size):
            return None, ()
        if not isinstance(item, torch.Tensor):
            return None
        grad = tensors.gradient(item)
        parts = [*vars(item).values(), *([] if grad is None else [grad])]
        return (item.untyped_storage().data_ptr() if tensors.is_dense(item) else 0) or id(item), parts

    def _join_memory(self) -> None:
        names: dict[int, list[str]] = {}
        for name, found in self._arrays.items():
            for array in found:
                names.setdefault(id(array), []).append(name)
        # One array is a group as well, when two names reach it.
        everything = [array for found in self._arrays.values() for array in found]
        groups = [[array] for array in everything] + (list(arrays.overlaps(everything)) if len(everything) > 1 else [])
        for group in groups:
            # What nobody can write to nobody sees changing.
            if any(array.flags.writeable for array in group):
                first, *others = (name for array in group for name in names[id(array)])
                for other in others:
                    self._join(first, other)


_LIBRARIES: Mapping[str, Any] = {
    "matplotlib": Sharing._look_matplotlib,
    "numpy": Sharing._look_numpy,
    "pandas": Sharing._look_pandas,
    "polars": Sharing._look_polars,
    "pyarrow": Sharing._look_immutable,
    "torch": Sharing._look_torch,
}


def _settings() -> frozenset[int]:
    """Return the ids of matplotlib's settings, which every figure refers to."""
    settings = getattr(sys.modules.get("matplotlib"), "rcParams", None)
    # As a plain dict: asking for a setting may choose a backend.
    return frozenset(map(id, dict.values(settings))) if isinstance(settings, dict) else frozenset()


def copies_on_write() -> bool:
    """Tell whether pandas never lets two tables share what one of them changes."""
    import pandas as pd

    if int(pd.__version__.partition(".")[0]) >= 3:
        return True
    return pd.options.mode.copy_on_write is True


def _elements(array: Any) -> Iterator[object]:
    if array.dtype.hasobject and array.dtype.fields is None and array.dtype.kind == "O":
        flat = array.ravel(order="K")
        if not set(map(type, flat)) <= _ATOMS:
            yield from flat


def _memory(values: Any) -> Any:
    """Return the numpy array under a block of pandas, or None when it is of another make."""
    if arrays.is_array(values):
        return values
    inner = getattr(values, "_ndarray", None)
    if inner is None:
        inner = getattr(values, "_data", None)
    return inner if arrays.is_array(inner) else None


def _is_known_by_name(item: object) -> bool:
    """Tell whether pickle writes the object as the name of something that every process has."""
    try:
        return isinstance(item.__reduce_ex__(4), str)
    except Exception:  # a door: `__reduce_ex__` is the class's own code
        return False
