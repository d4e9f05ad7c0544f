"""The order in which a set iterates, which hangs on how the set has grown: a step below gets a set with the same order.

Equal texts and numbers have equal hashes in every step, so what decides is the table in which Python keeps a set:

slot
    a place in the table. An element's home is the slot that its hash names; when that is taken, it goes on along its
    path to the first free slot.
filler
    a number that is put into a set and taken out again. Its slot stays taken, as that of any element that was removed.

An element that is not at home came after those on its path before it. So the elements at home come first, in any order,
then the others, each after those on its path. The table itself is read from memory, where CPython has it in this
form; the set that is made of what was read is compared with the original before it is trusted.
"""

from __future__ import annotations

import ctypes
import graphlib
import operator
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_SMALL = 8
_LINEAR_PROBES = 9
_PERTURB_SHIFT = 5
_WORD = (1 << 64) - 1
_ENTRY = 16
_TRIES = 12
#: Sets beyond so many elements would cost too much memory.
_LIMIT = 1_000_000
_PLAIN = frozenset({str, bytes, int, float, complex, bool})
_NESTED = (tuple, frozenset)


class Recipe(NamedTuple):
    """How to make a set: slots of its table, what comes first, what comes after, and the fillers to take out again."""

    size: int
    home: list[Any]
    rest: list[Any]
    fillers: list[int]


def is_lost(value: Any) -> bool:
    """Return whether a set of plain elements would iterate otherwise after it was pickled.

    >>> is_lost({1, 2, 3})
    False
    >>> is_lost({7, 15})
    True
    """
    if len(value) < 2 or not all(map(_is_plain, value)):
        return False
    again = type(value)(list(value))
    return not _is_same(again, value) or sys.getsizeof(again) != sys.getsizeof(value)


def recipe(value: Any) -> Recipe | None:
    """Return how to make a set that iterates as this one does, or None when none is found."""
    table = _table(value) if len(value) <= _LIMIT else None
    if table is None:
        return None
    found = _recipe(value, table)
    for _ in range(_TRIES):
        if found is None:
            return None
        made = make(type(value), *found)
        if _is_same(made, value):
            return found
        # A frozen set passes through a smaller table on its way, where some of its elements may come too early.
        there = _table(made)
        if type(value) is set or there is None or len(there) != len(table):
            return None
        wrong = {key for key, other in zip(table, there, strict=True) if key != other}
        found = found._replace(rest=sorted(found.rest, key=lambda element: id(element) in wrong))
    return None


def make(kind: type, size: int, home: list[Any], rest: list[Any], fillers: list[int]) -> Any:
    """Return the set of a recipe."""
    made: set[Any] = set()
    if size > _SMALL:
        # A set that is made of a dict gets its table at once, of the size for twice as many; one that grows by single
        # elements, of the size for four times as many.
        made = _of_table(size, home) if len(home) >= size // 4 else _grown(size, home)
    for element in (*home, *rest):
        made.add(element)
    for filler in fillers:
        made.discard(filler)
    if kind is set:
        return made
    grown = [*home, *rest]
    ways: Iterable[Any] = (made, dict.fromkeys(grown), [*rest, *home])
    return next((found for way in ways if _is_same(found := frozenset(way), made)), frozenset(grown))


def _of_table(size: int, elements: list[Any]) -> set[Any]:
    return set(dict.fromkeys(elements[: size // 2 - 1]))


def _grown(size: int, home: list[Any]) -> set[Any]:
    """Return a set of elements at home, to which the last one of a quarter of the table has been added."""
    small = size // 4
    full = -(-3 * (small - 1) // 5)
    known = set(home)
    spare = (number for number in range(sys.maxsize) if number not in known)
    passing = [next(spare) for _ in range(full - len(home))]
    *before, last = home[:full]
    made = _of_table(small, [*before, *passing])
    for element in (*before, *passing):
        made.add(element)
    for number in passing:
        made.discard(number)
    made.add(last)
    return made


def _is_same(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))


def _is_plain(element: Any) -> bool:
    kind = type(element)
    return kind in _PLAIN or (kind in _NESTED and all(map(_is_plain, element)))


def _table(value: Any) -> list[int] | None:
    """Return, for each slot, the id of its element, 0 for a free slot, and 1 for one whose element was removed."""
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_void_p) * 2 != _ENTRY:
        return None
    start = id(value) + object.__basicsize__
    fill, used, mask, place = (ctypes.c_ssize_t.from_address(start + 8 * field).value for field in range(4))
    beside = sys.getsizeof(value) - set.__basicsize__
    is_known = used == len(value) <= fill <= mask and place % 8 == 0
    is_known = is_known and (beside % ((mask + 1) * _ENTRY) < 64 if mask >= _SMALL else mask == _SMALL - 1)
    if not is_known:
        return None
    words = (ctypes.c_size_t * (2 * (mask + 1))).from_address(place)
    ids = set(map(id, value))
    return [key if key in ids else int(key != 0) for key in words[::2]]


def _recipe(value: Any, table: list[int]) -> Recipe | None:
    size, by_id = len(table), {id(element): element for element in value}
    home, away, fillers = [], [], []
    numbers = _numbers(value, size)
    for slot, key in enumerate(table):
        if key == 1:
            fillers.append(next(numbers) * size + slot)
        elif key and hash(by_id[key]) & (size - 1) == slot:
            home.append(by_id[key])
        elif key:
            away.append(slot)
    free = [slot for slot, key in enumerate(table) if not key]
    missing = max(0, _least(size) - len(home) - len(fillers))
    fillers += [next(numbers) * size + slot for slot in free[:missing]]
    rest = _after(away, table, by_id)
    return None if rest is None else Recipe(size, [*fillers, *home], rest, fillers)


def _least(size: int) -> int:
    """Return how many elements at home it takes to let a table grow to a size."""
    return 0 if size == _SMALL else max(size // 8, _SMALL // 2 + 1 if size == 2 * _SMALL else 0)


def _numbers(value: Any, size: int) -> Iterator[int]:
    """Return factors that make numbers which are not in the set."""
    taken = {element // size for element in value if type(element) is int}
    return (number for number in range(1, sys.maxsize) if number not in taken)


def _after(away: list[int], table: list[int], by_id: dict[int, Any]) -> list[Any] | None:
    """Return the elements in these slots, each after those on its path."""
    waiting = frozenset(away)
    needed: dict[int, list[int]] = {}
    for slot in away:
        path = _path(hash(by_id[table[slot]]), slot, table)
        if path is None:
            return None
        needed[slot] = path
    try:
        order = list(graphlib.TopologicalSorter({s: waiting.intersection(p) for s, p in needed.items()}).static_order())
    except graphlib.CycleError:
        return None
    return [by_id[table[slot]] for slot in order]


def _path(code: int, end: int, table: list[int]) -> list[int] | None:
    """Return the slots that an element with a hash has passed on its way to a slot."""
    mask = len(table) - 1
    slot, perturb, passed = code & mask, code & _WORD, list[int]()
    for _ in range(len(table)):
        for place in range(slot, slot + 1 + (_LINEAR_PROBES if slot + _LINEAR_PROBES <= mask else 0)):
            if place == end:
                return passed
            if not table[place]:
                return None
            passed.append(place)
        perturb >>= _PERTURB_SHIFT
        slot = (slot * 5 + 1 + perturb) & mask
    return None
