"""How the parts of a model are written, and whether reading them runs code. Nothing is ever loaded.

A format is told by the file's beginning, not by its name, where the beginning says more. A part of which nobody knows
the format counts as code: "nothing was scanned" is not "clean".
"""

from __future__ import annotations

import bz2
import io
import itertools
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from jupyter_mlops.base.documents import whole
from jupyter_mlops.models.facts import DESCRIPTION, MOST_FILES, read_facts
from jupyter_mlops.models.known import known_types
from jupyter_mlops.models.loaders import runs
from jupyter_mlops.models.pickles import is_program, names_in, unsafe

MOST_BYTES = 500_000_000
# Of all files of a model that have to be read as a whole.
MOST_TOGETHER = 4 * MOST_BYTES
_DEEPEST = 4
# What describes a model; read as text by MLflow, never executed when it is loaded.
_DESCRIPTIONS = frozenset(
    {DESCRIPTION, "conda.yaml", "python_env.yaml", "requirements.txt", "registered_model_meta", "input_example.json"}
    | {"serving_input_example.json", "environment_variables.txt", "README.md"}
)
_BY_SUFFIX = {
    ".safetensors": "safetensors", ".onnx": "onnx", ".json": "json", ".ubj": "ubjson", ".txt": "text", ".csv": "text",
    ".yaml": "yaml", ".yml": "yaml", ".md": "text", ".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow",
    ".cbm": "catboost", ".xgb": "xgboost", ".lgb": "text", ".npy": "npy",
}  # fmt: skip
_CODE = {".py": "python", ".so": "library", ".pyd": "library", ".dll": "library", ".pyc": "python", ".sh": "script"}


@dataclass(frozen=True)
class FileFormat:
    """How one file is written.

    Attributes
    ----------
    size
        bytes.
    is_code
        whether reading it runs what is in it: a pickle, a script, anything unknown.
    unknown
        what it would call or make and nobody vouches for; with a problem in it when it cannot be read.
    is_scanned
        whether all of it was followed, so that an empty `unknown` says something.
    """

    file: str
    name: str
    size: int
    is_code: bool
    unknown: tuple[str, ...] = ()
    is_scanned: bool = True


