from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_mlops.app.carry import Past, above, below, resumed, retried
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.pipeline.spec import Pipeline, Step


def step(name: str, *after: str, **kwargs: object) -> Step:
    made = Step(name, (0,), after, {f"from_{a}": a for a in after}, (f"from_{name}",), fingerprint=f"fp-{name}")
    return replace(made, **kwargs)  # type: ignore[arg-type]


#   load -> clean -> forest -> report
#               \-> boost  -/            side
NOW = Pipeline(
    "n",
    (
        step("load", parameters=("rows",)),
        step("clean", "load"),
        step("forest", "clean", parameters=("lr",)),
        step("boost", "clean"),
        step("side"),
        step("report", "forest", "boost"),
    ),
)
VALUES = {"rows": 10, "lr": 0.1}
ALL = [s.name for s in NOW.steps]


def past(*succeeded: str, pipeline: Pipeline = NOW, **values: object) -> Past:
    return Past("0123456789", pipeline, {**VALUES, **values}, succeeded)


def edited(name: str, **kwargs: object) -> Pipeline:
    steps = (replace(s, **kwargs) if s.name == name else s for s in NOW.steps)  # type: ignore[arg-type]
    return replace(NOW, steps=tuple(steps))


def test_above_and_below() -> None:
    assert below(NOW, ["forest"]) == {"forest", "report"}
    assert above(NOW, "report") == {"load", "clean", "forest", "boost"}
    assert above(NOW, "load") == set()


RETRIED: list[tuple[list[str], str | None, list[str]]] = [
    (["load", "clean", "boost", "side"], None, ["load", "clean", "boost", "side"]),
    (["load", "clean", "boost", "side"], "clean", ["load", "side"]),
    (ALL, "report", ["load", "clean", "forest", "boost", "side"]),
    (ALL, "load", ["side"]),
    (["load"], "report", ["load"]),
    ([], None, []),
    (["forest", "report"], None, []),
]


@pytest.mark.parametrize(("succeeded", "from_step", "carried"), RETRIED)
def test_retry_carries(succeeded: list[str], from_step: str | None, carried: list[str]) -> None:
    assert retried(NOW, past(*succeeded), VALUES, from_step) == carried


CHANGES: list[tuple[Pipeline, str]] = [
    (edited("load", fingerprint="other"), "source changed"),
    (edited("clean", inputs={"x": "side"}, after=("side",)), "depends on changed"),
    (edited("load", outputs=("new",)), "hand over new"),
]


@pytest.mark.parametrize(("now", "reason"), CHANGES)
def test_a_changed_step_is_refused_by_name(now: Pipeline, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        retried(now, past("load", "clean", "boost", "side"), VALUES, None)
    assert caught.value.code == "run.source_changed"
    name = "clean" if "depends" in reason else "load"
    assert caught.value.hint.endswith(f"--from-step {name}")
    assert name not in retried(now, past("load", "clean", "boost", "side"), VALUES, name)


def test_a_changed_step_that_runs_again_is_no_matter() -> None:
    now = edited("forest", fingerprint="other")
    assert "forest" not in retried(now, past(*ALL), VALUES, "forest")


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(UsageError, match='no step "x"'):
        retried(NOW, past(*ALL), VALUES, "x")


def test_resume_takes_the_newest_run_that_has_what_is_needed() -> None:
    newest, older = past("load"), past("load", "clean", "side")
    assert resumed(NOW, [newest, older], VALUES, "forest") == (older, ["load", "clean", "side"])


def test_resume_asks_only_for_what_the_step_needs() -> None:
    one = past("load", "clean")
    assert resumed(NOW, [one], VALUES, "forest")[1] == ["load", "clean"]


def test_resume_compares_the_values_that_the_steps_read() -> None:
    assert resumed(NOW, [past(*ALL, lr=9)], VALUES, "boost")[1] == ["load", "clean", "side"]
    with pytest.raises(UsageError, match='step "load" of run 01234567: parameter rows has another value') as caught:
        resumed(NOW, [past(*ALL, rows=11)], VALUES, "boost")
    assert caught.value.code == "run.nothing_to_resume"


def test_resume_without_any_run() -> None:
    with pytest.raises(UsageError, match="no earlier run"):
        resumed(NOW, [], VALUES, "report")
