"""The state of a process and of its libraries: what the cells of a step changed in it, to be done again elsewhere.

state
    a part of the process that code can set, such as the environment or the options of pandas; `statetable` lists them.
item
    one value in a state, as JSON has it: a variable, an option. What JSON cannot hold is opaque: it can be compared and
    not handed on.
changes
    what the cells changed against the start of the step. What an import changes is no change of the cells: the step
    that runs without the import does not need it, and one that imports has it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Items = dict[str, Any]
Snapshot = dict[str, Items]
_OPAQUE = "opaque"
_PASSWORD = re.compile(r"://[^/\s]*:[^/\s]*@")


@dataclass(frozen=True)
class State:
    """One state.

    Attributes
    ----------
    name
        its key, the same as in `notebook/settingtable.py`.
    words
        what it is, in messages.
    get
        the module -> items.
    set
        applies items to the module; an item that is `GONE` goes back to what it is without.
    module
        the state is there once this module is loaded.
    shown
        items (by the start of their names) that change only what is shown, and are not audited; ``("",)`` for all.
    is_awaited
        whether other libraries behave otherwise because of it, so that its module is loaded to restore it.
    """

    name: str
    words: str
    get: Callable[[Any], Items]
    set: Callable[[Any, Items], None]
    module: str = "sys"
    shown: tuple[str, ...] = ()
    is_awaited: bool = False

    def counts(self, item: str) -> bool:
        """Return whether the item can change values, and not only what is shown."""
        return not item.startswith(self.shown) if self.shown else True


class _Gone:
    """An item that is not there."""

    def __repr__(self) -> str:
        return "GONE"


GONE = _Gone()


def opaque(what: object) -> dict[str, str]:
    """Return an item's value that JSON cannot hold."""
    return {_OPAQUE: f"{type(what).__module__}.{getattr(what, '__qualname__', type(what).__qualname__)}"}


def hidden(value: Any) -> Any:
    """Return an address with a password in it as what is compared and never written to a file; all else as it is."""
    return secret(value) if isinstance(value, str) and _PASSWORD.search(value) else value


def secret(value: str) -> dict[str, str]:
    """Return what stands for a secret: the same for equal ones, in this process."""
    return {_OPAQUE: f"a secret ({hash(value) & 0xFFFF:x})"}


def is_opaque(value: object) -> bool:
    """Return whether a value stands for one that JSON cannot hold."""
    return isinstance(value, dict) and value.keys() == {_OPAQUE}


def plain(value: object) -> Any:
    """Return a value as JSON has it, opaque where that is another one."""
    if value is None or isinstance(value, bool | int | float | str):
        return value if type(value) in (type(None), bool, int, float, str) else opaque(value)
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return opaque(value)


def snapshot(states: Iterable[State]) -> Snapshot:
    """Return the items of the states whose modules are loaded."""
    found: Snapshot = {}
    for state in states:
        module = sys.modules.get(state.module)
        if module is not None:
            try:
                found[state.name] = state.get(module)
            except Exception:  # a door: libraries move what is read here from version to version
                continue
    return found


def rebased(start: Snapshot, before: Snapshot, after: Snapshot) -> Snapshot:
    """Return the start as it would be, had an import that changed `before` to `after` come first."""
    found: Snapshot = {name: dict(items) for name, items in start.items()}
    for name, items in after.items():
        if name not in start:
            found[name] = dict(items)
            continue
        old, base = before.get(name, {}), found[name]
        for item in {**old, **items}:
            was, now = old.get(item, GONE), items.get(item, GONE)
            if was == now:
                continue
            if isinstance(was, list) and isinstance(now, list) and isinstance(base.get(item), list):
                kept = [entry for entry in base[item] if entry not in was or entry in now]
                base[item] = [entry for entry in now if entry not in was] + kept
            elif base.get(item, GONE) == was:
                _put(base, item, now)
    return found


def _put(items: Items, item: str, value: object) -> None:
    if value is GONE:
        items.pop(item, None)
    else:
        items[item] = value


@dataclass
class Changes:
    """What changed in one state.

    Attributes
    ----------
    values
        item -> value before and after; a missing one is ``[]``, a present one ``[value]``.
    lists
        item -> ``front``, ``back`` and ``gone``: the entries of an ordered list that were added or taken out.
    lost
        items that cannot be handed on.
    """

    values: dict[str, list[list[Any]]] = field(default_factory=dict)
    lists: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Changes:
        """Read the JSON form."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


def changes(start: Snapshot, first: Snapshot, end: Snapshot) -> dict[str, Changes]:
    """Return what the cells changed, by state.

    Parameters
    ----------
    start
        the start, rebased for what was imported since.
    first
        the start as it was: entries of lists that an import added are handed on with those around them.
    """
    found: dict[str, Changes] = {}
    for name, items in end.items():
        base, change = start.get(name, items), Changes()
        for item in sorted({**base, **items}):
            was, now = base.get(item, GONE), items.get(item, GONE)
            if was == now:
                continue
            if isinstance(was, list) and isinstance(now, list):
                change.lists[item] = _difference(first.get(name, base).get(item, was), now)
            elif is_opaque(now) or _has_opaque(now):
                change.lost.append(item)
            else:
                change.values[item] = [_boxed(was), _boxed(now)]
        if change.to_json():
            found[name] = change
    return found


def _boxed(value: object) -> list[Any]:
    return [] if value is GONE else [value]


def _has_opaque(value: object) -> bool:
    return isinstance(value, list) and any(map(is_opaque, value))


def _difference(was: Sequence[Any], now: Sequence[Any]) -> dict[str, list[Any]]:
    added = [entry for entry in now if entry not in was]
    kept = [number for number, entry in enumerate(now) if entry in was]
    last = kept[-1] if kept else len(now)
    back = [entry for entry in now[last + 1 :] if entry in added]
    front = [entry for entry in added if entry not in back]
    gone = [entry for entry in was if entry not in now]
    return {"front": front, "back": back, "gone": gone}


def apply(state: State, change: Changes, *, only_unchanged: bool = False) -> list[str]:
    """Do the changes again in this process; return the items that could not be set.

    Parameters
    ----------
    only_unchanged
        leave an item alone when it is not what it was before the change: something later has set it here.
    """
    module = sys.modules[state.module]
    here = state.get(module)
    wanted: Items = {}
    for item, (was, now) in change.values.items():
        if not only_unchanged or _boxed(here.get(item, GONE)) == was:
            wanted[item] = now[0] if now else GONE
    for item, parts in change.lists.items():
        wanted[item] = merged(here.get(item, []), parts)
    wanted = {item: value for item, value in wanted.items() if here.get(item, GONE) != value}
    if wanted:
        try:
            state.set(module, wanted)
        except Exception:  # a door: a value that the library does not take any more
            return sorted(wanted)
    return []


def merged(here: Sequence[Any], parts: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Return a list with entries added in front and behind, and others taken out.

    >>> merged(["a", "b"], {"front": ["x"], "back": ["y"], "gone": ["b"]})
    ['x', 'a', 'y']
    """
    front, back, gone = parts.get("front", []), parts.get("back", []), parts.get("gone", [])
    kept = [entry for entry in here if entry not in front and entry not in back and entry not in gone]
    return [*front, *kept, *back]
