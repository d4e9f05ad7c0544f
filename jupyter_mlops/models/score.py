"""Batch scoring: a file of rows in, the same rows with predictions out; in chunks, all or nothing, resumable.

Beside the output lies a folder ``.OUTPUT.scoring`` while it is made: one part with the predictions of each chunk,
whole or not there. Whoever is killed leaves the parts; asked again for the same, they are kept. The output is put
together from the input and the parts at the end, and appears at once. A model is never loaded here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import ConflictError, UnavailableError, UsageError
from jupyter_mlops.models.columns import chosen, fitted
from jupyter_mlops.models.facts import Signature
from jupyter_mlops.models.parts import Parts, sync
from jupyter_mlops.models.rowfile import RowFile, kind_of, write_rows

ROWS = 10_000
Predict = Callable[[Any], Any]
"""Takes a table (of pyarrow) of the columns that the model takes; returns one with a row of predictions for each."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Scored:
    """What was scored: `resumed` rows were there from before, `columns` are those of the predictions."""

    output: Path
    rows: int
    resumed: int
    columns: tuple[str, ...]


def score(
    predict: Callable[[], Predict],
    model: str,
    signature: Signature | None,
    source: Path,
    output: Path,
    rows: int = ROWS,
    progress: Progress = lambda done, total: None,
) -> Scored:
    """Score a file.

    Parameters
    ----------
    predict
        makes what predicts; called when the input is found to fit and there is something to predict.
    model
        which one: parts of another are not used.
    rows
        of a chunk.
    progress
        told how many rows of how many are done.

    Raises
    ------
    UsageError
        ``score.input``, ``score.columns``, ``score.type``, ``score.format``, ``score.output``.
    ConflictError
        ``score.busy``, ``score.changed``, ``score.rows``.
    UnavailableError
        ``score.disk``: it is full, or fails.
    """
    output = Path(os.path.realpath(output))
    check_files(source, output)
    if rows < 1:
        raise UsageError("score.rows", "a chunk has at least one row")
    with _folder(output) as work:
        before = _stat(source)
        digest = _digest(source)
        found = RowFile(source, signature)
        wanted = chosen(found.names, signature)
        parts = Parts(work, {"model": model, "input": digest, "rows": rows, "columns": wanted, "version": 1})
        done = parts.kept(found.rows, rows)
        resumed = min(done * rows, found.rows)
        progress(resumed, found.rows)
        ready: Predict | None = None
        for chunk in found.chunks(rows, done):
            asked = _asked(chunk.typed, wanted, chunk.first)
            ready = ready or predict()
            answer = ready(asked)
            if answer.num_rows != asked.num_rows:
                raise ConflictError(
                    "score.rows", f"the model gave {answer.num_rows:,} predictions for {asked.num_rows:,} rows"
                )
            parts.write(done, answer)
            done += 1
            progress(min(done * rows, found.rows), found.rows)
        columns = _together(found, parts, done, rows, output, work / "output", signature)
        if _stat(source) != before:
            raise ConflictError("score.changed", f"`{source.name}` was changed while it was scored", "score it again")
        # No wider than what it was made from: predictions tell of the rows.
        mode = stat.S_IMODE(source.stat().st_mode) & stat.S_IMODE((work / "output").stat().st_mode)
        (work / "output").chmod(mode | stat.S_IRUSR | stat.S_IWUSR)
        os.replace(work / "output", output)
        sync(output.parent)
    return Scored(output, found.rows, resumed, columns)


def _asked(table: Any, wanted: list[tuple[str, str]], first: int) -> Any:
    import pyarrow as pa

    columns = [fitted(table[name], name, kind, first, is_text=False) for name, kind in wanted]
    return pa.table(columns, names=[name for name, _ in wanted])


def _together(
    found: RowFile, parts: Parts, count: int, rows: int, output: Path, draft: Path, signature: Signature | None
) -> tuple[str, ...]:
    """Write the output beside its place; return the names of the columns that were added."""
    import pyarrow as pa

    kind = kind_of(output)
    predicted = parts.schema(count, signature)
    names = _free(predicted.names, found.names)
    # Between two files without types, what stands there stands there afterwards, to the letter.
    is_text = kind == found.kind == "csv"

    def whole() -> Iterator[Any]:
        for number, chunk in enumerate(found.chunks(rows)):
            table = chunk.written if is_text else chunk.typed
            for name, column in zip(names, parts.read(number, predicted).columns, strict=True):
                table = table.append_column(name, column)
            yield table
        if not count:
            table = found.empty()
            for name, field in zip(names, predicted, strict=True):
                table = table.append_column(name, pa.array([], field.type))
            yield table

    write_rows(draft, kind, whole(), output)
    return tuple(names)


def _free(names: list[str], taken: list[str]) -> list[str]:
    """Return names for columns that are not those of the input."""
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in taken or free in found:
            free, number = f"{name}_{number}", number + 1
        found.append(free)
    return found


def check_files(source: Path, output: Path) -> None:
    """Refuse what cannot be scored, or written, as far as the names and places of the files say.

    Raises
    ------
    UsageError
        ``score.input``, ``score.format``, ``score.output``.
    """
    for file in (source, output):
        kind_of(file)
    if output == Path(os.path.realpath(source)):
        raise UsageError("score.output", "the output would overwrite the input", "name another file")
    if output.name.lower().endswith(".gz"):
        raise UsageError("score.output", "the output is not packed", "name a .csv or a .parquet")
    if not output.parent.is_dir():
        raise UsageError("score.output", f"there is no folder `{output.parent.name}`", "make it first")
    if output.exists() and not output.is_file():
        raise UsageError("score.output", f"`{output.name}` is no file")
    if not source.is_file():
        raise UsageError("score.input", f"there is no file `{source.name}`", "name a CSV or Parquet file")


@contextmanager
def _folder(output: Path) -> Iterator[Path]:
    """Hold the folder of the parts; it goes when all went well."""
    from filelock import FileLock, Timeout

    work = output.with_name(f".{output.name}.scoring")
    try:
        work.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError("score.output", f"`{output.parent}` cannot be written: {error}") from error
    lock = FileLock(work / "lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConflictError("score.busy", f"`{output.name}` is being made by another process", "wait for it") from error
    is_kept = False
    try:
        yield work
    except BaseException as error:
        # What was refused before anything was predicted leaves nothing behind.
        is_kept = any(work.glob("parts/*.arrow"))
        if isinstance(error, OSError):
            hint = "what was predicted is kept; score again to go on from there"
            raise UnavailableError("score.disk", f"`{output}` cannot be made: {error}", hint) from error
        raise
    finally:
        if not is_kept:
            shutil.rmtree(work, ignore_errors=True)
        lock.release()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stat(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
