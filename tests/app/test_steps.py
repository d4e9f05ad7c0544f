"""Where the files of a step are, pieces of them, and the page of a notebook."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.page import HEADERS, MOST_BYTES, Pages, render
from jupyter_mlops.app.place import place_of
from jupyter_mlops.app.ranges import Piece, piece_of, read_piece, size_of
from jupyter_mlops.base.errors import ConflictError, NotFoundError, UnavailableError
from jupyter_mlops.base.ids import RunId, StepName, new_run_id
from jupyter_mlops.runs.run import Run, Status, StepRun
from tests.pace import fastest

RANGES: list[tuple[str | None, tuple[int, int] | None, bool]] = [
    (None, (0, 10), False),
    ("bytes=0-", (0, 10), False),
    ("bytes=3-5", (3, 6), False),
    ("bytes=3-99", (3, 10), False),
    ("bytes=-4", (6, 10), False),
    ("bytes=-99", (0, 10), False),
    ("bytes=10-", (10, 10), True),
    ("bytes=99-", (10, 10), True),
    ("bytes=-0", (10, 10), True),
    ("bytes=5-3", (0, 10), False),
    ("bytes=0-1,4-5", (0, 10), False),
    ("lines=0-1", (0, 10), False),
    ("bytes=-", (0, 10), False),
    ("bytes=0x1-", (0, 10), False),
    ("bytes=٣-", (0, 10), False),
    ("bytes=" + "9" * 19 + "-", (0, 10), False),
]


@pytest.mark.parametrize(("header", "expected", "is_behind"), RANGES)
def test_a_range_names_a_piece(header: str | None, expected: tuple[int, int], is_behind: bool) -> None:
    piece = piece_of(header, 10)
    assert ((piece.start, piece.end), piece.is_behind) == (expected, is_behind)


def test_what_a_piece_says_of_itself() -> None:
    assert piece_of("bytes=2-4", 10).content_range == "bytes 2-4/10"
    assert piece_of("bytes=10-", 10).content_range == "bytes */10"
    assert piece_of("bytes=0-", 0).is_behind
    assert not piece_of(None, 0).is_behind


def test_of_a_large_log_only_the_end_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"0123456789abcde\n" * (50 * 1024 * 64))
    tail = piece_of("bytes=-65536", size_of(log))
    assert len(read_piece(log, tail)) == 65536
    assert fastest(lambda: read_piece(log, tail)) < fastest(log.read_bytes) / 5
    assert read_piece(None, Piece(0, 0, 0)) == b""
    assert size_of(tmp_path / "none") == 0


def a_run(folder: Path, **changes: Any) -> Run:
    step = StepRun(StepName("a"), Status.RUNNING, "01-a.ipynb", **{"attempts": 1, **changes})
    run_id = new_run_id()
    return Run(RunId(run_id), "case", Status.RUNNING, folder / run_id, (step,), {}, datetime.now(UTC))


def test_the_place_of_an_attempt(tmp_path: Path) -> None:
    run = a_run(tmp_path, attempts=2)
    place = place_of(tmp_path, run, "a", None, list)
    assert (place.number, place.folder, place.is_over) == (2, run.folder / "attempts" / "01-a" / "2", False)
    assert place_of(tmp_path, run, "a", 1, list).is_over
    assert place.folder is not None
    place.folder.mkdir(parents=True)
    (place.folder / "result.json").write_text("{}")
    assert place_of(tmp_path, run, "a", None, list).is_over
    for step, number in (("b", None), ("a", 3)):
        with pytest.raises(NotFoundError):
            place_of(tmp_path, run, step, number, list)
    with pytest.raises(NotFoundError):
        place.notebook()


def test_a_step_that_was_not_begun(tmp_path: Path) -> None:
    place = place_of(tmp_path, a_run(tmp_path, attempts=0), "a", None, list)
    assert (place.number, place.folder, place.log, place.is_over) == (0, None, None, False)


def test_a_carried_step_is_where_it_was_made(tmp_path: Path) -> None:
    folder = tmp_path / ("e" * 32) / "attempts" / "01-a" / "3"
    folder.mkdir(parents=True)
    run = a_run(tmp_path, attempts=0, manifest=folder / "outputs.json")
    place = place_of(tmp_path, run, "a", None, list)
    assert (place.folder, place.number, place.carried_from, place.is_over) == (folder, 3, "e" * 32, True)


def test_nothing_outside_the_runs_is_handed_out(tmp_path: Path) -> None:
    runs, evil = tmp_path / "runs", tmp_path / "runs-evil" / "x" / "1"
    runs.mkdir()
    evil.mkdir(parents=True)
    (runs / "link").symlink_to(evil)
    for manifest in (
        evil / "outputs.json",
        runs / "link" / "outputs.json",
        runs / ".." / "runs-evil" / "x" / "1" / "o",
    ):
        with pytest.raises(ConflictError) as refusal:
            place_of(runs, a_run(runs, manifest=manifest), "a", None, list)
        assert refusal.value.code == "run.outside"
    with pytest.raises(ConflictError):
        place_of(runs, a_run(tmp_path / "elsewhere"), "a", None, list)


def cell(source: str, outputs: list[Any] | None = None, *, number: int | None = None, role: str = "cell") -> Any:
    tags = [] if role in ("cell", "setup") else ["mlops-generated"]
    metadata = {"tags": tags, "mlops": {"role": role, "cell": number, "shift": 0}}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": outputs or [], "execution_count": 1}


def book(*cells: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}


def out(**data: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {k.replace("_", "/", 1): v for k, v in data.items()}}


def test_a_page_marks_cells() -> None:
    error = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "no", "traceback": ["\x1b[31mno\x1b[0m"]}
    made = book(
        {"cell_type": "markdown", "metadata": {"tags": ["mlops-generated"]}, "source": "# train"},
        cell("import __mlops__", role="load"),
        cell("x = 1", number=3),
        cell("1 / 0", [error], number=5),
        cell("save()", role="save"),
    )
    page = render(made, "train").decode()
    assert re.findall(r'<section id="([^"]*)" class="([^"]*)"|<section class="([^"]*)" id="([^"]*)"', page)
    sections = {
        match[1]: match[0]
        for match in re.findall(r"<section (?=[^>]*class=\"([^\"]*)\")(?=[^>]*id=\"([^\"]*)\")", page)
    }
    assert sections["cell-3"] == "cell"
    assert sections["cell-5"] == "cell failed"
    assert sections["part-1"] == "cell generated"
    assert page.count("<details>") == 2
    assert "cell 6 · failed" in page
    assert "ansi-red-fg" in page


def test_a_page_fetches_nothing() -> None:
    made = book(
        cell("a", [out(text_html="<b>bold</b><img src='https://elsewhere.example/x.png'>", text_plain="b")], number=0),
        cell("b", [out(**{"application_vnd.jupyter.widget-view+json": "{}", "text_plain": "Slider()"})], number=1),
        cell("c", [out(**{"application_javascript": "alert(1)"})], number=2),
    )
    page = render(made, "<script>alert(1)</script>").decode()
    assert "<script" not in page
    assert "<link" not in page
    assert "<title>&lt;script&gt;" in page
    assert "Slider()" in page
    assert "cannot show application/javascript" in page
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "allow-" not in policy
    assert "script" not in policy


def test_themes() -> None:
    pages = {
        theme: render(book(cell("x = 1", number=0)), "t", theme=theme).decode() for theme in ("auto", "light", "dark")
    }
    assert "prefers-color-scheme:dark" in pages["auto"]
    assert "color-scheme:dark" in pages["dark"]
    assert "color-scheme:dark" not in pages["light"]


def test_large_outputs_are_cut() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 3_000_000}
    pictures = [out(image_png="A" * 1_500_000, text_plain="<Figure>") for _ in range(6)]
    page = render(book(cell("a", [stream], number=0), cell("b", pictures, number=1)), "t")
    assert len(page) < MOST_BYTES + 500_000
    assert b"characters are left out here" in page
    assert b"&lt;Figure&gt;" in page


def test_a_page_is_rendered_once(tmp_path: Path) -> None:
    import json

    file = tmp_path / "executed.ipynb"
    file.write_text(json.dumps(book(cell("x = 1", number=0))))
    pages = Pages()
    first = pages.page(file, "t")
    assert pages.page(file, "t") is first
    file.write_text(json.dumps(book(cell("x = 22", number=0))))
    assert pages.page(file, "t") is not first
    for damage in ("", "{}", "[]", '{"cells": [1]}', '{"cells": [{"cell_type": "code", "metadata": 5}]}'):
        file.write_text(damage)
        with pytest.raises(UnavailableError) as refusal:
            pages.page(file, "t")
        assert refusal.value.code == "report.damaged"
