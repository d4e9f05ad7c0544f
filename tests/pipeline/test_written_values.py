"""What a form shows of a default is read back as that default."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.pipeline.types import read_text, write_text

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
TYPES: dict[str, st.SearchStrategy[Any]] = {
    "any": ANY,
    "None": ANY,
    "list": st.lists(ANY),
    "dict": st.dictionaries(st.text(), ANY),
    "str": st.text(),
    "int": st.integers(),
    "float": FINITE,
    "bool": st.booleans(),
    "Optional[int]": st.none() | st.integers(),
    "Literal['a', 2]": st.sampled_from(["a", 2]),
}


@given(st.sampled_from(sorted(TYPES)).flatmap(lambda kind: st.tuples(st.just(kind), TYPES[kind])))
def test_what_is_written_is_read_back(case: tuple[str, Any]) -> None:
    kind, value = case
    assert repr(read_text(kind, write_text(kind, value))) == repr(value)


def test_a_number_without_room_is_no_infinity() -> None:
    assert read_text("float", "inf") == "inf"
    with pytest.raises(ValueError, match="not a float"):
        read_text("float", "1e999")
