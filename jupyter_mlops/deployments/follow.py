"""Where aliases point to: asked in threads of its own, so that a registry that is away keeps nobody waiting."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol

from jupyter_mlops.base.errors import MlopsError, NotFoundError

POLL_S = 0.4
_log = logging.getLogger(__name__)


class Followed(NamedTuple):
    """An alias of a model in the registry of a tracking URI."""

    tracking_uri: str | None
    model: str
    alias: str


class Aliased(Protocol):
    """A registered model."""

    @property
    def aliases(self) -> Mapping[str, int]:
        """Where its aliases point to."""


class Index(Protocol):
    """The part of a registry that has the aliases."""

    def model(self, name: str) -> Aliased:
        """Return a model; raise `NotFoundError` when there is none."""


class Aliases:
    """Where followed aliases point to, as seen last.

    Parameters
    ----------
    open_registry
        returns the registry of a tracking URI.

    Attributes
    ----------
    moves
        how often an alias was seen to point elsewhere.
    """

    def __init__(self, open_registry: Callable[[str | None], Index]) -> None:
        self._open = open_registry
        self._wanted: frozenset[Followed] = frozenset()
        self._seen: dict[Followed, int] = {}
        self.moves = 0
        self._complaints: dict[Followed, str] = {}
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, wanted: Collection[Followed]) -> None:
        """Follow these and no others; the first call starts the thread."""
        self._wanted = frozenset(wanted)
        if self._thread is None and self._wanted:
            self._thread = threading.Thread(target=self._work, daemon=True, name="aliases")
            self._thread.start()

    def seen(self, followed: Followed) -> int | None:
        """Return the version that an alias points to; None while that is not known."""
        return self._seen.get(followed)

    def look(self) -> None:
        """Ask for all that is followed, once."""
        by_model: dict[tuple[str | None, str], list[Followed]] = {}
        for each in self._wanted:
            by_model.setdefault((each.tracking_uri, each.model), []).append(each)
        for (uri, model), followed in by_model.items():
            try:
                aliases = self._open(uri).model(model).aliases
                complaint = ""
            except NotFoundError:
                aliases, complaint = {}, f"there is no model {model} any more"
            except MlopsError as error:
                # What was seen last holds while the registry is away.
                self._complain(followed, error.message)
                continue
            for each in followed:
                version = aliases.get(each.alias)
                if version is None:
                    # An alias that was taken away takes nothing down.
                    self._complain([each], complaint or f"{model} has no alias {each.alias} any more")
                else:
                    self._complain([each], "")
                    if self._seen.get(each) != version:
                        self._seen[each] = version
                        self.moves += 1

    def close(self) -> None:
        """Stop asking."""
        self._end.set()

    def _complain(self, followed: Collection[Followed], complaint: str) -> None:
        for each in followed:
            if complaint and self._complaints.get(each) != complaint:
                _log.warning("%s@%s: %s", each.model, each.alias, complaint)
            self._complaints[each] = complaint

    def _work(self) -> None:
        while not self._end.is_set():
            try:
                self.look()
            except Exception:
                # A door: the thread must outlive whatever a registry raises.
                _log.exception("aliases cannot be looked at")
            self._end.wait(POLL_S)
