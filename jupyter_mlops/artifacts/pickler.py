"""Writes pickles of values: cloudpickle, with the notebook's functions and classes as `functions` and `origins` say.

Which ways of writing an object come into question depends on its class alone, and is found out once for each class.
"""

from __future__ import annotations

import functools
import io
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any

import cloudpickle

from jupyter_mlops.artifacts import (
    arrays,
    functions,
    kinds,
    libraries,
    looks,
    observers,
    reductions,
    seedgenerators,
    singletons,
    tensors,
)
from jupyter_mlops.artifacts.arrays import Views
from jupyter_mlops.artifacts.classes import qualname_of, said
from jupyter_mlops.artifacts.functions import Reduced
from jupyter_mlops.artifacts.marks import Writing
from jupyter_mlops.artifacts.origins import Definitions
from jupyter_mlops.base.errors import MlopsError

PROTOCOL = 5
#: How cloudpickle reduces a class that no module has: six parts; the class's identifier is in the arguments.
_DYNAMIC, IDENTIFIER = 6, -2

_Way = Callable[[Any], Any]


class UnstorableError(Exception):
    """An object inside the value cannot be pickled; `culprit` is that object when it is known."""

    def __init__(self, message: str, culprit: object = None) -> None:
        super().__init__(message)
        self.culprit = culprit


class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """cloudpickle, with definitions by name, live globals, real closure cells and arrays that share memory.

    `is_risky` says whether the pickle may turn out not to be readable.
    """

    def __init__(
        self,
        file: object,
        definitions: Definitions,
        views: Views | None = None,
        buffer_callback: Callable[[pickle.PickleBuffer], object] | None = None,
    ) -> None:
        super().__init__(file, protocol=PROTOCOL, buffer_callback=buffer_callback)
        self.is_risky = False
        self._definitions = definitions
        self._origins = definitions.origins
        self._home = definitions.namespace.get("__name__")
        self._views = views
        self._ways: dict[type, tuple[_Way, ...]] = {}
        self._storages: dict[int, object] = {}

    def reducer_override(self, value: Any) -> Any:
        """Reduce what the notebook defines and what must not leave the process; leave the rest to cloudpickle."""
        name = self._definitions.by_id.get(id(value))
        if name is not None:
            return self.reduce_definition(name, value)
        kind = type(value)
        ways = self._ways.get(kind)
        if ways is None:
            ways = self._ways[kind] = tuple(self._find_ways(value, kind))
        for way in ways:
            reduced = way(value)
            if reduced is not None:
                return reduced
        return super().reducer_override(value)

    def _find_ways(self, value: object, kind: Any) -> list[_Way]:
        if issubclass(kind, type):
            return [self._by_name, self._reduce_class]
        if kind is types.FunctionType:
            return [self._by_name, self._reduce_function]
        if kind is functions.LiveNamespace:
            return [lambda _: (functions.live_namespace, ())]
        if kind is types.CellType:
            return [functions.reduce_cell]
        if kind in functions.CACHED:
            return [functools.partial(functions.reduce_cached, home=self._home)]
        if kinds.is_bound_kind(kind) or kinds.stream_name(value) is not None:
            return [_reduce_bound]
        self.is_risky = self.is_risky or reductions.is_risky(kind)
        ways: list[_Way] = []
        if reductions.may_apply(kind, self._home):
            ways.append(functools.partial(reductions.reduce, may=self._may))
        if observers.is_observed(kind):
            plain = ways[0] if ways else lambda _: None
            ways.insert(0, functools.partial(observers.reduce, plain=plain, may=self._may))
        ways += [own for own in (libraries.way(kind), looks.way(value, kind)) if own is not None]
        if found := singletons.of(kind):
            ways.append(functools.partial(singletons.reduce, found=found))
        if self._views is not None and arrays.is_array(value):
            ways.append(self._views.reduce)
        if tensors.is_tensor(value):
            ways.append(functools.partial(tensors.reduce, storages=self._storages))
        if seedgenerators.is_keras(kind):
            ways.append(seedgenerators.reduce)
        return ways

    def _by_name(self, value: Any) -> Reduced | None:
        name = self._definitions.name_of(value)
        return None if name is None else self.reduce_definition(name, value)

    def reduce_definition(self, name: str, value: object) -> Reduced:
        """Write a definition as its name, with a copy by value where not every consumer has it."""
        if name.partition(".")[0] not in self._definitions.optional:
            return functions.definition, (name,)
        copy = io.BytesIO()
        Pickler(copy, self._definitions.without_names()).dump(value)
        return functions.definition, (name, copy.getvalue())

    def _reduce_function(self, value: types.FunctionType) -> Reduced | None:
        if value.__globals__ is not self._definitions.namespace:
            return None
        return functions.reduce_function(value, self._origins.name_of(value))

    def _reduce_class(self, kind: type) -> Any:
        """Let cloudpickle reduce a class, and mark the place when the consumer may have one of its own."""
        reduced = super().reducer_override(kind)
        if reduced is NotImplemented or len(reduced) < _DYNAMIC:
            return reduced
        make, arguments, state, *_, set_state = reduced
        self._origins.meet(kind, str(arguments[IDENTIFIER]))
        mark = self._origins.name_of(kind)
        if mark is None:
            return reduced
        return functions.known_class, (mark, make, arguments), (set_state, state), None, None, functions.set_known_class

    def _may(self, value: object) -> bool:
        return may(value, self._definitions, self._views)


class MarkPickler(Pickler):
    """The same for values that hold what needs a mark; slower: it is asked for each object."""

    def __init__(self, marks: Writing, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._marks = marks

    def persistent_id(self, value: Any) -> object:
        """Write such an object as its mark."""
        return self._marks.mark(value)


def may(value: object, definitions: Definitions, views: Views | None = None) -> bool:
    """Return whether a value can be pickled."""
    try:
        dump(Pickler(_Nothing(), definitions, views), value)
    except (UnstorableError, MlopsError):
        return False
    return True


def dump(pickler: Any, value: object) -> None:
    """Pickle `value`; whatever goes wrong in the value's own code becomes an `UnstorableError`."""
    try:
        pickler.dump(value)
    except (MlopsError, UnstorableError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise UnstorableError("there is not enough memory to write it") from error
    except BaseException as error:  # a door: pickling runs the code of the value's classes, which may raise anything
        raise UnstorableError(said(error)) from error


def _reduce_bound(value: object) -> Reduced:
    stream = kinds.stream_name(value)
    if stream is None:
        # cloudpickle would turn an open file into a StringIO without a word.
        raise UnstorableError(f"cannot pickle {qualname_of(type(value))}", value)
    return getattr, (sys, stream)


class _Nothing:
    def write(self, chunk: Any) -> int:
        return len(chunk)
