"""What a client is told when a request cannot be answered: a code, one line, what to do. Never a traceback."""

from __future__ import annotations

import json
from typing import Any

_LINE = 500


class RequestError(Exception):
    """A request that is answered with an error.

    Parameters
    ----------
    status
        The HTTP status.
    code
        Stable dotted word.
    message
        What happened and to what, one line.
    hint
        What to do about it; may be empty.
    fault
        Whose mistake it is, as `wire` has it.
    """

    def __init__(self, status: int, code: str, message: str, hint: str = "", fault: str = "client") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.fault = fault

    def body(self, v2: bool = False) -> bytes:
        """Return the JSON of the answer; `v2` is the Open Inference Protocol's form."""
        if v2:
            return json.dumps({"error": f"{self.message} ({self.hint})" if self.hint else self.message}).encode()
        return json.dumps({"code": self.code, "message": self.message, "hint": self.hint}).encode()


def one_line(error: Any) -> str:
    r"""Return the first line of what an error says, or its class, and not more than fits a line.

    Examples
    --------
    >>> one_line(ValueError("bad\nworse"))
    'bad'
    >>> one_line(KeyError())
    'KeyError'
    """
    text = str(error).strip().split("\n", 1)[0].strip()
    text = text or type(error).__name__
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"
