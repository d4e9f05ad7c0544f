from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.runs.code import Code
from jupyter_mlops.runs.environments import AWAITED_S, KEPT_S, Environments
from jupyter_mlops.runs.launch import announce, is_runner_alive
from jupyter_mlops.runs.notice import LOCK, read_notice, ring, say
from jupyter_mlops.runs.post import Post
from tests.pace import PATIENCE_S, fastest, starting_s, wait_until


class Bench:
    """A post, and what was heard there."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.heard: list[dict[str, Any]] = []
        self.post = Post(home, Code.here(), self.hear)

    def hear(self, message: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(message)
        return {"heard": len(self.heard)}


@pytest.fixture(params=["short", "long"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A home folder whose path is short enough for a socket, and one whose path is not."""
    made = Bench(tmp_path if request.param == "short" else tmp_path / ("ü" * 40) / ("ö" * 40))
    yield made
    made.post.leave()


def test_nobody_is_there(tmp_path: Path) -> None:
    assert not ring(tmp_path)
    assert say(tmp_path, {}) is None


def test_a_word_is_heard_and_answered(bench: Bench) -> None:
    assert bench.post.take()
    assert say(bench.home, {"text": "\udcff ü"}) == {"heard": 1}
    assert os.read(bench.post.bell, 9) == b"!"
    assert ring(bench.home)
    wait_until(lambda: len(bench.heard) == 2)
    assert bench.heard == [{"text": "\udcff ü"}, {}]


def test_only_its_owner_may_speak_to_it(bench: Bench) -> None:
    assert bench.post.take()
    notice = read_notice(bench.home)
    assert notice is not None
    assert stat.S_IMODE(notice.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE((bench.home / LOCK).stat().st_mode) == 0o600


def test_nothing_is_left_of_a_post(bench: Bench) -> None:
    for _ in range(3):
        assert bench.post.take()
        notice = read_notice(bench.home)
        assert notice is not None
        bench.post.leave()
        assert not ring(bench.home)
        assert not notice.socket.exists()
        assert [path.name for path in bench.home.iterdir()] == [LOCK]


def test_the_socket_of_one_that_was_killed_is_in_nobodys_way(bench: Bench) -> None:
    code = (
        "import os, sys; from pathlib import Path; from jupyter_mlops.runs.code import Code\n"
        "from jupyter_mlops.runs.post import Post\n"
        "Post(Path(sys.argv[1]), Code.here(), lambda message: {}).take(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(bench.home)], check=True, timeout=PATIENCE_S)
    left = read_notice(bench.home)
    assert left is not None
    assert left.socket.exists()
    assert not ring(bench.home)
    assert bench.post.take()
    assert say(bench.home, {}) == {"heard": 1}
    now = read_notice(bench.home)
    assert now is not None
    assert now.socket == left.socket or not left.socket.exists()


def test_there_is_only_one(bench: Bench) -> None:
    assert bench.post.take()
    assert not Post(bench.home, Code.here(), bench.hear).take(0.1)
    assert say(bench.home, {}) is not None


def test_rubbish_and_silence_harm_nobody(bench: Bench) -> None:
    import socket

    assert bench.post.take()
    notice = read_notice(bench.home)
    assert notice is not None
    for said in (b"", b"{", b"[1]", b"\xff\xfe", b"[" * 200_000, b'{"run": ' * 100_000):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(notice.socket))
            line.sendall(said)
    assert say(bench.home, {}) == {"heard": 1}


def test_what_is_announced_is_heard_before_it_is_accepted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGE", "x" * 120_000)
    monkeypatch.setenv("ALSO_LARGE", "y" * 120_000)
    monkeypatch.setenv("JPY_SESSION_NAME", "mine")
    assert bench.post.take()
    assert is_runner_alive(bench.home)
    assert announce(bench.home, "r1")
    [message] = [m for m in bench.heard if m]
    assert message["run"] == "r1"
    assert message["environment"]["LARGE"] == "x" * 120_000
    assert "JPY_SESSION_NAME" not in message["environment"]
    assert fastest(lambda: announce(bench.home, "r1"), 20) < 2 * starting_s()


def test_environments_are_kept_until_their_runs_are_over() -> None:
    now = 0.0
    kept = Environments(lambda: now)
    kept.put("r1", {"X": "1"})
    kept.put("r2", {"X": "2"})
    assert kept.has_awaited
    assert kept.of("r1") == {"X": "1"}
    assert kept.has_awaited, "the other one may come any moment"
    assert kept.of("r3") is None
    now = AWAITED_S + 1
    assert [kept.has_awaited] == [False]
    kept.forget("r1")
    assert kept.of("r1") is None
    kept.forget_old()
    assert kept.of("r2") == {"X": "2"}
    now = KEPT_S + 1
    kept.forget_old()
    assert kept.of("r2") is None
