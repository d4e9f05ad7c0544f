"""Rows of JSON as the very array or frame that MLflow would make of them, in a twentieth of the time.

Only where that is certain: every column named and of a plain type, every value of the Python type that needs no
conversion. Whatever is else, `Columns.read` returns None and MLflow's own code takes the request. That both give the
same frame, value and type, is a property that is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

_EXACT_INT = 1 << 53
_EXACT_INT_FLOAT = 1 << 24
_FLOAT_LIMIT = 3e38
_NUMBERS = {float, int}
_INT, _BOOL, _STR = {int}, {bool}, {str}


class Table(NamedTuple):
    """Columns in the order of the signature, each a sequence of values, and which kind of request they came in."""

    columns: Sequence[Sequence[Any]]
    rows: int


def _doubles(values: Sequence[Any]) -> Any:
    kinds = set(map(type, values))
    if kinds <= _NUMBERS and (
        int not in kinds or all(type(v) is float or -_EXACT_INT <= v <= _EXACT_INT for v in values)
    ):
        return np.array(values, np.float64)
    return None


def _floats(values: Sequence[Any]) -> Any:
    kinds = set(map(type, values))
    if not kinds <= _NUMBERS:
        return None
    if int in kinds and not all(type(v) is float or -_EXACT_INT_FLOAT <= v <= _EXACT_INT_FLOAT for v in values):
        return None
    array = np.array(values, np.float64)
    return None if (np.abs(array) > _FLOAT_LIMIT).any() else array.astype(np.float32)


def _integers(kind: type[Any]) -> Callable[[Sequence[Any]], Any]:
    low, high = int(np.iinfo(kind).min), int(np.iinfo(kind).max)

    def convert(values: Sequence[Any]) -> Any:
        if set(map(type, values)) != _INT or min(values) < low or max(values) > high:
            return None
        return np.array(values, kind)

    return convert


def _booleans(values: Sequence[Any]) -> Any:
    return np.array(values, np.bool_) if set(map(type, values)) == _BOOL else None


def _strings(values: Sequence[Any]) -> Any:
    import pandas as pd

    return pd.Series(list(values)) if set(map(type, values)) == _STR else None


_CONVERT: dict[str, Callable[[Sequence[Any]], Any]] = {
    "double": _doubles,
    "float": _floats,
    "long": _integers(np.int64),
    "integer": _integers(np.int32),
    "boolean": _booleans,
    "string": _strings,
}
_DTYPES = {"double": np.float64, "float": np.float32, "long": np.int64, "integer": np.int32}
# Where MLflow goes through a list of dictionaries of numpy scalars, pandas widens the narrow types, and then refuses.
_THROUGH_SCALARS = frozenset({"double", "long", "boolean"})


class Columns:
    """The columns of a signature.

    Parameters
    ----------
    names, types
        Of the columns, in the order of the signature; types are MLflow's words.
    """

    def __init__(self, names: Sequence[str], types: Sequence[str]) -> None:
        import pandas as pd

        self.names = tuple(names)
        self.types = tuple(types)
        self._set = frozenset(names)
        self._get = itemgetter(*names) if len(names) > 1 else lambda row, name=names[0]: (row[name],)
        self._convert = [_CONVERT[kind] for kind in types]
        self._through_scalars = _THROUGH_SCALARS.issuperset(types)
        self._index = pd.DataFrame({name: np.zeros(1) for name in names}).columns
        dtypes = [_DTYPES[kind] for kind in types if kind in _DTYPES]
        #: The type of one array that holds all columns as scikit-learn would make it, None where it is not plain.
        self.dtype: Any = np.result_type(*dtypes) if len(dtypes) == len(types) else None
        self._all_double = set(types) == {"double"}
        #: The type of an array that already is what `matrix` makes, None where columns differ.
        self.uniform: Any = self.dtype if len(set(types)) == 1 else None

    @classmethod
    def of(cls, schema: Any) -> Columns | None:
        """Return the columns of an MLflow schema, None when they are not all named and plain."""
        from mlflow.types import DataType

        if schema is None or not schema.inputs or schema.is_tensor_spec() or not schema.has_input_names():
            return None
        types, names = schema.input_types(), schema.input_names()
        if not all(isinstance(kind, DataType) and kind.name in _CONVERT for kind in types):
            return None
        if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
            return None
        return cls(names, [kind.name for kind in types])

    def read(self, payload: dict[str, Any]) -> Table | None:
        """Return the values of a request in one of MLflow's formats, None when it is none of the plain ones."""
        if len(payload) != 1:
            return None
        ((key, data),) = payload.items()
        if key == "dataframe_records":
            return self._records(data, exact=False)
        if key == "dataframe_split":
            return self._split(data)
        if key in ("inputs", "instances") and self._through_scalars:
            return self._records(data, exact=True) if isinstance(data, list) else self._lists(data)
        return None

    def _records(self, data: Any, exact: bool) -> Table | None:
        if type(data) is not list or not data:
            return None
        count, get, rows = len(self.names), self._get, []
        for row in data:
            if type(row) is not dict or (exact and len(row) != count):
                return None
            try:
                rows.append(get(row))
            except KeyError:
                return None
        return Table(list(zip(*rows, strict=True)), len(rows))

    def _split(self, data: Any) -> Table | None:
        if type(data) is not dict or data.keys() != {"columns", "data"}:
            return None
        columns, rows = data["columns"], data["data"]
        if type(columns) is not list or type(rows) is not list or not rows:
            return None
        width = len(columns)
        if any(type(row) is not list or len(row) != width for row in rows):
            return None
        table = list(zip(*rows, strict=True))
        if tuple(columns) != self.names:
            if any(type(name) is not str for name in columns) or len(set(columns)) != width:
                return None
            if not self._set.issubset(columns):
                return None
            table = [table[columns.index(name)] for name in self.names]
        return Table(table, len(rows))

    def _lists(self, data: Any) -> Table | None:
        if type(data) is not dict or data.keys() != self._set:
            return None
        table = [data[name] for name in self.names]
        if any(type(values) is not list for values in table):
            return None
        rows = len(table[0])
        return None if not rows or any(len(values) != rows for values in table) else Table(table, rows)

    def arrays(self, table: Table) -> list[Any] | None:
        """Return each column as MLflow would type it, None where one would need a conversion."""
        found = []
        for convert, values in zip(self._convert, table.columns, strict=True):
            column = convert(values)
            if column is None:
                return None
            found.append(column)
        return found

    def matrix(self, table: Table) -> Any:
        """Return the one array that scikit-learn would make of the frame, in the same order of memory."""
        if self._all_double and table.rows == 1:
            row = _doubles([values[0] for values in table.columns])
            return None if row is None else row.reshape(1, -1)
        found = self.arrays(table)
        if found is None:
            return None
        out = np.empty((table.rows, len(found)), self.dtype, order="F")
        for number, column in enumerate(found):
            out[:, number] = column
        return out

    def frame(self, table: Table) -> Any:
        """Return the frame that MLflow would give to the model."""
        import pandas as pd

        found = self.arrays(table)
        if found is None:
            return None
        if self._all_double:
            out = np.empty((len(found), table.rows))
            for number, column in enumerate(found):
                out[number] = column
            return pd.DataFrame(out.T, columns=self._index, copy=False)
        return pd.DataFrame(dict(zip(self.names, found, strict=True)))
