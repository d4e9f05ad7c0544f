"""One pandas column or index as an Arrow array and the JSON form of its type, exactly.

`encode` and `decode` are inverse; `labels_to_json` does the same for short indexes, in JSON alone. Dates go as their
integers under Arrow's timestamp type, so NaT and every unit keep their bits.
"""

from __future__ import annotations

import math
from typing import Any

from jupyter_mlops.artifacts import plain
from jupyter_mlops.artifacts.plain import NotPlainError

_ARROW_UNITS = frozenset({"s", "ms", "us", "ns"})


def of_frame(frame: Any, position: int) -> Any:
    """Return one column as pandas keeps it, without a copy: a numpy array or an extension array."""
    getter = getattr(frame, "_get_column_array", None)
    # A private way that pandas has had since 1.3: `iloc` would put every column into a cache of pandas 2.
    return getter(position) if getter is not None else frame.iloc[:, position].array


def encode(values: Any) -> tuple[Any, Any]:
    """Return the Arrow array and the JSON form of the type; raise `NotPlainError` when there is no exact one."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if type(values) is pd.arrays.NumpyExtensionArray:
        values = values.to_numpy()
    if isinstance(values, np.ndarray):
        return _encode_numpy(values)
    dtype = values.dtype
    if type(dtype) is pd.CategoricalDtype:
        categories, form = encode(values.categories.array)
        head = labels_to_json(values.categories[:0], values.categories)
        codes = values.codes
        dictionary = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes == -1), whole(categories))
        return dictionary, {
            "kind": "category",
            "ordered": bool(dtype.ordered),
            "codes": str(codes.dtype),
            "categories": form,
            **{key: head[key] for key in ("class", "name", "freq")},
        }
    if type(dtype) is pd.DatetimeTZDtype:
        if pd.api.types.pandas_dtype(str(dtype)) != dtype or repr(
            pd.DatetimeTZDtype(dtype.unit, str(dtype.tz)).tz
        ) != repr(dtype.tz):
            raise NotPlainError("time zone without an exact name")
        stamps = pa.array(values.asi8).view(pa.timestamp(dtype.unit, "UTC"))
        return stamps, {"kind": "zoned", "dtype": str(dtype), "unit": dtype.unit}
    if isinstance(values, pd.arrays.DatetimeArray | pd.arrays.TimedeltaArray):
        return _encode_numpy(values.to_numpy())
    if type(dtype) is pd.StringDtype:
        missing = "nan" if isinstance(dtype.na_value, float) else "NA"
        return pa.array(values), {"kind": "string", "storage": dtype.storage, "missing": missing}
    if type(dtype) is pd.ArrowDtype:
        return values.__arrow_array__(), {"kind": "arrow"}
    if isinstance(values, pd.arrays.IntegerArray | pd.arrays.FloatingArray | pd.arrays.BooleanArray):
        # A NaN that is not missing does not survive pandas' own way to Arrow in every version.
        if isinstance(values, pd.arrays.FloatingArray) and np.isnan(values._data[~values._mask]).any():
            raise NotPlainError("NaN beside NA")
        return pa.array(values), {"kind": "masked", "dtype": str(dtype)}
    raise NotPlainError(f"column of type {dtype}")


def decode(column: Any, form: Any) -> Any:
    """Return the numpy or extension array that `encode` was given."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    kind = form["kind"]
    if kind == "numpy":
        dtype = np.dtype(form["dtype"])
        if dtype.kind in "mM":
            return whole(column).view(pa.int64()).to_numpy().view(dtype)
        return whole(column).to_numpy(zero_copy_only=False).astype(dtype, copy=False)
    if kind == "text":
        missing = {"None": None, "nan": math.nan, "": None}[form["missing"]]
        values = whole(column).to_numpy(zero_copy_only=False)
        if form["missing"] == "nan":
            values = np.array([missing if v is None else v for v in values], dtype=object)
        return values.astype(object, copy=False)
    if kind == "category":
        joined = whole(column)
        categories = make_index(decode(joined.dictionary, form["categories"]), form)
        codes = joined.indices.fill_null(-1).to_numpy().astype(form["codes"])
        return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories, form["ordered"]))
    if kind == "zoned":
        stamps = whole(column).view(pa.int64()).to_numpy().view(f"M8[{form['unit']}]")
        return (
            pd.array(stamps.copy(), dtype=f"datetime64[{form['unit']}]")
            .tz_localize("UTC")
            .tz_convert(pd.api.types.pandas_dtype(form["dtype"]).tz)
        )
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if kind == "string":
        extra = {"na_value": math.nan} if form["missing"] == "nan" else {}
        return pd.StringDtype(form["storage"], **extra).__from_arrow__(chunked)
    if kind == "arrow":
        return pd.arrays.ArrowExtensionArray(chunked)
    return pd.api.types.pandas_dtype(form["dtype"]).__from_arrow__(chunked)


