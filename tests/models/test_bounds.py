"""Folders of models that ask for more than there is: no end, no memory, no mapping to base 60."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest

from jupyter_mlops.base.documents import from_yaml
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.models.facts import read_facts
from jupyter_mlops.models.formats import formats
from jupyter_mlops.models.policy import read_yaml

GOOD = "flavors: {python_function: {loader_module: mlflow.sklearn}}\n"
LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
YAML = {
    "laughs": LAUGHS + "flavors: {sklearn: *a29}",
    "laughing-text": f"a: &a {'x' * 100_000}\nb: [{','.join(['*a'] * 20_000)}]",
    "laughing-merge": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9)),
    "many": "".join(f"k{n}: {{a: [1, 2]}}\n" for n in range(100_000)),
    "base-60": "a: 1" + ":1" * 1_000_000,
    "bool": "a: !!bool maybe",
    "int": "a: !!int ''",
    "float": "a: !!float ''",
    "moment": "a: !!timestamp x",
    "month": "a: 2001-99-99",
    "deep": "[" * 100_000,
    "itself": "a: &a [*a]",
}


@pytest.mark.parametrize("name", YAML)
def test_yaml_that_has_no_end_is_told_of(tmp_path: Path, name: str) -> None:
    (tmp_path / "MLmodel").write_text(GOOD + YAML[name])
    (problem,) = read_facts(tmp_path).problems
    assert problem.startswith("`MLmodel` cannot be read: ")
    assert len(problem) < 300
    (found,) = formats(tmp_path)
    assert (found.file, found.is_scanned) == ("MLmodel", False)
    with pytest.raises(UsageError, match="the gates are no YAML"):
        read_yaml(YAML[name])


def test_shared_parts_are_read() -> None:
    assert from_yaml("a: &a [1, {b: c}]\nd: *a") == {"a": [1, {"b": "c"}], "d": [1, {"b": "c"}]}


@pytest.mark.parametrize("name", ["MLmodel", "requirements.txt", "serving_input_example.json"])
@pytest.mark.parametrize("kind", ["pipe", "device", "elsewhere", "sparse", "folder"])
def test_what_is_no_file_of_the_model_is_not_read(tmp_path: Path, name: str, kind: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text(GOOD)
    (folder / name).unlink(missing_ok=True)
    (tmp_path / "secret").write_text("secret")
    if kind == "pipe":
        os.mkfifo(folder / name)
    elif kind == "folder":
        (folder / name).mkdir()
    elif kind == "sparse":
        with (folder / name).open("wb") as file:
            file.truncate(8_000_000_000)
    else:
        (folder / name).symlink_to("/dev/zero" if kind == "device" else "../secret")
    found = read_facts(folder)
    (problem,) = found.problems
    assert "cannot be read: it is" in problem
    assert found.requirements == ()
    assert found.example is None


@pytest.mark.parametrize("path", ["a\\0b", "x" * 5000, "../../etc/passwd"])
def test_an_example_that_no_file_can_be_is_told_of(tmp_path: Path, path: str) -> None:
    (tmp_path / "MLmodel").write_text(GOOD + f'saved_input_example_info: {{serving_input_path: "{path}"}}')
    assert read_facts(tmp_path).example is None


@pytest.mark.parametrize("shape", ["Infinity", "1e999", '"a"', "null", "[" * 5000])
def test_signatures_that_cannot_be(tmp_path: Path, shape: str) -> None:
    (tmp_path / "MLmodel").write_text(GOOD + f"""signature: {{inputs: '[{{"name": "x", "shape": [{shape}]}}]'}}""")
    found = read_facts(tmp_path)
    assert found.signature is None
    assert "the signature cannot be read" in found.problems[0]


def test_halves_of_characters_are_not_handed_on(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text('flavors: {"\\uD800": {}}')
    (tmp_path / "serving_input_example.json").write_text('{"a": "\\ud800"}')
    (tmp_path / "weights").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/weights/bad\xff.pkl")).write_bytes(pickle.dumps(1))
    facts = read_facts(tmp_path)
    assert facts.example == {"a": "?"}
    for text in (*facts.flavors, *(name for name, _ in facts.files), *(f.file for f in formats(tmp_path))):
        text.encode()


def test_pickles_one_behind_the_other_have_an_end(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"N." * 5_000_000)
    (found,) = formats(tmp_path)
    assert not found.is_scanned
    assert "more than 1,000 pickles" in found.unknown[0]


def test_a_schema_that_unpacks_to_too_much_is_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", bytes(60_000_000))
    (found,) = formats(tmp_path)
    assert (found.is_scanned, found.unknown) == (False, ("it unpacks to too much, and was not looked at",))


def test_more_files_than_a_model_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "MLmodel").write_text(GOOD)
    for number in range(20):
        (tmp_path / f"{number}.json").write_text("{}")
    for module in ("facts", "formats"):
        monkeypatch.setattr(f"jupyter_mlops.models.{module}.MOST_FILES", 10)
    assert "more than 10 files" in read_facts(tmp_path).problems[0]
    (told, *_) = formats(tmp_path)
    assert not told.is_scanned


def test_a_folder_that_is_none_of_a_model_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").write_text("x")
    looks = Path.is_file

    def is_file(path: Path) -> bool:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return looks(path)

    monkeypatch.setattr(Path, "is_file", is_file)
    assert any("Permission denied" in problem for problem in read_facts(tmp_path).problems)
    (found,) = formats(tmp_path)
    assert not found.is_scanned
