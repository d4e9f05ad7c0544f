"""Unix sockets: private, replaced, and found at paths that are longer than their addresses may be."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.base import unix


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


OTHER = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs root, to be another user")
SPEAK = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'x')"
LISTEN = (
    "import os, socket, sys; s = socket.socket(socket.AF_UNIX); os.umask(0); s.bind(sys.argv[1]); s.listen(); print(1, flush=True)\n"
    "c = s.accept()[0]; c.settimeout(5); print(c.recv(100), flush=True)"
)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may use."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        os.chmod(name, 0o777)
        yield Path(name)


def other(code: str, path: Path) -> subprocess.Popen[bytes]:
    """Run code as another user of the machine, with the system's Python, which that user may read."""
    program = next(each for each in ("/usr/bin/python3", sys.executable) if Path(each).exists())
    command = [program, "-I", "-S", "-c", code, str(path)]
    return subprocess.Popen(command, user=OTHER, group=OTHER, extra_groups=[], stdout=subprocess.PIPE, cwd="/")


@as_root
def test_another_user_is_not_welcome_whatever_the_modes_say(open_folder: Path) -> None:
    path = open_folder / "door"
    with unix.listening(path) as door:
        path.chmod(0o777)
        process = other(SPEAK, path)
        with door.accept()[0] as heard:
            assert unix.peer(heard) == OTHER
            assert not unix.is_welcome(heard)
        process.communicate()
        with socket.socket(socket.AF_UNIX) as caller:
            unix.connect(caller, path)
            with door.accept()[0] as heard:
                assert unix.is_welcome(heard)


@as_root
def test_nothing_is_sent_to_the_socket_of_another_user(open_folder: Path) -> None:
    with other(LISTEN, open_folder / "door") as process:
        assert process.stdout is not None
        process.stdout.readline()
        with socket.socket(socket.AF_UNIX) as caller, pytest.raises(PermissionError, match=f"user {OTHER}"):
            unix.connect(caller, open_folder / "door")
        assert process.stdout.readline() == b"b''\n"


@as_root
def test_the_runners_socket_that_another_user_made_anew_gets_no_environment(open_folder: Path, tmp_path: Path) -> None:
    """The notice of a runner that was killed names a socket, and another user has put one of his own there."""
    from jupyter_mlops.runs import notice
    from jupyter_mlops.runs.code import Code

    with (tmp_path / notice.LOCK).open("w+b") as lock:
        notice.Notice(1, open_folder / "door", Code.here()).post(lock.fileno(), tmp_path)
    for mode in (0o777, 0o700):
        (open_folder / "door").unlink(missing_ok=True)
        open_folder.chmod(0o777)
        with other(LISTEN, open_folder / "door") as process:
            assert process.stdout is not None
            process.stdout.readline()
            open_folder.chmod(mode)
            assert notice.say(tmp_path, {"run": "r", "environment": {"SECRET": "canary"}}) is None
            assert not notice.ring(tmp_path)
            process.kill()
            assert b"canary" not in process.stdout.read()


@pytest.mark.parametrize("mode", [0o777, 0o755, 0o710])
def test_a_folder_that_is_open_to_others_holds_no_socket(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        monkeypatch.setattr(tempfile, "tempdir", runtime + "/none")
        assert unix.private_folder(20) == Path(runtime, "jupyter-mlops")
        Path(runtime, "jupyter-mlops").chmod(mode)
        found = unix.private_folder(20)
        assert found.parent == Path("/tmp")
        assert unix.is_private(found)
        os.chmod(runtime, mode)
        assert Path(runtime) not in unix.private_folder(20).parents


def test_a_link_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert unix.is_private(tmp_path / "real")
    assert not unix.is_private(tmp_path / "link")
    assert not unix.is_private(tmp_path / "none")
