"""Jobs through the server: promoting, listing, looking, deleting; names that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.notebooks import GOOD, WITHOUT_DEFINITION, write_notebook
from tests.server.made import JSON, Door, config, tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    (made / "mine.py").write_text("x = 1\n")
    live = (["imports"], "import sys\nsys.path.append('/elsewhere')\nimport mine")
    write_notebook(made / "good.ipynb", [live, *GOOD])
    return made


@pytest.fixture
def jp_server_config(tmp_path: Path, root: Path) -> dict[str, Any]:
    return config(tmp_path / "home", root)


@pytest.fixture
def jp_root_dir(root: Path) -> Path:
    return root


async def test_the_life_of_a_job(door: Door, root: Path) -> None:
    assert await door.get("jobs") == {"jobs": []}
    body = {"path": "good.ipynb", "job": "nightly", "parameters": {"n": 5}, "note": "first <b>"}
    made = await door.post("jobs", body=body, code=201)
    version = made["version"]
    assert (version["name"], version["number"], version["path"]) == ("nightly", 1, "good.ipynb")
    assert (version["note"], version["modules"], version["live_paths"]) == ("first <b>", ["mine.py"], ["/elsewhere"])
    assert [(p["name"], p["default"]) for p in version["declared"]] == [("n", 5), ("name", "a")]
    assert made["notes"] == ["the notebook adds `/elsewhere` to sys.path: what it imports from there is not frozen"]
    await door.post("jobs", body={"path": "good.ipynb", "job": "nightly"}, code=201)
    await door.post("jobs", body={"path": "good.ipynb", "job": "άλφα_2"}, code=201)

    listed = (await door.get("jobs"))["jobs"]
    assert [(j["name"], j["version"], j["versions"], j["last_run"]) for j in listed] == [
        ("nightly", 2, 2, None),
        ("άλφα_2", 1, 1, None),
    ]
    detail = await door.get("jobs", "nightly")
    assert [v["number"] for v in detail["versions"]] == [2, 1]
    assert (await door.get("jobs", "άλφα_2"))["name"] == "άλφα_2"

    gone = await door.raw("jobs", "nightly", method="DELETE")
    assert (gone.code, gone.body) == (204, b"")
    assert (await door.get("jobs", "nightly", code=404))["code"] == "job.not_found"
    assert (await door.raw("jobs", "nightly", method="DELETE")).code == 404
    assert [j["name"] for j in (await door.get("jobs"))["jobs"]] == ["άλφα_2"]
    again = await door.post("jobs", body={"path": "good.ipynb", "job": "nightly"}, code=201)
    assert again["version"]["number"] == 3


async def test_a_notebook_that_is_gone_has_no_path(door: Door, root: Path) -> None:
    await door.post("jobs", body={"path": "good.ipynb", "job": "j"}, code=201)
    (root / "good.ipynb").unlink()
    assert (await door.get("jobs"))["jobs"][0]["path"] is None
    assert (await door.get("jobs", "j"))["versions"][0]["path"] is None


async def test_a_damaged_record_hides_no_other_job(door: Door, tmp_path: Path) -> None:
    for name in ("one", "two"):
        await door.post("jobs", body={"path": "good.ipynb", "job": name}, code=201)
    (tmp_path / "home" / "jobs" / "one" / "1" / "job.json").write_text("{")
    assert [j["name"] for j in (await door.get("jobs"))["jobs"]] == ["two"]
    assert (await door.get("jobs", "one", code=503))["code"] == "job.damaged"


async def test_a_notebook_with_errors_is_not_promoted(door: Door, root: Path) -> None:
    write_notebook(root / "bad.ipynb", WITHOUT_DEFINITION)
    told = await door.post("jobs", body={"path": "bad.ipynb", "job": "j"}, code=400)
    assert told["code"] == "notebook.findings"
    assert [f["code"] for f in told["findings"]] == ["notebook.undefined_name"]
    assert (await door.get("jobs"))["jobs"] == []


async def test_what_was_ignored_is_on_the_version(door: Door, root: Path) -> None:
    write_notebook(root / "bad.ipynb", WITHOUT_DEFINITION)
    body = {"path": "bad.ipynb", "job": "j", "ignore": ["notebook.undefined_name"]}
    made = (await door.post("jobs", body=body, code=201))["version"]
    assert [(f["code"], f["cell"], f["by"]) for f in made["ignored"]] == [
        ("notebook.undefined_name", 1, "`--ignore notebook.undefined_name`")
    ]
    assert (await door.get("jobs", "j"))["versions"][0]["ignored"] == made["ignored"]


BODIES: list[tuple[dict[str, Any], int, str]] = [
    ({"job": "../x"}, 400, "job.name"),
    ({"job": ".hidden"}, 400, "job.name"),
    ({"job": "a/b"}, 400, "job.name"),
    ({"job": "a b"}, 400, "job.name"),
    ({"job": "a@2"}, 400, "job.name"),
    ({"job": "x" * 250}, 400, "job.name"),
    ({"job": ""}, 400, "request.invalid"),
    ({"job": 5}, 400, "request.invalid"),
    ({"parameters": {"unknown": 1}}, 400, "parameter.unknown"),
    ({"parameters": {"n": "text"}}, 400, "parameter.type"),
    ({"parameters": []}, 400, "request.invalid"),
    ({"note": "x" * 10_001}, 400, "request.invalid"),
    ({"path": "../good.ipynb"}, 400, "path.invalid"),
    ({"path": "none.ipynb"}, 404, "notebook.not_found"),
    ({"more": 1}, 400, "request.invalid"),
]


@pytest.mark.parametrize(("change", "status", "code"), BODIES)
async def test_what_cannot_be_promoted(
    door: Door, tmp_path: Path, change: dict[str, Any], status: int, code: str
) -> None:
    await door.get("jobs")
    before = {name for name in tree(tmp_path) if "jobs" in name}
    told = await door.post("jobs", body={"path": "good.ipynb", "job": "j", **change}, code=status)
    assert told["code"] == code
    assert told["message"]
    assert {name for name in tree(tmp_path) if "jobs" in name} == before


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "%2e%2e%2f%2e%2e", "nightly@1", ".draft-x", "a\0b", "\ufffd", "a%2Fb", "a\nb", "-x"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_job_is_a_name_and_never_a_path(door: Door, tmp_path: Path, name: str, method: str) -> None:
    await door.post("jobs", body={"path": "good.ipynb", "job": "nightly"}, code=201)
    response = await door.raw("jobs", name, method=method)
    assert response.code in (400, 404)
    assert json.loads(response.body)["code"] in ("job.name", "request.no_route", "request.refused")
    assert [j["name"] for j in (await door.get("jobs"))["jobs"]] == ["nightly"]


async def test_who_is_not_signed_in_changes_nothing(door: Door) -> None:
    await door.post("jobs", body={"path": "good.ipynb", "job": "nightly"}, code=201)
    nobody = {**JSON, "Authorization": ""}
    body = json.dumps({"path": "good.ipynb", "job": "nightly"})
    assert (await door.raw("jobs", method="POST", body=body, headers=nobody)).code == 403
    assert (await door.raw("jobs", "nightly", method="DELETE", headers=nobody)).code == 403
    assert (await door.get("jobs"))["jobs"][0]["versions"] == 1


async def test_versions_are_opened_and_compared(door: Door, root: Path) -> None:
    await door.post("jobs", body={"path": "good.ipynb", "job": "nightly"}, code=201)
    same = await door.post("jobs", body={"path": "good.ipynb", "job": "nightly", "note": "again"}, code=201)
    assert same["notes"][-1] == "version 2 is the same as version 1: code, parameters and modules did not change"
    other = await door.post("jobs", body={"path": "good.ipynb", "job": "nightly", "parameters": {"n": 7}}, code=201)
    assert not any("is the same" in note for note in other["notes"])
    (root / "mine.py").write_text("x = 2\n")
    changed = await door.post("jobs", body={"path": "good.ipynb", "job": "nightly", "parameters": {"n": 7}}, code=201)
    assert not any("is the same" in note for note in changed["notes"])

    file = await door.raw("jobs", "nightly", "versions", "1", "notebook")
    assert json.loads(file.body)["nbformat"] == 4
    page = await door.raw("jobs", "nightly", "versions", "1", "report")
    assert b"nightly@1" in page.body
    assert "sandbox" in page.headers["Content-Security-Policy"]

    found = await door.get("jobs", "nightly", "compare", version=[1, 3])
    assert [v["number"] for v in found["versions"]] == [1, 3]
    assert found["parameters"][0] == {
        "name": "n",
        "values": [found["versions"][0]["declared"][0]["default"], 7],
        "differs": True,
    }
    assert {step["change"] for step in found["steps"]} == {"same"}
    assert found["has_sources"]
    for query, code in (([1, 1], 400), ([1], 400), ([1, 9], 404), ([0, 1], 400)):
        await door.get("jobs", "nightly", "compare", version=query, code=code)
    assert (await door.get("jobs", "nightly", "versions", "9", "notebook", code=404))["code"] == "job.no_version"
