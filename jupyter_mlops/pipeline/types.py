"""The types of parameters: their text form, from annotations and literals, and which values they accept. Pure.

``int float str bool list dict None date datetime any literal``, ``Optional[T]``, ``list[T]``, ``dict[K, V]`` and
``Literal[...]``. ``None`` is what a default of None says: nothing; it accepts any value, as ``any`` does.
"""

from __future__ import annotations

import ast
import datetime
import json
import math
from typing import Any

SIMPLE = ("int", "float", "str", "bool", "list", "dict", "None", "date", "datetime", "any")
# An int that Python writes in decimal digits: it refuses more than 4,300 of them.
MOST_BITS = 14_000
_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class NoLiteral(Exception):
    """The default is computed; its value is known only in a kernel."""


def type_of_annotation(node: ast.expr) -> str:
    """Return the text form of an annotated type; ``any`` for one that is not ours.

    >>> type_of_annotation(ast.parse("int | None", mode="eval").body)
    'Optional[int]'
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return type_of_annotation(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return "any"
    if isinstance(node, ast.Constant) and node.value is None:
        return "None"
    if isinstance(node, ast.Name | ast.Attribute):
        word = {"List": "list", "Dict": "dict"}.get(_last(node), _last(node))
        return word if word in SIMPLE else "any"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    if isinstance(node, ast.Subscript):
        return _generic(_last(node.value), node.slice)
    return "any"


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _generic(word: str, argument: ast.expr) -> str:
    arguments = list(argument.elts) if isinstance(argument, ast.Tuple) else [argument]
    if word == "Optional":
        return _union([argument, ast.Constant(None)])
    if word == "Union":
        return _union(arguments)
    if word == "Literal":
        try:
            return f"Literal[{', '.join(repr(ast.literal_eval(a)) for a in arguments)}]"
        except ValueError:
            return "any"
    if word in ("list", "List") and len(arguments) == 1:
        return f"list[{type_of_annotation(arguments[0])}]"
    if word in ("dict", "Dict") and len(arguments) == 2:
        return f"dict[{type_of_annotation(arguments[0])}, {type_of_annotation(arguments[1])}]"
    return "any"


def _union(nodes: list[ast.expr]) -> str:
    words = [type_of_annotation(node) for node in nodes]
    rest = [word for word in words if word != "None"]
    if len(rest) != 1 or rest[0] == "any":
        return "any"
    return rest[0] if len(rest) == len(words) or rest[0].startswith("Optional[") else f"Optional[{rest[0]}]"


def type_of_default(node: ast.expr) -> tuple[str, Any]:
    """Return the type that a literal default says, and its JSON form.

    Raises
    ------
    NoLiteral
        when the default is an expression to compute.
    """
    if isinstance(node, ast.Call):
        return _constructed(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Call) and isinstance(node.op, ast.USub):
        kind, value = _constructed(node.operand)
        if kind == "float" and value != "nan":
            return kind, "-inf" if value == "inf" else "inf"
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise NoLiteral from error
    if isinstance(value, float) and not math.isfinite(value):
        return "float", json_float(value)
    if is_json(value):
        return ("None" if value is None else type(value).__name__), value
    try:
        return "literal", repr(value)
    except (ValueError, RecursionError) as error:
        # An int of more digits than Python writes.
        raise NoLiteral from error


def _constructed(node: ast.Call) -> tuple[str, Any]:
    """`date(2026, 1, 31)`, `datetime.fromisoformat("…")` and `float("inf")` count as literals."""
    path = ast.unparse(node.func)
    try:
        args = [ast.literal_eval(arg) for arg in node.args]
        keywords = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg}
    except ValueError as error:
        raise NoLiteral from error
    makers: dict[str, Any] = {"float": float}
    for kind in (datetime.date, datetime.datetime):
        for prefix in ("", "datetime.", "dt."):
            makers[prefix + kind.__name__] = kind
            makers[f"{prefix}{kind.__name__}.fromisoformat"] = kind.fromisoformat
    try:
        value = makers[path](*args, **keywords)
    except (KeyError, TypeError, ValueError) as error:
        raise NoLiteral from error
    return (type(value).__name__, json_float(value) if isinstance(value, float) else value.isoformat())


def json_float(value: float) -> float | str:
    """Return a float's JSON form: itself, or ``nan``, ``inf``, ``-inf``."""
    return value if math.isfinite(value) else repr(value)


def is_json(value: object) -> bool:
    """Whether a value comes back from JSON as exactly the same value and type."""
    try:
        return _is_json(value)
    except RecursionError:
        return False


def _is_json(value: object) -> bool:
    if type(value) is int:
        return value.bit_length() <= MOST_BITS
    if value is None or type(value) in (bool, str):
        return not isinstance(value, str) or value.isascii() or value.encode("utf-8", "replace").decode() == value
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(_is_json(item) for item in value)
    return type(value) is dict and all(type(key) is str and _is_json(item) for key, item in value.items())


