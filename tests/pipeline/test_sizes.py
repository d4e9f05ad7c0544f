"""Values that are larger or deeper than Python writes are refused, whatever their type, and nothing breaks."""

from __future__ import annotations

import ast
import json

import pytest

from jupyter_mlops.pipeline.types import NoLiteral, accept, read_text, type_of_default

HEX = "0x" + "f" * 200_000
KINDS = (
    "any", "int", "float", "bool", "list", "dict", "literal", "Optional[any]", "date", "Literal['a']", "list[int]",
    "dict[str, list[int]]", "None",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [HEX, f"[{HEX}]", f"{{'a': {HEX}}}", "9" * 5000, "[" * 100_000, "[" * 900 + "]" * 900])
def test_a_text_is_a_value_that_can_be_written_or_is_refused(kind: str, text: str) -> None:
    try:
        found = read_text(kind, text)
    except ValueError:
        return
    assert json.loads(json.dumps(found)) == found


def test_a_number_that_is_too_long_is_no_text() -> None:
    with pytest.raises(ValueError, match="bits"):
        read_text("any", HEX)


def test_a_value_and_a_default_that_are_too_long() -> None:
    for value in (int(HEX, 16), [int(HEX, 16)], (int(HEX, 16),)):
        with pytest.raises(ValueError, match=r"digits|parameter|literal"):
            accept("any", value)
    with pytest.raises(NoLiteral):
        type_of_default(ast.parse(HEX, mode="eval").body)
