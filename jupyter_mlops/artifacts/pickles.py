"""Pickles of values, with the notebook's functions and classes as `functions` says.

The file: a mark, the pickle stream (protocol 5), the out-of-band buffers, each at a multiple of 64, their index as
JSON, and its length. Large arrays are written from where they are, without a copy.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

import cloudpickle

from jupyter_mlops.artifacts import functions, kinds, seedgenerators, tensors
from jupyter_mlops.artifacts.arrays import Views
from jupyter_mlops.artifacts.functions import ABSENT, Reduced
from jupyter_mlops.artifacts.origins import Definitions, Origins
from jupyter_mlops.artifacts.singletons import Singletons
from jupyter_mlops.base.errors import HandoverError, MlopsError

PROTOCOL = 5
_MARK = b"mlops-pickle-1\n\0"
_TAIL = struct.Struct("<Q")
_STEP = 64


class UnstorableError(Exception):
    """An object inside the value cannot be pickled; `culprit` is that object when it is known."""

    def __init__(self, message: str, culprit: object = None) -> None:
        super().__init__(message)
        self.culprit = culprit


class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """cloudpickle, with definitions by name, live globals, real closure cells and arrays that share memory."""

    def __init__(
        self,
        file: object,
        definitions: Definitions,
        views: Views | None = None,
        buffer_callback: Callable[[pickle.PickleBuffer], object] | None = None,
    ) -> None:
        super().__init__(file, protocol=PROTOCOL, buffer_callback=buffer_callback)
        self._definitions = definitions
        self._origins = definitions.origins
        self._singletons = Singletons()
        self._views = views
        self._free_kinds: set[type] = set()
        self._storages: dict[int, object] = {}

    def reducer_override(self, value: Any) -> Any:
        """Reduce what the notebook defines and what must not leave the process; leave the rest to cloudpickle."""
        kind = type(value)
        name = self._definitions.name_of(value)
        if name is not None:
            return self.reduce_definition(name, value)
        if kind is types.FunctionType and value.__globals__ is self._definitions.namespace:
            return functions.reduce_function(value, self._origins.name_of(value))
        if issubclass(kind, type):
            return self._reduce_class(value)
        if kind is functions.LiveNamespace:
            return functions.live_namespace, ()
        single = self._singletons.reduce(value, kind)
        if single is not None:
            return single
        if kind is types.CellType:
            return functions.reduce_cell(value)
        cached = functions.reduce_cached(value, self._definitions.namespace.get("__name__"))
        if cached is not None:
            return cached
        if self._views is not None:
            reduced = self._views.reduce(value)
            if reduced is not None:
                return reduced
        if tensors.is_tensor(value):
            reduced = tensors.reduce(value, self._storages)
            if reduced is not None:
                return reduced
        if seedgenerators.is_keras(kind) and (seeded := seedgenerators.reduce(value)) is not None:
            return seeded
        if kind not in self._free_kinds:
            stream = kinds.stream_name(value)
            if stream is not None:
                return getattr, (sys, stream)
            # cloudpickle would turn an open file into a StringIO without a word.
            if kinds.is_bound_kind(kind):
                raise UnstorableError(f"cannot pickle {kind.__name__}", value)
            self._free_kinds.add(kind)
        return super().reducer_override(value)

    def _reduce_class(self, kind: type) -> Any:
        """Let cloudpickle reduce a class, and mark the place when the consumer may have one of its own."""
        reduced = super().reducer_override(kind)
        mark = self._origins.name_of(kind)
        if mark is None or reduced is NotImplemented:
            return reduced
        make, arguments, state, _, _, set_state = reduced
        return functions.known_class, (mark, make, arguments), (set_state, state), None, None, functions.set_known_class

    def reduce_definition(self, name: str, value: object) -> Reduced:
        """Write a definition as its name, with a copy by value where not every consumer has it."""
        if name.partition(".")[0] not in self._definitions.optional:
            return functions.definition, (name,)
        copy = io.BytesIO()
        Pickler(copy, self._definitions.without_names()).dump(value)
        return functions.definition, (name, copy.getvalue())


class Unpickler(pickle.Unpickler):
    """Reads what `Pickler` wrote, in a step; `used` collects the definitions that were taken by name."""

    def __init__(self, file: object, origins: Origins, buffers: Iterator[bytearray] | None = None) -> None:
        super().__init__(cast(BinaryIO, file), buffers=buffers)
        self.used: set[str] = set()
        self._origins = origins
        self._namespace = origins.namespace
        self._places: dict[str, Callable[..., object]] = {
            functions.live_namespace.__name__: lambda: self._namespace,
            functions.definition.__name__: self._definition,
            functions.known_function.__name__: self._known_function,
            functions.set_known_function.__name__: self._set_known_function,
            functions.known_class.__name__: self._known_class,
            functions.set_known_class.__name__: self._set_known_class,
        }

    def find_class(self, module: str, name: str, /) -> Any:
        """Put the consumer's namespace and definitions where their marks are."""
        if module == functions.__name__ and name in self._places:
            return self._places[name]
        if module == self._namespace.get("__name__") and (module == "__main__" or functions.has(self._namespace, name)):
            # What pickle itself wrote by name, as it does with functions under `lru_cache`.
            return self._definition(name)
        return super().find_class(module, name)

    def _definition(self, name: str, fallback: bytes | None = None) -> object:
        """Return the consumer's object, or rebuild the copy, or say what is not there."""
        found = functions.look_up(self._namespace, name)
        top = name.partition(".")[0]
        if found is not ABSENT:
            self.used.add(top)
            return found
        if fallback is not None:
            return Unpickler(io.BytesIO(fallback), self._origins).load()
        raise HandoverError(
            "handover.definition_missing",
            f"name '{top}' is not defined here: a value that is handed over needs it",
            f"define `{top}` in a cell tagged `functions`, so that every step has it",
        )

    def _known_function(self, mark: str, *arguments: Any) -> object:
        return self._known(mark, functions.make_function, arguments)

    def _set_known_function(self, function: Any, state: Any) -> None:
        if not self._origins.is_own(function):
            functions.set_function_state(function, state)

    def _known_class(self, mark: str, make: Callable[..., object], arguments: tuple[Any, ...]) -> object:
        return self._known(mark, make, arguments)

    def _set_known_class(self, kind: Any, state: tuple[Callable[..., object], object]) -> None:
        if not self._origins.is_own(kind):
            state[0](kind, state[1])

    def _known(self, mark: str, make: Callable[..., object], arguments: tuple[Any, ...]) -> object:
        found = self._origins.own(mark)
        if found is ABSENT:
            found = make(*arguments)
            self._origins.keep(mark, found)
        return found


