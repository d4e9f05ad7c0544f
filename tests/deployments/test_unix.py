"""Unix sockets: private, replaced, and found at paths that are longer than their addresses may be."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from jupyter_mlops.deployments.serving import unix


@pytest.mark.parametrize("folder", ["near", "far" * 60, "ferné" * 20])
def test_who_calls_is_heard(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "owner.sock"
    path.parent.mkdir()
    for _ in range(2):  # the second replaces what a killed one left
        with unix.listening(path) as door, socket.socket(socket.AF_UNIX) as caller:
            assert path.stat().st_mode & 0o777 == 0o600
            unix.connect(caller, path)
            with door.accept()[0] as heard:
                caller.sendall(b"hello")
                assert heard.recv(5) == b"hello"


@pytest.mark.parametrize("folder", ["near", "far" * 60])
def test_where_nobody_listens(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    with socket.socket(socket.AF_UNIX) as caller, pytest.raises(FileNotFoundError):
        unix.connect(caller, tmp_path / folder / "owner.sock")
    unix.listening(tmp_path / folder / "owner.sock").close()
    with socket.socket(socket.AF_UNIX) as caller, pytest.raises(ConnectionRefusedError):
        unix.connect(caller, tmp_path / folder / "owner.sock")
