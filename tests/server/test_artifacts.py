"""Values of real runs and looks at them; nothing of theirs runs, and nothing outside the store is read."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts.test_preview import Canary
from tests.server.made import Door, House, config

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture
def jp_server_config(shop: House) -> dict[str, Any]:
    return config(shop.home, shop.root)


@pytest.fixture
def jp_root_dir(shop: House) -> Path:
    return shop.root


async def test_what_a_step_was_given_and_hands_over(door: Door, shop: House) -> None:
    found = await door.get("runs", shop.runs["good"], "artifacts", step="fit")
    assert [(v["name"], v["step"], v["type"]) for v in found["inputs"]] == [("frame", "load", "pandas.DataFrame")]
    assert {v["name"]: (v["step"], v["is_code"], v["serializer"]) for v in found["outputs"]} == {
        "model": ("fit", True, "cloudpickle"),
        "names": ("fit", False, "json"),
        "png": ("fit", False, "json"),
        "score": ("fit", False, "npy-scalar"),
        "values": ("fit", False, "npy"),
    }
    frame = found["inputs"][0]
    assert frame["summary"] == "100 x 2"
    assert frame["size_bytes"] > 1600
    assert len(frame["digest"]) == 64


async def test_a_run_tells_the_sizes_of_what_its_steps_hand_over(door: Door, shop: House) -> None:
    run = await door.get("runs", shop.runs["good"])
    for step in run["steps"]:
        found = await door.get("runs", run["id"], "artifacts", step=step["name"])
        assert step["sizes"] == {v["name"]: v["size_bytes"] for v in found["outputs"]}
        assert step["sizes"].keys() >= set(step["outputs"])
    assert run["steps"][0]["sizes"]["frame"] > 1600


async def test_looks_at_values(door: Door, shop: House) -> None:
    async def look(name: str, step: str = "fit") -> Any:
        return await door.get("runs", shop.runs["good"], "preview", step=step, name=name)

    frame = await look("frame", "load")
    assert (frame["kind"], frame["columns"], frame["total_rows"]) == ("table", ["n", "x"], 100)
    assert frame["rows"][0] == ["0", "0.0"]
    assert len(frame["rows"]) == 50
    assert await look("frame") == frame
    assert (await look("values"))["rows"][3] == ["3.0"]
    assert (await look("names"))["text"] == "{'a': [1, nan]}"
    assert (await look("png"))["data_url"].startswith("data:image/png;base64,")
    model = await look("model")
    assert (model["kind"], "loading it could run code" in model["reason"]) == ("none", True)


async def test_a_failed_step_shows_what_it_was_given(door: Door, shop: House) -> None:
    found = await door.get("runs", shop.runs["failed"], "artifacts", step="fit")
    assert [v["name"] for v in found["inputs"]] == ["frame"]
    assert found["outputs"] == []
    seen = await door.get("runs", shop.runs["failed"], "preview", step="fit", name="frame")
    assert seen["kind"] == "table"


@pytest.mark.parametrize("name", ["nothing", "../frame", "/etc/passwd", "frame\0", "0" * 64, "__class__"])
async def test_a_value_is_found_by_its_name_only(door: Door, shop: House, name: str) -> None:
    told = await door.get("runs", shop.runs["good"], "preview", step="fit", name=name, code=404)
    assert told["code"] == "artifact.not_found"


@pytest.fixture
def manifest(shop: House) -> Iterator[Path]:
    """The manifest of a step, put back after the test."""
    path = shop.bench.steps.place(shop.runs["failed"], "load").manifest
    assert path is not None
    kept = path.read_bytes()
    yield path
    path.write_bytes(kept)


def _with(key: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    def change(content: dict[str, Any]) -> Any:
        content["outputs"]["frame"][key] = value
        return content

    return change


DIGESTS: list[Any] = ["../../../etc/passwd", "/etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n", 5, None, [], {}]
TEXTS: list[Any] = [5, None, []]
TAMPERED: list[Callable[[dict[str, Any]], Any]] = [
    *[_with("digest", value) for value in DIGESTS],
    *[_with(key, value) for key in ("serializer", "type", "summary") for value in TEXTS],
    _with("size_bytes", "5"),
    lambda content: {**content, "outputs": []},
    lambda content: {**content, "outputs": {"frame": "x"}},
    lambda content: {**content, "outputs": {"frame": {}}},
    lambda content: {**content, "more": 1},
    lambda content: [],
]


@pytest.mark.parametrize("change", TAMPERED)
async def test_a_manifest_that_was_tampered_with_is_refused(
    door: Door, shop: House, manifest: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    manifest.write_text(json.dumps(change(json.loads(manifest.read_bytes()))))
    for noun, query in (("artifacts", {}), ("preview", {"name": "frame"})):
        told = await door.get("runs", shop.runs["failed"], noun, step="load", code=409, **query)
        assert told["code"] == "artifact.damaged"
    # The run as a whole is still told, without what is not known.
    run = await door.get("runs", shop.runs["failed"])
    assert next(step for step in run["steps"] if step["name"] == "load")["sizes"] == {}


async def test_a_link_in_the_store_that_leads_outside_is_refused(door: Door, shop: House, tmp_path: Path) -> None:
    found = await door.get("runs", shop.runs["good"], "artifacts", step="load")
    digest = found["outputs"][0]["digest"]
    path = shop.home / "artifacts" / digest[:2] / digest[2:4] / digest
    shutil.move(path, tmp_path / "kept")
    try:
        path.symlink_to(tmp_path / "kept")
        told = await door.get("runs", shop.runs["good"], "preview", step="load", name="frame", code=409)
        assert told["code"] == "artifact.damaged"
        path.unlink()
        gone = await door.get("runs", shop.runs["good"], "preview", step="load", name="frame")
        assert (gone["kind"], "not in the store" in gone["reason"]) == ("none", True)
    finally:
        path.unlink(missing_ok=True)
        shutil.move(tmp_path / "kept", path)


@pytest.mark.parametrize("serializer", ["cloudpickle", "figure", "skops", "torch", "npy", "arrow", "json", "unheard"])
async def test_code_in_a_value_never_runs(
    door: Door, shop: House, manifest: Path, tmp_path: Path, serializer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", str(tmp_path / "canary"))
    digest = "e" * 64
    path = shop.home / "artifacts" / "ee" / "ee" / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(Canary()))
    try:
        content = json.loads(manifest.read_bytes())
        content["outputs"]["frame"] |= {"digest": digest, "serializer": serializer}
        manifest.write_text(json.dumps(content))
        await door.get("runs", shop.runs["failed"], "artifacts", step="load")
        seen = await door.get("runs", shop.runs["failed"], "preview", step="load", name="frame")
        assert (seen["kind"], bool(seen["reason"])) == ("none", True)
        assert not (tmp_path / "canary").exists()
    finally:
        path.unlink()


async def test_texts_with_half_characters_are_no_failure(door: Door, shop: House, manifest: Path) -> None:
    content = json.loads(manifest.read_bytes())
    content["outputs"]["\ud800"] = {**content["outputs"]["frame"], "summary": "\ud800"}
    manifest.write_text(json.dumps(content))
    found = await door.get("runs", shop.runs["failed"], "artifacts", step="load")
    assert [v["name"] for v in found["outputs"]] == ["frame", "?"]
