"""What a model answers and writes is bounded: answers, files, scratch folders, logs, the request log."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base import unix
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.deployments import client, lone
from jupyter_mlops.deployments.serving import tidy
from jupyter_mlops.deployments.serving.plan import LogPlan
from jupyter_mlops.deployments.serving.requestlog import RequestLog
from jupyter_mlops.server.desk import Desk
from jupyter_mlops.server.routes import ROUTES
from tests.deployments import hostile_models
from tests.deployments.front_process import running
from tests.pace import PATIENCE_S

pytestmark = pytest.mark.short


def test_an_answer_that_is_too_long_is_refused_by_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    hostile_models.loader_module(folder, "")
    monkeypatch.setattr(lone, "ANSWER_BYTES", 100)
    code = folder / "code" / "its_loader.py"
    code.write_text(code.read_text().replace("[1]", "list(range(1000))"))
    with lone.lone_worker(folder, tmp_path, sys.executable, PATIENCE_S) as ask:
        for _ in range(2):
            reply = ask("invocations", b'{"inputs": [1]}')
            assert (reply.status, json.loads(reply.body)["code"]) == (500, "model.answer")


def test_a_worker_that_sends_more_is_ended(tmp_path: Path) -> None:
    with running(tmp_path) as front:
        front.write(versions={"1": {**front.model("1"), "answer_bytes": 1_000}}, live="1")
        front.process.send_signal(signal.SIGHUP)
        front.until(lambda: front.status()["revision"] > 1)
        front.until_ready("1")
        before = front.status()["versions"]["1"]["pids"]
        answer = front.post({"large": 50_000_000})
        assert (answer.status, answer.json()["code"]) == (500, "model.crashed")
        assert front.post({"x": 1}).status == 200
        assert front.status()["versions"]["1"]["pids"] != before
        status = Path(f"/proc/{front.status()['pid']}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        assert peak < 300_000


def test_a_file_of_a_model_has_an_end(tmp_path: Path) -> None:
    code = (
        "import errno, os, sys; from jupyter_mlops.deployments.serving.worker import confine\n"
        "confine.give_up(sys.argv[1], sys.argv[1])\n"
        "file = os.open(sys.argv[1] + '/x', os.O_WRONLY | os.O_CREAT)\n"
        "os.truncate(file, confine.FILE_BYTES)\n"
        "try:\n    os.truncate(file, confine.FILE_BYTES + 1)\nexcept OSError as error:\n    print(error.errno == errno.EFBIG)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.stdout == "True\n", done.stderr


def test_a_log_that_is_full_begins_anew_with_its_end(tmp_path: Path) -> None:
    log = tmp_path / "version-1.log"
    log.write_bytes(b"".join(b"line %d\n" % n for n in range(10_000)))
    with log.open("ab") as writer:
        assert not tidy.cut(log, 10**6)
        assert tidy.cut(log, 10_000, 100)
        writer.write(b"later\n")
    lines = log.read_text().splitlines()
    assert lines[0].startswith("[the log was full")
    assert lines[1].startswith("line 99")
    assert lines[-2:] == ["line 9999", "later"]
    assert log.stat().st_size < 300


def test_scratch_folders_that_overflow_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("1-0", 10), ("2-0", 300_000)):
        (tmp_path / "scratch" / name / "deep").mkdir(parents=True)
        (tmp_path / "scratch" / name / "deep" / "file").write_bytes(os.urandom(size))
    ended: list[str] = []
    monkeypatch.setattr(tidy, "overflows", lambda folder, real=tidy.overflows: real(folder, 100_000))
    assert tidy.Tidy(tmp_path, ended.append).look() == ["2-0"]


def test_a_scratch_folder_holds_so_many_files(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / str(number)).touch()
    assert tidy.overflows(tmp_path, 10**9, 2)
    assert not tidy.overflows(tmp_path, 10**9, 3)


def test_the_request_log_keeps_so_many_bytes_over_all_its_beginnings(tmp_path: Path) -> None:
    for number in range(9):
        file = tmp_path / f"requests-{number}.parquet"
        file.write_bytes(b"x" * 400)
        os.utime(file, (number, number))
    (tmp_path / "requests-9.new").write_bytes(b"x")
    log = RequestLog(tmp_path)
    log._plan = LogPlan(max_bytes=500, keep=4)
    log._forget()
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"requests-{n}.parquet" for n in (5, 6, 7, 8)]
    log._plan = LogPlan(max_bytes=250, keep=4)
    log._forget()
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["requests-7.parquet", "requests-8.parquet"]


def test_an_answer_is_handed_on_in_pieces(tmp_path: Path) -> None:
    size = 3_000_000

    def serve(door: socket.socket) -> None:
        caller, _address = door.accept()
        with caller:
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n" % size)
            caller.sendall(b"x" * size)

    with unix.listening(tmp_path / client.SOCKET) as door:
        thread = threading.Thread(target=serve, args=(door,))
        thread.start()
        found = client.stream(tmp_path, "GET", "/x")
        pieces = list(found.pieces)
        thread.join()
    assert (found.status, found.media_type, sum(map(len, pieces))) == (200, "text/plain", size)
    assert max(map(len, pieces)) <= client.PIECE


def test_those_who_wait_for_a_model_take_no_thread_of_the_others() -> None:
    assert {route.path for route in ROUTES if route.is_slow} == {"/deployments/{deployment}/serve/{rest}"}
    unused: Any = None
    desk = Desk(lambda note: unused, unused)
    with desk.waiting(1), pytest.raises(UnavailableError, match="wait for models"), desk.waiting(1):
        pass
    with desk.waiting(1):
        pass
