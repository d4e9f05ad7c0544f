"""Requests in every input format that MLflow documents, by kind of model: what is asked of both servers.

Each case is a name, a content type and a body. A case whose name ends in ``!`` is refused by both.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

IRIS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
NUMBERS = ["age", "size", "share", "income"]
PIPELINE = ["plan", "since", "calls", "spent"]
TYPED = [f"{kind}_column" for kind in "long integer float double boolean string datetime".split()]
CSV, JSON, PARQUET = "text/csv", "application/json", "application/vnd.apache.parquet"
NAN, INF = float("nan"), float("inf")

Case = tuple[str, str, bytes]


def _table(names: list[str], rows: list[list[Any]], lists: bool = True) -> dict[str, Any]:
    """Return the same rows in every JSON format."""
    records = [dict(zip(names, row, strict=True)) for row in rows]
    found: dict[str, Any] = {
        "split": {"dataframe_split": {"columns": names, "data": rows}},
        "split with index": {
            "dataframe_split": {"columns": names, "data": rows, "index": list(range(5, 5 + len(rows)))}
        },
        "split turned": {"dataframe_split": {"columns": names[::-1], "data": [row[::-1] for row in rows]}},
        "split with more": {"dataframe_split": {"columns": ["more", *names], "data": [["?", *row] for row in rows]}},
        "records": {"dataframe_records": records},
        "records with more": {"dataframe_records": [{**record, "more": [1, {"a": 2}]} for record in records]},
        "instances": {"instances": records},
        "inputs of records": {"inputs": records},
    }
    if lists:
        columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        found |= {"inputs of lists": {"inputs": columns}, "instances of lists": {"instances": columns}}
    return found


def _both(names: list[str], one: list[Any], more: list[list[Any]]) -> dict[str, Any]:
    return {
        **{f"one row, {name}": body for name, body in _table(names, [one]).items()},
        **{f"rows, {name}": body for name, body in _table(names, [one, *more]).items()},
    }


_IRIS_ROWS = [[5.1, 3.5, 1.4, 0.2], [6, 3, 4.5, 1.5], [7.7, 2.6, 6.9, 2.3]]
_TYPED_ROW = [2**53 + 1, -(2**31), 0.1, 0.1, True, 'é\u2028"', "2024-02-29T12:30:01.5"]
_TYPED_MORE = [
    [-(2**63), 0, 3e38, -0.0, False, "", "1999-12-31T00:00:00.25"],
    [0, 1, 1e-45, 1e308, True, "NaN", "2024-01-01T00:00:00.5"],
]
_PIPELINE_ROW = ["gold", "2024-05-06", 3, 0.25]
_PIPELINE_MORE = [["unknown", "2023-01-01", 0, -1.5], ["très cher", "2025-12-31", 8, 2]]

_NESTED: dict[str, Any] = {
    "scores": [0.5, 1.25],
    "people": [{"name": "é", "age": 5}, {"name": ""}],
    "flags": {"a": True},
    "any": [1, {"b": None}],
}

_BODIES: dict[str, dict[str, Any]] = {
    "iris": {
        **_both(IRIS, _IRIS_ROWS[0], _IRIS_ROWS[1:]),
        "whole numbers": {"dataframe_records": [dict.fromkeys(IRIS, 5)]},
        "numbers as text": {"dataframe_records": [dict.fromkeys(IRIS, "5.5")]},
        "booleans": {"dataframe_records": [dict.fromkeys(IRIS, True)]},
        "large integers": {"dataframe_records": [dict.fromkeys(IRIS, 2**60 + 1)]},
        "with unknown keys": {"dataframe_records": [dict.fromkeys(IRIS, 1.0)], "else": 1},
        "with params": {"dataframe_records": [dict.fromkeys(IRIS, 1.0)], "params": {"a": 1}},
        "many rows": {
            "dataframe_split": {"columns": IRIS, "data": [[n / 7, n / 3, n / 9, n / 11] for n in range(500)]}
        },
        "missing value!": {"dataframe_records": [{**dict.fromkeys(IRIS, 1.0), "petal_width": None}]},
        "not a number!": {"dataframe_split": {"columns": IRIS, "data": [[NAN, 1, 1, 1]]}},
        "infinite!": {"dataframe_split": {"columns": IRIS, "data": [[INF, 1, 1, 1]]}},
        "missing column!": {"dataframe_records": [dict.fromkeys(IRIS[:3], 1.0)]},
        "text!": {"dataframe_records": [{**dict.fromkeys(IRIS, 1.0), "sepal_width": "wide"}]},
        "tensor!": {"inputs": _IRIS_ROWS},
        "two formats!": {"inputs": [], "instances": []},
        "no format!": {"rows": []},
        "empty records!": {"dataframe_records": []},
        "no rows!": {"dataframe_split": {"columns": IRIS, "data": []}},
        "a list!": [1, 2],
        "a number!": 5,
        "split as list!": {"dataframe_split": [1]},
        "records as object!": {"dataframe_records": {}},
        "ragged!": {"dataframe_split": {"columns": IRIS, "data": [[1, 2, 3]]}},
        "column twice!": {"dataframe_split": {"columns": ["sepal_length", *IRIS[:3]], "data": [[1, 2, 3, 4]]}},
        "lists of two lengths!": {"inputs": {**{name: [1.0] for name in IRIS[1:]}, IRIS[0]: [1.0, 2.0]}},
        "signature name!": {"inputs": [], "signature_name": "x"},
    },
    "probabilities": _both(IRIS, _IRIS_ROWS[0], _IRIS_ROWS[1:]),
    "numbers": {
        **_both(NUMBERS, [30, 7, 0.1, 1e3 / 3], [[2**40, -(2**31), 3.3, -1e-9], [0, 0, 0, 0]]),
        "float for a whole number": {"dataframe_records": [dict(zip(NUMBERS, [1.5, 2, 0.5, 1], strict=True))]},
        "too large for its type": {"dataframe_records": [dict(zip(NUMBERS, [1, 2**31, 0.5, 1], strict=True))]},
        "null for a whole number!": {"dataframe_records": [dict(zip(NUMBERS, [None, 2, 0.5, 1], strict=True))]},
    },
    "tensor": {
        "inputs": {"inputs": _IRIS_ROWS},
        "instances": {"instances": _IRIS_ROWS},
        "one row": {"inputs": _IRIS_ROWS[:1]},
        "whole numbers": {"inputs": [[1, 2, 3, 4]]},
        "split": {"dataframe_split": {"columns": IRIS, "data": _IRIS_ROWS}},
        "split without columns": {"dataframe_split": {"data": _IRIS_ROWS}},
        "records": {"dataframe_records": [dict(zip(IRIS, row, strict=True)) for row in _IRIS_ROWS]},
        "text": {"inputs": [["1", "2", "3", "4"]]},
        "flat!": {"inputs": [1, 2, 3, 4]},
        "too narrow!": {"inputs": [[1, 2, 3]]},
        "ragged!": {"inputs": [[1, 2, 3, 4], [1]]},
        "words!": {"inputs": [["a", "b", "c", "d"]]},
        "empty!": {"inputs": []},
    },
    "gaps": {
        **_both(IRIS, _IRIS_ROWS[0], _IRIS_ROWS[1:]),
        "null": {"dataframe_records": [{**dict.fromkeys(IRIS, 1.5), "petal_width": None}]},
        "NaN": {"dataframe_split": {"columns": IRIS, "data": [[NAN, 1, 1, 1], [1, NAN, 2, 2]]}},
    },
    "pipeline": {
        **_both(PIPELINE, _PIPELINE_ROW, _PIPELINE_MORE),
        "null text": {"dataframe_records": [dict(zip(PIPELINE, [None, "2024-01-01", 1, 1.0], strict=True))]},
        "number as text": {"dataframe_records": [dict(zip(PIPELINE, [5, "2024-01-01", 1, 1.0], strict=True))]},
        "dates of two forms!": {
            "dataframe_split": {"columns": PIPELINE, "data": [_PIPELINE_ROW, ["a", "2024-01-01T10:00", 1, 1]]}
        },
        "no date!": {"dataframe_records": [dict(zip(PIPELINE, ["gold", "yesterday", 1, 1.0], strict=True))]},
        "zone!": {"dataframe_records": [dict(zip(PIPELINE, ["gold", "2024-01-01T00:00+01:00", 1, 1.0], strict=True))]},
        "missing!": {"dataframe_records": [{"plan": "gold"}]},
    },
    "typed": {
        **_both(TYPED, _TYPED_ROW, _TYPED_MORE),
        "optional": {"dataframe_records": [{**dict(zip(TYPED, _TYPED_ROW, strict=True)), "maybe": 0.5, "raw": "YWJj"}]},
        "optional null": {"dataframe_records": [{**dict(zip(TYPED, _TYPED_ROW, strict=True)), "maybe": None}]},
        "infinite": {"dataframe_split": {"columns": TYPED, "data": [[1, 1, INF, -INF, True, "", "2024-01-01"]]}},
        "not a number": {"dataframe_split": {"columns": TYPED, "data": [[1, 1, NAN, NAN, True, "", "2024-01-01"]]}},
        "null texts": {"dataframe_split": {"columns": TYPED, "data": [[1, 1, 1, 1, True, None, None]]}},
        "text as boolean": {
            "dataframe_records": [{**dict(zip(TYPED, _TYPED_ROW, strict=True)), "boolean_column": "no"}]
        },
        "text as long!": {"dataframe_records": [{**dict(zip(TYPED, _TYPED_ROW, strict=True)), "long_column": "x"}]},
        "beyond long!": {"dataframe_records": [{**dict(zip(TYPED, _TYPED_ROW, strict=True)), "long_column": 2**70}]},
    },
    "params": {
        "default": {"dataframe_records": [{"x": 1.5}]},
        "given": {"dataframe_records": [{"x": 1.5}], "params": {"factor": 3.0, "note": "ab"}},
        "whole number": {"inputs": {"x": [1.5, 2.5]}, "params": {"factor": 3}},
        "list": {"inputs": [1.5, 2.5], "params": {"factor": -0.5}},
        "unknown": {"inputs": [{"x": 2.0}], "params": {"other": 1}},
        "null": {"inputs": [{"x": 2.0}], "params": None},
        "text!": {"inputs": [{"x": 2.0}], "params": {"factor": "much"}},
        "a list!": {"inputs": [{"x": 2.0}], "params": [1]},
    },
    "bare": {
        "inputs": {"inputs": _IRIS_ROWS},
        "instances": {"instances": _IRIS_ROWS},
        "split": {"dataframe_split": {"data": _IRIS_ROWS}},
        "split with columns": {"dataframe_split": {"columns": IRIS, "data": _IRIS_ROWS}},
        "records": {"dataframe_records": [dict(zip(IRIS, row, strict=True)) for row in _IRIS_ROWS]},
        "text!": {"inputs": [["a"]]},
    },
    "named": {
        "inputs": {"inputs": {"one": [[1, 2], [3, 4]], "two": [5, 6]}},
        "instances": {"instances": [{"one": [1, 2], "two": 5}, {"one": [3.5, 4], "two": 6}]},
        "one!": {"inputs": {"one": [[1, 2]]}},
        "wrong shape!": {"inputs": {"one": [[1, 2, 3]], "two": [5]}},
    },
    "nested": {
        "records": {"dataframe_records": [_NESTED, _NESTED]},
        "split": {"dataframe_split": {"columns": list(_NESTED), "data": [list(_NESTED.values())]}},
        "inputs": {"inputs": [_NESTED]},
        "whole numbers!": {"inputs": [{**_NESTED, "scores": [1, 2]}]},
        "no age": {"inputs": [{**_NESTED, "people": [{"name": "a"}]}]},
        "text!": {"inputs": [{**_NESTED, "scores": ["x"]}]},
        "unknown property!": {"inputs": [{**_NESTED, "people": [{"name": "a", "size": 1}]}]},
        "no list!": {"dataframe_records": [{**_NESTED, "people": 5}]},
    },
    "hinted": {
        "inputs": {"inputs": ["a", "été", ""]},
        "params": {"inputs": ["a"], "params": {"x": 1}},
        "numbers!": {"inputs": [1, 2]},
        "records!": {"dataframe_records": [{"a": "b"}]},
    },
    "unnamed": {
        "split": {"dataframe_split": {"data": [[1.5, 2], [2.5, 3]]}},
        "split with columns": {"dataframe_split": {"columns": ["a", "b"], "data": [[1.5, 2]]}},
        "records": {"dataframe_records": [{"x": 1.5, "y": 2}]},
        "more columns": {"dataframe_split": {"data": [[1.5, 2, "x"]]}},
        "one column!": {"dataframe_split": {"data": [[1.5]]}},
    },
    "odd": {
        **{f"answer {number}": {"dataframe_records": [{"x": number}]} for number in range(12)},
        "raises!": {"dataframe_records": [{"x": 100}]},
        "no JSON!": {"dataframe_records": [{"x": 102}]},
    },
}

_TEXTS: dict[str, dict[str, str]] = {
    "iris": {
        "CSV": "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n6,3,4.5,1.5\n",
        "CSV turned": "petal_width,petal_length,sepal_width,sepal_length\r\n0.2,1.4,3.5,5.1\r\n",
        "CSV quoted": '"sepal_length","sepal_width","petal_length","petal_width","more"\n"5.1","3.5","1.4","0.2","a,""b"""\n',
        "CSV with a gap!": "sepal_length,sepal_width,petal_length,petal_width\n5.1,,1.4,0.2\n",
        "CSV with text!": "sepal_length,sepal_width,petal_length,petal_width\n5.1,wide,1.4,0.2\n",
        "CSV of others!": "a,b\n1,2\n",
        "CSV of nothing!": "",
    },
    "gaps": {"CSV": "sepal_length,sepal_width,petal_length,petal_width\n5.1,,NaN,0.2\n-inf,1e400,nan,NA\n"},
    "numbers": {
        "CSV": "age,size,share,income\n9007199254740993,5,0.1,1e-3\n",
        "CSV with a float!": "age,size,share,income\n1.5,5,0.1,1e-3\n",
    },
    "pipeline": {
        # MLflow refuses every date in CSV: pandas reads no datetime by dtype.
        "CSV!": 'plan,since,calls,spent\n"très cher",2024-05-06,3,0.25\n',
    },
    "params": {"CSV": "x\n1.5\n2.5\n"},
    "bare": {"CSV": "a,b,c,d\n1,2,3,4\n"},
    "tensor": {"CSV!": "a,b,c,d\n1.0,2.0,3.0,4.0\n"},
}


