"""The file of a pickle, and how a step reads it.

The file: a mark, the pickle stream (protocol 5), the out-of-band buffers, each at a multiple of 64, their index as
JSON, and its length. Large arrays are written from where they are, without a copy.
"""

from __future__ import annotations

import functools
import io
import json
import pickle
import struct
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from jupyter_mlops.artifacts import functions, marks
from jupyter_mlops.artifacts.arrays import Views, own
from jupyter_mlops.artifacts.functions import ABSENT
from jupyter_mlops.artifacts.origins import Definitions, Origins
from jupyter_mlops.artifacts.pickler import IDENTIFIER, MarkPickler, Pickler, dump
from jupyter_mlops.base.errors import HandoverError

_MARK = b"mlops-pickle-1\n\0"
_TAIL = struct.Struct("<Q")
_STEP = 64
_TRIED_BYTES = 256_000_000
_MAKERS = ("_make_skeleton_class", "_make_skeleton_enum")


class Unpickler(pickle.Unpickler):
    """Reads what `Pickler` wrote, in a step; `used` collects the definitions that were taken by name."""

    def __init__(self, file: object, origins: Origins, buffers: Iterator[bytearray] | None = None) -> None:
        super().__init__(cast(BinaryIO, file), buffers=buffers)
        self._marks = marks.Reading()
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

    def persistent_load(self, mark: Any, /) -> object:
        """Return the object that a mark stands for."""
        return self._marks.load(mark)

    def find_class(self, module: str, name: str, /) -> Any:
        """Put the consumer's namespace and definitions where their marks are."""
        if module == functions.__name__ and name in self._places:
            return self._places[name]
        if module == self._namespace.get("__name__") and (module == "__main__" or functions.has(self._namespace, name)):
            # What pickle itself wrote by name, as it does with functions under `lru_cache`.
            return self._definition(name)
        found = super().find_class(module, name)
        if name == "_frombuffer" and module.startswith("numpy."):
            return lambda *arguments: own(found(*arguments))
        if name == "_class_setstate" and module.startswith("cloudpickle"):
            return functools.partial(self._set_class, found)
        return functools.partial(self._met, found) if name in _MAKERS and module.startswith("cloudpickle") else found

    def _set_class(self, plain: Callable[[Any, Any], object], kind: Any, state: Any) -> object:
        """Set what a class holds, once: values of several steps bring it along, and those of the last come first."""
        return functions.set_class_state(plain, kind, state) if self._origins.is_first(kind) else kind

    def _met(self, make: Callable[..., type], *arguments: Any) -> type:
        kind = make(*arguments)
        self._origins.meet(kind, str(arguments[IDENTIFIER]))
        return kind

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


class _Trial(Unpickler):
    """Reads a pickle in the step that wrote it: its classes are there, and nothing is changed in them."""

    def find_class(self, module: str, name: str, /) -> Any:
        """Leave the state of classes alone."""
        if name == "_class_setstate" and module.startswith("cloudpickle"):
            return lambda kind, _: kind
        return super().find_class(module, name)

    def _met(self, make: Callable[..., type], *arguments: Any) -> type:
        return make(*arguments)

    def _set_known_class(self, kind: Any, state: object) -> None:
        pass

    def _set_known_function(self, function: Any, state: Any) -> None:
        pass


def write(
    value: object,
    file: BinaryIO,
    definitions: Definitions,
    views: Views | None = None,
    *,
    marked: marks.Writing | None = None,
) -> bool:
    """Write `value` with its large buffers beside the stream; return whether it may turn out not to be readable.

    Raises
    ------
    UnstorableError
        when something in the value cannot be pickled.
    """
    buffers: list[pickle.PickleBuffer] = []
    counted = _Counted(file)
    counted.write(_MARK)
    arguments = (counted, definitions, views, buffers.append)
    pickler = Pickler(*arguments) if marked is None else MarkPickler(marked, *arguments)
    dump(pickler, value)
    spans = []
    for buffer in buffers:
        counted.write(bytes(-counted.position % _STEP))
        raw = buffer.raw()
        spans.append((counted.position, raw.nbytes))
        counted.write(raw)
    index = json.dumps(spans).encode("ascii")
    counted.write(index)
    counted.write(_TAIL.pack(len(index)))
    return pickler.is_risky


def read(file: BinaryIO, origins: Origins, kind: type[Unpickler] = Unpickler) -> tuple[object, set[str]]:
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
    unpickler = kind(file, origins, iter(loaded))
    return unpickler.load(), unpickler.used


def try_read(file: BinaryIO, origins: Origins) -> None:
    """Read a pickle in the step that wrote it, and raise whatever the classes of the value raise.

    Does nothing when the file is large.
    """
    if file.seek(0, io.SEEK_END) <= _TRIED_BYTES:
        try:
            read(file, origins, _Trial)
        except HandoverError:
            # What a consumer has and this step has no longer is no fault of the value.
            return


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
