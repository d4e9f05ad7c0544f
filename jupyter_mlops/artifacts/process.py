"""What a step may change outside its namespace: the process, libraries, and modules that lie beside the notebook.

Each thing has a key and a digest that is the same in every process: ``cwd``, ``os.environ[NAME]``, ``pandas[mode.x]``
for the items of the states in `statetable`; ``helper.level`` for a global of a module with plain data in it, ``module
helper`` for which globals the module has. A module that is imported later on is looked at as soon as it is there. Of
libraries only the states count.

What the cells change in a state is handed on: `changes` writes it down, `restore` does it again in a step below. The
state of a library that is not loaded there waits for its import.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.artifacts import states
from jupyter_mlops.artifacts.digest import digest, state_digest
from jupyter_mlops.artifacts.imports import Imports
from jupyter_mlops.artifacts.states import Changes, Snapshot, State
from jupyter_mlops.artifacts.statetable import BY_NAME, STATES, folder, is_installed

OBJECT = "object "
"""What the keys of objects, classes and functions of own modules begin with."""
_ATOMS = (type(None), bool, int, float, complex, str, bytes)
_LIMIT = 100_000
_STATELESS = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)
_DIGITS = 16


class Process:
    """What the process is like at the start of a step and at its end."""

    def __init__(self) -> None:
        known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        self._folders = tuple({os.path.realpath(place) + os.sep: None for place in (folder(), *known) if place})
        self._modules: dict[str, str | None] = {}
        self._first: Snapshot = {}
        self._base: Snapshot = {}
        self._before: Snapshot = {}
        self._waiting: list[tuple[State, Changes]] = []
        self._imports = Imports(self._is_own, self._begun, self._ended)

    def restore(self, changed: Mapping[str, Mapping[str, Any]], *, only_unchanged: bool = False) -> list[str]:
        """Do again what the cells of a step above changed; return what could not be done, in words.

        Parameters
        ----------
        only_unchanged
            leave alone what is not as it was there before the change: something further down has set it.
        """
        lost: list[str] = []
        for state in STATES:
            if state.name in changed:
                change = Changes.from_json(changed[state.name])
                lost += [_named(state, item) for item in change.lost]
                if state.is_awaited:
                    importlib.import_module(state.module)
                if state.module in sys.modules:
                    failed = states.apply(state, change, only_unchanged=only_unchanged)
                    lost += [_named(state, item) for item in failed]
                else:
                    self._waiting.append((state, change))
        return lost

    def start(self) -> dict[str, str | None]:
        """Take stock, and from now on of each module of the user's own, and of each library, as it is imported."""
        self._wake()
        self._modules = self._own_modules()
        self._first = states.snapshot(STATES)
        self._base = self._first
        self._imports.install()
        return {**_digests(self._base), **self._modules}

    def end(self) -> tuple[dict[str, list[str | None]], dict[str, Any]]:
        """Return what each key had at the start and has now, and the changes that steps below do again."""
        self._imports.remove()
        now, here = states.snapshot(STATES), self._own_modules()
        starts, ends = {**_digests(self._base), **self._modules}, {**_digests(now), **here}
        pairs = {key: [starts.get(key), ends.get(key)] for key in dict.fromkeys([*starts, *ends])}
        changed = states.changes(self._base, self._first, now)
        return pairs, {name: change.to_json() for name, change in changed.items()}

    def _begun(self) -> None:
        self._before = states.snapshot(STATES)

    def _ended(self, names: Sequence[str]) -> None:
        after = states.snapshot(STATES)
        _keep_order(self._before, after)
        self._base = states.rebased(self._base, self._before, after)
        for state in self._wake():
            # What was waiting is the start of the step, although its library comes only now.
            self._base.update(states.snapshot([state]))
        for name in names:
            if (module := sys.modules.get(name)) is not None:
                for key, value in _module(name, module).items():
                    self._modules.setdefault(key, value)

    def _wake(self) -> list[State]:
        """Restore the states of libraries that were not loaded before, and are now."""
        woken = [(state, change) for state, change in self._waiting if state.module in sys.modules]
        self._waiting = [pair for pair in self._waiting if pair not in woken]
        for state, change in woken:
            states.apply(state, change)
        return [state for state, _ in woken]

    def _own_modules(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name, module in list(sys.modules.items()):
            if self._is_own(name, getattr(module, "__file__", None)):
                found.update(_module(name, module))
        return found

    def _is_own(self, name: str, file: object) -> bool:
        if not isinstance(file, str) or name == "__main__" or name.partition(".")[0] == "jupyter_mlops":
            return False
        if is_installed(file):
            return False
        path = os.path.realpath(file)
        return path.startswith(self._folders) and not is_installed(path)


def _named(state: State, item: str) -> str:
    return f"{state.words} `{item}`" if item else state.words


def _digests(snapshot: Snapshot) -> dict[str, str | None]:
    """Return the keys and digests of the items that can change values."""
    found: dict[str, str | None] = {}
    for name, items in snapshot.items():
        for item, value in items.items():
            # What cannot be handed on was told in the log. A step that misses a secret fails by itself.
            if BY_NAME[name].counts(item) and not states.is_opaque(value):
                whole = digest(value)
                found[f"{name}[{item}]" if item else name] = whole and whole[:_DIGITS]
    return found


def _keep_order(before: Snapshot, after: Snapshot) -> None:
    """Put filters of warnings back in order when an import has only moved them: in Run All it came before the cells."""
    was, now = before.get("warnings", {}).get("filters"), after.get("warnings", {}).get("filters")
    if was is not None and now is not None and was != now and sorted(map(repr, was)) == sorted(map(repr, now)):
        BY_NAME["warnings"].set(sys.modules["warnings"], {"filters": was})
        after["warnings"]["filters"] = was


def _module(name: str, module: Any) -> dict[str, str | None]:
    data = {key: value for key, value in _globals(module).items() if not isinstance(value, _STATELESS)}
    found: dict[str, str | None] = {f"{name}.{key}": digest(value) for key, value in data.items() if _is_plain(value)}
    kept = {f"{OBJECT}{name}.{key}": _kept(name, value) for key, value in _globals(module).items()}
    kept = {key: value for key, value in kept.items() if value is not None and key.removeprefix(OBJECT) not in found}
    return {f"module {name}": digest(sorted(data)), **found, **kept}


def _kept(module: str, value: object) -> str | None:
    """Return the digest of what an object, a class or a function of a module keeps; None where that is nothing."""
    if not isinstance(value, _STATELESS):
        return None if type(value) in _ATOMS else digest(value)
    is_own = isinstance(value, type | types.FunctionType) and value.__module__ == module
    return state_digest(value) if is_own else None


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