@dataclass
class _Budget:
    """What may be read and followed of one model; whoever made it may have meant it never to end."""

    bytes: int = MOST_TOGETHER
    steps: Iterator[int] = field(default_factory=itertools.count)

    def take(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise ValueError(f"all files together are more than {MOST_TOGETHER:,} bytes to look at")


def formats(folder: Path) -> list[FileFormat]:
    """Return how every file of a model is written, descriptions left out; links are not followed."""
    found: list[FileFormat] = []
    paths, budget = sorted(itertools.islice(folder.rglob("*"), MOST_FILES + 1)), _Budget()
    if len(paths) > MOST_FILES:
        told = f"there are more than {MOST_FILES:,} files, and not all were looked at"
        found.append(FileFormat("*", "unknown", 0, True, (told,), is_scanned=False))
    for path in paths[:MOST_FILES]:
        file = whole(path.relative_to(folder).as_posix())
        try:
            each = _at(path, file, budget)
        except OSError as error:
            each = FileFormat(file, "unknown", 0, True, (f"it cannot be read: {error}",), is_scanned=False)
        # What describes a model is told only when it is something else: any file may be named as its data.
        is_description = file in _DESCRIPTIONS or file.startswith("metadata/")
        if each is not None and not (is_description and each.name in ("unknown", "json", "yaml", "text")):
            found.append(each)
    return [*_description(folder), *found]


def _at(path: Path, file: str, budget: _Budget) -> FileFormat | None:
    if path.is_symlink():
        return FileFormat(file, "link", 0, True, ("it leads elsewhere",), is_scanned=False)
    if path.is_file():
        return _format(path, file, budget)
    return None if path.is_dir() else FileFormat(file, "device", 0, True, ("it is no file",), is_scanned=False)


def _description(folder: Path) -> list[FileFormat]:
    """Return the description, when it says that loading runs more than what is in the files."""
    file = folder / DESCRIPTION
    if not file.is_file():
        return []
    facts = read_facts(folder)
    told = runs(facts.description) if facts.description else list(facts.problems[:1])
    return [FileFormat(DESCRIPTION, "loader", file.stat().st_size, True, tuple(told), is_scanned=False)] if told else []


def _format(path: Path, file: str, budget: _Budget) -> FileFormat:
    size = path.stat().st_size
    blank = FileFormat(file, "unknown", size, True, ("nobody knows how to read it",), is_scanned=False)
    try:
        if path.suffix in _CODE:
            return FileFormat(file, _CODE[path.suffix], size, True, ("it is code",), is_scanned=False)
        if size > MOST_BYTES and path.suffix not in _BY_SUFFIX:
            return replace(blank, unknown=(f"it is larger than {MOST_BYTES:,} bytes, and was not looked at",))
        with path.open("rb") as opened:
            begin = opened.read(16)
        if zipfile.is_zipfile(path):
            # Who reads it from its begin may find something else there.
            is_whole = begin.startswith(b"PK\x03\x04") or begin.startswith(b"PK\x05\x06")
            return (
                _zipped(path, file, size, budget)
                if is_whole
                else replace(blank, unknown=("an archive behind something",))
            )
        is_packed = any(begin.startswith(mark) for mark, _ in _UNPACKERS)
        if (path.suffix in _BY_SUFFIX or file in _DESCRIPTIONS) and not _is_pickle(begin) and not is_packed:
            with path.open("rb") as opened:
                if is_program(opened, budget.steps):
                    return _pickle(path.read_bytes(), file, size, "pickle", budget) if size <= MOST_BYTES else blank
            name = _BY_SUFFIX.get(path.suffix, "text")
            return _array(path, file, size) if name == "npy" else FileFormat(file, name, size, False)
        budget.take(size)
        # Files of the system say that they are empty, and may never end.
        data = _unpacked(path.read_bytes() if size else b"")
        budget.take(len(data))
        if (
            _is_pickle(data[:16])
            or is_program(io.BytesIO(data), budget.steps)
            or path.suffix in (".pkl", ".pickle", ".joblib", ".p", ".pt", ".pth", ".bin")
        ):
            return _pickle(data, file, size, "joblib" if path.suffix == ".joblib" else "pickle", budget)
    except (
        OSError,
        ValueError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as error:
        return replace(blank, unknown=(f"it cannot be read: {error}",))
    return blank


def _pickle(data: bytes, file: str, size: int, name: str, budget: _Budget) -> FileFormat:
    found = names_in(data, budget.steps)
    return FileFormat(
        file, name, size, True, (*unsafe(found.names, known_types()), *found.problems), is_scanned=not found.problems
    )


def _zipped(path: Path, file: str, size: int, budget: _Budget) -> FileFormat:
    """Look into a zip: of skops, of torch, of numpy, or any other; what is packed in it is looked at too."""
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
        is_skops = "schema.json" in names
        whole = sum(entry.file_size for entry in opened.infolist())
        # Of skops only the schema is read.
        read = opened.getinfo("schema.json").file_size * 10 if is_skops else whole
        if read > MOST_BYTES:
            return FileFormat(
                file, "zip", size, True, ("it unpacks to too much, and was not looked at",), is_scanned=False
            )
        budget.take(read)
        if is_skops:
            return _skops(path, file, size)
        is_torch = any(name.rpartition("/")[2] == "data.pkl" for name in names)
        unknown: list[str] = []
        is_code, is_scanned = is_torch, True
        for entry in opened.infolist():
            data = b"" if entry.is_dir() else _unpacked(opened.read(entry))
            if entry.filename.endswith(tuple(_CODE)):
                is_code, is_scanned = True, False
                unknown.append(f"{entry.filename} is code")
            elif zipfile.is_zipfile(io.BytesIO(data)):
                is_code, is_scanned = True, False
                unknown.append(f"{entry.filename} is an archive in an archive")
            elif _is_pickle(data[:16]) or entry.filename.endswith((".pkl", ".pickle")):
                part = _pickle(data, file, size, "pickle", budget)
                is_code, is_scanned = True, is_scanned and part.is_scanned
                unknown += part.unknown
            elif data.startswith(b"\x93NUMPY") and _holds_objects(data):
                is_code, is_scanned = True, False
                unknown.append(f"{entry.filename} holds pickled objects")
    name = "torch" if is_torch else "npz" if path.suffix == ".npz" else "zip"
    is_plain = name in ("torch", "npz") or is_code
    if not is_plain:
        return FileFormat(file, name, size, True, ("nobody knows how to read it",), is_scanned=False)
    return FileFormat(file, name, size, is_code, tuple(dict.fromkeys(unknown)), is_scanned)


def _skops(path: Path, file: str, size: int) -> FileFormat:
    """Ask skops, which builds a description of what it would make, and makes none of it."""
    from skops.io import get_untrusted_types

    try:
        unknown = tuple(unsafe(map(str, get_untrusted_types(file=path)), known_types()))
    except Exception as error:
        # A door: what is in the file is anybody's, and skops raises whatever it stumbles over.
        return FileFormat(file, "skops", size, False, (f"skops cannot read it: {error}",), is_scanned=False)
    return FileFormat(file, "skops", size, False, unknown)


def _array(path: Path, file: str, size: int) -> FileFormat:
    with path.open("rb") as opened:
        holds_objects = _holds_objects(opened.read(20_000))
    unknown = ("it holds pickled objects",) if holds_objects else ()
    return FileFormat(file, "npy", size, holds_objects, unknown, is_scanned=not holds_objects)


def _holds_objects(data: bytes) -> bool:
    """Whether a NumPy file has objects in it, which are pickled, or a header that cannot be told."""
    import ast
    import warnings

    from numpy.lib.format import descr_to_dtype

    try:
        width = 2 if data[6] == 1 else 4
        start = 8 + width
        if not data.startswith(b"\x93NUMPY") or data[6] not in (1, 2, 3):
            return True
        header = data[start : start + min(int.from_bytes(data[8:start], "little"), 10_000)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ast.literal_eval(header.decode("latin-1").strip())
            return bool(descr_to_dtype(found["descr"]).hasobject)
    except (ValueError, SyntaxError, TypeError, LookupError, MemoryError, RecursionError, AttributeError):
        return True


def _is_pickle(begin: bytes) -> bool:
    """Whether bytes begin as a pickle of protocol 2 and later does; earlier ones begin as texts do."""
    return len(begin) > 1 and begin[0] == 0x80 and begin[1] <= 5


class _Unpacker(Protocol):
    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _unpacked(data: bytes) -> bytes:
    """Return data without the compression that joblib and others put around it."""
    for _ in range(_DEEPEST):
        make = next((make for begin, make in _UNPACKERS if data.startswith(begin)), None)
        if make is None:
            return data
        unpacker = make()
        data = unpacker.decompress(data, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError("it unpacks to too much")
        if unpacker.unused_data:
            raise ValueError("something stands behind what is packed")
    raise ValueError("it is packed too often")


_UNPACKERS: tuple[tuple[bytes, Callable[[], _Unpacker]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    (b"\x5d\x00\x00", lzma.LZMADecompressor),
    *((begin, zlib.decompressobj) for begin in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")),
)
