"""What the front itself answers: refusals with a code, a message and what to do. Never a traceback."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

JSON = b"application/json"
ENCODING = "request.encoding"
TEXT = b"text/plain; charset=utf-8"


class Reply(NamedTuple):
    """Status, media type, body, more headers."""

    status: int
    media: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refused(Exception):
    """A request that the front does not pass on, or got no answer to.

    Parameters
    ----------
    retry_after
        Seconds after which another try makes sense.
    """

    def __init__(self, status: int, code: str, message: str, hint: str = "", retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.hint = status, code, message, hint
        self.retry_after = retry_after

    def reply(self, is_v2: bool = False) -> Reply:
        """Return the answer; `is_v2` is the Open Inference Protocol's form."""
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if self.status == 401:
            headers = ((b"www-authenticate", b"Bearer"),)
        if self.code == ENCODING:
            headers = ((b"accept-encoding", b"identity"),)
        if self.retry_after is not None:
            headers = ((b"retry-after", str(self.retry_after).encode()),)
        if is_v2:
            return json_reply(
                {"error": f"{self.message} ({self.hint})" if self.hint else self.message}, self.status, headers
            )
        return json_reply({"code": self.code, "message": self.message, "hint": self.hint}, self.status, headers)


def json_reply(words: Any, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """Return an answer in JSON."""
    return Reply(status, JSON, json.dumps(words, separators=(",", ":")).encode(), headers)
