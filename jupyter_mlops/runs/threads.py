"""How many threads the numeric libraries of a step may start: as many as its share of the cores. Pure.

Each of them starts a thread per core of the machine by itself. Beside another step that does the same they fight, and
both take twice as long as with one thread each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.limits import amount

# Variable -> the variables by which a user has said it already: a library reads the first that is set.
_SAID: Mapping[str, tuple[str, ...]] = {
    "OMP_NUM_THREADS": ("OMP_NUM_THREADS",),
    "OPENBLAS_NUM_THREADS": ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"),
    "MKL_NUM_THREADS": ("MKL_NUM_THREADS", "OMP_NUM_THREADS"),
    "NUMEXPR_MAX_THREADS": ("NUMEXPR_MAX_THREADS", "NUMEXPR_NUM_THREADS", "OMP_NUM_THREADS"),
    "POLARS_MAX_THREADS": ("POLARS_MAX_THREADS",),
    "LOKY_MAX_CPU_COUNT": ("LOKY_MAX_CPU_COUNT",),
}


def share(pipeline: Pipeline, name: str, cores: float) -> int:
    """Return how many cores a step may count on: its ``limit:cpu``, else `cores` over the steps that may run beside it.

    Parameters
    ----------
    cores
        how many the runner gives away.
    """
    limit = pipeline.step(name).options.limits.get("cpu")
    if limit is not None:
        return max(1, int(min(amount(limit), cores)))
    return max(1, int(cores) // (1 + beside(pipeline, name)))


def beside(pipeline: Pipeline, name: str) -> int:
    """Return how many steps may run at the same time as this one: of those that neither come before nor after it, the
    most that are equally deep.
    """
    before: dict[str, frozenset[str]] = {}
    depth: dict[str, int] = {}
    for step in pipeline.steps:
        before[step.name] = frozenset(step.after).union(*(before[other] for other in step.after))
        depth[step.name] = 1 + max((depth[other] for other in step.after), default=0)
    others = (s for s in before if s != name and s not in before[name] and name not in before[s])
    return max(Counter(depth[other] for other in others).values(), default=0)


def variables(threads: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what an environment needs to keep to a number of threads, where its user has not said otherwise.

    >>> variables(2, {"OMP_NUM_THREADS": "4"})
    {'POLARS_MAX_THREADS': '2', 'LOKY_MAX_CPU_COUNT': '2'}
    """
    return {name: str(threads) for name, said in _SAID.items() if not any(environment.get(other) for other in said)}
