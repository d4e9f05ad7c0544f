"""The store's database: made once, whoever comes first; on the disk when it says so; refused when it is too new."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.ids import RunId
from jupyter_mlops.db.migrations import config, upgrade
from jupyter_mlops.db.session import REVISIONS, Database
from jupyter_mlops.db.tables import RunRow
from jupyter_mlops.runs.listing import Filter, listed
from jupyter_mlops.runs.removal import remove
from jupyter_mlops.runs.store import open_store
from tests.pace import PATIENCE_S


def open_and_count(home: str, gate: str) -> None:
    while not Path(gate).exists():
        pass
    database = Database(Path(home))
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM runs")).scalar() == 0
    database.close()


def test_eight_processes_start_on_an_empty_store(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    home, gate = tmp_path / "home", tmp_path / "gate"
    processes = [spawn.Process(target=open_and_count, args=(str(home), str(gate))) for _ in range(8)]
    for process in processes:
        process.start()
    gate.touch()
    for process in processes:
        process.join(PATIENCE_S)
    assert [process.exitcode for process in processes] == [0] * 8


def test_a_migration_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from jupyter_mlops.db.session import Database

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *_):
    if "CREATE TABLE attempts" in statement:
        os._exit(137)

Database(Path(sys.argv[1]))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=PATIENCE_S)
    assert done.returncode == 137
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() == (0,)
    connection.close()
    Database(tmp_path).close()


def test_the_tables_are_what_the_migrations_make(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, RunRow.metadata) == []
    database.close()


def test_the_newest_revision_is_the_one_the_code_knows() -> None:
    script = ScriptDirectory.from_config(config())
    assert script.get_current_head() == REVISIONS[-1]
    assert [r.revision for r in reversed(list(script.walk_revisions()))] == list(REVISIONS)


def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(UnavailableError) as caught:
        Database(tmp_path)
    assert caught.value.code == "store.newer"
    assert "upgrade" in caught.value.hint


def test_a_current_store_opens_without_alembic(tmp_path: Path) -> None:
    Database(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from jupyter_mlops.db.session import Database;"
        "Database(Path(sys.argv[1])).close(); assert 'alembic' not in sys.modules and 'filelock' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=PATIENCE_S)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    database = Database(home)
    with database.writing() as session:
        session.execute(text("DELETE FROM runs"))
    assert home.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in home.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    database.close()


def test_commits_are_on_the_disk_and_references_hold(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.reading() as session:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = {p: session.execute(text(f"PRAGMA {p}")).scalar() for p in pragmas}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}
    database.close()


def elsewhere(home: Path, run: str) -> None:
    """Write a row in a process of its own, which closes the store and leaves."""
    code = """
import sys
from pathlib import Path
from sqlalchemy import text
from jupyter_mlops.db.session import Database

database = Database(Path(sys.argv[1]))
with database.writing() as session:
    session.execute(text("INSERT INTO events (run_id, kind, at, data) VALUES (:run, 'k', '2026-01-01', '{}')"), {"run": sys.argv[2]})
database.close()
"""
    subprocess.run([sys.executable, "-c", code, str(home), run], check=True)


def test_a_store_that_is_opened_twice_in_a_process_sees_what_others_write(tmp_path: Path) -> None:
    def seen() -> list[str]:
        with first.reading() as session:
            return list(session.execute(text("SELECT run_id FROM events ORDER BY run_id")).scalars())

    first = Database(tmp_path)
    assert seen() == []
    second = Database(tmp_path)
    for number in range(3):
        elsewhere(tmp_path, f"run{number}")
        assert seen() == [f"run{n}" for n in range(number + 1)]
    second.close()
    first.close()


def test_what_is_not_a_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(UnavailableError, match=r"store\.db"):
        Database(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UnavailableError, match="cannot be written"):
        Database(tmp_path)


def test_a_store_full_of_runs_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    engine = create_engine(f"sqlite:///{file}")
    at = "2026-01-02 03:04:05"
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO runners (fence, host, pid, process_started, boot_id, started_at) VALUES (1, 'h', 1, 0, 'b', ?)",
            (at,),
        )
        for number in (1, 2):
            run = str(number) * 32
            connection.exec_driver_sql(
                "INSERT INTO runs (seq, id, name, status, parameters, folder, python, job_name, job_version, no_cache,"
                " cancel_requested, tracking_pending, created_at)"
                " VALUES (?, ?, 'Churn', 'succeeded', '{\"lr\": 0.1}', '/f', '/p', ?, 1, 0, 0, 0, ?)",
                (number, run, "Nightly" if number == 2 else None, at),
            )
            connection.exec_driver_sql(
                "INSERT INTO step_runs (run_id, name, position, file, status, cached, attempts, failures, losses, manifest)"
                " VALUES (?, 'load', 0, 'load.ipynb', 'succeeded', 0, 1, 0, 0, '/f/outputs.json')",
                (run,),
            )
            connection.exec_driver_sql(
                "INSERT INTO attempts (run_id, step, number, status, folder, fence, started_at)"
                " VALUES (?, 'load', 1, 'succeeded', '/f', 1, ?)",
                (run, at),
            )
            connection.exec_driver_sql(
                "INSERT INTO events (seq, run_id, step, kind, at, data) VALUES (?, ?, 'load', 'step.succeeded', ?, '{}')",
                (number * 10, run, at),
            )
    engine.dispose()

    store = open_store(tmp_path)
    found = [store.get(RunId(str(number) * 32)) for number in (1, 2)]
    assert [(run.name, run.chosen, run.step("load").attempts) for run in found] == [("Churn", None, 1)] * 2
    assert [event.seq for event in store.events_since(0)] == [10, 20]
    for text_, ids in (("churn", "21"), ("NIGHTLY", "2"), ("111111", "1")):
        page, _ = listed(store.database, Filter(q=text_), 5)
        assert "".join(run.id[0] for run in page) == ids
    # The new table of events goes on counting, and outlives its runs.
    remove(store.database, found[1].id, store.now())
    assert [(event.seq, event.kind) for event in store.events_since(10)] == [(21, "run.deleted")]
    with store.database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, RunRow.metadata) == []
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    store.close()
