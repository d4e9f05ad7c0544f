"""Batch scoring: types, errors that name the column and the row, kills, what others do to the files meanwhile."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_mlops.base.errors import ConflictError, UsageError
from jupyter_mlops.models.facts import Column, Signature
from jupyter_mlops.models.score import Scored, score
from tests.models.scoring import SIGNATURE, doubled

ROOT = Path(__file__).parents[2]
HEADER = "x,when,zip,note\n"


def run(source: Path, output: Path, rows: int = 3, **more: Any) -> Scored:
    return score(
        lambda: more.get("predict", doubled),
        more.get("model", "m/1"),
        more.get("signature", SIGNATURE),
        source,
        output,
        rows,
    )


def read(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def rows_of(count: int) -> str:
    return HEADER + "".join(
        f'{i}.5,2026-01-{i % 28 + 1:02d}T00:00:{i % 60:02d},{i:05d},"a, ""{i}"" é"\n' for i in range(count)
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text(rows_of(10))
    return tmp_path / "in.csv"


def test_what_stood_in_a_csv_stands_there_afterwards_to_the_letter(table: Path, tmp_path: Path) -> None:
    text = (
        HEADER
        + '1.50,2026-11-21,00123,"a ""quoted"", one"\n2,2026-11-21T09:00:00Z,0,\n-3e2,,NA,""\n ,2026-01-01,x,"two\nlines"\n'
    )
    table.write_text(text)
    found = run(table, tmp_path / "out.csv")
    assert (found.rows, found.resumed, found.columns) == (4, 0, ("prediction", "day", "place"))
    given, made = read(table), read(tmp_path / "out.csv")
    assert [row[:4] for row in made] == given
    assert [row[4] for row in made] == ["prediction", "3.0", "4.0", "-600.0", ""]
    assert [row[5] for row in made] == ["day", "2026-11-21 00:00:00", "2026-11-21 09:00:00", "", "2026-01-01 00:00:00"]
    assert [row[6] for row in made] == ["place", "00123", "0", "NA", "x"]
    # Nothing, and a text without a letter, are still two things.
    assert ",,4.0," in (tmp_path / "out.csv").read_text()
    assert ',"",-600.0,' in (tmp_path / "out.csv").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_what_is_made_of_rows_is_open_to_no_more_people_than_they(mode: int, table: Path, tmp_path: Path) -> None:
    table.chmod(mode)
    before = os.umask(0o022)
    try:
        run(table, tmp_path / "out.csv")
        run(table, tmp_path / "out.parquet")
    finally:
        os.umask(before)
    for name in ("out.csv", "out.parquet"):
        assert (tmp_path / name).stat().st_mode & 0o777 & ~mode == 0, name


def test_types_of_a_csv_in_parquet(table: Path, tmp_path: Path) -> None:
    table.write_text(
        "x,when,zip,n,code,share,flag,gap,big\n1,2026-11-21,01,7,007,.5,true,,1e3\n2,2026-11-22,02,-8,1,2,False,3,12345678901234567890\n"
    )
    run(table, tmp_path / "out.parquet")
    made = pq.read_table(tmp_path / "out.parquet")
    kinds = {field.name: str(field.type) for field in made.schema}
    assert kinds == {
        "x": "double", "when": "timestamp[ns]", "zip": "string", "n": "int64", "code": "string", "share": "double",
        "flag": "bool", "gap": "double", "big": "string", "prediction": "double", "day": "timestamp[ns]", "place": "string",
    }  # fmt: skip
    assert made["code"].to_pylist() == ["007", "1"]
    assert made["flag"].to_pylist() == [True, False]


def test_types_of_parquet_are_kept(tmp_path: Path) -> None:
    given = pa.table(
        {
            "x": pa.array([1, 2, None, 4], pa.int32()),
            "when": pa.array([date(2026, 1, day) for day in (1, 2, 3, 4)]),
            "zip": pa.array(["01", "02", None, "04"]).dictionary_encode(),
            "moment": pa.array([datetime(2026, 1, 1)] * 4, pa.timestamp("us", "Europe/Berlin")),
            "many": [[1, 2], [], None, [3]],
        }
    )
    pq.write_table(given, tmp_path / "in.parquet", row_group_size=2)
    run(tmp_path / "in.parquet", tmp_path / "out.parquet")
    made = pq.read_table(tmp_path / "out.parquet")
    assert made.select(given.column_names).equals(given)
    assert made["prediction"].to_pylist() == [2.0, 4.0, None, 8.0]
    assert made["place"].to_pylist() == ["01", "02", None, "04"]
    run(tmp_path / "in.parquet", tmp_path / "out.csv")
    made = read(tmp_path / "out.csv")
    assert [made[1][made[0].index(name)] for name in ("when", "zip", "many")] == ["2026-01-01", "01", "[1, 2]"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,zip\n1,a\n", 'no column "when" (datetime)'),
        (
            HEADER + "1,2026-01-01,a,\n" * 4 + "two,2026-01-01,a,\n",
            "column \"x\", row 5: 'two' is not a number (double)",
        ),
        (HEADER + "1,2026-13-01,a,\n", 'column "when", row 1'),
        (HEADER + "1,2026-01-01,a\n", "in.csv"),
        ("x,x\n1,2\n", '"x" is there more than once'),
        ("", "empty"),
        ("x,when,zip\n\xff\xfe,1,1\n", "in.csv"),
    ],
)
def test_what_does_not_fit_is_told_by_column_and_row(text: str, words: str, table: Path, tmp_path: Path) -> None:
    table.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as told:
        run(table, tmp_path / "out.csv", predict=doubled)
    assert words in told.value.message
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("kind", "column", "words"),
    [
        ("long", pa.array(["1"]), 'column "c" is string; the model takes long'),
        ("long", pa.array([1.5]), "row 1: '1.5' is not a whole number"),
        ("integer", pa.array([2**40]), "row 1"),
        ("long", pa.array([None], pa.int64()), "row 1: it is empty"),
        ("string", pa.array([1]), "is int64; the model takes string"),
        ("boolean", pa.array([1]), "is int64; the model takes boolean"),
        ("datetime", pa.array(["soon"]), "row 1: 'soon' is not a date"),
    ],
)
def test_types_that_mean_something_else(kind: str, column: Any, words: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"c": column}), tmp_path / "in.parquet")
    with pytest.raises(UsageError) as told:
        run(tmp_path / "in.parquet", tmp_path / "out.csv", signature=Signature((Column("c", kind),), (), ()))
    assert words in told.value.message


def test_optional_columns_may_be_missing_and_order_is_the_models(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def predict(table: Any) -> Any:
        seen.append(table.column_names)
        return pa.table({"prediction": table["b"]})

    (tmp_path / "in.csv").write_text("a,b,z\n1,2,3\n")
    signature = Signature((Column("b", "long"), Column("c", "long", False), Column("a", "long")), (), ())
    found = run(tmp_path / "in.csv", tmp_path / "out.csv", signature=signature, predict=predict)
    assert (seen, found.rows) == ([["b", "a"]], 1)


def test_outputs_that_change_their_types_and_names_that_are_taken(tmp_path: Path) -> None:
    answers = iter([{"p": [1, 2]}, {"p": [0.5, None]}, {"p": ["x", "y"], "q": [1, 1]}])
    (tmp_path / "in.csv").write_text("p\n1\n2\n3\n4\n5\n6\n")
    found = run(tmp_path / "in.csv", tmp_path / "out.csv", 2, signature=None, predict=lambda _: pa.table(next(answers)))
    assert found.columns == ("p_2", "q")
    made = read(tmp_path / "out.csv")
    assert [row[1] for row in made] == ["p_2", "1", "2", "0.5", "", "x", "y"]


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_no_rows(name: str, table: Path, tmp_path: Path) -> None:
    table.write_text(HEADER)
    found = run(table, tmp_path / name, predict=None)
    assert (found.rows, found.columns) == (0, ("prediction",))
    assert (tmp_path / name).is_file()


def test_a_single_column_with_gaps_keeps_its_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\n\n3\n")
    signature = Signature((Column("x", "double"),), (), ())
    run(
        tmp_path / "in.csv",
        tmp_path / "out.csv",
        signature=signature,
        predict=lambda t: pa.table({"prediction": t["x"]}),
    )
    assert (tmp_path / "out.csv").read_text() == "x,prediction\n1,1.0\n,\n3,3.0\n"


def test_what_failed_goes_on_where_it_was(table: Path, tmp_path: Path) -> None:
    calls = 0

    def failing(asked: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise ConflictError("score.failed", "no")
        return doubled(asked)

    with pytest.raises(ConflictError):
        run(table, tmp_path / "out.csv", predict=failing)
    assert not (tmp_path / "out.csv").exists()
    # A part that was cut is made anew.
    part = tmp_path / ".out.csv.scoring" / "parts" / "00000001.arrow"
    part.write_bytes(part.read_bytes()[:-20])
    assert run(table, tmp_path / "out.csv").resumed == 3
    run(table, tmp_path / "whole.csv", 100)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("change", ["model", "input", "rows"])
def test_parts_of_something_else_are_not_used(change: str, table: Path, tmp_path: Path) -> None:
    def failing(asked: Any) -> Any:
        if asked["x"][0].as_py() > 3:
            raise ConflictError("score.failed", "no")
        return doubled(asked)

    with pytest.raises(ConflictError):
        run(table, tmp_path / "out.csv", predict=failing)
    if change == "input":
        table.write_text(rows_of(11))
    found = run(table, tmp_path / "out.csv", 4 if change == "rows" else 3, model="m/2" if change == "model" else "m/1")
    assert found.resumed == 0


def test_refusals(table: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(table)
    for source, output, code in [
        (table, table, "score.output"),
        (table, tmp_path / "link.csv", "score.output"),
        (table, tmp_path / "folder.csv", "score.output"),
        (table, tmp_path / "none" / "out.csv", "score.output"),
        (table, tmp_path / "out.xlsx", "score.format"),
        (table, tmp_path / "out.csv.gz", "score.output"),
        (tmp_path / "none.csv", tmp_path / "out.csv", "score.input"),
    ]:
        with pytest.raises(UsageError) as told:
            run(source, output)
        assert told.value.code == code
    with pytest.raises(ConflictError, match="predictions for"):
        run(table, tmp_path / "out.csv", predict=lambda t: pa.table({"prediction": [1]}))


def test_an_input_that_changes_meanwhile_and_a_second_process(table: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def changing(asked: Any) -> Any:
        def second() -> None:
            try:
                run(table, tmp_path / "out.csv")
            except ConflictError as error:
                told.append(error.code)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        os.utime(table, (1, 1))
        return doubled(asked)

    with pytest.raises(ConflictError) as changed:
        run(table, tmp_path / "out.csv", 100, predict=changing)
    assert (told, changed.value.code) == (["score.busy"], "score.changed")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_killed_again_and_again_it_gives_the_same(name: str, tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / name
    source.write_text(rows_of(1_000))
    run(source, tmp_path / f"whole.{name}", 50)
    command = [sys.executable, "-m", "tests.models.scoring", str(source), str(output), "50"]
    first = []
    for kill_at in (2, 3, 1, 4):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [int(process.stdout.readline()) for _ in range(kill_at + 1)]
            process.kill()
        first.append(lines[0])
        assert not output.exists()
    assert first == sorted(first)
    assert first[-1] > 0
    found = run(source, output, 50)
    assert found.resumed >= first[-1]
    assert output.read_bytes() == (tmp_path / f"whole.{name}").read_bytes()
    assert not (tmp_path / f".{name}.scoring").exists()
