"""The cells of one notebook, executed in order in one kernel.

role
    what the compiler made a cell for (``metadata.mlops.role``): ``cell`` and ``metrics`` are the user's own, and so
    is every cell without a role.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.runs.client import Client, KernelDiedError, StoppedError
from jupyter_mlops.runs.executed import Executed
from jupyter_mlops.runs.kernels import Kernel
from jupyter_mlops.runs.log import Log
from jupyter_mlops.runs.outputs import node
from jupyter_mlops.runs.watch import Reason, Watch

START_TIMEOUT_S = 60.0
_PATIENCE_S = 3.0
_LEAVE_S = 5.0
_GOOD_EXITS = ("", "0", "None", "False")


@dataclass
class Fall:
    """Why the cells did not get through: the cell (its index in the step notebook) and the kernel's answer.

    `traceback` is the answer's, in the numbers of the source notebook.
    """

    cell: int | None
    reason: Reason | str
    reply: dict[str, Any] = field(default_factory=dict)
    words: str = ""
    error: dict[str, Any] | None = None
    traceback: str = ""


class Execution:
    """One pass through a notebook's cells.

    Parameters
    ----------
    kernel
        Started, not necessarily ready.
    path
        Where the executed notebook goes; None for nowhere.
    variables
        What the kernel's environment gets before the first cell.
    on_cell
        Called before each cell with its index and the number of cells.
    """

    def __init__(
        self,
        kernel: Kernel,
        log: Log,
        watch: Watch,
        path: Path | None,
        variables: dict[str, str],
        on_cell: Callable[[Any, int, int], None] = lambda cell, index, total: None,
        start_timeout_s: float = START_TIMEOUT_S,
        output_path: str | None = None,
    ) -> None:
        self.kernel, self.log, self.watch, self.path = kernel, log, watch, path
        self.variables = variables
        self.on_cell = on_cell
        self.start_timeout_s = start_timeout_s
        self.output_path = output_path
        self.fall: Fall | None = None
        self.nb: Any = None
        self.cells: list[Any] = []
        self.document: Executed | None = None
        self._client: Client | None = None
        self._leave_s = 0.0

    def run(self, nb: Any) -> None:
        """Execute `nb` in place. What went wrong is in `fall`; afterwards the kernel has been asked to leave."""
        self.nb = nb
        # papermill adds cells of its own to a notebook with an error in it.
        self.cells = list(nb.cells)
        self.document = document = Executed(nb, self.path, self.output_path)
        document.notebook_start()
        client = self._client = Client(nb, self.kernel, self.log, self.watch)
        try:
            self._through(client, document)
        finally:
            self.watch.end()
            client.set_widgets_metadata()
            if self.fall is None or self.fall.reason == "error":
                self._ask_to_leave(client, _LEAVE_S)
            client.settle()
            document.notebook_complete()

    def end(self) -> None:
        """See the kernel's process off, and close what was open."""
        self.kernel.end(self._leave_s)
        if self._client is not None:
            self._client.close()

    def _through(self, client: Client, document: Executed) -> None:
        index: int | None = None
        try:
            client.wait_until_ready(self.start_timeout_s)
            client.prepare(self.variables)
            # What a kernel takes to start is not the code's time.
            self.watch.start_clock()
            is_exited = False
            for index, cell in enumerate(self.cells):
                if _is_executable(cell) and (not is_exited or role(cell) == "save"):
                    is_exited = self._cell(client, document, cell, index) or is_exited
                if self.fall:
                    return
        except KernelDiedError:
            reason, words = self.kernel.death()
            self._fell(document, Fall(index, reason, words=words))
        except StoppedError as stop:
            client.interrupt()
            if client.wait_for_peace(_PATIENCE_S):
                self._ask_to_leave(client, _PATIENCE_S)
            self._fell(document, Fall(index, stop.reason))

    def _ask_to_leave(self, client: Client, patience_s: float) -> None:
        client.shut_down()
        self._leave_s = patience_s

    def _cell(self, client: Client, document: Executed, cell: Any, index: int) -> bool:
        """Execute one cell; tell whether it asked to end the step in peace."""
        self.on_cell(cell, index, len(self.cells))
        may_raise = "raises-exception" in cell.metadata.get("tags", [])
        document.cell_start(cell, index)
        reply = _named(client.run_cell(cell, index, may_raise), cell)
        is_exit = reply["status"] == "error" and reply.get("ename") == "SystemExit"
        if reply["status"] != "ok" and not may_raise and not (is_exit and reply["evalue"] in _GOOD_EXITS):
            # Asked while the kernel still has it.
            shown = client.retold("\n".join(reply.get("traceback", ())))
            self.fall = Fall(index, "error", reply, error=_own_error(client, cell), traceback=shown)
            document.cell_exception(cell, index)
        client.settle()
        document.cell_complete(cell, index)
        return is_exit and not may_raise

    def _fell(self, document: Executed, fall: Fall) -> None:
        """Record a fall that the kernel could not record itself, in the cell that was running."""
        self.fall = fall
        if fall.cell is None or self.cells[fall.cell].cell_type != "code":
            return
        cell = self.cells[fall.cell]
        name = {"timeout": "Timeout", "cancelled": "Cancelled"}.get(fall.reason, "KernelDied")
        words = fall.words or fall.reason
        cell.outputs.append(node("error", ename=name, evalue=words, traceback=[f"{name}: {words}"]))
        document.cell_exception(cell, fall.cell)
        document.cell_complete(cell, fall.cell)


