"""What a request and its answer say, as records by column, without the columns that are never to be written. Pure.

Rule: when it cannot be told which value belongs to which column, and columns are excluded, nothing is written.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection
from typing import Any


class Unclear(Exception):
    """Values whose columns are not known."""


def inputs(call: str, media: str, body: bytes, json_bytes: int | None, excluded: Collection[str]) -> str | None:
    """Return the inputs of a request as JSON, or None where they are not to be written.

    Examples
    --------
    >>> body = b'{"dataframe_split": {"columns": ["age", "name"], "data": [[7, "Ada"]]}}'
    >>> inputs("invocations", "application/json", body, None, ["name"])
    '[{"age": 7}]'
    >>> inputs("invocations", "application/json", b'{"inputs": [[7, "Ada"]]}', None, ["name"]) is None
    True
    """
    try:
        if call == "infer":
            words = json.loads(body[:json_bytes] if json_bytes is not None else body)
            found: Any = _tensors(words.get("inputs"), excluded)
        elif media.partition(";")[0].strip().lower() == "text/csv":
            found = _csv(body, excluded)
        else:
            found = _invocation(json.loads(body), excluded)
        return json.dumps(found, ensure_ascii=False, separators=(", ", ": "))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, csv.Error, Unclear):
        return None


def predictions(call: str, status: int, body: bytes, json_bytes: int | None, excluded: Collection[str]) -> str | None:
    """Return the predictions of an answer as JSON; None for an error, whose message may hold a value.

    Examples
    --------
    >>> predictions("invocations", 200, b'{"predictions": [{"p": 1, "name": "Ada"}]}', None, ["name"])
    '[{"p": 1}]'
    """
    if status != 200:
        return None
    try:
        words = json.loads(body[:json_bytes] if json_bytes is not None else body)
        if call == "infer":
            found = _tensors(words.get("outputs"), excluded)
        else:
            found = without(words.get("predictions") if isinstance(words, dict) else words, excluded)
        return json.dumps(found, ensure_ascii=False, separators=(", ", ": "))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def without(value: Any, excluded: Collection[str]) -> Any:
    """Return a value without what has an excluded name, at any depth."""
    if isinstance(value, dict):
        return {key: without(item, excluded) for key, item in value.items() if key not in excluded}
    if isinstance(value, list):
        return [without(item, excluded) for item in value]
    return value


def _invocation(words: dict[str, Any], excluded: Collection[str]) -> Any:
    if "dataframe_split" in words:
        split = words["dataframe_split"]
        columns, data = split.get("columns"), split["data"]
        if not columns:
            return _bare(data, excluded)
        records = [dict(zip(map(str, columns), row, strict=True)) for row in data]
        return without(records, excluded)
    for key in ("dataframe_records", "instances", "inputs"):
        if key in words:
            return _bare(words[key], excluded)
    return _bare(words, excluded)


def _bare(values: Any, excluded: Collection[str]) -> Any:
    """Return values that name their columns themselves, without the excluded; all of them when none is."""
    if not excluded or isinstance(values, dict):
        return without(values, excluded)
    if isinstance(values, list) and all(isinstance(item, dict) for item in values):
        return without(values, excluded)
    raise Unclear


def _tensors(tensors: Any, excluded: Collection[str]) -> Any:
    if excluded and [item for item in tensors if not isinstance(item.get("name"), str)]:
        raise Unclear
    return without([item for item in tensors if item.get("name") not in excluded], excluded)


def _csv(body: bytes, excluded: Collection[str]) -> Any:
    reader = csv.DictReader(io.StringIO(body.decode()), strict=True)
    records = []
    for record in reader:
        if None in record or None in record.values():
            raise Unclear
        records.append(without(record, excluded))
    return records
