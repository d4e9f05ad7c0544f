"""Pieces of a file as HTTP asks for them: ``Range: bytes=N-``, ``N-M``, ``-N``. Pure, but for what reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True)
class Piece:
    """Bytes `start` to `end` (not included) of a file of `size` bytes; `start` is `size` when there is nothing there.

    Attributes
    ----------
    is_whole
        no piece was asked for.
    """

    start: int
    end: int
    size: int
    is_whole: bool = False

    @property
    def is_behind(self) -> bool:
        """Whether the piece begins at the end of the file or behind it."""
        return not self.is_whole and self.start >= self.end

    @property
    def content_range(self) -> str:
        """The header of this name."""
        return f"bytes */{self.size}" if self.is_behind else f"bytes {self.start}-{self.end - 1}/{self.size}"


def piece_of(header: str | None, size: int) -> Piece:
    """Return the piece that a ``Range`` header asks for; one that is no such, or asks for several, asks for all.

    >>> piece_of("bytes=2-", 10), piece_of("bytes=-3", 10).start, piece_of("bytes=10-", 10).is_behind
    (Piece(start=2, end=10, size=10, is_whole=False), 7, True)
    """
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    first, last = match.groups() if match else ("", "")
    if not first and not last:
        return Piece(0, size, size, is_whole=True)
    if not first:
        return Piece(max(0, size - int(last)), size, size)
    start = int(first)
    if last and int(last) < start:
        return Piece(0, size, size, is_whole=True)
    end = min(size, int(last) + 1) if last else size
    return Piece(min(start, size), max(min(start, size), end), size)


def size_of(path: Path | None) -> int:
    """Return the size of a file; 0 when it is not there."""
    try:
        return path.stat().st_size if path is not None else 0
    except FileNotFoundError:
        return 0


def read_piece(path: Path | None, piece: Piece) -> bytes:
    """Read no more than the piece."""
    if path is None or piece.start >= piece.end:
        return b""
    with path.open("rb") as file:
        file.seek(piece.start)
        return file.read(piece.end - piece.start)


def pieces(path: Path, piece: Piece, size: int = 1 << 20) -> Iterator[bytes]:
    """Yield the piece in parts of at most `size` bytes."""
    with path.open("rb") as file:
        file.seek(piece.start)
        left = piece.end - piece.start
        while left and (part := file.read(min(left, size))):
            left -= len(part)
            yield part
