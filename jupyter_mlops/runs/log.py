"""`log.txt`: every byte of text that a step put out, appended as it comes.

The kernel's own stdout and stderr are the same file, opened for appending: what never passes through the kernel's
messages (a crash report, a library's last words) is in it too. While the disk is full, text waits in memory and
is written when there is room again; beyond `MAX_WAITING_BYTES` it is dropped, and the log says how much.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from jupyter_mlops.runs.files import is_disk_full

MAX_WAITING_BYTES = 16 * 1024 * 1024
_TAIL_BYTES = 64 * 1024
_MAX_LINE = 1000
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def without_ansi(text: str) -> str:
    r"""Return `text` without terminal colours and cursor movements.

    >>> without_ansi("\x1b[31mred\x1b[0m")
    'red'
    """
    return _ANSI.sub("", text)


def tail_of(path: Path, lines: int = 20) -> str:
    """Return the last `lines` lines of a log, without colours and not too long; raise `OSError` when there is none."""
    with open(path, "rb") as source:
        source.seek(max(0, os.fstat(source.fileno()).st_size - _TAIL_BYTES))
        return _lines(source.read(), lines)


def _lines(content: bytes, lines: int) -> str:
    text = without_ansi(content.decode("utf-8", "replace")).rstrip()
    return "\n".join(line[:_MAX_LINE] for line in text.splitlines()[-lines:])


class Log:
    """The growing log of one attempt; `descriptor` is what the kernel gets as its stdout and stderr."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._waiting = bytearray()
        self._dropped_bytes = 0
        self._is_torn = False

    def write(self, text: str) -> None:
        """Append `text`; what a full disk refuses waits."""
        content = text.encode("utf-8", "backslashreplace")
        if not self._waiting:
            content = self._append(content)
        if len(self._waiting) + len(content) > MAX_WAITING_BYTES:
            self._dropped_bytes += len(content)
        else:
            self._waiting += content

    def settle(self) -> bool:
        """Write what waits; tell whether the log is whole."""
        self._waiting = bytearray(self._append(bytes(self._waiting)))
        if self._dropped_bytes and not self._waiting and not self._is_torn:
            note = f"\n[truncated: {self._dropped_bytes} bytes lost, the disk was full]\n"
            self._is_torn = not self._append(note.encode())
        return not self._waiting and not self._dropped_bytes

    def tail(self, lines: int = 20) -> str:
        """Return the last `lines` lines, without colours and not too long."""
        size = self.size
        start = max(0, size - _TAIL_BYTES)
        with open(self.path, "rb") as source:
            source.seek(start)
            return _lines(source.read() + bytes(self._waiting[-_TAIL_BYTES:]), lines)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return os.fstat(self.descriptor).st_size

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)

    def _append(self, content: bytes) -> bytes:
        """Write as much as there is room for and return the rest."""
        view = memoryview(content)
        while view:
            try:
                view = view[os.write(self.descriptor, view) :]
            except OSError as error:
                if not is_disk_full(error):
                    raise
                return bytes(view)
        return b""
