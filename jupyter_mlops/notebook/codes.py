"""The codes of all findings: one table, from which the page of the user guide and the rules of ignoring come."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.notebook.errorcodes import ERRORS
from jupyter_mlops.notebook.finding import Code
from jupyter_mlops.notebook.warningcodes import WARNINGS

CODES: tuple[Code, ...] = (*ERRORS, *WARNINGS)
BY_CODE = {row.code: row for row in CODES}


def findings_markdown(rows: Sequence[Code] = CODES) -> str:
    """Return the codes as a Markdown table, as it stands in the user guide."""
    lines = ["| code | severity | meaning | example | what to do | ignored |", "|---|---|---|---|---|---|"]
    for row in rows:
        ignored = f"cannot be ignored: {row.never}" if row.never else row.ignored
        cells = (f"`{row.code}`", row.severity, row.meaning, row.example, row.remedy, ignored)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
