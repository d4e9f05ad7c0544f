"""The graph of steps: orders, ancestors, descendants. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def ordered(after: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the steps in an order that respects the edges, near to the given order; a cycle ends it early.

    >>> ordered({"c": ["a"], "a": [], "b": ["a"]})
    ['a', 'c', 'b']
    """
    left = {name: set(before) & after.keys() for name, before in after.items()}
    found: list[str] = []
    while ready := next((name for name, before in left.items() if not before), None):
        found.append(ready)
        del left[ready]
        for before in left.values():
            before.discard(ready)
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


def descendants(after: Mapping[str, Iterable[str]], name: str) -> set[str]:
    """Return every step that can only run after `name`."""
    return {step for step in after if step != name and name in ancestors(after, step)}