def _named(reply: Any, cell: Any) -> Any:
    """Return the reply with the error's name: IPython says `NoneType` when what failed was the display of a result."""
    if reply.get("ename") != "NoneType":
        return reply
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return {**reply, **{key: errors[-1][key] for key in ("ename", "evalue")}} if errors else reply


def role(cell: Any) -> str:
    """Return what the compiler made the cell for; ``cell`` when it made nothing of it."""
    return str(cell.metadata.get("mlops", {}).get("role", "cell"))


def result(cells: list[Any]) -> str | None:
    """Return the text of the value that the last of the user's own cells ended with, if it did."""
    own = [c for c in cells if _is_executable(c) and role(c) in ("cell", "metrics")]
    for output in own[-1].outputs if own else []:
        if output.output_type == "execute_result":
            text = output.data.get("text/plain")
            return None if text is None else str(text)
    return None


def _is_executable(cell: Any) -> bool:
    is_skipped = "skip-execution" in cell.metadata.get("tags", [])
    return cell.cell_type == "code" and bool(cell.source.strip()) and not is_skipped


def _own_error(client: Client, cell: Any) -> dict[str, Any] | None:
    """Return code, message and hint when a generated cell raised an error of ours; None for any other."""
    if role(cell) == "cell" or client.kernel.language != "python":
        return None
    import ast
    import json

    expression = "__import__('json').dumps(__import__('sys').last_value.to_json())"
    with contextlib.suppress(KeyError, ValueError, SyntaxError, TypeError):
        answer = client.ask("", {"error": expression})["user_expressions"]["error"]
        error = json.loads(ast.literal_eval(answer["data"]["text/plain"]))
        return error if {"code", "message", "hint"} <= set(error) else None
    return None


def alone(nb: Any, kernel_name: str, output_path: str | None, **options: Any) -> None:
    """Execute `nb` for papermill itself: no attempt around it, its own way to report an error."""
    import os

    from nbclient.exceptions import DeadKernelError

    log, watch = Log(Path(os.devnull)), Watch(options.get("execution_timeout"))
    kernel = Kernel(kernel_name, log.descriptor)
    kernel.start(os.getcwd(), os.environ)
    start_timeout_s = options.get("start_timeout") or START_TIMEOUT_S
    execution = Execution(kernel, log, watch, None, {}, start_timeout_s=start_timeout_s, output_path=output_path)
    try:
        execution.run(nb)
    finally:
        execution.end()
        log.close()
    if execution.fall is not None and execution.fall.reason != "error":
        raise DeadKernelError(execution.fall.words or execution.fall.reason)
