"""The runner as a door needs it: start it when there is none, and refuse beforehand what its engine cannot
do.
"""

from __future__ import annotations

from jupyter_mlops.app.config import Settings
from jupyter_mlops.pipeline.spec import Pipeline


def ensure(settings: Settings) -> None:
    """Wake the runner of the home folder, or start it; returns without waiting for it."""
    from jupyter_mlops.runs.launch import ensure_runner

    ensure_runner(settings.home_path, settings.store or None)


def refuse_what_cannot_run(pipeline: Pipeline) -> None:
    """Raise `UsageError` when the engine cannot honour what the tags of a step ask for."""
    from jupyter_mlops.runs.engines.local import LocalEngine

    LocalEngine().check(pipeline)


def runner_line(settings: Settings) -> str:
    """Say whether a runner is alive."""
    from jupyter_mlops.runs.launch import is_runner_alive

    return "alive" if is_runner_alive(settings.home_path) else "not running; the next run starts it"
