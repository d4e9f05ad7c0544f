"""Unix sockets between processes of one user: made private, found at long paths, and checked at both ends.

The mode of a socket's file is not trusted: another user who can change the mode could connect, and one who can put a
socket of their own in its place would receive what a caller sends. So each end asks the kernel for the user of the
other (``SO_PEERCRED``). A listener serves its own user and root (`is_welcome`); a caller sends to its own user only,
root also to the owner of the folder (`connect`).

A socket whose path is longer than an address may be lies in a folder of the user (`private_folder`): in
``XDG_RUNTIME_DIR``, else in the temporary folder, where it is used only if it is ours and closed to others.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What Linux allows is 107, what macOS allows is 103.
MAX_BYTES = 103
_BACKLOG = 2048
_FOLDER = "jupyter-mlops"
# macOS and the BSDs: SOL_LOCAL and LOCAL_PEERCRED, answered with a `struct xucred`.
_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED = 0, 1, 76


def listening(path: Path, backlog: int = _BACKLOG) -> socket.socket:
    """Return a socket that listens at `path`, for the owner of the process alone; what was there is removed."""
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX)
    try:
        with _address(path) as address:
            found.bind(address)
            # The kernel refuses connections before `listen`. A umask would change the files of other threads, too.
            os.chmod(address, 0o600)
        found.listen(backlog)
    except OSError:
        found.close()
        raise
    return found


def connect(caller: socket.socket, path: Path) -> None:
    """Connect a Unix socket to the one at `path`, before anything is sent.

    Raises
    ------
    OSError
        no process listens there.
    PermissionError
        a process of another user does.
    """
    with _address(path) as address:
        caller.connect(address)
    expected = os.geteuid() or path.parent.stat().st_uid
    found = peer(caller)
    if found not in (expected, os.geteuid()):
        raise PermissionError(f"the process that listens at {path} belongs to user {found}, not to {expected}")


def peer(sock: socket.socket) -> int | None:
    """Return the user id of the process at the other end; None where the system does not say."""
    if hasattr(socket, "SO_PEERCRED"):
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])
    if sys.platform == "darwin":
        return int(struct.unpack_from("=II", sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED))[1])
    return None


def is_welcome(caller: socket.socket) -> bool:
    """Return whether a connection that was accepted comes from this user, or from root."""
    with contextlib.suppress(OSError):
        return peer(caller) in (os.geteuid(), 0)
    return False


def is_private(folder: Path) -> bool:
    """Return whether a folder is one, no link, ours, and closed to everybody else."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def private_folder(longest: int) -> Path:
    """Return a folder of this user for sockets whose names have at most `longest` bytes; it is made.

    The folder of another user that lies where ours would be is left alone, and a new one is made beside it.
    """
    for place in _places():
        folder = Path(place)
        if len(os.fsencode(folder)) + 1 + longest > MAX_BYTES:
            continue
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        if is_private(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}-", dir="/tmp"))


def _places() -> Iterator[str]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isabs(runtime) and is_private(Path(runtime)):
        yield os.path.join(runtime, _FOLDER)
    for top in (tempfile.gettempdir(), "/tmp"):
        yield os.path.join(top, f"{_FOLDER}-{os.geteuid()}")


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield an address of the socket that is short enough: `path`, or one that leads to its folder for a moment."""
    if len(os.fsencode(path)) <= MAX_BYTES:
        yield str(path)
        return
    with tempfile.TemporaryDirectory(prefix="mlops-") as near:
        link = Path(near, "to")
        link.symlink_to(path.parent)
        yield str(link / path.name)
