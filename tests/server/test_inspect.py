"""Inspecting a notebook through the server: saved, unsaved, damaged, untrusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.inspection import Inspector
from tests.cli.notebooks import GOOD, write_notebook
from tests.notebook.build import content, counted_parse
from tests.server.made import JSON, Door, config, tree


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


@pytest.fixture
def jp_server_config(home: Path, root: Path) -> dict[str, Any]:
    return config(home, root)


@pytest.fixture
def jp_root_dir(root: Path) -> Path:
    return root


async def test_a_saved_notebook(door: Door, root: Path) -> None:
    write_notebook(root / "good.ipynb", GOOD)
    found = await door.post("inspect", body={"path": "good.ipynb"})
    assert found["path"] == "good.ipynb"
    assert [step["name"] for step in found["pipeline"]["steps"]] == ["load", "total", "mean", "report"]
    assert found["pipeline"]["steps"][3]["inputs"] == {"mean": "mean", "total": "total"}
    assert [p["default"] for p in found["pipeline"]["parameters"]] == [3, "a"]
    assert [cell["role"] for cell in found["cells"]] == ["parameters", *["step"] * 4, "metrics"]
    assert found["findings"] == []


async def test_an_unsaved_document_with_a_quick_fix(door: Door, root: Path) -> None:
    made = content(("step:a", "x = 1"), ("step:b prev:c", "print(x, rate)"))
    found = await door.post("inspect", body={"path": "sub/new.ipynb", "notebook": made})
    assert found["pipeline"]["name"] == "new"
    told = {finding["code"]: finding for finding in found["findings"]}
    assert told["notebook.undefined_name"]["fixes"] == [
        {
            "title": "Make `rate` a parameter",
            "edits": [
                {
                    "cell": 0,
                    "add_tags": ["parameters"],
                    "remove_tags": [],
                    "insert": True,
                    "source": "rate = None",
                    "line": None,
                    "select": "None",
                }
            ],
        },
        {
            "title": "Ignore this error",
            "edits": [
                {
                    "cell": 1,
                    "add_tags": [],
                    "remove_tags": [],
                    "insert": False,
                    "source": "# mlops: ignore[notebook.undefined_name]",
                    "line": 1,
                    "select": "",
                }
            ],
        },
    ]
    assert told["notebook.unknown_prev"]["cell"] == 1
    assert list(root.iterdir()) == []


async def test_findings_are_ignored_when_asked(door: Door, root: Path) -> None:
    code = "notebook.undefined_name"
    body = {"path": "a.ipynb", "notebook": content(("step:a", "print(rate)"), ("Step:b", "x = 1"))}
    for ignore in ([], [code]):
        found = (await door.post("inspect", body={**body, "ignore": ignore}))["findings"]
        assert [(f["code"], f["severity"], f["ignored"]) for f in found] == [
            (code, "error", bool(ignore)),
            ("notebook.unknown_tag", "hint", False),
        ]
    refused = await door.post("inspect", body={**body, "ignore": ["notebook.cycle"]}, code=400)
    assert refused["code"] == "notebook.not_ignorable"


async def test_what_a_run_would_be_refused_for_is_told(door: Door, root: Path) -> None:
    made = content(("step:a limit:nvidia.com/gpu:1", "x = 1"))
    made["metadata"]["kernelspec"]["name"] = "nowhere"
    found = (await door.post("inspect", body={"path": "a.ipynb", "notebook": made}))["findings"]
    assert [(f["code"], f["cell"]) for f in found] == [("engine.refused", 0), ("run.kernel_not_found", None)]


async def test_the_last_answer_is_remembered(door: Door, root: Path) -> None:
    path = write_notebook(root / "good.ipynb", GOOD)
    first = await door.post("inspect", body={"path": "good.ipynb"})
    assert await door.post("inspect", body={"path": "good.ipynb"}) == first
    write_notebook(path, GOOD[:2])
    assert await door.post("inspect", body={"path": "good.ipynb"}) != first


async def test_inspecting_runs_no_code_and_creates_nothing(door: Door, root: Path, tmp_path: Path) -> None:
    evil = f"open({str(tmp_path / 'canary')!r}, 'w').write('x')"
    cells = [
        (["imports"], evil),
        (["step:a"], f"!touch {tmp_path / 'canary'}\n{evil}"),
        (["parameters"], f"n = {evil}"),
    ]
    path = write_notebook(root / "evil.ipynb", cells)
    await door.get("status")
    before = tree(tmp_path)
    await door.post("inspect", body={"path": "evil.ipynb"})
    await door.post("inspect", body={"path": "evil.ipynb", "notebook": json.loads(path.read_bytes())})
    assert tree(tmp_path) == before


DAMAGED: list[tuple[bytes, str]] = [
    (b"", "notebook.wrong_file"),
    (b"{", "notebook.not_json"),
    (b"\xff\xfe", "notebook.wrong_file"),
    (b"[" * 100_000, "notebook.not_json"),
    (b"[]", "notebook.format"),
    (b'{"nbformat": 3, "cells": []}', "notebook.format"),
    (b'{"nbformat": 5, "cells": []}', "notebook.format"),
    (b'{"nbformat": 4}', "notebook.format"),
    (b'{"nbformat": 4, "cells": [5]}', "notebook.format"),
    (b'{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "notebook.language"),
]


@pytest.mark.parametrize(("raw", "code"), DAMAGED)
async def test_a_damaged_file_is_refused(door: Door, root: Path, raw: bytes, code: str) -> None:
    (root / "bad.ipynb").write_bytes(raw)
    told = await door.post("inspect", body={"path": "bad.ipynb"}, code=400)
    assert told["code"] == code
    assert told["message"]


async def test_what_is_odd_in_a_file_is_no_failure(door: Door, root: Path) -> None:
    odd = content(("step:a\ud800", "x = '\ud800'\nprint(y\ud800)"), ("retry:\ud800 step:b", "x = nan"))
    odd["cells"][0]["metadata"]["tags"] = ["step:a\ud800", 5, None, "prev:\ud801"]
    odd["cells"].append({"cell_type": "code", "metadata": {"tags": {"a": 1}}, "source": ["x", "\n", "y"]})
    odd["extra"] = float("nan")
    (root / "odd.ipynb").write_bytes(b"\xef\xbb\xbf" + json.dumps(odd).encode())
    found = await door.post("inspect", body={"path": "odd.ipynb"})
    assert {f["code"] for f in found["findings"]} >= {"notebook.tag"}


PATHS = [
    "../x.ipynb",
    "a/../../x.ipynb",
    "/etc/passwd",
    "x\0.ipynb",
    "..",
    "link.ipynb",
    "beside/../../root-evil/x.ipynb",
    "\\..\\x.ipynb",
    "%2e%2e/x.ipynb",
    "folder",
    "device",
    ".hidden.ipynb",
]


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_outside_the_root_is_read(door: Door, root: Path, path: str) -> None:
    outside = root.parent / "root-evil"
    outside.mkdir()
    write_notebook(outside / "x.ipynb", GOOD)
    write_notebook(root.parent / "x.ipynb", GOOD)
    (root / "folder").mkdir()
    (root / "device").symlink_to("/dev/zero")
    (root / "link.ipynb").symlink_to(outside / "x.ipynb")
    response = await door.raw("inspect", method="POST", body=json.dumps({"path": path}), headers=dict(JSON))
    assert response.code in (400, 403, 404)


async def test_a_notebook_that_takes_long_is_accepted_when_the_caller_prefers_that(door: Door) -> None:
    long = content(("step:a", "\n".join(f"x{n} = [x{n - 1}, {n}]" for n in range(1, 20_000))))
    body = {"path": "long.ipynb", "notebook": long}
    told = await door.post("inspect", body=body, code=413)
    assert told["code"] == "notebook.too_long"
    headers = {**JSON, "Prefer": "respond-async"}
    response = await door.raw("inspect", method="POST", body=json.dumps(body), headers=headers)
    assert (response.code, json.loads(response.body)) == (202, told)


BODIES: list[Any] = [
    {},
    {"path": ""},
    {"path": 5},
    {"path": "a.ipynb", "notebook": []},
    {"path": "a.ipynb", "more": 1},
    {"path": "a.ipynb", "notebook": {"nbformat": 4, "cells": [{"cell_type": "code", "source": 5}]}},
    [],
    None,
]


@pytest.mark.parametrize("body", BODIES)
async def test_a_wrong_body_is_refused(door: Door, body: Any) -> None:
    told = await door.post("inspect", body=body, code=400)
    assert told["code"] in ("request.invalid", "notebook.format")


async def test_a_missing_notebook_is_not_found(door: Door) -> None:
    told = await door.post("inspect", body={"path": "folder/none.ipynb"}, code=404)
    # The user's words for it: nobody sees where the server's folders begin.
    assert (told["code"], told["message"]) == ("notebook.not_found", "there is no notebook `folder/none.ipynb`")


def test_typing_in_a_thousand_cells_reads_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inspector = Inspector()
    cells = [(f"step:s{i}" if i % 10 == 0 else "", f"v{i} = v{max(0, i - 1)}") for i in range(1, 1000)]
    made = content(("step:s", "v0 = 1"), *cells)
    inspector.inspect(tmp_path / "a.ipynb", made)
    made["cells"][500]["source"] = "v500 = 5"
    parsed = counted_parse(monkeypatch)
    inspector.inspect(tmp_path / "a.ipynb", made)
    assert parsed == ["v500 = 5"]
