"""Errors of steps that no cell of theirs raised."""

from __future__ import annotations

import pytest

from jupyter_mlops.runs import failure


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "model.not_logged"),
        (["line"], None),
        (["line", "line"], None),
        (["a", "b"], "model.several"),
        (["a", "slope", "b"], None),
    ],
)
def test_a_step_that_registers_has_one_model(names: list[str], code: str | None) -> None:
    found = failure.no_model("train", "slope", names)
    assert (found["code"] if found else None) == code
    if found:
        assert '"train"' in found["message"]
        assert found["hint"]
