"""A finding: something in the notebook that the user should know before a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from jupyter_mlops.base.cells import numbered

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


@dataclass(frozen=True)
class Finding:
    """One finding. `cell` is the cell's index in the notebook, `line` 1-based in that cell; None where there is none.

    `subject` is the name or the tag that it is about, for quick fixes. `ignored_by` names the comment, tag or option
    that ignores it, and is empty otherwise.
    An error says that the pipeline cannot run or would certainly differ from Run All: nothing is started, unless it is
    ignored. A warning says that something may go wrong, a hint that something was probably meant otherwise.
    """

    code: str
    severity: Severity
    cell: int | None
    line: int | None
    message: str
    hint: str = ""
    subject: str = field(default="", compare=False)
    ignored_by: str = ""

    @property
    def is_ignored(self) -> bool:
        """Whether a comment, a tag or an option ignores it."""
        return bool(self.ignored_by)

    @property
    def is_error(self) -> bool:
        """Whether the notebook is refused for it."""
        return self.severity == "error" and not self.is_ignored

    def to_json(self) -> dict[str, Any]:
        """Return the finding as `check --json` prints it."""
        form = asdict(self)
        del form["subject"]
        return numbered({**form, "ignored": self.is_ignored})

    def to_record(self) -> dict[str, Any]:
        """Return an ignored finding as a run or a job version keeps it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "cell": self.cell,
            "line": self.line,
            "message": self.message,
            "by": self.ignored_by,
        }


@dataclass(frozen=True)
class Code:
    """A row of the table of codes.

    `severity` is its gravest. `example` is a notebook that has the finding: per cell its tags and its source, cells
    separated by ``<br>``. `ignored` says what the pipeline does when the finding is ignored, `never` why it cannot be.
    """

    code: str
    severity: Severity
    meaning: str
    example: str
    remedy: str
    ignored: str = ""
    never: str = ""
