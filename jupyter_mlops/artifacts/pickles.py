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

from jupyter_mlops.artifacts import functions, kinds, tensors
from jupyter_mlops.artifacts.arrays import Views
from jupyter_mlops.artifacts.functions import Definitions, Namespace, Reduced
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
        self._views = views
        self._free_kinds: set[type] = set()
        self._storages: dict[int, object] = {}

    def reducer_override(self, value: Any) -> Any:
        """Reduce what the notebook defines and what must not leave the process; leave the rest to cloudpickle."""
        name = self._definitions.name_of(value)
        if name is not None:
            return self.reduce_definition(name, value)
        kind = type(value)
        if kind is types.FunctionType and value.__globals__ is self._definitions.namespace:
            return functions.reduce_function(value)
        if kind is types.CellType:
            return functions.reduce_cell(value)
        cached = functions.reduce_cached(value, self._definitions.namespace.get("__name__"))
        if cached is not None:
            return cached
        if kind is functions.LiveNamespace:
            return functions.live_namespace, ()
        if self._views is not None:
            reduced = self._views.reduce(value)
            if reduced is not None:
                return reduced
        if tensors.is_tensor(value):
            reduced = tensors.reduce(value, self._storages)
            if reduced is not None:
                return reduced
        if kind not in self._free_kinds:
            stream = kinds.stream_name(value)
            if stream is not None:
                return getattr, (sys, stream)
            # cloudpickle would turn an open file into a StringIO without a word.
            if kinds.is_bound_kind(kind):
                raise UnstorableError(f"cannot pickle {kind.__name__}", value)
            self._free_kinds.add(kind)
        return super().reducer_override(value)

    def reduce_definition(self, name: str, value: object) -> Reduced:
        """Write a definition as its name, with a copy by value where not every consumer has it."""
        if name.partition(".")[0] not in self._definitions.optional:
            return functions.definition, (name,)
        copy = io.BytesIO()
        Pickler(copy, self._definitions.without_names()).dump(value)
        return functions.definition, (name, copy.getvalue())


class Unpickler(pickle.Unpickler):
    """Reads what `Pickler` wrote, over a namespace; `used` collects the definitions that were taken by name."""

    def __init__(self, file: object, namespace: Namespace, buffers: Iterator[bytearray] | None = None) -> None:
        super().__init__(cast(BinaryIO, file), buffers=buffers)
        self.used: set[str] = set()
        self._namespace = namespace

    def find_class(self, module: str, name: str, /) -> Any:
        """Put the consumer's namespace and definitions where their marks are."""
        if module == functions.__name__:
            if name == functions.live_namespace.__name__:
                return lambda: self._namespace
            if name == functions.definition.__name__:
                return functions.resolver(self._namespace, self._rebuild, self.used)
        if module == self._namespace.get("__name__") and (module == "__main__" or functions.has(self._namespace, name)):
            # What pickle itself wrote by name, as it does with functions under `lru_cache`.
            return functions.resolver(self._namespace, self._rebuild, self.used)(name)
        return super().find_class(module, name)

    def _rebuild(self, copy: bytes) -> object:
        return Unpickler(io.BytesIO(copy), self._namespace).load()


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


def read(file: BinaryIO, namespace: Namespace) -> tuple[object, set[str]]:
    """Return the value that `write` wrote and the definitions of `namespace` that it refers to.

    Raises
    ------
    HandoverError
        ``handover.definition_missing`` when the namespace lacks a definition, ``artifact.damaged`` when it is no
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
    unpickler = Unpickler(file, namespace, iter(loaded))
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
