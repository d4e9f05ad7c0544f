"""The graph of steps: orders, ancestors, descendants. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence


def ordered(after: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the steps in an order that respects the edges, near to the given order; a cycle ends it early.

    >>> ordered({"c": ["a"], "a": [], "b": ["a"]})
    ['a', 'c', 'b']
    """
    names = list(after)
    place = {name: at for at, name in enumerate(names)}
    left = {name: set(before) & after.keys() for name, before in after.items()}
    followers: dict[str, list[str]] = {}
    for name, before in left.items():
        for other in before:
            followers.setdefault(other, []).append(name)
    # places of the steps that wait for nothing
    ready = [at for at, name in enumerate(names) if not left[name]]
    found: list[str] = []
    while ready:
        done = names[heapq.heappop(ready)]
        found.append(done)
        for name in followers.get(done, ()):
            left[name].discard(done)
            if not left[name]:
                heapq.heappush(ready, place[name])
    return found


def ancestors(after: Mapping[str, Iterable[str]], name: str) -> set[str]:
    """Return every step that must have run before `name`."""
    found: set[str] = set()
    queue = list(after[name])
    while queue:
        step = queue.pop()
        if step not in found:
            found.add(step)
            queue += after[step]
    return found


class Above:
    """The steps above one, as bits of a number: those above a thousand steps take little room."""

    def __init__(self, place: Mapping[str, int], bits: int) -> None:
        self._place, self._bits = place, bits

    def __contains__(self, name: object) -> bool:
        at = self._place.get(name) if isinstance(name, str) else None
        return at is not None and bool(self._bits >> at & 1)


def all_ancestors(after: Mapping[str, Iterable[str]], order: Sequence[str]) -> dict[str, Above]:
    """Return for every step those that must have run before it; `order` is a topological order of the steps.

    >>> found = all_ancestors({"a": [], "b": ["a"], "c": ["b"]}, ["a", "b", "c"])
    >>> [name for name in "abc" if name in found["c"]]
    ['a', 'b']
    """
    place = {name: at for at, name in enumerate(order)}
    bits: dict[str, int] = {}
    for name in order:
        made = 0
        for before in after[name]:
            made |= bits[before] | 1 << place[before]
        bits[name] = made
    return {name: Above(place, made) for name, made in bits.items()}


def descendants(after: Mapping[str, Iterable[str]], name: str) -> set[str]:
    """Return every step that can only run after `name`."""
    return {step for step in after if step != name and name in ancestors(after, step)}
