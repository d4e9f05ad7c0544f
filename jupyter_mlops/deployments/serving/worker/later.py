"""Modules that are imported by others and hardly ever used: executed at the first look into them.

A template is copied into every worker, and what it has imported stays. `importlib.util.LazyLoader` does the same, but
another thread may see its module half executed (before Python 3.11.9 and 3.12.3), and importing a module twice
executes it.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import sys
import threading
import types
from collections.abc import Collection, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from typing import Any

_lock = threading.RLock()
# What the import system looks at of a module that is there.
_OUTSIDE = frozenset({"__spec__", "__class__"})


class _Module(types.ModuleType):
    """A module before its first use."""

    def __getattribute__(self, name: str) -> Any:
        if name not in _OUTSIDE:
            _execute(self)
        return types.ModuleType.__getattribute__(self, name)

    def __delattr__(self, name: str) -> None:
        _execute(self)
        types.ModuleType.__delattr__(self, name)


def _execute(module: types.ModuleType) -> None:
    """Execute a module that was not; another thread that uses it meanwhile waits for that."""
    with _lock:
        loader = getattr(module.__spec__, "loader", None)
        if type(module) is not _Module or not isinstance(loader, _Loader) or loader.is_busy:
            return
        loader.is_busy = True
        try:
            loader.real.exec_module(module)
        finally:
            loader.is_busy = False
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = loader.real
        object.__setattr__(module, "__class__", types.ModuleType)


class _Loader(Loader):
    """Puts the execution off."""

    def __init__(self, real: Loader) -> None:
        self.real, self.is_busy = real, False

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return self.real.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__class__ = _Module


class _Finder(MetaPathFinder):
    """Finds the modules that are put off as they are found otherwise."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        found = importlib.machinery.PathFinder.find_spec(name, path, target) if name in self._names else None
        if found is not None and found.loader is not None:
            found.loader = _Loader(found.loader)
        return found


@contextlib.contextmanager
def later(names: Collection[str]) -> Iterator[None]:
    """Put off the execution of these modules when they are imported within the block."""
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextlib.contextmanager
def without(names: Collection[str]) -> Iterator[None]:
    """Let imports of these modules fail within the block, unless they are there."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        # None there makes an import fail, as the import system documents; its type does not say so.
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            if sys.modules.get(name, ...) is None:
                del sys.modules[name]
