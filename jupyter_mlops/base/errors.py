"""The error tree. One class, told apart by its stable `code`; doors translate it once.

::

    MlopsError                code, message, hint
    ├── UsageError            the notebook or the arguments are wrong: nothing was started (CLI exit 2, HTTP 4xx)
    │   ├── FindingsError     a notebook with error findings; carries all of them
    │   └── NotFoundError     a run, job, step or file that does not exist (HTTP 404)
    ├── ConflictError         the thing is in a state that forbids the verb (HTTP 409)
    ├── HandoverError         a value that cannot be handed from step to step
    └── UnavailableError      something outside is missing or down: store, runner, kernel, package (HTTP 503)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: As long as the line above IPython's tracebacks.
_RULE = 75


class MlopsError(Exception):
    """What happened, to what, and what to do.

    Parameters
    ----------
    code
        Stable dotted word, for programs: ``notebook.cycle``, ``run.not_found``.
    message
        What happened and to what, one line, names in backticks or quotes.
    hint
        What to do about it; may be empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message

    def to_json(self) -> dict[str, Any]:
        """Return ``{"code", "message", "hint"}``."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(MlopsError):
    """The notebook or the arguments are wrong; nothing was started."""


class FindingsError(UsageError):
    """A notebook whose findings contain errors; `findings` holds all of them, each with `to_json`."""

    def __init__(self, message: str, findings: Sequence[Any], hint: str = "") -> None:
        super().__init__("notebook.findings", message, hint)
        self.findings = tuple(findings)


class NotFoundError(UsageError):
    """A run, job, step or file that does not exist."""


class ConflictError(MlopsError):
    """The thing is in a state that forbids the verb."""


class HandoverError(MlopsError):
    """A value that cannot be handed from step to step."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: the way to the line that raised it is ours and tells a user nothing."""
        return ["-" * _RULE, f"{type(self).__name__}: {self}"]


class UnavailableError(MlopsError):
    """Something outside is missing or down: store, runner, kernel, package."""
