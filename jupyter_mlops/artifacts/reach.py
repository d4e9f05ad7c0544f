"""What an object refers to, and what identifies it when it can be changed: one object of a walk over a value.

No code of the object runs, but that of a library whose class it is or derives from.
"""

from __future__ import annotations

import collections
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

from jupyter_mlops.artifacts import arrays, looks, singletons, tensors
from jupyter_mlops.artifacts.classes import is_a, library_of, module_of
from jupyter_mlops.artifacts.origins import Definitions

#: What identifies the object (None: it cannot be changed), and the objects that it refers to.
Reached = tuple[int | None, Iterable[object]]

ATOMS: frozenset[type] = frozenset(
    {
        *(type(None), bool, int, float, complex, str, bytes, range, slice, type(...), type(NotImplemented)),
        *(dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone, zoneinfo.ZoneInfo),
        *(decimal.Decimal, Fraction, uuid.UUID, re.Pattern),
        *(type(path()) for path in (pathlib.Path, pathlib.PurePosixPath, pathlib.PureWindowsPath)),
        *(types.CodeType, types.ModuleType),
        *(types.WrapperDescriptorType, types.MethodDescriptorType),
        *(types.GetSetDescriptorType, types.MemberDescriptorType),
    }
)
_CONSTANT: tuple[type, ...] = (
    *(type, enum.Enum, logging.Logger, types.FrameType),
    *(weakref.ReferenceType, weakref.ProxyType, weakref.CallableProxyType),
)
_CODE = (type, types.ModuleType)
#: Iterators that look at a container and do not change it.
_MADE: tuple[Iterator[Any], ...] = (
    *(iter([]), reversed([]), iter({}), iter({}.values()), iter({}.items()), iter(set()), iter(bytearray())),
    *(iter(collections.deque()), reversed(collections.deque())),
)
_ITERATORS = frozenset(map(type, _MADE))
_CONTAINERS = (list, dict, set, bytearray, collections.deque)


