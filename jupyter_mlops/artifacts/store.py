"""The content-addressed store: bytes named by their sha256, written once, never changed.

A file appears under its name complete or not at all: it is written to a temporary name, synced and renamed.
Two writers of the same bytes meet at the same name and both succeed. Folders are 0700, files 0600.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, cast

from jupyter_mlops.base.errors import HandoverError
from jupyter_mlops.base.ids import Digest

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_HEX = re.compile(r"[0-9a-f]{64}")


class Stored(NamedTuple):
    """The name and the size of bytes that the store now has."""

    digest: Digest
    size_bytes: int


class ArtifactStore(Protocol):
    """Bytes by digest."""

    def put(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what `write` writes to the file it is given (unseekable); nothing is kept if it raises."""
        ...

    def open(self, digest: str) -> BinaryIO:
        """Open for reading (seekable); raise `HandoverError` (``artifact.missing``) when absent."""
        ...

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        ...


class HashingFile(io.RawIOBase):
    """A writable, unseekable file that hashes and counts what passes through it to `target`.

    `failure` keeps the first error of the target, because serializers may wrap it beyond recognition.
    """

    def __init__(self, target: BinaryIO) -> None:
        super().__init__()
        self._target = target
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, chunk: ReadableBuffer, /) -> int:
        """Write all of `chunk`."""
        view = memoryview(chunk).cast("B")
        try:
            self._target.write(view)
        except OSError as error:
            self.failure = self.failure or error
            raise
        self._hash.update(view)
        self.size_bytes += view.nbytes
        return view.nbytes

    def digest(self) -> Digest:
        """Return the sha256 of everything written so far, in hexadecimal."""
        return Digest(self._hash.hexdigest())


class MemoryStore:
    """The store in memory, for tests."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def put(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what `write` writes."""
        target = io.BytesIO()
        file = HashingFile(target)
        write(cast(BinaryIO, file))
        self.contents[file.digest()] = target.getvalue()
        return Stored(file.digest(), file.size_bytes)

    def open(self, digest: str) -> BinaryIO:
        """Open for reading."""
        if digest not in self.contents:
            raise _missing(digest, "memory")
        return io.BytesIO(self.contents[digest])

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return digest in self.contents


class FolderStore:
    """The store in a local folder: ``ab/cd/abcd…``.

    Parameters
    ----------
    root
        the folder; made on the first write.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)

    def path(self, digest: str) -> Path:
        """Return where the bytes are or would be, for memory maps; raise ValueError if it is no digest."""
        if not _HEX.fullmatch(digest):
            raise ValueError(f"not a sha256 digest: {digest!r}")
        return self.root / digest[:2] / digest[2:4] / digest

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return self.path(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """Open for reading."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError as error:
            raise _missing(digest, str(self.root)) from error

    def put(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what `write` writes.

        Raises
        ------
        HandoverError
            ``artifact.disk_full`` when there is no space left; no partial file stays behind.
        """
        with _says_full(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.root / f".{uuid.uuid4().hex}.part"
            try:
                return self._write(draft, write)
            finally:
                draft.unlink(missing_ok=True)

    def _write(self, draft: Path, write: Callable[[BinaryIO], None]) -> Stored:
        with os.fdopen(_create(draft), "wb", buffering=1 << 20) as target:
            file = HashingFile(target)
            try:
                write(cast(BinaryIO, file))
            except BaseException as error:
                # What is still buffered is not wanted, and closing must not fail a second time.
                with contextlib.suppress(OSError):
                    target.close()
                if file.failure is not None and error is not file.failure:
                    raise file.failure from error
                raise
            target.flush()
            os.fsync(target.fileno())
        stored = Stored(file.digest(), file.size_bytes)
        path = self.path(stored.digest)
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        draft.replace(path)
        for folder in (path.parent, path.parent.parent, self.root):
            _sync_folder(folder)
        return stored


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path`, as a whole or not at all; 0600.

    Raises
    ------
    HandoverError
        ``artifact.disk_full`` when there is no space left; the file that was there before stays.
    """
    with _says_full(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            with os.fdopen(_create(draft), "wb", buffering=0) as target:
                view = memoryview(content)
                while view:
                    view = view[target.write(view) :]
                os.fsync(target.fileno())
            draft.replace(path)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)


def _sync_folder(folder: Path) -> None:
    # Not every system lets a folder be opened or synced; the file itself is synced in any case.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _says_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise HandoverError(
            "artifact.disk_full",
            f"no space left for artifacts in `{folder}`",
            "free some space, then run the step again",
        ) from error


def _missing(digest: str, where: str) -> HandoverError:
    return HandoverError(
        "artifact.missing",
        f"artifact {digest[:12]} is not in the store `{where}`",
        "run the step that makes it again",
    )
