"""The desk: what a verb at the door is given. The workbench, the folder that the browser sees, and the call itself.

Rule: a path of the contents API becomes a file only here, and only below the root.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from threading import Lock, local
from typing import TYPE_CHECKING

from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import ConflictError, NotFoundError, UnavailableError, UsageError
from jupyter_mlops.server.forms.common import Body
from jupyter_mlops.server.reader import LIMIT_S, Reader

if TYPE_CHECKING:
    from jupyter_mlops.app.scorings import Scorings

LONG_REQUEST_S = 2.0
_log = logging.getLogger(__name__)


class Desk:
    """What all calls of one server share.

    Parameters
    ----------
    make
        makes the workbench, given whom it tells its notes; called once, by the first verb, in its thread.
    root
        folder that the contents API shows; None when it shows no files.
    allow_hidden
        whether the contents API shows hidden files.
    """

    def __init__(
        self, make: Callable[[Callable[[str], None]], Workbench], root: str | None, *, allow_hidden: bool = False
    ) -> None:
        self._make, self._lock, self._local = make, Lock(), local()
        self._waiting = 0
        self.root = Path(root).resolve() if root else None
        self.allow_hidden = allow_hidden
        self.reader = Reader()
        self._begun: dict[object, float] = {}

    @property
    def workbench(self) -> Workbench:
        """The verbs."""
        with self._lock:
            return self._workbench

    @cached_property
    def _workbench(self) -> Workbench:
        return self._make(self.note)

    @cached_property
    def scorings(self) -> Scorings:
        """Files that are scored in the background."""
        from jupyter_mlops.app.scorings import Scorings

        return Scorings(lambda: self.workbench.models)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Note a request while it is answered; on the loop."""
        key = object()
        self._begun[key] = time.monotonic()
        try:
            yield
        finally:
            del self._begun[key]

    @property
    def is_busy(self) -> bool:
        """Whether somebody has waited for an answer for so long that it counts as activity; on the loop."""
        return any(time.monotonic() - begun > LONG_REQUEST_S for begun in self._begun.values())

    def close(self) -> None:
        """End what goes on in the background."""
        self.reader.close()
        found = self.__dict__.get("scorings")
        if found is not None:
            found.close()

    @contextmanager
    def noted(self) -> Iterator[list[str]]:
        """Give the list in which the workbench's notes for the call in this thread are gathered."""
        self._local.notes = notes = list[str]()
        try:
            yield notes
        finally:
            del self._local.notes

    @contextmanager
    def waiting(self, most: int) -> Iterator[None]:
        """Count a request that waits for a model; called on the server's loop.

        Raises
        ------
        UnavailableError
            ``server.busy``: `most` requests wait already.
        """
        if self._waiting >= most:
            raise UnavailableError("server.busy", f"{most} requests wait for models in this server", "ask again later")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def note(self, text: str) -> None:
        """Keep what the user should know; what nobody gathers goes to the log."""
        notes = getattr(self._local, "notes", None)
        if notes is None:
            _log.warning("%s", text)
        else:
            notes.append(text)

    def notebook_path(self, path: str) -> Path:
        """Return the notebook that a path of the contents API means; it need not exist. Raises as `file_path`."""
        return self.file_path(path, "a notebook")

    def file_path(self, path: str, what: str = "a file") -> Path:
        """Return the file that a path of the contents API means; it need not exist.

        Parameters
        ----------
        what
            is to be there, for the message.

        Raises
        ------
        UsageError
            ``path.invalid``, ``path.outside``: nothing below the root, links followed.
        NotFoundError
            ``path.hidden``.
        ConflictError
            ``server.no_files``: this server keeps no files.
        """
        if self.root is None:
            raise ConflictError(
                "server.no_files",
                "this server keeps its notebooks somewhere else than in files",
                "runs need a server whose contents manager is made of files",
            )
        parts = PurePosixPath(path.strip("/")).parts
        if not parts or "\0" in path or any(0xD800 <= ord(c) < 0xE000 for c in path) or ".." in parts:
            raise UsageError("path.invalid", f"{path!r} is not the path of {what}")
        if not self.allow_hidden and any(part.startswith(".") for part in parts):
            raise NotFoundError("path.hidden", f"`{path}` is hidden", "the server shows no hidden files")
        file = self.root.joinpath(*parts)
        try:
            found = file.resolve()
            mode = os.stat(found).st_mode if found.exists() else None
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError("path.invalid", f"`{path}` is not the path of {what}: {error}") from error
        if not found.is_relative_to(self.root):
            raise UsageError(
                "path.outside", f"`{path}` leads out of the folder that this server shows", f"name {what} in it"
            )
        if mode is not None and not stat.S_ISREG(mode):
            raise UsageError("path.invalid", f"`{path}` is not a file", f"name {what}")
        return found

    def existing_path(self, path: str) -> Path:
        """Return the file that a path of the contents API means, which must exist.

        Raises
        ------
        UsageError, ConflictError
            those of `notebook_path`.
        NotFoundError
            ``notebook.not_found``, in the words of who sees folders from the root on, and no others.
        """
        found = self.notebook_path(path)
        if not found.exists():
            raise NotFoundError(
                "notebook.not_found",
                f"there is no notebook `{path}`",
                "it was moved, renamed or deleted: save it again, or open it where it is now",
            )
        return found

    def readable_path(self, path: str) -> Path:
        """Return a notebook that has been read within the limits, so that the server may read it too. Raises as
        `existing_path` and `Reader.inspect`.
        """
        found = self.existing_path(path)
        self.reader.inspect(found, wait_s=LIMIT_S)
        return found

    def contents_path(self, file: str | Path | None) -> str | None:
        """Return how the contents API writes a file that exists; None when it shows no such file."""
        if self.root is None or file is None:
            return None
        try:
            found = Path(file).resolve()
            return found.relative_to(self.root).as_posix() if found.is_file() else None
        except (OSError, RuntimeError, ValueError):
            return None


@dataclass(frozen=True)
class Call:
    """One request: segments of the path by name, body and query in their forms, headers; `data` is the raw body."""

    desk: Desk
    segments: Mapping[str, str]
    body: Body | None = None
    query: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""
    method: str = "GET"


@dataclass(frozen=True)
class Raw:
    """An answer that is no JSON; `more` is read in a thread and sent as it comes, for what memory should not hold."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    more: Iterable[bytes] = ()
