from __future__ import annotations

import pytest

from jupyter_mlops.pipeline.spec import Options
from jupyter_mlops.runs.threads import share, variables
from tests.runs.driving import CHAIN, FORK, pipeline

WIDE = pipeline({"a": [], "b": [], "c": [], "d": []})
LIMITED = pipeline({"a": [], "b": []}, a=Options(limits={"cpu": "6"}), b=Options(limits={"cpu": "500m"}))
ALONE = pipeline({"a": []}, a=Options(limits={"cpu": "2.5"}))
# Two chains that meet: a step of one may run beside one step of the other at a time.
CHAINS = pipeline({"a": [], "b": [], "aa": ["a"], "bb": ["b"], "aaa": ["aa"], "end": ["aaa", "bb"]})

SHARES = [
    ("a chain gets all", CHAIN, "b", 8, 8),
    ("before a fork: alone", FORK, "a", 8, 8),
    ("in a fork of two", FORK, "left", 8, 4),
    ("after a fork: alone", FORK, "end", 8, 8),
    ("four side by side", WIDE, "c", 8, 2),
    ("what is left over is nobody's", WIDE, "c", 7, 1),
    ("never less than one", WIDE, "c", 2, 1),
    ("two chains", CHAINS, "aa", 8, 4),
    ("the end of two chains", CHAINS, "end", 8, 8),
    ("a limit is its share", LIMITED, "a", 8, 6),
    ("a limit of half a core", LIMITED, "b", 8, 1),
    ("a limit that is more than there is", LIMITED, "a", 4, 4),
    ("a limit with a fraction", ALONE, "a", 8, 2),
    ("a machine that gives half a core away", CHAIN, "a", 0.5, 1),
]


@pytest.mark.parametrize(("spec", "step", "cores", "expected"), [s[1:] for s in SHARES], ids=[s[0] for s in SHARES])
def test_the_share_of_a_step(spec: object, step: str, cores: float, expected: int) -> None:
    assert share(spec, step, cores) == expected  # type: ignore[arg-type]


SAID: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"OMP", "OPENBLAS", "MKL", "NUMEXPR", "POLARS", "LOKY"}),
    ({"OMP_NUM_THREADS": ""}, {"OMP", "OPENBLAS", "MKL", "NUMEXPR", "POLARS", "LOKY"}),
    # OpenBLAS, MKL and numexpr listen to it too: a word of ours would go above the user's.
    ({"OMP_NUM_THREADS": "4"}, {"POLARS", "LOKY"}),
    ({"MKL_NUM_THREADS": "4"}, {"OMP", "OPENBLAS", "NUMEXPR", "POLARS", "LOKY"}),
    ({"NUMEXPR_NUM_THREADS": "4", "POLARS_MAX_THREADS": "4"}, {"OMP", "OPENBLAS", "MKL", "LOKY"}),
]


@pytest.mark.parametrize(("environment", "set_by_us"), SAID)
def test_what_a_user_said_is_left_alone(environment: dict[str, str], set_by_us: set[str]) -> None:
    made = variables(3, environment)
    assert {name.split("_")[0] for name in made} == set_by_us
    assert set(made.values()) == {"3"}
