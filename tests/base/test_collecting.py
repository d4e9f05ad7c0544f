"""The pause of the garbage collector ends with the last of those that asked for it."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.app.notebooks import check
from jupyter_mlops.base.collecting import paused
from jupyter_mlops.notebook.statements import _read


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


def test_the_collector_goes_on_when_the_last_pause_ends() -> None:
    gc.enable()
    with paused():
        with paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_pause_that_fails_ends_too() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="no"), paused():
        raise ValueError("no")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with paused():
        pass
    assert not gc.isenabled()


def test_reading_a_notebook_makes_no_garbage_that_only_the_collector_would_free(tmp_path: Path) -> None:
    lines = [
        "import math",
        "def f(x):\n    return [math.sqrt(y) for y in x]",
        "class A:\n    b = f",
        "for i in f([1]):\n    z = i",
    ]
    cells = [
        {"cell_type": "code", "metadata": {"tags": [f"step:s{n}"]}, "source": text, "outputs": []}
        for n, text in enumerate(lines)
    ]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}))
    check(path)
    gc.collect()
    gc.disable()
    _read.cache_clear()
    check(path)
    assert gc.collect() == 0
