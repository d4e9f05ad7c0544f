"""What a step may change outside its namespace: the process, and modules that lie beside the notebook.

Each thing has a key and a digest that is the same in every process: ``cwd``, ``sys.path``, ``decimal``,
``helper.level`` for a global of a module with plain data in it, ``module helper`` for which globals the module has. A
module that is imported later on is looked at as soon as it is there. Modules of libraries are left alone.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.machinery
import os
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jupyter_mlops.artifacts.digest import digest

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_ATOMS = (type(None), bool, int, float, complex, str, bytes)
_LIMIT = 100_000
_STATELESS = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)


class Process:
    """What the process is like at the start of a step and at its end."""

    def __init__(self) -> None:
        known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        self._folders = tuple({os.path.realpath(folder) + os.sep: None for folder in (_cwd(), *known) if folder})
        self._start: dict[str, str | None] = {}
        self._finder = _Finder(self._is_own, self._imported)

    def start(self) -> dict[str, str | None]:
        """Take stock, and from now on of each module of the user's own as it is imported."""
        self._start = self._now()
        self._finder.install()
        return dict(self._start)

    def end(self) -> dict[str, list[str | None]]:
        """Return what each key had at the start and has now."""
        self._finder.remove()
        now = self._now()
        return {key: [self._start.get(key), now.get(key)] for key in dict.fromkeys([*self._start, *now])}

    def _now(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {"cwd": digest(_cwd()), "decimal": digest(_decimal())}
        found["sys.path"] = digest([entry for entry in dict.fromkeys(sys.path) if not _is_installed(entry)])
        for name, module in list(sys.modules.items()):
            if self._is_own(name, getattr(module, "__file__", None)):
                found.update(_module(name, module))
        return found

    def _is_own(self, name: str, file: object) -> bool:
        if not isinstance(file, str) or name == "__main__" or name.partition(".")[0] == "jupyter_mlops":
            return False
        if _is_installed(file):
            return False
        path = os.path.realpath(file)
        return path.startswith(self._folders) and not _is_installed(path)

    def _imported(self, names: Sequence[str]) -> None:
        for name in names:
            if (module := sys.modules.get(name)) is not None:
                for key, value in _module(name, module).items():
                    self._start.setdefault(key, value)


class _Finder:
    """Finds what the ordinary finder of files finds, and tells when an own module has been imported."""

    def __init__(self, is_own: Callable[[str, object], bool], tell: Callable[[Sequence[str]], None]) -> None:
        self._is_own = is_own
        self._tell = tell
        self._open = 0
        self._names: list[str] = []

    def install(self) -> None:
        ordinary = importlib.machinery.PathFinder
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
        if ordinary in sys.meta_path:
            sys.meta_path.insert(sys.meta_path.index(ordinary), self)

    def remove(self) -> None:
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        loader: Any = spec.loader if spec is not None else None
        if isinstance(loader, importlib.machinery.SourceFileLoader) and self._is_own(name, spec and spec.origin):
            execute = loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                with self._importing(name):
                    execute(module)

            loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    @contextlib.contextmanager
    def _importing(self, name: str) -> Iterator[None]:
        # A module may set up the ones that it imports: all count from the end of the outermost import.
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._names.append(name)
            if not self._open:
                self._tell(self._names)
                self._names = []


def _module(name: str, module: Any) -> dict[str, str | None]:
    data = {key: value for key, value in _globals(module).items() if not isinstance(value, _STATELESS)}
    found: dict[str, str | None] = {f"{name}.{key}": digest(value) for key, value in data.items() if _is_plain(value)}
    return {f"module {name}": digest(sorted(data)), **found}


def _globals(module: Any) -> Mapping[str, object]:
    named = [(key, value) for key, value in list(vars(module).items()) if isinstance(key, str)]
    return {key: value for key, value in named if not (key.startswith("__") or _is_memory(key.lower()))}


def _is_memory(name: str) -> bool:
    """Whether the name says that what it holds can be made again at any time."""
    return "cache" in name or "memo" in name


def _is_plain(value: object) -> bool:
    stack = [value]
    for _ in range(_LIMIT):
        if not stack:
            return True
        item = stack.pop()
        if type(item) is dict:
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset) and type(item).__module__ == "builtins":
            stack.extend(item)
        elif type(item) not in _ATOMS:
            return False
    return False


@functools.cache
def _is_installed(path: str) -> bool:
    standard = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    return bool(_INSTALLED & set(path.split(os.sep))) or path.endswith(".zip") or path.startswith(standard)


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _decimal() -> object:
    """Return precision and rounding, which are the usual ones where nobody has imported the module."""
    module = sys.modules.get("decimal")
    if module is None:
        return (28, "ROUND_HALF_EVEN")
    context = module.getcontext()
    return (context.prec, context.rounding)
