"""The template: imports once what every worker needs, and forks workers when the front asks."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from jupyter_mlops.deployments.serving.wire import Reader, WireError, write
from jupyter_mlops.deployments.serving.worker import confine, environment, flavors, process


def main(arguments: list[str]) -> None:
    """Serve the front's control socket until it hangs up."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("--control", type=int, required=True)
    control = socket.socket(fileno=parser.parse_args(arguments).control)
    confine.die_with_parent(os.getppid())
    confine.adopt_orphans()
    Template(control, environment.stamp()).serve()


class Template:
    """What the front asks for over `control`, and the workers that live.

    Parameters
    ----------
    stamp
        Of the moment before anything was imported.
    """

    def __init__(self, control: socket.socket, stamp: dict[str, Any]) -> None:
        self._control, self._stamp = control, stamp
        self._reader = Reader(control, body_limit=0, with_fds=True)
        self._workers: set[int] = set()
        self._spares: set[int] = set()
        self._wake, self._woken = os.pipe()
        for fd in (self._wake, self._woken):
            os.set_blocking(fd, False)

    def serve(self) -> None:
        """Fork workers and tell of their ends, until the front hangs up; then end them all."""
        mlflow = flavors.import_base()
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        python = sys.version.split()[0]
        ready = {
            "id": 0,
            "event": "ready",
            "pid": os.getpid(),
            "python": python,
            "mlflow": mlflow,
            "stamp": self._stamp,
        }
        try:
            write(self._control, ready)
            self._loop()
        except (ConnectionError, WireError):
            pass
        finally:
            for pid in list(self._workers):
                end(pid)

    def _loop(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(self._wake, selectors.EVENT_READ)
        with selector:
            while True:
                for key, _events in selector.select():
                    if key.fd == self._wake:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self._wake, 4096)
                        self._reap()
                    elif not self._hear():
                        return

    def _hear(self) -> bool:
        """Do what one frame asks for; False when there are no more."""
        frame = self._reader.read()
        if frame is None:
            return False
        order = frame.head
        fds, self._reader.fds = self._reader.fds, []
        try:
            if order.get("call") == "spare" and len(fds) == 1:
                self._spare(fds[0])
            elif order.get("call") != "spawn" or len(fds) != 1 or not {"id", "folder", "scratch"} <= order.keys():
                write(self._control, {"id": order.get("id", 0), "status": 400, "error": "no order of a worker"})
            else:
                self._spawn(order, fds[0])
        finally:
            for fd in fds:
                os.close(fd)
        return True

    def _spare(self, fd: int) -> None:
        """Fork a template that takes over when this one is lost, with all that is imported; it outlives this one."""
        pid = os.fork()
        if pid != 0:
            self._spares.add(pid)
            return
        try:
            signal.set_wakeup_fd(-1)
            self._control.detach()
            # Another front may own the copy: the end of this template and its process group must not end it.
            os.setpgid(0, 0)
            confine.keep_only((0, 1, 2, fd))
            confine.adopt_orphans()
            Template(socket.socket(fileno=fd), self._stamp).serve()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)

    def _spawn(self, order: dict[str, Any], fd: int) -> None:
        flavors.import_for(str(order["folder"]))
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            write(self._control, {"id": order["id"], "status": 503, "error": f"no more processes: {error}"})
            return
        if pid == 0:
            self._become(order, fd, parent)
        self._workers.add(pid)
        write(self._control, {"id": order["id"], "status": 200, "pid": pid})

    def _become(self, order: dict[str, Any], fd: int, parent: int) -> NoReturn:
        """Be a worker. The exit is at once: no handler of the template runs in a worker."""
        code = 70
        try:
            signal.set_wakeup_fd(-1)
            self._control.detach()
            code = process.run(order, fd, parent)
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            os._exit(code)

    def _reap(self) -> None:
        """Take every child that ended; tell the front of workers, end what workers left behind."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._spares.discard(pid)
            if pid not in self._workers:
                continue
            self._workers.discard(pid)
            end(pid)
            for orphan in confine.children() - self._workers - self._spares:
                if not _is_template(orphan):
                    end(orphan)
            write(self._control, {"id": 0, "event": "exit", "pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _is_template(pid: int) -> bool:
    """Return whether an orphan is the copy of a copy whose own parent is gone.

    Templates stay in the session of the first one. A worker leaves it before it runs a model's code, and no process can
    enter a session again.
    """
    try:
        return os.getsid(pid) == os.getsid(0)
    except OSError:
        return False


def end(pid: int) -> None:
    """Kill a worker and whatever is left of its session."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
