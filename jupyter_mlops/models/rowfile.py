"""Files of rows, CSV or Parquet: read and written in chunks of one length, never as a whole."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.models.columns import Guess, fitted, twice
from jupyter_mlops.models.facts import Signature

Kind = Literal["csv", "parquet"]
_BLOCK_BYTES = 8_000_000
_SUFFIXES: Mapping[str, Kind] = {
    ".csv": "csv", ".tsv": "csv", ".csv.gz": "csv", ".tsv.gz": "csv", ".parquet": "parquet", ".pq": "parquet"
}  # fmt: skip


def kind_of(path: Path) -> Kind:
    """Return how a file is written, by its name.

    Raises
    ------
    UsageError
        ``score.format``.
    """
    name = path.name.lower()
    for suffix, kind in _SUFFIXES.items():
        if name.endswith(suffix):
            return kind
    raise UsageError("score.format", f"`{path.name}` is neither CSV nor Parquet", f"name it {', '.join(_SUFFIXES)}")


@dataclass(frozen=True)
class Chunk:
    """Some rows.

    Attributes
    ----------
    first
        the number of the first one, from 1.
    written
        as they stand in the file: of CSV all texts.
    typed
        with types; the same as `written` for Parquet.
    """

    first: int
    written: Any
    typed: Any


class RowFile:
    """A file that is read.

    Parameters
    ----------
    signature
        of the model; its columns get its types, the others of a CSV those that fit all their values.

    Raises
    ------
    UsageError
        ``score.input``: it cannot be read; it names the row where it can.
    """

    def __init__(self, path: Path, signature: Signature | None = None) -> None:
        self.path, self.kind = path, kind_of(path)
        with _told(path):
            if self.kind == "parquet":
                import pyarrow.parquet as pq

                with pq.ParquetFile(path) as opened:
                    self.names, self.rows = list(opened.schema_arrow.names), int(opened.metadata.num_rows)
                _once(self.names)
                self.types: Mapping[str, str] = {}
            else:
                self.names = self._header()
                _once(self.names)
                known = {c.name: c.type for c in (signature.inputs if signature else ()) if c.name and not c.shape}
                self.rows, self.types = self._looked(known)

    def chunks(self, rows: int, skip: int = 0) -> Iterator[Chunk]:
        """Yield chunks of exactly so many rows, the last one of fewer; the first `skip` chunks are left out."""
        with _told(self.path):
            for number, table in enumerate(_evenly(self._batches(), rows)):
                if number >= skip:
                    first = number * rows + 1
                    typed = table if self.kind == "parquet" else self._typed(table, first)
                    yield Chunk(first, table, typed)

    def empty(self) -> Any:
        """Return a table of its columns without a row."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self.kind == "parquet":
            return pq.read_schema(self.path).empty_table()
        return pa.schema([(name, pa.string()) for name in self.names]).empty_table()

    def _typed(self, table: Any, first: int) -> Any:
        import pyarrow as pa

        columns = [fitted(table[name], name, self.types[name], first, is_text=True) for name in self.names]
        return pa.table(columns, names=self.names)

    def _batches(self) -> Iterator[Any]:
        import pyarrow as pa

        if self.kind == "parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(self.path) as opened:
                for batch in opened.iter_batches(batch_size=65_536):
                    yield pa.Table.from_batches([batch])
            return
        with self._opened(self.names) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])

    def _opened(self, names: Sequence[str]) -> Any:
        import pyarrow as pa
        from pyarrow import csv

        convert = csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        )
        # Of a single column, an empty line is a row.
        parse = csv.ParseOptions(delimiter=_mark(self.path), newlines_in_values=True, ignore_empty_lines=len(names) > 1)
        return csv.open_csv(self.path, csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False), parse, convert)

    def _header(self) -> list[str]:
        import csv
        import gzip

        opened = gzip.open if self.path.name.lower().endswith(".gz") else open
        with opened(self.path, "rt", encoding="utf-8-sig", newline="") as file:
            found = next(csv.reader(file, delimiter=_mark(self.path)), [])
        if not found:
            raise UsageError("score.input", f"`{self.path.name}` is empty: it has not even a line of column names")
        return found

    def _looked(self, known: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        """Return how many rows there are and the type of each column; what is malformed is found here."""
        rows, guesses = 0, {name: Guess() for name in self.names if not known.get(name)}
        for table in self._batches():
            rows += table.num_rows
            for name, guess in guesses.items():
                guess.look(table[name])
        return rows, {name: known.get(name) or guesses[name].kind for name in self.names}


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise UsageError("score.input", f"there is no file `{path}`") from error
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())[:300]
        raise UsageError("score.input", f"`{path.name}` cannot be read: {told}") from error


