"""Damaged notebooks go through `run`: each is refused with what to do, or becomes a run that ends; none is written to.

300 are run by `make test-long`, one of each kind by `make test`. A kind takes a good notebook and a generator of
random numbers and returns bytes.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.cli import main
from tests.cli.notebooks import Cells, write_notebook
from tests.pace import wait_until
from tests.stores import give_store

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
CELLS: Cells = [
    (["parameters"], "n = 3"),
    (["step:load"], "rows = list(range(n))\nprint('loaded', len(rows))"),
    (["step:total"], "total = sum(rows)"),
    (["pipeline-metrics"], "print(total)"),
]
ENDED = ("succeeded", "failed", "cancelled")
Book = dict[str, Any]
Chance = random.Random
VALUES: list[Any] = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    ["x"],
    {"x": 1},
    [None],
    "\ud800",
    "\0",
    10**400,
    "x" * 70_000,
]


def any_cell(book: Book, chance: Chance) -> dict[str, Any]:
    cell: dict[str, Any] = chance.choice(book["cells"])
    return cell


def set_somewhere(book: Book, chance: Chance) -> None:
    """Put a value of a wrong type in a place of the document."""
    place: Any = book
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = chance.choice(keys)
        if not isinstance(place[key], dict | list) or not place[key] or chance.random() < 0.3:
            place[key] = chance.choice(VALUES)
            return
        place = place[key]


def without_something(book: Book, chance: Chance) -> None:
    place = chance.choice([book, book["metadata"], any_cell(book, chance), any_cell(book, chance)["metadata"]])
    if place:
        del place[chance.choice(list(place))]


def repeated_ids(book: Book, chance: Chance) -> None:
    for cell in book["cells"]:
        cell["id"] = chance.choice(["same", "", "x" * 65, "a b", book["cells"][0]["id"]])


def other_version(book: Book, chance: Chance) -> None:
    book["nbformat"], book["nbformat_minor"] = chance.choice(
        [(3, 0), (4, 0), (4, 4), (4, 9), (5, 0), (2, 0), (10**9, 1)]
    )


def other_kernel(book: Book, chance: Chance) -> None:
    book["metadata"]["kernelspec"] = chance.choice(
        [{}, {"name": "nowhere"}, {"name": "../../etc"}, {"name": 5}, {"name": "python3", "language": "R"}, []]
    )


def other_tags(book: Book, chance: Chance) -> None:
    tags = [
        [],
        "step:a",
        ["step:"],
        ["step:a", "step:b"],
        [5],
        ["step:\ud800"],
        ["step:a", "retry:-1"],
        ["timeout:1e999s"],
    ]
    any_cell(book, chance)["metadata"]["tags"] = chance.choice(
        [*tags, ["prev:nowhere", "step:a"], ["limit:cpu:-2", "step:a"]]
    )


def other_source(book: Book, chance: Chance) -> None:
    sources = [
        "x = (",
        "\0",
        "\ud800",
        " \t x",
        "n = " + "(" * 300,
        "%%bash\n",
        "%",
        "!",
        "?",
        "return",
        "await x",
        "1 / 0",
    ]
    any_cell(book, chance)["source"] = chance.choice(
        [*sources, "raise SystemExit(3)", "exit()", "del n", ["a", 1], ["n\n", "n"]]
    )


def other_outputs(book: Book, chance: Chance) -> None:
    any_cell(book, chance)["outputs"] = chance.choice(
        [None, [5], [{}], [{"output_type": "error"}], [{"output_type": "stream", "name": "stdout", "text": [1]}], "x"]
    )


EDITS: tuple[Callable[[Book, Chance], None], ...] = (
    set_somewhere, without_something, repeated_ids, other_version, other_kernel, other_tags, other_source, other_outputs,
)  # fmt: skip


def cut_off(raw: bytes, chance: Chance) -> bytes:
    return raw[: chance.randrange(len(raw))]


def noisy(raw: bytes, chance: Chance) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + chance.randbytes(chance.randint(1, 40)) + raw[at + chance.randint(0, 40) :]


def marked(raw: bytes, chance: Chance) -> bytes:
    return chance.choice([b"\xef\xbb\xbf" + raw, raw.decode().encode("utf-16"), raw + b"\n\n", raw + raw, b"\0" + raw])


def not_json(raw: bytes, chance: Chance) -> bytes:
    at = chance.choice([b'"n = 3"', b"null", b'"nbformat_minor": 5'])
    return raw.replace(at, chance.choice([b"NaN", b"-Infinity", b"'x'", b"", b"[" * 5000, b"1e999"]), 1)


def two_of_a_key(raw: bytes, chance: Chance) -> bytes:
    return raw.replace(
        b'"nbformat": 4', chance.choice([b'"nbformat": 4, "nbformat": 3', b'"cells": [], "nbformat": 4']), 1
    )


CHANGES: tuple[Callable[[bytes, Chance], bytes], ...] = (cut_off, noisy, marked, not_json, two_of_a_key)
KINDS = [kind.__name__ for kind in (*EDITS, *CHANGES)]


def mutated(good: bytes, kind: str, chance: Chance) -> bytes:
    for change in CHANGES:
        if change.__name__ == kind:
            return change(good, chance)
    book = copy.deepcopy(json.loads(good))
    next(edit for edit in EDITS if edit.__name__ == kind)(book, chance)
    return json.dumps(book).encode()


class Place:
    """A home folder whose runner lives as long as the tests of this file, and the command line in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def call(self, *words: str) -> tuple[int, str, str]:
        code = main([*words])
        out, err = self.capsys.readouterr()
        return code, out, err

    def run(self, raw: bytes) -> None:
        """Run a notebook of these bytes; assert what holds for every one."""
        path = self.folder / "damaged.ipynb"
        path.write_bytes(raw)
        before = path.stat()
        code, out, err = self.call("run", str(path), "--json")
        assert "Traceback (most" not in err
        assert path.read_bytes() == raw
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        assert os.listdir(self.folder) == ["damaged.ipynb"]
        assert code in (0, 1, 2), (code, out, err)
        if code == 2:
            assert out or err
            return
        run = json.loads(out)
        assert run["status"] in ENDED
        assert (run["status"] == "succeeded") == (code == 0)
        if code == 1:
            errors = [step["error"] for step in run["steps"] if step["error"]]
            assert errors, run
            assert all(error["code"] and error["message"] for error in errors)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return give_store(tmp_path_factory.mktemp("mutated") / "home")


@pytest.fixture
def place(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("JUPYTER_MLOPS_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "books"
    folder.mkdir()
    return Place(folder, capsys)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_notebook(tmp_path_factory.mktemp("good") / "good.ipynb", CELLS).read_bytes()


def test_the_good_one_runs(place: Place, good: bytes) -> None:
    (place.folder / "good.ipynb").write_bytes(good)
    code, out, err = place.call("run", str(place.folder / "good.ipynb"), "--json")
    assert code == 0, err
    assert json.loads(out)["status"] == "succeeded"


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_each_kind(place: Place, good: bytes, kind: str) -> None:
    place.run(mutated(good, kind, random.Random(f"{kind} 0")))


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, 300 // len(KINDS) + 1))
@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred(place: Place, good: bytes, kind: str, number: int) -> None:
    place.run(mutated(good, kind, random.Random(f"{kind} {number}")))


def test_nothing_is_left_at_work(place: Place) -> None:
    def is_quiet() -> bool:
        return not json.loads(place.call("runs", "list", "--status", "running", "--json")[1])["runs"]

    wait_until(is_quiet)
