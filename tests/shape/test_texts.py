"""How texts look: none is smaller than 12 px, and a counted noun has its singular."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIZE = re.compile(r"font-size:\s*([^;]+);")
COUNTED = re.compile(r"__\(\s*['\"](?:[^'\"]*, )?%1 (?:[a-z]+ ){0,2}[a-z]{3,}s['\",]")


def is_small(size: str) -> bool:
    """Whether a size is under 12 px: JupyterLab's smallest is, and so is what shrinks by em."""
    if "ui-font-size0" in size or "content-font-size0" in size:
        return True
    number = re.fullmatch(r"([\d.]+)(px|em|rem|%)", size.strip())
    return number is not None and float(number[1]) < {"px": 12, "em": 0.92, "rem": 0.92, "%": 92}[number[2]]


def test_no_text_is_smaller_than_12_px() -> None:
    found = [
        f"{path.name}: {size}"
        for path in sorted((ROOT / "style").glob("*.css"))
        for size in SIZE.findall(path.read_text())
        if is_small(size)
    ]
    assert found == []


def test_what_is_counted_has_a_singular() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {words[0]}"
        for path in sorted((ROOT / "src").rglob("*.ts*"))
        if "__tests__" not in path.parts
        for words in COUNTED.finditer(path.read_text())
    ]
    assert found == []
