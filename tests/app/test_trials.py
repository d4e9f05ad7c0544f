"""Trials of models are kept as long as the files of the model are the same."""

from __future__ import annotations

import threading
from pathlib import Path

from jupyter_mlops.app.trials import FAILED_S, Trials
from jupyter_mlops.models.gates import Trial


def test_a_trial_is_kept_while_the_files_are_the_same(tmp_path: Path) -> None:
    asked: list[Path] = []
    now = [0.0]
    (tmp_path / "model").write_bytes(b"1")

    def attempt(folder: Path) -> Trial:
        asked.append(folder)
        return Trial(True, "it does not load" if (folder / "model").read_bytes() == b"bad" else "")

    trials = Trials(attempt, lambda: now[0])
    assert trials.of(tmp_path) is trials.of(tmp_path)
    assert len(asked) == 1
    (tmp_path / "model").write_bytes(b"bad")
    assert trials.of(tmp_path).error
    assert trials.of(tmp_path).error
    assert len(asked) == 2
    # What failed is tried again after a while; what passed is not.
    now[0] += FAILED_S
    assert trials.of(tmp_path).error
    assert len(asked) == 3
    (tmp_path / "model").write_bytes(b"12")
    trials.of(tmp_path)
    now[0] += 100 * FAILED_S
    assert not trials.of(tmp_path).error
    assert len(asked) == 4


def test_two_looks_at_a_time_share_a_trial(tmp_path: Path) -> None:
    asked: list[Path] = []
    begun = threading.Event()

    def attempt(folder: Path) -> Trial:
        asked.append(folder)
        begun.wait(5)
        return Trial(True)

    trials = Trials(attempt)
    threads = [threading.Thread(target=trials.of, args=(tmp_path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.set()
    for thread in threads:
        thread.join()
    assert len(asked) == 1
