"""Looks on while modules are imported: before the outermost import begins, and after it has ended.

It finds what the ordinary finder of files finds. A module may import others and set them up: all of them count from the
end of the outermost import.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any


class Imports:
    """A finder in `sys.meta_path`.

    Parameters
    ----------
    is_own
        name and file of a module -> whether its own import is wanted, also inside another one.
    begun
        called before an outermost import.
    ended
        called after it, with the names of all own modules that were imported.
    """

    def __init__(
        self,
        is_own: Callable[[str, object], bool],
        begun: Callable[[], None],
        ended: Callable[[Sequence[str]], None],
    ) -> None:
        self._is_own = is_own
        self._begun = begun
        self._ended = ended
        self._thread = threading.get_ident()
        self._open = 0
        self._names: list[str] = []

    def install(self) -> None:
        """Stand before the ordinary finder of files; take the place of another one of this kind."""
        ordinary = importlib.machinery.PathFinder
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Imports)]
        if ordinary in sys.meta_path:
            sys.meta_path.insert(sys.meta_path.index(ordinary), self)

    def remove(self) -> None:
        """Look on no longer."""
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> Any:
        """Return what the ordinary finder gives, with a loader that says when it executes."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        loader: Any = spec.loader if spec is not None else None
        if loader is None or threading.get_ident() != self._thread:
            return spec
        is_own = isinstance(loader, importlib.machinery.SourceFileLoader) and self._is_own(name, spec and spec.origin)
        if is_own or not self._open:
            execute = loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                with self._importing([name] if is_own else []):
                    execute(module)

            with contextlib.suppress(AttributeError):
                loader.exec_module = exec_module
        return spec

    @contextlib.contextmanager
    def _importing(self, names: Sequence[str]) -> Iterator[None]:
        if not self._open:
            self._begun()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._names += names
            if not self._open:
                found, self._names = self._names, []
                self._ended(found)
