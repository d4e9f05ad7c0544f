"""A kernel as a process of ours: started, interrupted, ended, and its death explained.

Started directly and not through a kernel manager: no event loop, no threads, no TCP port. It speaks over Unix
sockets in a private folder that is gone as soon as they are connected, has its own session (so that a signal
reaches what it started), and dies with us (Linux: at once, elsewhere by ipykernel's own watch on its parent).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import NotFoundError, UnavailableError
from jupyter_mlops.runs import lost
from jupyter_mlops.runs.files import write_json

# A Unix socket's path has at most 107 bytes; ours ends in "/k-5".
_MAX_FOLDER_BYTES = 100
_PR_SET_PDEATHSIG = 1
_CHANNELS = ("shell", "iopub", "stdin", "hb", "control")


class Kernel:
    """One kernel process.

    Parameters
    ----------
    name
        A kernelspec's name.
    output
        Descriptor that the process gets as stdout and stderr.
    attempt
        Folder of the attempt, where the socket folder is noted, so that the runner can remove it after a
        kill; None for none.

    Raises
    ------
    NotFoundError
        When there is no such kernelspec (``run.kernel_not_found``); its hint names those there are.
    """

    def __init__(self, name: str, output: int, attempt: Path | None = None) -> None:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

        specs = KernelSpecManager()
        try:
            self.spec: Any = specs.get_kernel_spec(name)
        except NoSuchKernel:
            known = ", ".join(sorted(specs.find_kernel_specs())) or "none"
            raise NotFoundError(
                "run.kernel_not_found", f'there is no kernel "{name}"', f"installed kernels: {known}"
            ) from None
        self.name = name
        self.language: str = self.spec.language
        self.process: subprocess.Popen[bytes] | None = None
        self.connection: Any = {}
        self._output, self._attempt = output, attempt
        self._folder: Path | None = None
        self._oom_kills = 0

    def start(self, working_dir: str, environment: Mapping[str, str], umask: int = -1) -> None:
        """Start the process, with our umask or another one; it is not ready yet.

        Raises
        ------
        UnavailableError
            ``run.kernel_start``.
        """
        self._folder = _socket_folder()
        lost.note_sockets(self._attempt, self._folder)
        self.connection = _connection(self._folder, self.name)
        file = self._folder / "kernel.json"
        write_json(file, self.connection, sync=False)
        self._oom_kills = _oom_kills()
        variables = {**environment, **_substituted(self.spec.env, environment), "JPY_PARENT_PID": str(os.getpid())}
        command = self._command(file)
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                cwd=working_dir,
                env=variables,
                start_new_session=True,
                umask=umask,
                preexec_fn=_die_with_parent(),
            )
        except OSError as error:
            raise UnavailableError(
                "run.kernel_start", f'kernel "{self.name}" cannot be started: {error}', f"its command is {command}"
            ) from error

    def connected(self) -> None:
        """Everybody is connected: nobody needs the sockets' names any more."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            lost.note_sockets(self._attempt, None)

    def is_dead(self) -> bool:
        """Tell whether the process has ended."""
        return self.process is None or self.process.poll() is not None

    def open_pidfd(self) -> int | None:
        """Return a descriptor that is readable once the process has ended; None where the system has none."""
        opener: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
        if opener is None or self.process is None:
            return None
        try:
            return opener(self.process.pid)
        except OSError:
            return None

    def death(self) -> tuple[str, str]:
        """Return why the process ended: a reason (``kernel_died`` or ``oom``) and words for it."""
        code = self.process.wait() if self.process else None
        if code is None:
            return "kernel_died", "never started"
        if code >= 0:
            return "kernel_died", f"exited with code {code}"
        number = -code
        with contextlib.suppress(ValueError):
            words = f"was killed by signal {number} ({signal.Signals(number).name})"
            if number == signal.SIGKILL and _oom_kills() > self._oom_kills:
                return "oom", f"{words}: out of memory"
            return "kernel_died", words
        return "kernel_died", f"was killed by signal {number}"

    def interrupt(self) -> None:
        """Interrupt what runs, and everything in the kernel's process group."""
        self._signal(signal.SIGINT)

    def end(self, patience_s: float = 0.0) -> None:
        """Wait `patience_s` for the process to leave by itself, then TERM, 3 s, KILL. Its group goes with it."""
        if self.process is None:
            return
        if not self._left(patience_s):
            self._signal(signal.SIGTERM)
            self._left(3.0)
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.connected()

    def _left(self, patience_s: float) -> bool:
        assert self.process is not None
        until = time.monotonic() + patience_s
        while self.process.poll() is None:
            if time.monotonic() >= until:
                return False
            time.sleep(0.005)
        return True

    def _signal(self, number: int) -> None:
        """Signal the process group; it may outlive the kernel itself."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def _command(self, connection_file: Path) -> list[str]:
        values = {
            "connection_file": str(connection_file),
            "prefix": sys.prefix,
            "resource_dir": self.spec.resource_dir,
        }
        command = [
            os.path.expanduser(re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), part)) for part in self.spec.argv
        ]
        # "python" in a kernelspec means this environment's, whatever PATH says: as jupyter_client has it.
        if command[0] in ("python", "python3", f"python3.{sys.version_info.minor}"):
            command[0] = sys.executable
        if "ipykernel_launcher" in command:
            command.append("--HistoryManager.hist_file=:memory:")
        return command


def _socket_folder() -> Path:
    """Return a new private folder (0700) with a path short enough for sockets in it."""
    from jupyter_core.paths import jupyter_runtime_dir

    runtime = Path(jupyter_runtime_dir())
    is_short = len(os.fsencode(runtime)) + len("/mlops-12345678") <= _MAX_FOLDER_BYTES
    if is_short:
        with contextlib.suppress(OSError):
            runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Path(tempfile.mkdtemp(prefix="mlops-", dir=runtime))
    folder = tempfile.mkdtemp(prefix="mlops-")
    if len(os.fsencode(folder)) > _MAX_FOLDER_BYTES:
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="mlops-", dir="/tmp")
    return Path(folder)


def _connection(folder: Path, name: str) -> dict[str, Any]:
    ports = {f"{channel}_port": number for number, channel in enumerate(_CHANNELS, start=1)}
    return {
        **ports,
        "transport": "ipc",
        "ip": str(folder / "k"),
        "key": uuid.uuid4().hex,
        "signature_scheme": "hmac-sha256",
        "kernel_name": name,
    }


def _substituted(variables: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Fill ``${NAME}`` in a kernelspec's variables from the environment."""
    return {k: string.Template(v).safe_substitute(environment) for k, v in variables.items()}


def _die_with_parent() -> Callable[[], None] | None:
    """Return what a Linux child does before it becomes the kernel. The library is loaded before the fork."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # SIGINT and SIGTERM may be ignored or blocked here, and a new program would inherit that.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _oom_kills() -> int:
    """Return how many processes the kernel's control group has lost to the memory limit so far."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/sys/fs/cgroup/memory.events").read_text().splitlines():
            name, count = line.split()
            if name == "oom_kill":
                return int(count)
    return 0
