"""`check` tells whatever a run would be refused for, with the code and the words of the refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.given import resolve_all
from jupyter_mlops.app.inspection import Inspector
from jupyter_mlops.app.notebooks import check, sound
from jupyter_mlops.app.runner import refuse_what_cannot_run
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.cli import main
from jupyter_mlops.notebook.codes import BY_CODE
from jupyter_mlops.notebook.document import read
from tests.notebook.build import content

CASES: list[tuple[str, dict[str, Any], str, str, int | None]] = [
    (
        "a kernel that is not installed",
        {"cells": [("step:a", "x = 1")], "kernel": "julia-9"},
        "run.kernel_not_found",
        "error",
        None,
    ),
    ("a GPU", {"cells": [("", "y = 1"), ("step:a limit:nvidia.com/gpu:1", "x = 1")]}, "engine.refused", "error", 1),
    ("too many cores", {"cells": [("step:a", "x = 1"), ("limit:cpu:100000", "y = x")]}, "engine.refused", "error", 1),
    ("no amount", {"cells": [("step:a limit:memory:much", "x = 1")]}, "engine.refused", "error", 0),
    ("another engine", {"cells": [("step:a engine:dask", "x = 1")]}, "engine.refused", "error", 0),
    ("an image", {"cells": [("step:a image:python:3.11", "x = 1")]}, "engine.refused", "error", 0),
    ("a secret", {"cells": [("step:a secret:s:k:E", "x = 1")]}, "engine.refused", "error", 0),
    ("asked for by a magic", {"cells": [("", "%%mlops step a --image x\ny = 1")]}, "engine.refused", "error", 0),
    (
        "a required parameter",
        {"cells": [("parameters", "n: int"), ("step:a", "print(n)")]},
        "parameter.missing",
        "hint",
        0,
    ),
]


def write(folder: Path, form: dict[str, Any]) -> Path:
    made = content(*form["cells"])
    made["metadata"]["kernelspec"]["name"] = form.get("kernel", "python3")
    file = folder / "case.ipynb"
    file.write_text(json.dumps(made))
    return file


def begin(file: Path) -> None:
    """Do what a run does before it is started."""
    pipeline = sound(read(file)).pipeline
    resolve_all(pipeline, {}, {})
    refuse_what_cannot_run(pipeline)


def refused(file: Path) -> MlopsError:
    with pytest.raises(MlopsError) as caught:
        begin(file)
    return caught.value


@pytest.mark.parametrize(("form", "code", "severity", "cell"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_check_says_what_run_says(
    tmp_path: Path, form: dict[str, Any], code: str, severity: str, cell: int | None
) -> None:
    file = write(tmp_path, form)
    error = refused(file)
    (found,) = check(file).findings
    assert (found.code, found.message, found.hint) == (error.code, error.message, error.hint)
    assert (found.severity, found.cell) == (severity, cell)
    assert BY_CODE[code].severity == severity
    assert BY_CODE[code].never
    assert Inspector().inspect(file).findings == (found,)
    assert main(["check", str(file)]) == (2 if severity == "error" else 0)


def test_several_refusals_are_all_told(tmp_path: Path) -> None:
    cells = [("parameters", "n: int\nm: str"), ("step:a image:x secret:s:k:E", "print(n, m)"), ("step:b engine:y", "1")]
    file = write(tmp_path, {"cells": cells, "kernel": "none"})
    found = check(file)
    assert [(f.code, f.cell) for f in found.findings] == [
        ("parameter.missing", 0),
        ("parameter.missing", 0),
        ("engine.refused", 1),
        ("engine.refused", 1),
        ("engine.refused", 2),
        ("run.kernel_not_found", None),
    ]


def test_an_inspection_sees_a_kernel_that_was_installed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, inspector = write(tmp_path, {"cells": [("step:a", "x = 1")], "kernel": "later"}), Inspector()
    assert [f.code for f in inspector.inspect(file).findings] == ["run.kernel_not_found"]
    spec = tmp_path / "data" / "kernels" / "later"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(json.dumps({"argv": ["true"], "display_name": "L", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    assert inspector.inspect(file).findings == ()


def test_what_can_run_is_not_refused(tmp_path: Path) -> None:
    cells = [("parameters", "n: int = 1"), ("step:a engine:local limit:cpu:1 retry:2 label:a:b", "print(n)")]
    assert check(write(tmp_path, {"cells": cells})).findings == ()
