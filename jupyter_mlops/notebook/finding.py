"""A finding: something in the notebook that the user should know before a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One finding. `cell` is the cell's index in the notebook, `line` 1-based in that cell; None where there is none.

    `subject` is the name or the tag that it is about, for quick fixes.
    An error says that the pipeline could not give what Run All gives: nothing is started. A warning is only told.
    """

    code: str
    severity: Severity
    cell: int | None
    line: int | None
    message: str
    hint: str = ""
    subject: str = field(default="", compare=False)

    @property
    def is_error(self) -> bool:
        """Whether the notebook is refused."""
        return self.severity == "error"

    def to_json(self) -> dict[str, Any]:
        """Return the finding as `check --json` prints it."""
        form = asdict(self)
        del form["subject"]
        return form
