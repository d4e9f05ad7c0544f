"""`compile` writes real notebooks: each runs by itself, from top to bottom, with nothing of the runner around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_mlops import api
from tests.notebook.build import content

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


def test_step_notebooks_run_one_after_the_other(tmp_path: Path) -> None:
    source = tmp_path / "hand.ipynb"
    cells = [
        ("setup", "import math\n\nclass Point:\n    def __init__(self, x):\n        self.x = x"),
        ("parameters", "n = 3"),
        ("step:make", "%%mlops step make\npoints = [Point(i) for i in range(n)]\nfirst = points[0]"),
        ("step:change", "first.x = 10\n%mlops show"),
        ("step:sum", "total = math.fsum(p.x for p in points)\nprint('total', total, isinstance(first, Point))"),
    ]
    source.write_text(json.dumps(content(*cells)))
    raw = source.read_bytes()
    out = tmp_path / "out"
    written = api.compile(source, out, n=4)
    assert source.read_bytes() == raw
    pipeline = json.loads((out / "pipeline.json").read_text())
    assert [step["name"] for step in pipeline["steps"]] == ["make", "change", "sum"]
    executed: Any = None
    for path in sorted(path for path in written if path.suffix == ".ipynb"):
        executed = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(executed)
        NotebookClient(executed, timeout=60, resources={"metadata": {"path": str(out)}}).execute()
    text = "".join(o.get("text", "") for c in executed.cells if c.cell_type == "code" for o in c.outputs)
    assert text == "total 16.0 True\n"