def _once(names: Sequence[str]) -> None:
    if found := twice(names):
        raise UsageError("score.input", f'the column "{found[0]}" is there more than once')


def _evenly(tables: Iterator[Any], rows: int) -> Iterator[Any]:
    import pyarrow as pa

    waiting: list[Any] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        if count < rows:
            continue
        whole = pa.concat_tables(waiting)
        while whole.num_rows >= rows:
            yield whole.slice(0, rows)
            whole = whole.slice(rows)
        waiting, count = [whole], whole.num_rows
    if count:
        yield pa.concat_tables(waiting)


def write_rows(path: Path, kind: Kind, tables: Iterator[Any], named: Path) -> None:
    """Write at least one table to a file, which is on the disk at the end; the first one says the types.

    Parameters
    ----------
    named
        where it is going to be.
    """
    import os

    first = next(tables)
    with path.open("wb") as file:
        if kind == "parquet":
            import pyarrow.parquet as pq

            with pq.ParquetWriter(file, first.schema) as writer:
                writer.write_table(first)
                for table in tables:
                    writer.write_table(table.cast(first.schema))
        else:
            mark = _mark(named)
            file.write((mark.join(_quoted(name, mark) for name in first.column_names) + "\n").encode())
            for table in itertools.chain([first], tables):
                file.write(_lines(table, mark))
        file.flush()
        os.fsync(file.fileno())


def _mark(path: Path) -> str:
    return "\t" if ".tsv" in path.name.lower() else ","


def _quoted(text: str, mark: str) -> str:
    return '"' + text.replace('"', '""') + '"' if not text or any(c in text for c in f'{mark}"\r\n') else text


def _lines(table: Any, mark: str) -> bytes:
    """Return rows as CSV; an empty text is quoted, so that it is told apart from nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not table.num_rows:
        return b""
    columns = []
    for column in table.columns:
        texts = _texts(column)
        odd = pc.or_(pc.match_substring_regex(texts, f'[{mark}"\r\n]'), pc.equal(texts, ""))
        doubled = pc.replace_substring(texts, '"', '""')
        joined = pc.binary_join_element_wise('"', doubled, '"', "")
        columns.append(pc.fill_null(pc.if_else(odd, joined, texts), "").combine_chunks().cast(pa.large_string()))
    rows = pc.binary_join_element_wise(*columns, pa.scalar(mark, pa.large_string()))
    return ("\n".join(rows.to_pylist()) + "\n").encode()


def _texts(column: Any) -> Any:
    """Return a column as CSV has it."""
    import json

    import pyarrow as pa
    import pyarrow.compute as pc

    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _texts(column.cast(kind.value_type))
    if types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        naive = column.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.timestamp(kind.unit)) if kind.tz else column
        texts = pc.replace_substring_regex(naive.cast(pa.string()), r"(\.[0-9]*?)0+$", r"\1")
        texts = pc.replace_substring_regex(texts, r"\.$", "")
        return pc.binary_join_element_wise(texts, pa.scalar(zone), "") if zone else texts
    if types.is_nested(kind):
        made = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()]
        return pa.chunked_array([pa.array(made, pa.string())])
    if types.is_binary(kind) or types.is_large_binary(kind):
        import base64

        made = [None if v is None else base64.b64encode(v).decode() for v in column.to_pylist()]
        return pa.chunked_array([pa.array(made, pa.string())])
    texts = column.cast(pa.string())
    # 2.0 stays a number that may have a fraction.
    return pc.replace_substring_regex(texts, r"^(-?[0-9]+)$", r"\1.0") if types.is_floating(kind) else texts
