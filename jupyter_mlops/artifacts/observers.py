"""The observers of objects of traitlets, widgets among them: traitlets itself leaves them out of a pickle.

Those that a class declares are there again when its object is made. The others, which ``observe`` has added, are handed
over with the object; one that cannot be pickled is left out, and the step's log says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from jupyter_mlops.artifacts.classes import derives, qualname_of

Reduced = tuple[Any, ...]

#: The objects whose observers are being looked at: an observer may refer to its object.
_asked: set[int] = set()


def is_observed(kind: type) -> bool:
    """Return whether objects of a class may have observers that traitlets leaves out."""
    base = getattr(sys.modules.get("traitlets"), "HasTraits", None)
    return isinstance(base, type) and derives(kind, base)


def reduce(value: Any, plain: Callable[[Any], Reduced | None], may: Callable[[object], bool]) -> Reduced | None:
    """Return how to rebuild an object with its observers; None when it has none of its own.

    Parameters
    ----------
    plain
        reduces the object without its observers; it returns None where pickle's own way is right.
    may
        tells whether an observer can be pickled.
    """
    added = _added(value)
    if not added:
        return None
    if id(value) not in _asked:
        _asked.add(id(value))
        try:
            lost = [each for each in added if not may(each[2])]
        finally:
            _asked.discard(id(value))
        added = [each for each in added if each not in lost]
        for name, *_ in lost:
            what = f"`{name}` of an object of class {qualname_of(type(value))}"
            print(f"note: an observer of {what} cannot be handed over; observe it again below", file=sys.stderr)
    make, arguments, state, *_, own = (*(plain(value) or value.__reduce_ex__(4)), None, None, None, None)[:6]
    return make, arguments, (state, own, added), None, None, set_observed


def _added(value: Any) -> list[tuple[str | None, str | None, Any]]:
    traitlets = sys.modules["traitlets"]
    found = []
    for name, by_type in vars(value).get("_trait_notifiers", {}).items():
        for kind, handlers in by_type.items():
            # What stands for all names and for all types is one object in each process.
            place = (_text(name), _text(kind))
            found += [(*place, each) for each in handlers if not isinstance(each, traitlets.traitlets.EventHandler)]
    return found


def _text(name: object) -> str | None:
    return name if isinstance(name, str) else None


def set_observed(value: Any, state: tuple[Any, Callable[[Any, Any], object] | None, list[Any]]) -> None:
    """Set what an object holds, and let its observers observe it again."""
    plain, own, added = state
    if own is not None:
        own(value, plain)
    else:
        value.__setstate__(plain)
    everything = sys.modules["traitlets"].All
    for name, kind, handler in added:
        value.observe(handler, everything if name is None else name, everything if kind is None else kind)
