"""Which values share mutable objects.

A walk over everything that the values reach, each under its label. Two labels share when they reach the same mutable
object, or arrays that look at the same memory. Immutable values, functions of modules, classes and modules never
count: there is one of each in every process anyway. Outputs that share are handed over in one bundle, so that they go
on sharing.
"""

from __future__ import annotations

import functools
import gc
import operator
from collections.abc import Iterable, Iterator
from typing import Any

from jupyter_mlops.artifacts import arrays, nans, setorder
from jupyter_mlops.artifacts.classes import ANY
from jupyter_mlops.artifacts.origins import Definitions
from jupyter_mlops.artifacts.reach import ATOMS, Reach, settings

#: Names beyond this many objects are not compared; they are handed over in one bundle with everything else.
LIMIT = 2_000_000
#: So many groups say more than a reader of a manifest can use; then those with a label in common are one.
_GROUPS = 200


class Sharing:
    """The result of a walk over labelled values.

    Parameters
    ----------
    values
        pairs of label and value; a label may come more than once.
    definitions
        what travels by name: the notebook's other functions count, with their closures and defaults.
    """

    def __init__(self, values: Iterable[tuple[str, object]], definitions: Definitions, limit: int = LIMIT) -> None:
        self._definitions = definitions
        self._limit = limit
        self._settings = settings()
        self._bits: dict[str, int] = {}
        #: What identifies a mutable object -> the labels that reach it, one bit each.
        self._reached: dict[int, int] = {}
        #: The same of what is reached through a class that travels with its objects. It must stay one object, but a
        #: change of an object is no change of its class.
        self._behind: dict[int, int] = {}
        #: The same of containers that iterators look at. What no label reaches otherwise, no code can change.
        self._viewed: dict[int, int] = {}
        #: The labels that reach a float that is not equal to itself, and that is met again or a library's own, or a
        #: set that would come back in another order.
        self._marked = 0
        self._sets_met: dict[int, bool] = {}
        self._named: set[int] = set()
        self._arrays: list[tuple[int, Any]] = []
        #: The arrays in which tables keep their numbers, each with its labels. A step that adds a column changes the
        #: table and no array that looks at its memory. So these arrays decide which outputs are one bundle, but the
        #: audit does not take a change of the table for a change of the array.
        self._blocks: list[tuple[int, Any]] = []
        self._unknown = 0
        once: dict[int, tuple[object, int]] = {}
        for label, value in values:
            bit = self._bits.setdefault(label, 1 << len(self._bits))
            once[id(value)] = (value, once.get(id(value), (value, 0))[1] | bit)
        for value, bits in once.values():
            self._walk(bits, value)
        viewed = {token: bits | self._reached.get(token, 0) for token, bits in self._viewed.items()}
        self._sets = {*self._reached.values(), *self._memory_sets()}
        self._sets |= {bits for token, bits in viewed.items() if token in self._reached}
        both = {token: bits | self._reached.get(token, 0) for token, bits in self._behind.items()}
        self._tied = {*self._sets, *self._table_sets(), *both.values(), *viewed.values()}

    def groups(self, without: tuple[str, ...] = ()) -> list[list[str]]:
        """Return the sets of labels that reach one object, in groups of two and more, in the order given.

        Labels that begin with one of `without` are left out.

        Two groups may have labels in common: `c` shares one object with `a` and another one with `b`. A group within
        a larger one is left out.
        """
        found: list[int] = []
        wanted = self._mask(label for label in self._bits if not label.startswith(without))
        sets = {bits & wanted for bits in self._sets}
        for bits in sorted((bits for bits in sets if bits & (bits - 1)), key=lambda b: (-b.bit_count(), b)):
            if not any(bits & other == bits for other in found):
                found.append(bits)
        if len(found) > _GROUPS:
            found = _merged(found)
        return sorted((self._labels(bits) for bits in found), key=lambda group: [self._bits[label] for label in group])

    def bundles(self, labels: Iterable[str]) -> list[list[str]]:
        """Return which of the labels must be handed over together, in groups of two and more, in the order given."""
        wanted = self._mask(labels)
        merged = _merged(bits for found in self._tied if (bits := found & wanted) & (bits - 1))
        return sorted((self._labels(bits) for bits in merged), key=lambda group: self._bits[group[0]])

    def is_within(self, value: object, labels: Iterable[str]) -> bool:
        """Tell whether one of the labels reaches `value` itself."""
        wanted = self._mask(labels)
        reached = self._reached.get(id(value), 0) | self._behind.get(id(value), 0)
        return bool(reached & wanted) or any(bits & wanted and array is value for bits, array in self._arrays)

    def is_unknown(self, labels: Iterable[str]) -> bool:
        """Tell whether one of the labels reaches more than could be looked at."""
        return bool(self._unknown & self._mask(labels))

    def has_marks(self, labels: Iterable[str]) -> bool:
        """Tell whether one of the labels reaches what has to be written as a mark."""
        return bool(self._marked & self._mask(labels))

    def arrays(self, labels: Iterable[str]) -> list[Any]:
        """Return the numpy arrays that the labels reach, those of tables included."""
        wanted = self._mask(labels)
        return [array for bits, array in (*self._arrays, *self._blocks) if bits & wanted]

    def _mask(self, labels: Iterable[str]) -> int:
        return functools.reduce(operator.or_, (self._bits.get(label, 0) for label in labels), 0)

    def _labels(self, bits: int) -> list[str]:
        return [label for label, bit in self._bits.items() if bit & bits]

    def _walk(self, bits: int, value: object) -> None:
        reach = Reach(self._definitions)
        try:
            self._follow(bits, [value], reach, self._reached)
            self._follow(bits, reach.parts, reach, self._behind)
            for item in reach.viewed:
                self._viewed[id(item)] = self._viewed.get(id(item), 0) | bits
        except ANY:  # a door: even to look at a class may run the code of its metaclass
            self._unknown |= bits
        self._arrays.extend((bits, array) for array in reach.arrays if arrays.is_sound(array))
        self._blocks.extend((bits, array) for array in reach.blocks if arrays.is_sound(array))

    def _follow(self, bits: int, stack: list[object], reach: Reach, reached: dict[int, int]) -> None:
        seen: set[int] = set()
        skipped, named = self._settings, self._named
        while stack:
            item = stack.pop()
            kind = type(item)
            if id(item) in seen or id(item) in skipped or kind in ATOMS:
                if kind is float and item != item:
                    self._meet_nan(item, bits)
                continue
            seen.add(id(item))
            if len(seen) > self._limit:
                self._unknown |= bits
                return
            try:
                token, children = reach.of(item, kind)
            except ANY:  # a door: a library's class may run the code of what is derived from it
                token, children = id(item), gc.get_referents(item)
            if (kind is set or kind is frozenset) and self._is_lost(item):
                self._marked |= bits
            if token is not None:
                before = reached.get(token, 0)
                if token in named:
                    continue
                if before and before | bits != before and _is_known_by_name(item, kind):
                    named.add(token)
                    del reached[token]
                    continue
                reached[token] = before | bits
            for child in children:
                if type(child) not in ATOMS:
                    stack.append(child)
                elif type(child) is float and child != child:
                    self._meet_nan(child, bits)

    def _is_lost(self, item: object) -> bool:
        if id(item) not in self._sets_met:
            self._sets_met[id(item)] = setorder.is_lost(item)
        return self._sets_met[id(item)]

    def _meet_nan(self, nan: object, bits: int) -> None:
        before = self._behind.get(id(nan), 0)
        is_named = bool(nans.name_of(nan))
        if is_named or before:
            # A NaN that the values hold only once needs no mark: code cannot tell it from its copy.
            self._marked |= before | bits
        if not is_named:
            self._behind[id(nan)] = before | bits

    def _table_sets(self) -> Iterator[int]:
        """Return the labels of tables and of arrays that look at their memory."""
        looking, held = _by_array(self._arrays), _by_array(self._blocks)
        reached = _by_array((*self._arrays, *self._blocks))
        # A table may keep its numbers in the very array that it was made of.
        yield from (reached[token] for token in looking.keys() & held.keys())
        pairs = (*self._arrays, *self._blocks) if looking and held else ()
        for group in arrays.overlaps(array for _, array in pairs):
            found = {id(array) for array in group}
            if found & looking.keys() and found & held.keys():
                yield functools.reduce(operator.or_, (reached[token] for token in found))

    def _memory_sets(self) -> Iterator[int]:
        """Return the labels of arrays that look at the same memory."""
        reached = _by_array(self._arrays)
        # One array is a group as well, when two labels reach it.
        everything = [array for _, array in self._arrays]
        groups = [[array] for array in everything] + (list(arrays.overlaps(everything)) if len(everything) > 1 else [])
        for group in groups:
            # An array that is read-only everywhere cannot be changed through any label.
            if any(array.flags.writeable for array in group):
                yield functools.reduce(operator.or_, (reached[id(array)] for array in group))


def _by_array(pairs: Iterable[tuple[int, Any]]) -> dict[int, int]:
    """Return the labels of each array, one bit each."""
    found: dict[int, int] = {}
    for bits, array in pairs:
        found[id(array)] = found.get(id(array), 0) | bits
    return found


def _merged(sets: Iterable[int]) -> list[int]:
    """Return the sets with those that have a label in common made one.

    >>> _merged([0b011, 0b110, 0b11000])
    [7, 24]
    """
    found: list[int] = []
    for bits in sets:
        for other in [other for other in found if other & bits]:
            found.remove(other)
            bits |= other
        found.append(bits)
    return found


def _is_known_by_name(item: object, kind: type) -> bool:
    """Tell whether pickle writes the object as the name of something that every process has."""
    own: Any = kind
    plain: Any = object
    if kind in (list, dict, set) or (own.__reduce_ex__ is plain.__reduce_ex__ and own.__reduce__ is plain.__reduce__):
        return False
    try:
        return type(item.__reduce_ex__(4)) is str
    except ANY:  # a door: `__reduce_ex__` is the class's own code
        return False
