"""The talk with one kernel: nbclient's treatment of outputs and widgets on a loop of our own.

nbclient waits for a message with four tasks on an event loop and asks once a second whether the kernel lives.
Here one poll waits for everything at once: output, reply, the kernel's death, a cancel, the time limit. Nothing
that the kernel sent is thrown away: queues have no limit, and what comes after a cell's end still finds its cell.
"""

from __future__ import annotations

import contextlib
import inspect
import time
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.pipeline.stepcells import GENERATED
from jupyter_mlops.runs import inkernel
from jupyter_mlops.runs.kernels import Kernel
from jupyter_mlops.runs.log import Log, without_ansi
from jupyter_mlops.runs.outputs import Allowance, Tails, node
from jupyter_mlops.runs.tracebacks import origins, retold
from jupyter_mlops.runs.watch import Reason, Watch

Json = dict[str, Any]
_BATCH = 1000
_PROBE_S = 0.1
_LAST_WORDS_S = 1.0


class KernelDiedError(Exception):
    """The kernel's process has ended before its work was done."""


class StoppedError(Exception):
    """The watch says to stop: time is up, or the attempt was cancelled."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Client(NotebookClient):
    """Executes cells of `nb` in `kernel`, one at a time; outputs go to the cells and, as text, to `output_log`."""

    def __init__(self, nb: Any, kernel: Kernel, output_log: Log, watch: Watch) -> None:
        # papermill records times already.
        super().__init__(nb, record_timing=False)
        self.kernel = kernel
        self.output_log = output_log
        self.watch = watch
        self.tails = Tails()
        self._cells: dict[str, tuple[Any, int]] = {}
        self._allowances: dict[int, Allowance] = {}
        self._replies: dict[str, Json] = {}
        self._idle: set[str] = set()
        self._is_subscribed = False
        self._context = zmq.Context()
        self._context.setsockopt(zmq.RCVHWM, 0)
        self._context.setsockopt(zmq.SNDHWM, 0)
        # The kernel's sockets are not there yet: look again soon, not after 100 ms.
        self._context.setsockopt(zmq.RECONNECT_IVL, 5)
        self.kc: Any = BlockingKernelClient(context=self._context)
        self.kc.load_connection_info(kernel.connection)
        self.kc.start_channels(stdin=False, hb=False)
        self._pidfd = kernel.open_pidfd()
        self._poller = zmq.Poller()
        for source in (self.kc.iopub_channel.socket, self.kc.shell_channel.socket, watch.fileno(), self._pidfd):
            if source is not None:
                self._poller.register(source, zmq.POLLIN)

    def wait_until_ready(self, timeout_s: float) -> None:
        """Return when the kernel answers and its output reaches us; raise `UnavailableError` after `timeout_s`."""
        until = time.monotonic() + timeout_s
        asked: list[str] = []
        while not (self._is_subscribed and any(m in self._replies for m in asked)):
            if time.monotonic() > until:
                raise UnavailableError(
                    "run.kernel_start", f'kernel "{self.kernel.name}" does not answer within {timeout_s:g} s'
                )
            # Asked again only when an answer came: it says that the output of the first was published too early.
            if not asked or asked[-1] in self._replies:
                asked.append(self.kc.kernel_info())
            self._turn(_PROBE_S)
        self.kernel.connected()
        answer = next(self._replies[m] for m in asked if m in self._replies)
        if "language_info" in answer:
            self.nb.metadata["language_info"] = answer["language_info"]

    def prepare(self, variables: dict[str, str]) -> None:
        """Tell a Python kernel its variables and our manners; other languages got the variables at their start."""
        if self.kernel.language == "python":
            # One expression without a value and without a name: nothing is shown, nothing stays.
            code = f"{inspect.getsource(inkernel)}\nprepare({variables!r})"
            code = f"exec({code!r}, {{'__name__': '__mlops__'}})"
            reply = self.ask(code)
            if reply.get("status") != "ok":
                self.output_log.write(f"[the kernel could not be prepared: {reply.get('evalue')}]\n")

    def ask(self, code: str, expressions: dict[str, str] | None = None) -> Json:
        """Run `code` out of sight and return the reply's content."""
        message = self.kc.execute(code, silent=True, store_history=False, user_expressions=expressions)
        return self._answer(message)

    def run_cell(self, cell: Any, index: int, may_raise: bool) -> Json:
        """Execute one cell and return the reply's content; every output has arrived by then."""
        cell.outputs = []
        cell.execution_count = None
        self.clear_before_next_output = False
        self._allowances[index] = Allowance()
        message = self.kc.execute(cell.source, allow_stdin=False, stop_on_error=not may_raise)
        self._cells[message] = (cell, index)
        self.code_cells_executed += 1
        try:
            return self._answer(message)
        finally:
            self.settle(index)

    def settle(self, index: int | None = None) -> None:
        """Join what is still in pieces, and mark what was left out."""
        self.tails.settle(index)
        if index is not None and (mark := self._allowances[index].mark()):
            self.nb.cells[index].outputs.append(node("stream", name="stderr", text=mark))

    def retold(self, traceback: str) -> str:
        """Return a traceback of this kernel in the numbers of the source notebook."""
        return retold(traceback, origins((cell for cell, _ in self._cells.values()), GENERATED))

    def wait_for_peace(self, timeout_s: float) -> bool:
        """After an interrupt: tell whether the kernel answered everything within `timeout_s`."""
        until = time.monotonic() + timeout_s
        waiting = set(self._cells) - set(self._replies)
        while waiting - set(self._replies):
            if time.monotonic() > until or self.kernel.is_dead():
                return False
            self._poller.poll(50)
            self._take_in()
        return True

    def interrupt(self) -> None:
        """Interrupt the running cell in the way the kernelspec says."""
        if self.kernel.spec.interrupt_mode == "message":
            self.kc.control_channel.send(self.kc.session.msg("interrupt_request", {}))
        self.kernel.interrupt()

    def shut_down(self) -> None:
        """Ask the kernel to leave; does not wait."""
        with contextlib.suppress(zmq.ZMQError):
            self.kc.shutdown()

    def close(self) -> None:
        """Take in the last output and close the channels."""
        self._take_in()
        self.tails.settle()
        self.kc.stop_channels()
        self._context.destroy(linger=0)

    def _answer(self, message: str) -> Json:
        while message not in self._replies or message not in self._idle:
            self._turn(1.0)
        return self._replies[message]

    def _turn(self, wait_s: float) -> None:
        """Wait for anything to happen, at most `wait_s`, and take it in."""
        left_s = self.watch.remaining_s()
        wait_s = wait_s if left_s is None else min(wait_s, left_s + 0.001)
        if self._pidfd is None:
            wait_s = min(wait_s, 0.25)
        ready = dict(self._poller.poll(int(wait_s * 1000) + 1))
        self._take_in()
        if reason := self.watch.reason():
            raise StoppedError(reason)
        if self._pidfd in ready or (self._pidfd is None and self.kernel.is_dead()):
            self._take_last_words()
            raise KernelDiedError

    def _take_last_words(self) -> None:
        until = time.monotonic() + _LAST_WORDS_S
        while time.monotonic() < until and self.kc.iopub_channel.socket.poll(50):
            self._take_in()

    def _take_in(self) -> None:
        for message in self._received(self.kc.shell_channel):
            self._replies[message["parent_header"].get("msg_id", "")] = message["content"]
        for message in self._received(self.kc.iopub_channel):
            self._is_subscribed = True
            self._take_output(message)

    def _received(self, channel: Any) -> list[Json]:
        messages: list[Json] = []
        with contextlib.suppress(zmq.Again):
            while len(messages) < _BATCH:
                _, parts = self.kc.session.feed_identities(channel.socket.recv_multipart(zmq.NOBLOCK))
                messages.append(self.kc.session.deserialize(parts))
        return messages

    def _take_output(self, message: Json) -> None:
        parent, kind, content = message["parent_header"].get("msg_id"), message["msg_type"], message["content"]
        if kind == "stream":
            self.output_log.write(content["text"])
        elif kind == "error" and parent in self._cells:
            content["traceback"] = self.retold("\n".join(content["traceback"])).split("\n")
            self.output_log.write(without_ansi("\n".join(content["traceback"])) + "\n")
        elif kind == "status" and content["execution_state"] == "idle":
            self._idle.add(parent)
        if parent in self._cells:
            cell, index = self._cells[parent]
            with contextlib.suppress(CellControlSignal):
                self.process_message(message, cell, index)

    def output(self, outs: list[Any], msg: Json, display_id: str | None, cell_index: int) -> Any:
        """Add an output to its cell, within the allowance (called by nbclient)."""
        content, allowance = msg["content"], self._allowances[cell_index]
        if self.clear_before_next_output:
            allowance.clear()
        if self.output_hook_stack[msg["parent_header"].get("msg_id")] or msg["msg_type"] == "error":
            self.tails.settle(cell_index)
            return super().output(outs, msg, display_id, cell_index)
        if msg["msg_type"] != "stream":
            self.tails.settle(cell_index)
            kept = allowance.rich(content)
            if content.get("data") and not kept:
                return None
            content["data"] = kept
            return super().output(outs, msg, display_id, cell_index)
        content["text"] = allowance.text(content["text"])
        last = outs[-1] if outs and not self.clear_before_next_output else None
        if last is not None and last.output_type == "stream" and last.name == content["name"]:
            self.tails.add(cell_index, last, content["text"])
            return last
        if not content["text"]:
            return None
        self.tails.settle(cell_index)
        return super().output(outs, msg, display_id, cell_index)

    def clear_output(self, outs: list[Any], msg: Json, cell_index: int) -> None:
        """Clear a cell's outputs, now or before its next one (called by nbclient)."""
        super().clear_output(outs, msg, cell_index)
        if not outs:
            self._allowances[cell_index].clear()
