"""What a confined process may not do to files, memory and processes that no rule about opening files protects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.deployments.serving.worker import landlock, seccomp, syscalls
from tests.pace import PATIENCE_S

pytestmark = pytest.mark.short
linux = pytest.mark.skipif(landlock.version() == 0, reason="no Landlock here")

TRIES = """
import ctypes, errno, json, os, shutil, sys
from jupyter_mlops.deployments.serving.worker import confine, seccomp, syscalls
from jupyter_mlops.deployments.serving.worker.syscalls import number

home, scratch = sys.argv[1:]
file = os.path.join(home, "store.db")
mine = os.path.join(scratch, "mine")
open(mine, "w").write("a")
confine.give_up(scratch, scratch, hidden=[home])
seccomp.plain_copies()
libc = ctypes.CDLL(None, use_errno=True)
machine = os.uname().machine
path, own = ctypes.c_char_p(file.encode()), os.open(mine, os.O_RDWR)
times, name = (ctypes.c_long * 4)(1, 0, 1, 0), ctypes.c_char_p(b"user.x")

def call(name, *args):
    ctypes.set_errno(0)
    done = libc.syscall(number(name, machine), *args)
    return "did" if done >= 0 else errno.errorcode[ctypes.get_errno()]

OWN = 0x42
at = -100
tries = {
    "chmod": (path, 0o777), "fchmod": (own, 0o777), "fchmodat": (at, path, 0o777), "fchmodat2": (at, path, 0o777, 0),
    "chown": (path, os.getuid(), -1), "fchown": (own, -1, -1), "lchown": (path, -1, -1),
    "fchownat": (at, path, -1, -1, 0), "utime": (path, None), "utimes": (path, None), "futimesat": (at, path, None),
    "utimensat": (at, path, None, 0), "setxattr": (path, name, b"y", 1, 0), "lsetxattr": (path, name, b"y", 1, 0),
    "fsetxattr": (own, name, b"y", 1, 0), "removexattr": (path, name), "inotify_init1": (0,),
    "inotify_add_watch": (99, path, 0xFFF), "fanotify_init": (0, 0), "shmget": (0, 4096, 0o1600), "shmat": (0, None, 0),
    "shmctl": (0, 0, None), "semget": (0, 1, 0o1600), "msgget": (0, 0o1600), "mq_open": (b"x", OWN, 0o600, None),
    "unshare": (0x10000000,), "clone": (0x10000000 | 17, 0, 0, 0, 0), "clone3": (None, 0), "setns": (own, 0),
    "pivot_root": (path, path), "ioctl": (own, 0x40086602, times), "prlimit64": (os.getppid(), 7, None, times),
    "setpriority": (0, os.getppid(), 5), "kcmp": (os.getppid(), os.getpid(), 0, 0, 0),
    "fsopen": (b"tmpfs", 0), "fspick": (at, path, 0), "kexec_file_load": (0, 0, 0, None, 0), "sched_setattr": (0, times, 0),
    "setxattrat": (at, path, 0, name, times, 0), "file_setattr": (at, path, times, 0, 0),
}
found = {each: call(each, *args) for each, args in tries.items() if number(each, machine) is not None}
import resource, socket, subprocess, threading
resource.getrlimit(7)
os.nice(1)
thread = threading.Thread(target=print, args=("",)); thread.start(); thread.join()
a, b = socket.socketpair()
shutil.copy(mine, mine + "2"); shutil.copy2(mine, mine + "3"); shutil.copytree(scratch, scratch + "/4", ignore=lambda *_: ["4"])
ran = subprocess.run([sys.executable, "-I", "-c", "print(1)"], stdout=subprocess.PIPE).stdout == b"1\\n"
print(json.dumps({"found": found, "copied": open(mine + "3").read(), "ran": ran}))
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a confined process reports of its attempts, and what the file in the hidden folder is afterwards."""
    top = tmp_path_factory.mktemp("tried")
    home, scratch = top / "home", top / "scratch"
    home.mkdir(mode=0o700)
    scratch.mkdir(mode=0o700)
    store = home / "store.db"
    store.write_text("secret")
    store.chmod(0o600)
    before = store.stat()
    done = subprocess.run(
        [sys.executable, "-c", TRIES, str(home), str(scratch)], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    after = store.stat()
    assert (before.st_mode, before.st_uid, before.st_mtime) == (after.st_mode, after.st_uid, after.st_mtime)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@linux
def test_every_family_is_refused(tried: dict[str, Any]) -> None:
    assert tried["found"].pop("clone3") == "ENOSYS"
    assert {name: answer for name, answer in tried["found"].items() if answer != "EPERM"} == {}


@linux
def test_what_a_model_needs_still_works(tried: dict[str, Any]) -> None:
    """Threads, processes, copies of its own files, its own limits."""
    assert tried["copied"] == "a"
    assert tried["ran"]


HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernel(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("no kernel headers here")
    words = [line.split() for line in HEADERS[machine].read_text().splitlines() if line.startswith("#define __NR")]
    known = {
        word[1].split("_", 3)[-1] if "3264" in word[1] else word[1][5:]: word[2] for word in words if len(word) > 2
    }
    for name in [*syscalls.CALLS, *syscalls.BY_ARGUMENT]:
        ours = syscalls.number(name, machine)
        if name in known and known[name].isdigit():
            assert ours == int(known[name]), name
        elif ours is not None:
            assert ours > 440, name


def test_the_filter_is_short_enough() -> None:
    for machine in syscalls.MACHINES:
        assert len(seccomp.program(machine, True)) // 8 < 4096
    assert os.uname().machine not in syscalls.MACHINES or seccomp.refused(os.uname().machine)["chmod"]
