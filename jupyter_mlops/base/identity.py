"""Who acts: the name that a Jupyter server authenticated, or the one that a process says of itself.

A server puts the user of a request around the verb (`acting`). Everywhere else, in a shell and in a kernel, the name
comes from the environment, which its user may write: it is good for a note of who did something, and proves nothing.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

# Written where no person acted.
MANAGER = "manager"


@dataclass(frozen=True)
class Actor:
    """A person; `is_verified` says that a Jupyter server authenticated the name."""

    name: str
    is_verified: bool = False


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let a person be the one who acts in this context."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def actor() -> Actor:
    """Return who acts here.

    >>> with acting(Actor("ada", is_verified=True)):
    ...     actor()
    Actor(name='ada', is_verified=True)
    """
    return _acting.get() or Actor(username())


def username() -> str:
    """Return the name that this process has for its user: the Hub's where a Hub started it, else the system's."""
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()
