"""Given parameters: a YAML or JSON file of values, and texts typed after ``-p`` that the declared types read.

Rule: nothing changes its type silently, and every mistake is told at once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_mlops.base.documents import from_yaml, guarded_loader
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.pipeline.spec import Pipeline


def read_file(path: str) -> dict[str, Any]:
    """Return the values of a ``.json`` or ``.yaml`` file; raise `UsageError` when it is not one mapping of
    names.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError("parameter.no_file", f"there is no file `{path}`", "-f takes a YAML or JSON file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("parameter.unreadable", f"cannot read `{path}`: {error}") from error
    values = _json(text, path) if file.suffix.lower() == ".json" else _yaml(text, path)
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise UsageError(
            "parameter.not_a_mapping",
            f"`{path}` is not a mapping of parameter names to values",
            "for example: `lr: 0.1`",
        )
    return values


def _json(text: str, path: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for name in _twice([name for name, _ in pairs]):
            raise UsageError("parameter.twice", f"`{path}` gives `{name}` twice", "keep one of them")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise UsageError("parameter.syntax", f"`{path}` is not JSON: {error}") from error


def _twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _yaml(text: str, path: str) -> Any:
    # Its base is made when PyYAML is first needed, which mypy cannot follow.
    class Loader(guarded_loader()):  # type: ignore[misc]
        """Safe, and `1e-3` is the number that everybody means (YAML 1.1 reads it as a string)."""

        may_merge = True

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            for name in _twice([key.value for key, _ in node.value if isinstance(key.value, str)]):
                line = node.start_mark.line + 1
                raise UsageError("parameter.twice", f"`{path}`, line {line}: `{name}` is given twice", "keep one")
            return super().construct_mapping(node, deep)

    number = re.compile(r"^[-+]?(\d[\d_]*)(\.[\d_]*)?[eE][-+]?\d+$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", number, list("-+0123456789"))
    try:
        return from_yaml(text, lambda: Loader)
    except ValueError as error:
        raise UsageError("parameter.syntax", f"`{path}` is not YAML: {error}") from error


def resolve_all(pipeline: Pipeline, values: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON form of every parameter of `pipeline`.

    Parameters
    ----------
    values
        typed values, from a file or from Python.
    texts
        values as typed after ``-p``; each is read by its parameter's declared type and wins over `values`.

    Raises
    ------
    UsageError
        with every unknown name, wrong type and missing value of both in one message.
    """
    from jupyter_mlops.pipeline.parameters import parse_value, resolve

    declared = {p.name: p for p in pipeline.parameters}
    given: dict[str, Any] = {**values, **texts}
    problems: list[UsageError] = []
    for name in texts.keys() & declared.keys():
        try:
            given[name] = parse_value(declared[name], texts[name])
        except UsageError as error:
            problems.append(error)
            # The rest is judged as if this one had not been asked for; it is neither unknown nor missing.
            del given[name]
            declared[name] = replace(declared[name], required=False)
    try:
        resolved = resolve(replace(pipeline, parameters=tuple(declared.values())), given)
    except UsageError as error:
        problems.append(error)
    else:
        if not problems:
            return resolved
    if len(problems) == 1:
        raise problems[0]
    hints = dict.fromkeys(p.hint for p in problems if p.hint)
    message = "; ".join(sorted(p.message for p in problems))
    raise UsageError("parameter.several", message, "; ".join(hints))


def with_defaults(pipeline: Pipeline, values: Mapping[str, Any]) -> Pipeline:
    """Return the pipeline with `values` (JSON forms) as defaults of its parameters, which are then not
    required.
    """
    changed = (
        replace(p, default=values[p.name], required=False, computed=False) if p.name in values else p
        for p in pipeline.parameters
    )
    return replace(pipeline, parameters=tuple(changed))


def taken_over(pipeline: Pipeline, earlier: Pipeline, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters for repeating a run: its values, and today's defaults of what it did not know.

    Raises
    ------
    UsageError
        ``parameter.changed``: a parameter is declared with another type than then.
    """
    from jupyter_mlops.pipeline.parameters import resolve

    types = {p.name: p.type for p in earlier.parameters}
    for parameter in pipeline.parameters:
        if parameter.name in values and types.get(parameter.name) != parameter.type:
            raise UsageError(
                "parameter.changed",
                f"parameter `{parameter.name}` was {types.get(parameter.name)} in the run and is {parameter.type} now",
                "start a new run",
            )
    return resolve(with_defaults(pipeline, values), {})
