"""The runner as a door needs it: start it when there is none, and refuse beforehand what its engine cannot
do.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.base.errors import NotFoundError, UnavailableError, UsageError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.pipeline.spec import Pipeline


def ensure(settings: MlopsSettings) -> None:
    """Wake the runner of the home folder, or start it; returns without waiting for it."""
    from jupyter_mlops.runs.launch import ensure_runner

    ensure_runner(settings.home_path, settings.store or None)


def announce(settings: MlopsSettings, run_id: RunId, secrets: Mapping[str, str] | None = None) -> None:
    """Hand our environment to the runner for a run that is about to be accepted; starts the runner if need be.

    Parameters
    ----------
    secrets
        variables of the run alone.

    Raises
    ------
    UnavailableError
        ``runner.not_started``; ``run.secret``: no runner took the secrets, which exist only in this
        process.
    """
    from jupyter_mlops.runs.launch import announce as hand_over

    is_heard = hand_over(settings.home_path, run_id, settings.store or None, secrets or {})
    if secrets and not is_heard:
        raise UnavailableError(
            "run.secret",
            "the runner did not take the secrets of the run; nothing was started",
            "try again; `jupyter mlops doctor` says what the runner does",
        )


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
