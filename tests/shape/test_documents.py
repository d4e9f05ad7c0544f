"""One file reads YAML, because a small document can ask for more memory and time than there is."""

from __future__ import annotations

import re
from pathlib import Path

import jupyter_mlops

_READS = re.compile(
    r"\b(safe_load|full_load|unsafe_load|SafeLoader|FullLoader|CSafeLoader|BaseLoader|yaml\.load|yaml\.compose|yaml\.parse"
    r"|yaml\.scan|ruamel|load_all)\b"
)


def test_yaml_is_read_in_one_place() -> None:
    top = Path(jupyter_mlops.__file__).parent
    found = [file.relative_to(top).as_posix() for file in top.rglob("*.py") if _READS.search(file.read_text("utf-8"))]
    assert found == ["base/documents.py"]
