"""Where deployments are served: the seam between what is wanted and who does it. Local now; others are to come.

A target is told plans and asked what it does. It is asked often, keeps no secret, and decides nothing: which version
fails, and what is served instead, is what its front says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Served:
    """One version as the front has it. Times in milliseconds; `state` is ``starting``, ``ready``, ``failed``, ``gone``.

    `data` is all that the front said of it.
    """

    state: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What went wrong with it."""
        error = self.data.get("error")
        return str(error.get("message", "")) if isinstance(error, dict) else str(error or "")


@dataclass(frozen=True)
class Observed:
    """What a front does at this moment: what it said to ``GET /status``."""

    revision: int = 0
    pid: int | None = None
    live: int | None = None
    canary: Mapping[str, Any] | None = None
    shadow: int | None = None
    versions: Mapping[int, Served] = field(default_factory=dict)
    rejected: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Observed:
        """Read the answer of a front; raise `ValueError` or `TypeError` when it is none."""
        canary = data.get("canary")
        return cls(
            int(data.get("revision") or 0),
            data.get("pid"),
            _number(data.get("live")),
            canary if isinstance(canary, dict) else None,
            _number(data.get("shadow")),
            {int(n): Served(str(v.get("state", "gone")), v) for n, v in (data.get("versions") or {}).items()},
            {int(n): why for n, why in (data.get("rejected") or {}).items()},
            data,
        )

    @property
    def is_serving(self) -> bool:
        """Whether requests are answered."""
        found = self.versions.get(self.live) if self.live is not None else None
        return found is not None and found.state == "ready"


def _number(text: object) -> int | None:
    return None if text in (None, "") else int(str(text))


class Target(Protocol):
    """A place where deployments are served. `folder` is the deployment's own; it is what tells one from the other."""

    def apply(self, folder: Path, plan: Mapping[str, Any]) -> None:
        """Let this plan hold from now on; what is being answered is answered."""

    def ensure(self, folder: Path) -> bool:
        """Start what serves a deployment when nothing does; return whether something was started.

        Raises
        ------
        UnavailableError
            ``deployment.not_started``.
        """

    def observed(self, folder: Path) -> Observed | None:
        """Return what is served; None when nobody answers."""

    def signs(self, folder: Path) -> object:
        """Return what changes when the front decides something."""

    def wait(self, timeout_s: float) -> None:
        """Wait until something that `ensure` may have to start again has ended, or the time has passed."""

    def stop(self, folder: Path, patience_s: float = 9.0) -> bool:
        """End what serves a deployment; return whether it is gone. No-op when nothing does."""
