"""Our own store of MLflow, looked at without MLflow."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from jupyter_mlops.models.embedded import is_empty


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)


def make(home: Path, *statements: str) -> None:
    (home / "mlflow").mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(home / "mlflow" / "mlflow.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_nothing_is_registered_where_no_store_is_and_none_is_made(tmp_path: Path) -> None:
    assert is_empty(tmp_path / "a # home?")
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_asked(tmp_path: Path) -> None:
    home = tmp_path / "a # home?"
    make(home, "CREATE TABLE registered_models (name TEXT)")
    assert is_empty(home)
    make(home, "INSERT INTO registered_models VALUES ('churn')")
    assert not is_empty(home)


def test_who_cannot_be_sure_asks_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path)
    assert not is_empty(tmp_path)
    empty = tmp_path / "empty"
    assert not is_empty(empty, "http://127.0.0.1:5000")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert not is_empty(empty)


def test_a_store_that_somebody_holds_does_not_hold_us(tmp_path: Path) -> None:
    make(tmp_path, "CREATE TABLE registered_models (name TEXT)")
    with contextlib.closing(sqlite3.connect(tmp_path / "mlflow" / "mlflow.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert not is_empty(tmp_path)
