"""What a Python kernel is told before the first cell. Its *source* is sent: the kernel needs nothing of ours.

Only the standard library, and nothing that stays visible in the user's namespace.
"""

from __future__ import annotations

import builtins
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


def prepare(variables: dict[str, str]) -> None:
    """Set the environment, lose no output, leave a trace of a crash, and let ``exit()`` end the step."""
    os.environ.update(variables)
    shell: Any = builtins.get_ipython()  # type: ignore[attr-defined]
    _keep_output(shell.kernel)
    _send_any_text(shell.kernel.session)
    _report_crashes()
    _exit_by_exception(shell)
    _without_debugger(shell)
    if "MLFLOW_RUN_ID" in variables:
        sys.meta_path.insert(0, _FollowMlflow())


def _keep_output(kernel: Any) -> None:
    """Take the limit off the queue of messages: beyond it, ZeroMQ throws output away."""
    import zmq

    thread = getattr(kernel, "iopub_thread", None)
    if thread is not None:
        # A socket belongs to its thread.
        thread.schedule(lambda: thread.socket.setsockopt(zmq.SNDHWM, 0))


def _send_any_text(session: Any) -> None:
    """Half of a surrogate pair in an output (a file name, broken text) would lose the whole message: escape it."""
    import json

    from jupyter_client.jsonutil import json_default

    pack = session.pack

    def escaping(content: Any) -> Any:
        try:
            return pack(content)
        except UnicodeEncodeError:
            return json.dumps(content, default=json_default).encode("ascii")

    session.pack = escaping


def _report_crashes() -> None:
    """On a segmentation fault, write Python's traceback to the real stderr, which is the log."""
    import faulthandler

    faulthandler.enable(file=getattr(sys.stderr, "_original_stdstream_copy", 2))


def _exit_by_exception(shell: Any) -> None:
    """``exit()`` and ``quit()`` would let the kernel vanish under the next cell; make them raise SystemExit."""
    from IPython.core.autocall import IPyAutocall

    class Exit(IPyAutocall):
        rewrite = False

        def __call__(self, code: object = 0, *_: object, **__: object) -> None:
            raise SystemExit(code)

    make: Any = Exit
    names = {"exit": make(shell), "quit": make(shell)}
    shell.user_ns.update(names)
    shell.user_ns_hidden.update(names)


def _without_debugger(shell: Any) -> None:
    """Leave out ``%pdb`` and ``%debug``: they ask for input, and that error would hide the one they are about."""

    def debugger(force: bool = False) -> None:
        print("[the debugger is left out: a run has no keyboard]", file=sys.stderr)

    shell.debugger = debugger


class _FollowMlflow(importlib.abc.MetaPathFinder):
    """What MLflow itself would not do with the step's run, which it knows as ``MLFLOW_RUN_ID``.

    When the user's code names an experiment or a server of its own, its runs go there: MLflow refuses to resume a run
    under another one, and a notebook that calls ``set_experiment`` would fail as a step and not otherwise. And a
    model that is logged outside of any run belongs to the step's.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        follow = {"mlflow.tracking.fluent": _follow_runs, "mlflow.models.model": _follow_models}.get(name)
        if follow is None:
            return None
        # The others in the path find it; this one only looks on.
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                follow(module)

            loader.exec_module = exec_module
        return spec


def _follow_runs(fluent: Any) -> None:
    given, own = os.environ.get("MLFLOW_TRACKING_URI"), os.environ.get("MLFLOW_EXPERIMENT_ID")
    set_experiment: Callable[..., Any] = fluent.set_experiment
    start_run: Callable[..., Any] = fluent.start_run

    @functools.wraps(set_experiment)
    def set_and_follow(*arguments: Any, **named: Any) -> Any:
        experiment = set_experiment(*arguments, **named)
        if str(experiment.experiment_id) != own:
            os.environ.pop("MLFLOW_RUN_ID", None)
        return experiment

    @functools.wraps(start_run)
    def start_and_follow(*arguments: Any, **named: Any) -> Any:
        # Not imported but looked up: at a call, MLflow is there.
        if sys.modules["mlflow"].get_tracking_uri() != given:
            for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_CONTEXT"):
                os.environ.pop(name, None)
        return start_run(*arguments, **named)

    fluent.set_experiment, fluent.start_run = set_and_follow, start_and_follow


def _follow_models(models: Any) -> None:
    given, own = os.environ.get("MLFLOW_TRACKING_URI"), os.environ.get("MLFLOW_EXPERIMENT_ID")
    run_id = os.environ.get("MLFLOW_RUN_ID")
    log: Callable[..., Any] = models.Model.log.__func__

    @functools.wraps(log)
    def log_and_follow(cls: Any, *arguments: Any, **named: Any) -> Any:
        mlflow = sys.modules["mlflow"]
        experiment = sys.modules["mlflow.tracking.fluent"]._active_experiment_id
        is_ours = mlflow.get_tracking_uri() == given and experiment in (None, own)
        if is_ours and not named.get("run_id") and mlflow.active_run() is None:
            named["run_id"] = run_id
        return log(cls, *arguments, **named)

    models.Model.log = classmethod(log_and_follow)
