"""S12 in serving: what a model's code does, it does in its worker only, and there it can do little."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops.deployments.serving.worker import capabilities, landlock
from jupyter_mlops.deployments.serving.worker.environment import minimal
from tests.deployments import hostile_models
from tests.deployments.serving_worker import Template, Worker, running
from tests.models.malicious import payloads
from tests.pace import PATIENCE_S

SECRETS = {
    "MLFLOW_TRACKING_URI": "http://canary-1@host", "MLFLOW_TRACKING_TOKEN": "canary-2", "JUPYTER_TOKEN": "canary-3",
    "JUPYTERHUB_API_TOKEN": "canary-4", "JPY_API_TOKEN": "canary-5", "JPY_SESSION_NAME": "canary-6",
    "AWS_SECRET_ACCESS_KEY": "canary-7", "http_proxy": "http://user:canary-8@proxy", "OMP_TOKEN": "canary-9",
    "LC_ALL": "C.UTF-8", "CUDA_URL": "https://user:canary-10@host", "PYTHONPATH": "/canary-11", "LANG": "C.UTF-8",
}  # fmt: skip
linux = pytest.mark.skipif(landlock.version() == 0, reason="no Landlock here")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """A template whose starter has secrets in its environment."""
    environ = {**os.environ, **SECRETS}
    with running(tmp_path_factory.mktemp("hostile"), environ) as template:
        yield template


@pytest.fixture(scope="module")
def probe_folder(hostile: Template) -> Path:
    return hostile_models.probe(hostile.folder / "probe")


@pytest.fixture(scope="module")
def probe(hostile: Template, probe_folder: Path) -> Worker:
    worker = hostile.spawn(probe_folder)
    assert worker.first["state"] == "ready", worker.log.read_text()
    return worker


def look(probe: Worker, **order: list[Any]) -> dict[str, Any]:
    whole = {"writes": ["/nowhere/x"], "reads": [], "lists": [], "kills": [os.getpid()], "connects": [], **order}
    status, found = probe.invoke({"prompt": whole})
    assert status == 200, (found, probe.log.read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("kind", hostile_models.KINDS)
def test_nothing_runs_outside_the_worker(kind: str, hostile: Template, tmp_path: Path) -> None:
    mark, folder = tmp_path / "mark", tmp_path / "model"
    folder.mkdir()
    hostile_models.KINDS[kind](folder, hostile_models.HARM.format(mark=str(mark)))
    before = set(hostile.folder.rglob("*"))
    worker = hostile.spawn(folder)
    if worker.first["state"] == "ready":
        worker.invoke({"inputs": [1]})
        worker.call("check")
        worker.call("schema")
        worker.call("metadata")
    else:
        assert "Traceback" not in str(worker.first["error"])
    new = {path for path in hostile.folder.rglob("*") if path not in before} - {worker.log, worker.scratch}
    assert all(path.parent == worker.scratch for path in new), new
    assert {path.name for path in new if path.name.startswith("ran-")} <= {f"ran-{worker.pid}"}
    if kind not in ("yaml_tag", "example", "shadowing"):
        assert f"ran-{worker.pid}" in {path.name for path in new}, worker.log.read_text()
    if landlock.version():
        assert not mark.exists()
    assert hostile.process.poll() is None


@linux
@pytest.mark.parametrize("name", payloads(Path("/x")))
def test_no_malicious_file_gets_out_of_its_worker(name: str, hostile: Template, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for save in (hostile_models.by_flavor, hostile_models.by_every_loader):
        folder = tmp_path / save.__name__
        folder.mkdir()
        save(folder, name, payloads(canary)[name])
        try:
            worker = hostile.spawn(folder)
        except AssertionError:
            continue  # It took its own worker down, and nothing else.
        if worker.first["state"] == "ready":
            worker.invoke({"inputs": [[1]]})
        else:
            assert "Traceback" not in str(worker.first["error"])
    assert not canary.exists()
    assert hostile.process.poll() is None


@pytest.mark.short
def test_no_secret_is_in_the_environment(hostile: Template, probe: Worker) -> None:
    found = look(probe)
    names = set(found["environ"])
    assert not [name for name in names if name.startswith(("MLFLOW_", "JUPYTER", "JPY", "AWS", "PYTHONPATH"))]
    assert found["environ"]["HOME"] == str(probe.scratch) == found["cwd"]
    for text in (str(found["environ"]), found["first_environ"]):
        assert "canary" not in text
    for pid in (probe.pid, hostile.process.pid):
        assert b"canary" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_minimal_environment_is_stable() -> None:
    once = minimal({**os.environ, **SECRETS})
    assert minimal(once) == once
    assert once["LC_ALL"] == "C.UTF-8"
    assert "canary" not in str(once)


@linux
def test_no_file_descriptor_is_inherited(hostile: Template, probe_folder: Path) -> None:
    with (hostile.folder / "open").open("w") as file, socket.socket() as other:
        for fd in (file.fileno(), other.fileno()):
            os.set_inheritable(fd, True)
        worker = hostile.spawn(probe_folder)
        links = look(worker)["links"]
    assert {links[fd] for fd in "12"} == {str(worker.log)}
    assert links.pop("0") == "/dev/null"
    rest = [link for fd, link in links.items() if fd not in ("1", "2") and not link.startswith("/proc/")]
    assert len(rest) == 1
    assert rest[0].startswith("socket:")


@linux
@pytest.mark.short
def test_it_writes_in_its_scratch_folder_only(hostile: Template, probe: Worker, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("a")
    outside = [
        tmp_path / "new",
        tmp_path / "there",
        hostile.folder / "new",
        hostile.folder / "probe" / "MLmodel",
        probe.log,
    ]
    system = ["/etc/x", "/tmp/x", "/var/tmp/x", "/dev/shm/x", str(Path.home() / "x"), "/proc/self/oom_score_adj"]
    inside = [str(probe.scratch / "x"), "/dev/null"]
    found = look(probe, writes=[*map(str, outside), *system, *inside])
    done = {path for path, (answer, _) in found["writes"].items() if answer == "did"}
    assert done == set(inside)
    assert found["sub"] != 0
    assert (tmp_path / "there").read_text() == "a"


@linux
def test_a_model_that_needs_more_than_its_folder_says_so(hostile: Template, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("a")
    folder = tmp_path / "model"
    folder.mkdir()
    hostile_models.loader_module(folder, f"open({str(tmp_path / 'words')!r}).read()")
    error = hostile.spawn(folder).first["error"]
    assert str(tmp_path / "words") in error["message"]
    assert "its own folder" in error["hint"]
    assert hostile.spawn(folder, readable=[str(tmp_path / "words")]).first["state"] == "ready"


@linux
def test_it_reads_neither_the_home_nor_other_models(hostile: Template, probe: Worker, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("canary")
    link = probe.scratch / "link"
    link.symlink_to(secret)
    found = look(probe, reads=[str(secret), str(link), str(hostile.folder / "template.log")], lists=[str(Path.home())])
    assert {answer for answer, _ in [*found["reads"].values(), *found["lists"].values()]} == {"refused"}
    allowed = look(probe, reads=["/etc/passwd", str(hostile.folder / "probe" / "MLmodel"), os.__file__])
    assert {answer for answer, _ in allowed["reads"].values()} == {"did"}


@linux
def test_it_cannot_reach_other_processes(hostile: Template, probe: Worker, probe_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "owner.sock"
    other = hostile.spawn(probe_folder)
    with socket.socket(socket.AF_UNIX) as owner:
        owner.bind(str(path))
        owner.listen()
        pids = [os.getpid(), hostile.process.pid, other.pid]
        found = look(probe, kills=pids, connects=[str(path)])
    for what in ("kills", "environs", "memory", "connects"):
        assert {answer for answer, _ in found[what].values()} == {"refused"}, what
    assert found["ptrace"] == -1
    assert other.invoke({"prompt": "leave"})[0] == 200


@linux
def test_it_can_gain_no_privilege(probe: Worker) -> None:
    found = look(probe)
    assert found["threads"] == 1
    assert found["status"]["NoNewPrivs"] == "1"
    assert found["status"]["Seccomp"] == "2"
    assert int(found["status"]["CapPrm"], 16) | int(found["status"]["CapBnd"], 16) <= capabilities.KEPT
    assert probe.first["sandbox"] == f"landlock-{landlock.version()}+seccomp"


@linux
def test_what_it_leaves_behind_is_ended(hostile: Template, probe_folder: Path) -> None:
    worker = hostile.spawn(probe_folder)
    status, answer = worker.invoke({"prompt": "leave"})
    assert status == 200
    left = psutil.Process(answer["left"])
    assert left.is_running()
    worker.sock.close()
    left.wait(PATIENCE_S)


def test_a_worker_that_exits_is_told_of(hostile: Template, probe_folder: Path) -> None:
    worker = hostile.spawn(probe_folder)
    worker.send("invocations", b'{"prompt": "die"}', type="application/json")
    assert worker.sock.recv(1) == b""
    while (event := hostile.read()).get("pid") != worker.pid or event.get("event") != "exit":
        pass
    assert event["code"] == 9


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_die_with_their_template(number: signal.Signals, saved: Any, tmp_path: Path) -> None:
    with running(tmp_path) as template:
        worker = psutil.Process(template.spawn(saved("iris")).pid)
        os.kill(template.process.pid, number)
        worker.wait(PATIENCE_S)
    assert template.process.returncode == -number


STARTER = """
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
command = [sys.executable, "-I", sys.argv[1], "--control", str(theirs.fileno())]
started = subprocess.Popen(command, pass_fds=[theirs.fileno(), ours.fileno()])
print(started.pid, flush=True)
ours.recv(1)
os.kill(os.getpid(), 9)
"""


def test_a_template_dies_with_its_front() -> None:
    """Although its control socket stays open, since somebody else holds the other end."""
    from tests.deployments.serving_worker import MAIN

    done = subprocess.run(
        [sys.executable, "-c", STARTER, str(MAIN)], stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == -signal.SIGKILL
    for _ in range(100):
        if not psutil.pid_exists(int(done.stdout)) or psutil.Process(int(done.stdout)).status() == "zombie":
            return
        time.sleep(0.05)
    raise AssertionError("the template lives on")
