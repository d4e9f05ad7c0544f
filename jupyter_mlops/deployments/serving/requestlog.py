"""``python -m ...serving.requestlog --folder DIR``: writes the request log, as Parquet, in a process of its own.

Frames come on standard input, each one request with its answer; a frame with ``settings`` says how to write from then
on. The file that is being filled is written anew every two seconds under a temporary name and renamed, so that every
file there is can be read. Ends with the front, when its input does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving.columns import inputs, predictions
from jupyter_mlops.deployments.serving.plan import LogPlan, part
from jupyter_mlops.deployments.serving.wire import Frame, Frames

FLUSH_S = 2.0
_ROWS = 50_000
_MEMORY = 48_000_000


class RequestLog:
    """The files of a request log.

    Parameters
    ----------
    folder
        Where they are; the newest `keep` stay.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plan = LogPlan()
        self._records: list[dict[str, Any]] = []
        self._tables: list[Any] = []
        self._file: Path | None = None
        self._files = 0

    def take(self, frame: Frame) -> None:
        """Take a record, or settings."""
        head, body = frame
        if "settings" in head:
            self._plan = part(LogPlan, head["settings"])
            return
        given, told = body[: head["given"]], body[head["given"] :]
        excluded = frozenset(self._plan.exclude)
        self._records.append(
            {
                "at": datetime.fromtimestamp(head["at"], UTC),
                "request_id": head["id"],
                "version": head["version"],
                "call": head["call"],
                "status": head["status"],
                "latency_ms": head["ms"],
                "predict_ms": head["predict_ms"],
                "rows": head["rows"],
                "request_bytes": head["bytes"],
                "is_cut": head["is_cut"],
                "inputs": inputs(head["call"], head["type"], given, head["json_bytes"], excluded),
                "predictions": predictions(head["call"], head["status"], told, head["answer_json_bytes"], excluded),
            }
        )

    def flush(self) -> None:
        """Write what was taken; begin a new file when the one being filled is full."""
        if not self._records:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._tables.append(pa.Table.from_pylist(self._records, schema=_schema()))
        self._records = []
        table = pa.concat_tables(self._tables)
        if self._file is None:
            self._files += 1
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            self._forget()
            self._file = self._folder / f"requests-{stamp}-{os.getpid()}-{self._files:04d}.parquet"
        new = self._file.with_suffix(".new")
        pq.write_table(table, new, compression="zstd")
        os.replace(new, self._file)
        is_full = self._file.stat().st_size >= self._plan.max_bytes
        if is_full or table.num_rows >= _ROWS or table.nbytes >= _MEMORY:
            self._tables, self._file = [], None
            self._forget()

    def _forget(self) -> None:
        """Remove the oldest files, as many as are too many or too much; also what a killed writer left half written."""
        for left in self._folder.glob("requests-*.new"):
            left.unlink(missing_ok=True)
        files = sorted(self._folder.glob("requests-*.parquet"), key=lambda file: file.stat().st_mtime, reverse=True)
        keep, size = max(self._plan.keep, 1), 0
        for number, file in enumerate(files):
            size += file.stat().st_size
            if number >= keep or (number and size > keep * self._plan.max_bytes):
                file.unlink(missing_ok=True)


def _schema() -> Any:
    import pyarrow as pa

    kinds = {
        "at": pa.timestamp("us", "UTC"), "request_id": pa.string(), "version": pa.string(), "call": pa.string(),
        "status": pa.int16(), "latency_ms": pa.float64(), "predict_ms": pa.float64(), "rows": pa.int64(),
        "request_bytes": pa.int64(), "is_cut": pa.bool_(), "inputs": pa.string(), "predictions": pa.string(),
    }  # fmt: skip
    return pa.schema(list(kinds.items()))


def main(arguments: list[str]) -> None:
    """Write what comes on standard input until it ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    folder: Path = parser.parse_args(arguments).folder
    with contextlib.suppress(OSError):
        os.nice(10)
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    log, frames, flushed = RequestLog(folder), Frames(), time.monotonic()
    while True:
        is_there, _write, _error = select.select([0], [], [], FLUSH_S)
        data = os.read(0, 1 << 20) if is_there else None
        for frame in frames.feed(data or b""):
            log.take(frame)
        is_over = data == b""
        if is_over or time.monotonic() - flushed >= FLUSH_S:
            flushed = time.monotonic()
            log.flush()
        if is_over:
            return


if __name__ == "__main__":
    main(sys.argv[1:])