def _encode_numpy(values: Any) -> tuple[Any, Any]:
    import numpy as np
    import pyarrow as pa

    dtype = values.dtype
    form = {"kind": "numpy", "dtype": dtype.str}
    if dtype.kind in "mM":
        unit = np.datetime_data(dtype)[0]
        if unit not in _ARROW_UNITS or not dtype.isnative:
            raise NotPlainError(f"column of type {dtype}")
        arrow = pa.timestamp(unit) if dtype.kind == "M" else pa.duration(unit)
        return pa.array(np.ascontiguousarray(values).view(np.int64)).view(arrow), form
    if dtype.kind == "O":
        return _encode_text(values)
    if dtype.kind not in "biuf" or not dtype.isnative or dtype.itemsize > 8:
        raise NotPlainError(f"column of type {dtype}")
    return pa.array(values, from_pandas=False), form


def _encode_text(values: Any) -> tuple[Any, Any]:
    import pyarrow as pa

    kinds = set(map(type, values))
    missing = ""
    if kinds == {str, type(None)} or kinds == {type(None)}:
        missing = "None"
    elif kinds == {str, float}:
        if any(type(v) is float and v == v for v in values):
            raise NotPlainError("text and numbers in one column")
        missing = "nan"
    elif kinds and kinds != {str}:
        raise NotPlainError("objects in a column")
    return pa.array(values, pa.large_string(), from_pandas=True), {"kind": "text", "missing": missing}


def whole(column: Any) -> Any:
    """Return the column as one Arrow array."""
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def labels_to_json(index: Any, named: Any = None) -> Any:
    """Return the JSON form of a short index; `named` gives class, name and frequency when it is not `index` itself."""
    import pandas as pd

    whole = index if named is None else named
    if type(whole) is pd.MultiIndex:
        levels = [labels_to_json(level) for level in whole.levels]
        codes = [{"dtype": str(c.dtype), "codes": c.tolist()} for c in whole.codes]
        return {"kind": "multi", "levels": levels, "codes": codes, "names": plain.encode(list(whole.names))}
    if type(whole) is pd.RangeIndex:
        name = plain.encode(whole.name)
        return {"kind": "range", "bounds": [whole.start, whole.stop, whole.step], "name": name}
    classes = (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.CategoricalIndex)
    if type(whole) not in classes:
        raise NotPlainError(f"index of type {type(whole).__name__}")
    frequency = getattr(whole, "freq", None)
    text = None if frequency is None else frequency.freqstr
    if frequency is not None and pd.tseries.frequencies.to_offset(text) != frequency:
        raise NotPlainError("frequency without an exact name")
    head = {"kind": "flat", "class": type(whole).__name__, "name": plain.encode(whole.name), "freq": text}
    if named is not None:
        return head
    array, form = _labels(index)
    return {**head, "column": form, "values": array}


def _labels(index: Any) -> tuple[Any, Any]:
    """Return the labels as JSON: of any plain type for object labels, else what Arrow makes of them."""
    if index.dtype == object:
        return plain.encode(list(index.array)), {"kind": "object"}
    array, form = encode(index.array)
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("c", array.type)])) as writer:
        writer.write_table(pa.table({"c": array}))
    return plain.encode(sink.getvalue().to_pybytes()), form


def labels_from_json(form: Any) -> Any:
    """Return the index that `labels_to_json` was given."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if form["kind"] == "range":
        return pd.RangeIndex(*form["bounds"], name=plain.decode(form["name"]))
    if form["kind"] == "multi":
        return pd.MultiIndex(
            levels=[labels_from_json(level) for level in form["levels"]],
            codes=[np.array(c["codes"], dtype=c["dtype"]) for c in form["codes"]],
            names=plain.decode(form["names"]),
            verify_integrity=False,
        )
    decoded = plain.decode(form["values"])
    if form["column"]["kind"] == "object":
        values = np.empty(len(decoded), dtype=object)
        values[:] = decoded
        return pd.Index(values, dtype=object, name=plain.decode(form["name"]), tupleize_cols=False)
    return make_index(decode(pa.ipc.open_stream(decoded).read_all().column("c"), form["column"]), form)


def make_index(values: Any, form: Any) -> Any:
    """Return the index of class, name and frequency as in `form` over `values`."""
    import pandas as pd

    name = plain.decode(form["name"])
    if form["class"] in ("DatetimeIndex", "TimedeltaIndex"):
        return getattr(pd, form["class"])(values, freq=form["freq"], name=name, copy=True)
    if form["class"] == "CategoricalIndex":
        return pd.CategoricalIndex(values, name=name)
    return pd.Index(values, dtype=values.dtype, name=name, tupleize_cols=False, copy=True)
