"""What a scoring that does not come to its end leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.errors import UnavailableError, UsageError
from jupyter_mlops.models.score import Scored, score
from tests.models.scoring import SIGNATURE, doubled


def scored(source: Path, output: Path) -> Scored:
    return score(lambda: doubled, "m/1", SIGNATURE, source, output, 3)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text("x,when,zip,note\n" + "1.5,2026-01-01,0,a\n" * 10)
    return tmp_path / "in.csv"


def test_what_is_refused_at_once_leaves_nothing(table: Path, tmp_path: Path) -> None:
    table.write_text("x,when,zip,note\ntwo,2026-01-01,0,\n")
    with pytest.raises(UsageError):
        scored(table, tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full_is_told_of_and_the_old_output_kept(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.csv").write_text("old")

    def full(*_: Any) -> None:
        Path("/dev/full").write_text("x" * 100_000)

    with monkeypatch.context() as now:
        now.setattr("jupyter_mlops.models.score.write_rows", full)
        with pytest.raises(UnavailableError, match="No space left"):
            scored(table, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "old"
    assert scored(table, tmp_path / "out.csv").resumed == 10
