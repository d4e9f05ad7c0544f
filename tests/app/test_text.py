from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jupyter_mlops.app import text
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.pipeline.spec import Options, Parameter, Pipeline, Step

SPEC = Pipeline(
    "train",
    (
        Step("load", (1, 2, 4), outputs=("df",)),
        Step(
            "forest",
            (5,),
            ("load",),
            {"df": "load"},
            ("a",),
            options=Options(retry=2, timeout_s=90, limits={"cpu": "2"}),
        ),
        Step("boost", (6,), ("load",), {"df": "load"}, ("b",)),
        Step("evaluate", (7,), ("forest", "boost"), {"a": "forest", "b": "boost"}),
    ),
    (Parameter("lr", "float", 0.1), Parameter("rows", "int", required=True)),
    files=("data.csv",),
)

PLAIN = {
    "plain": "plain",
    "\x1b[31mred\x1b[0m": "red",
    "\x1b]0;title\x07after": "after",
    "bell\x07": "bell\\x07",
    "a\nb\tc": "a\nb\tc",
    "\x9b2J": "\\x9b2J",
    "lone \ud800": "lone \\xd800",
    "שלום 🎉": "שלום 🎉",
    "back\x08": "back\\x08",
}


@pytest.mark.parametrize("given", PLAIN)
def test_nothing_reaches_the_terminal_but_text(given: str) -> None:
    assert text.plain(given) == PLAIN[given]


def test_wide_characters_keep_columns() -> None:
    assert text.table([("日本", "x"), ("abcd", "y")]) == ["日本  x", "abcd  y"]
    assert text.width("e\u0301") == 1
    assert text.cut("日本語", 5) == "日本…"


def test_show_is_the_specified_json() -> None:
    assert text.to_json_show(SPEC) == {
        "version": 1,
        "name": "train",
        "parameters": [
            {"name": "lr", "type": "float", "default": 0.1},
            {"name": "rows", "type": "int", "default": None},
        ],
        "steps": [
            {
                "name": "load",
                "cells": [1, 2, 4],
                "cell_numbers": [2, 3, 5],
                "after": [],
                "inputs": {},
                "outputs": ["df"],
                "options": {},
            },
            {
                "name": "forest",
                "cells": [5],
                "cell_numbers": [6],
                "after": ["load"],
                "inputs": {"df": "load"},
                "outputs": ["a"],
                "options": {"retry": 2, "timeout_s": 90, "limits": {"cpu": "2"}},
            },
            {
                "name": "boost",
                "cells": [6],
                "cell_numbers": [7],
                "after": ["load"],
                "inputs": {"df": "load"},
                "outputs": ["b"],
                "options": {},
            },
            {
                "name": "evaluate",
                "cells": [7],
                "cell_numbers": [8],
                "after": ["forest", "boost"],
                "inputs": {"a": "forest", "b": "boost"},
                "outputs": [],
                "options": {},
            },
        ],
    }


def test_show_as_text() -> None:
    assert text.pipeline(SPEC) == [
        "train: 4 steps, 2 parameters",
        "  load -> (forest | boost) -> evaluate",
        "",
        "parameters",
        "  lr    float  0.1",
        "  rows  int    required",
        "",
        "steps",
        "  load      cells 2-3, 5  first",
        "  forest    cell 6        after load           retry:2 timeout:90s limit:cpu:2",
        "  boost     cell 7        after load",
        "  evaluate  cell 8        after forest, boost",
        "",
        "hand-over",
        "  forest: df <- load",
        "  boost: df <- load",
        "  evaluate: a <- forest",
        "  evaluate: b <- boost",
        "",
        "files it opens",
        "  data.csv",
    ]


def test_findings() -> None:
    found = [
        Finding("notebook.undefined_name", "error", 4, 2, "no step defines `df`", "tag cell 3"),
        Finding("notebook.kernel", "warning", None, None, "no kernel", ""),
    ]
    assert text.findings(found, "a.ipynb") == [
        "cell 5, line 2: error notebook.undefined_name: no step defines `df`",
        "  hint: tag cell 3",
        "notebook: warning notebook.kernel: no kernel",
        "a.ipynb: 1 error, 1 warning",
    ]


def test_times() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    told = {59: "just now", 60: "1 minute ago", 7200: "2 hours ago", 90000: "1 day ago"}
    assert {s: text.ago(now - timedelta(seconds=s), now) for s in told} == told
    assert text.duration(-1) == "0.0 s"