def write(value: object, file: BinaryIO, definitions: Definitions, views: Views | None = None) -> None:
    """Write `value` with its large buffers beside the stream.

    Raises
    ------
    UnstorableError
        when something in the value cannot be pickled.
    """
    buffers: list[pickle.PickleBuffer] = []
    counted = _Counted(file)
    counted.write(_MARK)
    dump(Pickler(counted, definitions, views, buffers.append), value)
    spans = []
    for buffer in buffers:
        counted.write(bytes(-counted.position % _STEP))
        raw = buffer.raw()
        spans.append((counted.position, raw.nbytes))
        counted.write(raw)
    index = json.dumps(spans).encode("ascii")
    counted.write(index)
    counted.write(_TAIL.pack(len(index)))


def dump(pickler: Any, value: object) -> None:
    """Pickle `value`; whatever goes wrong in the value's own code becomes an `UnstorableError`."""
    try:
        pickler.dump(value)
    except (MlopsError, UnstorableError, OSError, MemoryError):
        raise
    except Exception as error:  # a door: pickling runs the code of the value's classes, which may raise anything
        raise UnstorableError(str(error) or type(error).__name__) from error


def read(file: BinaryIO, origins: Origins) -> tuple[object, set[str]]:
    """Return the value that `write` wrote, and the names of the step's definitions that it refers to.

    Raises
    ------
    HandoverError
        ``handover.definition_missing`` when the step lacks a definition, ``artifact.damaged`` when it is no
        such file.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(len(_MARK)) != _MARK:
        raise HandoverError("artifact.damaged", "the artifact is not what its manifest says", "run its step again")
    file.seek(size - _TAIL.size)
    (length,) = _TAIL.unpack(file.read(_TAIL.size))
    file.seek(size - _TAIL.size - length)
    spans: list[tuple[int, int]] = json.loads(file.read(length))
    loaded = list(_read_buffers(file, spans))
    file.seek(len(_MARK))
    unpickler = Unpickler(file, origins, iter(loaded))
    return unpickler.load(), unpickler.used


def _read_buffers(file: BinaryIO, spans: list[tuple[int, int]]) -> Iterator[bytearray]:
    for start, length in spans:
        file.seek(start)
        buffer = bytearray(length)
        view = memoryview(buffer)
        while view:
            count = cast(io.BufferedReader, file).readinto(view)
            if not count:
                raise HandoverError("artifact.damaged", "the artifact ends too early", "run its step again")
            view = view[count:]
        yield buffer


class _Counted:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.position = 0

    def write(self, chunk: Any) -> int:
        count = self._file.write(chunk)
        self.position += count
        return count
