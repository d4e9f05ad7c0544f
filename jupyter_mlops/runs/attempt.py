"""One attempt at a step: a folder with `attempt.json` in it, and at the end `result.json`.

It runs in a process of its own, forked from a warm one, and knows nothing of the store: what it has to say is in
its folder. Whatever happens in the step's cells, the process writes a result, and nothing that it started is left.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.runs import failure, leftovers, threads
from jupyter_mlops.runs.files import Reserve, is_disk_full, read_json, write_json
from jupyter_mlops.runs.log import Log
from jupyter_mlops.runs.watch import Watch

if TYPE_CHECKING:
    from jupyter_mlops.runs.execution import Execution
    from jupyter_mlops.runs.kernels import Kernel

PRELOAD = ("jupyter_mlops.runs.warm",)
"""What a fork server imports so that an attempt need not: `set_forkserver_preload(list(PRELOAD))`."""

_log = logging.getLogger(__name__)


def run_attempt(attempt_dir: str) -> None:
    """Make one attempt.

    Its process should do nothing else: it becomes a session of its own, takes SIGTERM as a cancel, and in the end
    kills everything that descends from it.

    Parameters
    ----------
    attempt_dir
        Folder with `attempt.json`; `executed.ipynb`, `log.txt`, `progress.json` and `result.json` are written there.
    """
    with contextlib.suppress(OSError):
        os.setsid()
    leftovers.adopt_orphans()
    # What is written here is nobody else's; what the step's own code writes is its own affair.
    umask = os.umask(0o077)
    folder = Path(attempt_dir)
    order = read_json(folder / "attempt.json")
    watch = Watch(order.get("timeout_s"))
    watch.listen()
    Attempt(folder, order, watch, umask).make()


class Attempt:
    """What one attempt has at hand."""

    def __init__(self, folder: Path, order: Mapping[str, Any], watch: Watch, umask: int = -1) -> None:
        self.folder, self.order, self.watch, self.umask = folder, order, watch, umask
        self.step = str(order["step"])
        self.run_dir = Path(order["run_dir"])
        self.token = f"{order['run']}:{self.step}:{order['number']}"
        self.mlflow_run_id: str | None = None
        self.variables: dict[str, str] = {}

    def make(self) -> None:
        """Execute the step and write its result; never raises for what the step did."""
        reserve = Reserve(self.folder)
        self.log = Log(self.folder / "log.txt")
        try:
            result = self._execute()
        # A door: whatever went wrong is the result, not a traceback on somebody's terminal.
        except Exception as error:
            _log.exception("attempt failed", extra={"attempt": self.token})
            result = self._failed("error", failure.of_exception(error))
        leftovers.end_leftovers(self.token, descendants=True)
        result = self._with_model(self._checked(result))
        self._record(result)
        self.log.close()
        self._write(result, reserve)

    def _execute(self) -> dict[str, Any]:
        from jupyter_mlops.runs.kernels import Kernel

        kernel = Kernel(self.order["kernel"], self.log.descriptor, self.folder)
        # A Python kernel learns its MLflow run when it is up: it starts while MLflow is asked.
        variables = {} if kernel.language == "python" else self._tracked()
        kernel.start(self.order["working_dir"], self._environment(variables), self.umask)
        try:
            variables = variables or self._tracked()
            execution = self._papermill(kernel, variables)
        except BaseException:
            kernel.end()
            raise
        return self._judge(execution)

    def _papermill(self, kernel: Kernel, variables: dict[str, str]) -> Execution:
        import papermill
        from papermill.exceptions import PapermillExecutionError

        from jupyter_mlops.runs.execution import Execution
        from jupyter_mlops.runs.papermill import NAME

        execution = Execution(
            kernel, self.log, self.watch, self.folder / "executed.ipynb", variables, on_cell=self._progress
        )
        try:
            # papermill takes every error in an output for a failure, also one that is expected: we judge.
            with contextlib.suppress(PapermillExecutionError):
                papermill.execute_notebook(
                    self.order["notebook"],
                    None,
                    engine_name=NAME,
                    kernel_name=kernel.name,
                    cwd=self.order["working_dir"],
                    progress_bar=False,
                    execution=execution,
                )
        finally:
            execution.end()
        return execution

    def _judge(self, execution: Execution) -> dict[str, Any]:
        from jupyter_mlops.runs.execution import result

        if execution.fall is not None:
            fall = execution.fall
            cell = None if fall.cell is None else execution.cells[fall.cell]
            source = self._source(cell)
            error = failure.of_fall(self.step, fall, cell, source, self.watch.timeout_s)
            reason = "handover" if error["code"].startswith("handover.") else fall.reason
            return self._failed(reason, error)
        if execution.document is None or not execution.document.is_current:
            return self._failed("error", failure.disk_full(self.step, "the executed notebook"))
        return {"status": "succeeded", "reason": None, "error": None, "result": result(execution.cells)}

    def _checked(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result, or a failure when the log could not be kept whole."""
        is_whole = self.log.settle()
        if result["status"] == "succeeded" and not is_whole:
            return self._failed("error", failure.disk_full(self.step, "the log"))
        return result

    def _with_model(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result, or a failure when a model is to be registered and it is not clear which."""
        wanted = self.order.get("model")
        if result["status"] != "succeeded" or not wanted:
            return result
        from jupyter_mlops.runs import tracking

        names = tracking.logged_models(self.variables)
        problem = failure.no_model(self.step, str(wanted), names) if names is not None else None
        return self._failed("error", problem) if problem else result

    def _failed(self, reason: str, error: dict[str, Any]) -> dict[str, Any]:
        # What Python says when it crashes is a traceback; what the step said last is above it.
        above, crash, below = self.log.tail(400).rpartition("Fatal Python error")
        last = (above if crash else below).splitlines()[-20:]
        error = {**error, "last_output": "\n".join(last)}
        if crash and not error["traceback"]:
            error["traceback"] = crash + below
        return {"status": "failed", "reason": reason, "error": error, "result": None}

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        environment = {**os.environ, **self.order.get("env", {}), **variables}
        if count := self.order.get("threads"):
            environment |= threads.variables(count, environment)
        environment.setdefault("PYTHONHASHSEED", "0")
        environment.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        environment[leftovers.VARIABLE] = self.token
        environment["JUPYTER_MLOPS_ATTEMPT_DIR"] = str(self.folder.resolve())
        with contextlib.suppress(OSError, KeyError):
            extra = read_json(self.run_dir / "run.json")["python_path"]
            known = environment.get("PYTHONPATH")
            environment["PYTHONPATH"] = os.pathsep.join([*extra, *([known] if known else [])])
        return environment

    def _source(self, cell: Mapping[str, Any] | None) -> str | None:
        """Return the failed cell as it is in the source notebook, where people count lines."""
        number = (cell or {}).get("metadata", {}).get("mlops", {}).get("cell")
        if number is None:
            return None
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            source = read_json(self.run_dir / "source.ipynb")["cells"][number]["source"]
            return source if isinstance(source, str) else "".join(source)
        return None

    def _progress(self, cell: Any, position: int, total: int) -> None:
        number = cell.metadata.get("mlops", {}).get("cell")
        with contextlib.suppress(OSError):
            write_json(
                self.folder / "progress.json",
                {"cell": number, "position": position + 1, "total": total},
                sync=False,
            )

    def _tracked(self) -> dict[str, str]:
        """Open the step's MLflow run; return what the kernel has to know of it."""
        from jupyter_mlops.runs import tracking

        variables = tracking.start_step(self.run_dir, self.step, int(self.order["number"]))
        self.variables = variables
        self.mlflow_run_id = variables.get("MLFLOW_RUN_ID")
        return variables

    def _record(self, result: dict[str, Any]) -> None:
        """Complete the result and close the step's MLflow run."""
        from jupyter_mlops.runs import tracking

        metrics = {}
        with contextlib.suppress(OSError, ValueError):
            metrics = read_json(self.folder / "outputs.json").get("metrics", {})
        result |= {"version": 1, "metrics": metrics, "mlflow_run_id": self.mlflow_run_id}
        tracking.finish_step(self.run_dir, self.step, result)

    def _write(self, result: dict[str, Any], reserve: Reserve) -> None:
        path = self.folder / "result.json"
        try:
            write_json(path, result)
        except OSError as error:
            if not is_disk_full(error):
                raise
            reserve.release()
            if result["error"]:
                texts = {k: v[-8000:] for k, v in result["error"].items() if isinstance(v, str)}
                result["error"] |= texts
            write_json(path, result)
        reserve.release()


if __name__ == "__main__":
    run_attempt(sys.argv[1])