class Reach:
    """Looks at objects, one at a time.

    `arrays` are the numpy arrays met so far, `blocks` those under tables that pandas may change in place, `parts` what
    the notebook's own classes keep of those objects met so far, `viewed` the containers that iterators look at: an
    iterator goes on without a change of its container.

    Parameters
    ----------
    definitions
        what travels by name and is not followed: the notebook's other functions are.
    """

    def __init__(self, definitions: Definitions) -> None:
        self.arrays: list[Any] = []
        self.blocks: list[Any] = []
        self.parts: list[object] = []
        self.viewed: list[object] = []
        self._definitions = definitions
        self._home = definitions.namespace.get("__name__")
        self._classes: set[type] = set()

    def of(self, item: Any, kind: type) -> Reached:
        """Return what identifies a mutable object (None for an immutable one) and what it refers to."""
        if kind is tuple or kind is frozenset:
            return None, item
        if kind is list or kind is set:
            return id(item), item
        if kind is dict:
            if item is self._definitions.namespace:
                return None, ()
            return id(item), itertools.chain(item, item.values())
        if issubclass(kind, _CONSTANT):
            self._look_at_class(item if issubclass(kind, type) else kind)
            return None, ()
        if kind is types.FunctionType:
            return self._look_function(item)
        if kind is types.MethodType:
            return None, (item.__self__, item.__func__)
        if kind is types.BuiltinFunctionType:
            return None, () if is_a(item.__self__, types.ModuleType) else (item.__self__,)
        if kind in _ITERATORS:
            return id(item), self._look_iterator(item)
        owner = looks.owner_of(item, kind)
        if arrays.is_array(item):
            self.arrays.append(item)
            state = getattr(item, "__dict__", None)
            children = [*_elements(item), *(state.values() if state else ())]
            return None, children if owner is None else [*children, owner]
        if owner is not None:
            return None, (owner,)
        if kind not in self._classes:
            self._look_at_class(kind)
        library = library_of(kind)
        if library in _LIBRARIES:
            look: Reached | None = _LIBRARIES[library](self, item)
            if look is not None:
                return look
        return id(item), [c for c in gc.get_referents(item) if not is_a(c, _CODE)]

    def _look_iterator(self, item: object) -> Iterator[object]:
        for child in gc.get_referents(item):
            if type(child) in _CONTAINERS:
                self.viewed.append(child)
                yield from gc.get_referents(child)
            elif not is_a(child, _CODE):
                yield child

    def _look_at_class(self, kind: type) -> None:
        """Note what a class keeps when it travels with its objects: attributes, and what its methods hold."""
        if kind in self._classes:
            return
        self._classes.add(kind)
        for base in kind.__mro__:
            if module_of(base) == self._home and self._definitions.name_of(base) is None:
                self.parts += [part for name, part in vars(base).items() if not _is_dunder(name)]

    def _look_function(self, item: types.FunctionType) -> Reached:
        definitions = self._definitions
        if item.__globals__ is not definitions.namespace or definitions.name_of(item) is not None:
            return None, ()
        parts: list[object] = [*(item.__closure__ or ()), *(item.__defaults__ or ())]
        return id(item), [*parts, *(item.__kwdefaults__ or {}).values(), *vars(item).values()]

    def _look_pandas(self, item: Any) -> Reached | None:
        import pandas as pd

        if is_a(item, pd.Index):
            return None, ()
        if not is_a(item, (pd.DataFrame, pd.Series)):
            # Groups and indexers look at a frame. Scalars are immutable; an extension array is a container.
            if hasattr(item, "obj"):
                return None, [item.obj, *(child for child in gc.get_referents(item) if not is_a(child, _CODE))]
            return (id(item), ()) if is_a(item, pd.api.extensions.ExtensionArray) else (None, ())
        children: list[object] = list(item.attrs.values())
        blocks = item._mgr.blocks
        for block in blocks:
            if arrays.is_array(block.values):
                children.extend(_elements(block.values))
        copies = copies_on_write()
        # pandas copies a block that another table looks at before it changes the block.
        own = [block.values for block in blocks if not (copies and block.refs.has_reference())]
        (self.blocks if copies else self.arrays).extend(v for v in map(_memory, own) if v is not None)
        return id(item), children

    def _look_polars(self, item: Any) -> Reached | None:
        return id(item), ()

    def _look_immutable(self, item: Any) -> Reached | None:
        return None, ()

    def _look_typing(self, item: Any) -> Reached | None:
        return None, [child for child in gc.get_referents(item) if not is_a(child, _CODE)]

    def _look_numpy(self, item: Any) -> Reached | None:
        # Random generators and the like are objects as any other.
        numpy = sys.modules["numpy"]
        return (None, ()) if is_a(item, (numpy.generic, numpy.dtype, numpy.ufunc)) else None

    def _look_matplotlib(self, item: Any) -> Reached | None:
        # Paths, transforms and colour maps are shared by all figures; what a figure owns are its artists.
        artist = getattr(sys.modules.get("matplotlib.artist"), "Artist", ())
        manager = getattr(sys.modules.get("matplotlib.backend_bases"), "FigureManagerBase", ())
        path = getattr(sys.modules.get("matplotlib.path"), "Path", ())
        if is_a(item, tuple(kind for kind in (manager, path) if isinstance(kind, type))):
            return None, ()
        children = [c for c in gc.get_referents(item) if not is_a(c, _CODE)]
        return (id(item) if is_a(item, artist) else None), children

    def _look_torch(self, item: Any) -> Reached | None:
        torch = sys.modules.get("torch")
        if torch is None:
            return None
        if is_a(item, (torch.dtype, torch.device, torch.Size)):
            return None, ()
        if not is_a(item, torch.Tensor):
            return None
        grad = tensors.gradient(item)
        parts = [*vars(item).values(), *([] if grad is None else [grad])]
        return (item.untyped_storage().data_ptr() if tensors.is_dense(item) else 0) or id(item), parts


_LIBRARIES: Mapping[str, Any] = {
    "matplotlib": Reach._look_matplotlib,
    "numpy": Reach._look_numpy,
    "pandas": Reach._look_pandas,
    "polars": Reach._look_polars,
    "pyarrow": Reach._look_immutable,
    "torch": Reach._look_torch,
    "typing": Reach._look_typing,
}


def _is_dunder(name: object) -> bool:
    return isinstance(name, str) and name.startswith("__") and name.endswith("__") and name != "__init__"


def settings() -> frozenset[int]:
    """Return the ids of what every process has one of: matplotlib's settings, and the global random generators."""
    found = getattr(sys.modules.get("matplotlib"), "rcParams", None)
    # As a plain dict: asking for a setting may choose a backend.
    own = dict.values(found) if isinstance(found, dict) else ()
    return frozenset(map(id, [*own, *(generator for generator, *_ in singletons.generators())]))


def copies_on_write() -> bool:
    """Tell whether pandas never lets two tables share what one of them changes."""
    import pandas as pd

    if int(pd.__version__.partition(".")[0]) >= 3:
        return True
    return pd.options.mode.copy_on_write is True


def _elements(array: Any) -> Iterator[object]:
    if array.dtype.hasobject and array.dtype.fields is None and array.dtype.kind == "O":
        flat = array.ravel(order="K")
        if not set(map(type, flat)) <= ATOMS:
            yield from flat


def _memory(values: Any) -> Any:
    """Return the numpy array under a block of pandas, or None when it is of another make."""
    if arrays.is_array(values):
        return values
    inner = getattr(values, "_ndarray", None)
    if inner is None:
        inner = getattr(values, "_data", None)
    return inner if arrays.is_array(inner) else None
