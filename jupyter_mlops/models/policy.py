"""Gates as they are written: YAML, or the plain data in a notebook's metadata. What is not understood is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from jupyter_mlops.base.documents import from_yaml
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.models.rules import RULES, Rule


def read_rules(given: object) -> list[Rule]:
    """Return the rules that plain data means: a list of words, or of one-word mappings.

    Raises
    ------
    UsageError
        ``gates.invalid``; it names the rule and the key.
    """
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise _invalid("gates are a list of rules", "`- metric: {name: accuracy, at_least: 0.9}`")
    return [_rule(each, number) for number, each in enumerate(given, 1)]


def read_yaml(text: str) -> list[Rule]:
    """Return the rules in YAML; a mapping may hold them under ``gates``. An empty text has none."""
    try:
        found = from_yaml(text)
    except ValueError as error:
        raise _invalid(f"the gates are no YAML: {error}") from error
    if isinstance(found, Mapping) and set(found) == {"gates"}:
        found = found["gates"]
    return read_rules([] if found is None else found)


def to_plain(rules: Sequence[Rule]) -> list[Any]:
    """Return rules as the plain data that `read_rules` takes."""
    found = [(rule.word, rule.model_dump(exclude_none=True)) for rule in rules]
    return [{word: fields} if fields else word for word, fields in found]


def _rule(given: object, number: int) -> Rule:
    word: object
    fields: object
    if isinstance(given, str):
        word, fields = given, {}
    elif isinstance(given, Mapping) and len(given) == 1:
        ((word, fields),) = given.items()
    else:
        raise _invalid(f"rule {number} is neither a word nor one word with its values", f"rules: {', '.join(RULES)}")
    kind = RULES.get(word) if isinstance(word, str) else None
    if kind is None:
        raise _invalid(f"rule {number}: there is no rule {word!r}", f"rules: {', '.join(RULES)}")
    fields = {} if fields is None else fields
    if not isinstance(fields, Mapping):
        raise _invalid(f"rule {number}, {word}: its values are no mapping", _written(kind))
    try:
        return kind.model_validate(dict(fields))
    except ValidationError as error:
        told = "; ".join(map(_told, error.errors(include_url=False, include_input=False)))
        raise _invalid(f"rule {number}, {word}: {told}", _written(kind)) from error


def _told(problem: Mapping[str, Any]) -> str:
    field = ".".join(map(str, problem["loc"]))
    match problem["type"]:
        case "missing":
            return f"`{field}` is missing"
        case "extra_forbidden":
            return f"`{field}` is not known"
    return f"`{field}`: {problem['msg']}" if field else str(problem["msg"]).removeprefix("Value error, ")


def _written(kind: type[Rule]) -> str:
    """Say how a rule is written, and what it takes."""
    example = f"- {kind.word}: {kind.example}" if kind.example else f"- {kind.word}"
    return f"for example `{example}`; it takes {', '.join(kind.model_fields) or 'no values'}"


def _invalid(message: str, hint: str = "") -> UsageError:
    return UsageError("gates.invalid", message, hint)
