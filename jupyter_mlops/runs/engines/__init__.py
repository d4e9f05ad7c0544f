"""The engines there are, by the name that the tag `engine:NAME` uses; looked up when asked for."""

from __future__ import annotations

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.pipeline.spec import Pipeline

DEFAULT = "local"


def require(pipeline: Pipeline) -> None:
    """Make sure that every step can have what its tags ask for; called before anything starts.

    Raises
    ------
    UsageError
        ``engine.unsupported``: names every step and tag, and what to do.
    """
    from jupyter_mlops.runs.engines.local import check

    refusals = check(pipeline)
    if refusals:
        raise UsageError(
            "engine.unsupported",
            "\n".join(refusal.message for refusal in refusals),
            "; ".join(dict.fromkeys(refusal.hint for refusal in refusals)),
        )
