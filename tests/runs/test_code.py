from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_mlops.runs.code import Code, Fate, fate, modified_ns

RAN = Code("/a", "0.9.1", 7)
FATES = [
    ("the same", RAN, 7, Fate.STAY),
    ("edited", RAN, 8, Fate.LEAVE_IDLE),
    ("the older files put back", RAN, 6, Fate.LEAVE_IDLE),
    ("its files are gone", RAN, 0, Fate.LEAVE_IDLE),
    ("upgraded in place", Code("/a", "0.10.0", 9), 9, Fate.LEAVE_NOW),
    ("downgraded in place", Code("/a", "0.9.0", 9), 9, Fate.LEAVE_NOW),
    ("a newer one elsewhere", Code("/b", "0.10.0", 9), 7, Fate.LEAVE_NOW),
    ("an older one elsewhere", Code("/b", "0.9.0", 9), 7, Fate.STAY),
    ("the same elsewhere, written at another time", Code("/b", "0.9.1", 9), 7, Fate.STAY),
    ("edited, and asked for from elsewhere", Code("/b", "0.9.1", 9), 8, Fate.LEAVE_IDLE),
]


@pytest.mark.parametrize(("ours", "there", "expected"), [f[1:] for f in FATES], ids=[f[0] for f in FATES])
def test_the_fate_of_a_runner(ours: Code, there: int, expected: Fate) -> None:
    assert fate(RAN, ours, there) is expected


def test_two_environments_never_dismiss_each_other_in_turn() -> None:
    one, other = Code("/a", "1.0", 1), Code("/b", "1.1", 2)
    assert [fate(one, other, 1), fate(other, one, 2)] == [Fate.LEAVE_NOW, Fate.STAY]


def test_when_the_code_was_written(tmp_path: Path) -> None:
    assert modified_ns(tmp_path / "none") == 0
    (tmp_path / "room" / "__pycache__").mkdir(parents=True)
    for name, at in (("a.py", 5), ("room/b.py", 9), ("room/__pycache__/b.py", 20), ("room/notes.txt", 30)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, ns=(at, at))
    assert modified_ns(tmp_path) == 9


def test_our_own_code() -> None:
    here = Code.here()
    assert here.modified_ns > 0
    assert Code.from_json(here.to_json()) == here