def _parquet() -> bytes:
    import pandas as pd

    out = BytesIO()
    pd.DataFrame(_IRIS_ROWS, columns=IRIS).to_parquet(out)
    return out.getvalue()


def cases() -> dict[str, list[Case]]:
    """Return the cases of each kind of model."""
    found: dict[str, list[Case]] = {
        kind: [(name, JSON, json.dumps(body).encode()) for name, body in bodies.items()]
        for kind, bodies in _BODIES.items()
    }
    for kind, texts in _TEXTS.items():
        found[kind] += [(name, CSV, text.encode()) for name, text in texts.items()]
    plain = json.dumps(_BODIES["iris"]["one row, records"]).encode()
    found["iris"] += [
        ("charset", "application/json; charset=UTF-8", plain),
        ("Parquet", PARQUET, _parquet()),
        ("other charset!", "application/json; charset=latin-1", plain),
        ("other parameter!", "application/json; profile=x", plain),
        ("other type!", "text/plain", plain),
        ("old type!", "application/json; format=pandas-records", plain),
        ("no JSON!", JSON, b"{"),
        ("no UTF-8!", JSON, b'{"dataframe_records": [{"\xff": 1}]}'),
        ("no UTF-8 in CSV!", CSV, b"a,\xff\n"),
        ("no Parquet!", PARQUET, b"PAR1"),
    ]
    return found
