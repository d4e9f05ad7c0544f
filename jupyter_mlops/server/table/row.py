"""A row of the table of routes: what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.server.forms.common import Answer, Body

Action = Literal["read", "write", "execute"]


@dataclass(frozen=True)
class Route:
    """A row of the table.

    Attributes
    ----------
    path
        below `API`; a segment in braces is handed to the verb under its name.
    answer
        the form of the answer, or the media type of one that is no JSON; None is 204.
    status
        of the answer when all is well.
    is_slow
        whether it waits for what is not ours, so that it takes threads that no other route needs.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    verb: str
    summary: str
    action: Action
    answer: type[Answer] | str | None
    body: type[Body] | None = None
    query: type[Body] | None = None
    status: int = 200
    is_slow: bool = False
