"""Known names for completion: read off the home folder, so that a Tab neither opens nor makes a store."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupyter_mlops.app.config import MlopsSettings

MOST = 50


def known(kind: str, words: Sequence[str] = ()) -> list[str]:
    """Return the names of a kind that a placeholder of the parser stands for: ``RUN``, ``STEP`` (of what one of the
    `words` before it names), ``CODE``, or anything with ``JOB`` or ``MODEL``; else nothing.
    """
    home = MlopsSettings().home_path
    if kind == "STEP":
        return next((names for word in words if (names := _steps(home, word))), [])
    if kind == "RUN":
        try:
            folders = [f for f in (home / "runs").iterdir() if not f.name.startswith(".")]
            newest = sorted(folders, key=lambda f: f.stat().st_mtime, reverse=True)
        except OSError:
            return []
        return ["latest", *(f.name[:8] for f in newest[:MOST])]
    if kind == "CODE":
        from jupyter_mlops.notebook.codes import CODES

        return [row.code for row in CODES if not row.never]
    if kind.startswith("MODEL"):
        return _models(home / "store.db")
    if "JOB" in kind:
        try:
            return sorted(f.name for f in (home / "jobs").iterdir() if not f.name.startswith(".") and any(f.iterdir()))
        except OSError:
            return []
    return []


def _models(store: Path) -> list[str]:
    """The models that were registered here; those that only MLflow knows would need its server."""
    try:
        with contextlib.closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return sorted(str(row[0]) for row in database.execute("SELECT DISTINCT model FROM registrations"))
    except (sqlite3.Error, ValueError):
        return []


def _steps(home: Path, word: str) -> list[str]:
    """The steps of the notebook, run or job version that a word names; empty when it names none."""
    if word.endswith((".ipynb", ".py")):
        from jupyter_mlops.app.notebooks import check
        from jupyter_mlops.base.errors import MlopsError

        try:
            return [step.name for step in check(word).pipeline.steps]
        except MlopsError:
            return []
    for file in _pipelines(home, word):
        try:
            return [str(step["name"]) for step in json.loads(file.read_bytes())["steps"]]
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return []


def _pipelines(home: Path, word: str) -> Iterator[Path]:
    if word == "latest":
        runs = [home / "runs" / name for name in _entries(home / "runs")]
        yield from (run / "pipeline.json" for run in sorted(runs, key=_made, reverse=True)[:1])
    elif re.fullmatch(r"[0-9a-f]{2,32}", word):
        yield from (home / "runs" / n / "pipeline.json" for n in _entries(home / "runs") if n.startswith(word))
    job, _, number = word.partition("@")
    numbers = [n for n in _entries(home / "jobs" / job) if n.isdecimal()] if re.fullmatch(r"[\w.-]+", job) else []
    yield from (
        home / "jobs" / job / n / "pipeline.json" for n in sorted(numbers, key=int, reverse=True) if number in ("", n)
    )


def _entries(folder: Path) -> list[str]:
    try:
        return [file.name for file in folder.iterdir() if not file.name.startswith(".")]
    except OSError:
        return []


def _made(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
