from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.base.errors import NotFoundError, UnavailableError, UsageError
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.db.session import Database
from jupyter_mlops.jobs.job import JobVersion, job_name, split_label
from jupyter_mlops.jobs.store import JobStore

GOOD_NAMES = ["churn", "churn-nightly.v2", "_x", "שם", "naïve", "日本", "a" * 200, "पाठ"]
BAD_NAMES = ["", ".", "..", "-x", ".hidden", "a/b", "a@1", "a b", "a\n", "a\0", "😀", "a" * 201, "\ud800"]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_good_names(name: str) -> None:
    assert job_name(name)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        job_name(name)
    assert caught.value.code == "job.name"


def test_a_name_is_the_same_composed_or_not() -> None:
    assert job_name("cafe\u0301") == job_name("caf\u00e9")


@pytest.mark.parametrize("label", ["a@0", "a@x", "a@", "a@-1", "a@1@2"])
def test_bad_versions(label: str) -> None:
    with pytest.raises(UsageError):
        split_label(label)


def write(folder: Path) -> None:
    (folder / "modules").mkdir()


def record(folder: Path, number: int) -> JobVersion:
    return JobVersion(
        JobName("j"), number, folder, "/n.ipynb", "/", datetime(2026, 1, 1, tzinfo=UTC), "0" * 64,
        parameters={"lr": 0.1}, files=("d.csv",), modules=("m.py",), note="why",
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    database = Database(tmp_path)
    yield JobStore(tmp_path / "jobs", database)
    database.close()


def test_versions_count_up_and_come_back_equal(store: JobStore) -> None:
    first, second = store.add(JobName("j"), write, record), store.add(JobName("j"), write, record)
    assert (first.number, second.number) == (1, 2)
    assert store.get("j") == second
    assert store.get("j", 1) == first
    assert store.versions("j") == [first, second]
    assert store.names() == ["j"]
    assert first.label == "j@1"
    assert (store.root / "j").stat().st_mode & 0o777 == 0o700


def test_what_is_missing_is_said(store: JobStore) -> None:
    with pytest.raises(NotFoundError, match="no job"):
        store.get("j")
    store.add(JobName("j"), write, record)
    with pytest.raises(NotFoundError, match="no version 9"):
        store.get("j", 9)
    assert not store.has("k")


def test_a_number_is_never_given_twice(store: JobStore) -> None:
    for _ in range(3):
        store.add(JobName("j"), write, record)
    assert [v.number for v in store.delete("j")] == [1, 2, 3]
    assert store.names() == []
    assert store.add(JobName("j"), write, record).number == 4


def test_promotions_at_once_get_different_numbers(store: JobStore) -> None:
    barrier = threading.Barrier(8)
    numbers: list[int] = []

    def one() -> None:
        barrier.wait()
        numbers.append(store.add(JobName("j"), write, record).number)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 9))


def test_a_failed_promotion_leaves_nothing(store: JobStore) -> None:
    def full(folder: Path) -> None:
        (folder / "source.ipynb").write_text("{}")
        raise OSError(28, "No space left on device")

    with pytest.raises(UnavailableError, match="No space left"):
        store.add(JobName("j"), full, record)
    assert store.names() == []
    assert list(store.root.iterdir()) == []
    assert store.add(JobName("j"), write, record).number == 1


def test_what_a_killed_promotion_left_is_in_nobodys_way(store: JobStore) -> None:
    leftover = store.root / "j" / "1"
    leftover.mkdir(parents=True)
    (leftover / "job.json").write_text("{")
    assert store.names() == []
    assert store.add(JobName("j"), write, record).number == 1
    assert store.get("j").note == "why"