def accept(kind: str, value: Any) -> Any:
    """Return the JSON form of `value` as type `kind`; raise `ValueError`, saying what is wrong, when it is no such."""
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        value = value.item()
    outer, inner = _split(kind)
    if outer == "Optional":
        return None if value is None else accept(inner[0], value)
    if outer == "Literal":
        choices = [ast.literal_eval(choice) for choice in inner]
        if not any(type(choice) is type(value) and choice == value for choice in choices):
            raise ValueError(f"{value!r} is not one of {', '.join(map(repr, choices))}")
        return value
    if outer in ("date", "datetime"):
        return _date(outer, value)
    if outer == "literal":
        return value if isinstance(value, str) and _is_literal(value) else repr(_checked_literal(value))
    if outer == "float" and type(value) is int and abs(value) <= 2**53:
        return float(value)
    if outer == "float" and (type(value) is float or value in ("nan", "inf", "-inf")):
        return json_float(float(value))
    if not is_json(value):
        raise ValueError(
            f"{value!r} ({type(value).__name__}) cannot be a parameter; use numbers, texts, lists, dicts or dates"
        )
    if outer in ("any", "None"):
        return value
    if type(value).__name__ != outer:
        raise ValueError(f"{value!r} is {type(value).__name__}, not {outer}")
    if outer == "list" and inner:
        return [accept(inner[0], item) for item in value]
    if outer == "dict" and inner:
        return {key: accept(inner[1], item) for key, item in value.items()}
    return value


def _date(kind: str, value: Any) -> str:
    if (kind == "date" and type(value) is datetime.date) or (kind == "datetime" and type(value) is datetime.datetime):
        return str(value.isoformat())
    try:
        parsed = (datetime.date if kind == "date" else datetime.datetime).fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{value!r} is no ISO {kind}, such as 2026-01-31{'T08:00:00' * (kind == 'datetime')}"
        ) from error
    return parsed.isoformat()


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _checked_literal(value: Any) -> Any:
    if not _is_literal(repr(value)):
        raise ValueError(f"{value!r} ({type(value).__name__}) is no Python literal")
    return value


def read_text(kind: str, text: str) -> Any:
    """Return the JSON form of a value written as text, read as type `kind`; raise `ValueError` when it is not one."""
    outer, inner = _split(kind)
    if outer == "Optional":
        return None if text in ("None", "null") else read_text(inner[0], text)
    if outer == "str":
        return accept(kind, text)
    if outer == "Literal":
        by_text = {str(ast.literal_eval(choice)): ast.literal_eval(choice) for choice in reversed(inner)}
        return by_text[text] if text in by_text else accept(kind, text)
    if outer == "bool":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError(f"`{text}` is neither true nor false")
        return text.lower() in _TRUE
    if outer in ("int", "float"):
        try:
            value = int(text) if outer == "int" else float(text)
            if isinstance(value, float) and math.isinf(value) and "inf" not in text.lower():
                raise ValueError(f"`{text}` has no room in a float")
            return accept(kind, value)
        except ValueError as error:
            raise ValueError(f"`{text}` is not {'an int' if outer == 'int' else 'a float'}") from error
    if outer in ("date", "datetime", "literal"):
        return accept(kind, text) if outer != "literal" or _is_literal(text) else _no(text)
    if outer in ("any", "None"):
        return _guess(text)
    return accept(kind, _structure(text))


def write_text(kind: str, value: Any) -> str:
    """Return the text that `read_text` reads as `value` (JSON form); of a text alone, the text itself.

    >>> write_text("list", [1.0, 2]), write_text("any", "12"), write_text("Optional[int]", None)
    ('[1.0, 2]', '"12"', 'None')
    """
    outer, inner = _split(kind)
    if value is None:
        return "None"
    if outer == "Optional":
        return write_text(inner[0], value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if outer in ("any", "None") and _guess(value) != value else value
    if isinstance(value, bool):
        return str(value).lower() if outer in ("bool", "any", "None") else str(value)
    return json.dumps(value, ensure_ascii=False)


def _no(text: str) -> Any:
    raise ValueError(f"`{text}` is no Python literal")


def _structure(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise ValueError(f"`{text}` is neither JSON nor a Python literal") from error


def _guess(text: str) -> Any:
    try:
        value = _structure(text)
    except ValueError:
        return text
    if type(value) is int and not is_json(value):
        raise ValueError(f"a number of {value.bit_length():,} bits is longer than the {MOST_BITS:,} that are read")
    return value if is_json(value) else text


def _split(kind: str) -> tuple[str, list[str]]:
    """Take ``dict[str, list[int]]`` apart into ``dict`` and its arguments."""
    if not kind.endswith("]"):
        return kind, []
    node = ast.parse(kind, mode="eval").body
    if not isinstance(node, ast.Subscript):
        return kind, []
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return ast.unparse(node.value), [ast.unparse(argument) for argument in arguments]
