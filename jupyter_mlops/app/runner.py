"""The runner as a door needs it: start it when there is none, and refuse beforehand what its engine cannot
do.
"""

from __future__ import annotations

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.pipeline.spec import Pipeline


def ensure(settings: MlopsSettings) -> None:
    """Wake the runner of the home folder, or start it; returns without waiting for it."""
    from jupyter_mlops.runs.launch import ensure_runner

    ensure_runner(settings.home_path, settings.store or None)


def announce(settings: MlopsSettings, run_id: RunId) -> None:
    """Hand our environment to the runner for a run that is about to be accepted; starts the runner if need be."""
    from jupyter_mlops.runs.launch import announce as hand_over

    hand_over(settings.home_path, run_id, settings.store or None)


def refuse_what_cannot_run(pipeline: Pipeline) -> None:
    """Raise `UsageError` when the notebook's kernel is not here, or the engine cannot honour what tags ask
    for.
    """
    from jupyter_mlops.runs.engines.local import check

    error = kernel_missing(pipeline)
    if error is not None:
        raise error
    refusals = check(pipeline)
    if refusals:
        hints = dict.fromkeys(r.hint for r in refusals if r.hint)
        raise UsageError("engine.refused", "; ".join(r.message for r in refusals), "; ".join(hints))


def kernel_missing(pipeline: Pipeline) -> NotFoundError | None:
    """Return the error of a pipeline whose kernel is not installed; None when it is."""
    from jupyter_client.kernelspec import KernelSpecManager

    kernels = KernelSpecManager().find_kernel_specs()
    if pipeline.kernel in kernels:
        return None
    return NotFoundError(
        "run.kernel_not_found",
        f'there is no kernel "{pipeline.kernel}", which the notebook asks for',
        f"installed kernels: {', '.join(sorted(kernels)) or 'none'}; choose one in the notebook and save it",
    )
