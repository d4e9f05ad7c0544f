"""A target in memory, for tests: serves at once, refuses what it is told to refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.target import Observed, Served


@dataclass
class MemoryTarget:
    """Fronts in memory.

    Attributes
    ----------
    bad
        reasons by version: these are rejected as soon as they are served.
    slow
        versions that stay ``starting``.
    """

    bad: dict[int, str] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    plans: dict[Path, dict[str, Any]] = field(default_factory=dict)
    alive: set[Path] = field(default_factory=set)
    starts: int = 0
    _live: dict[Path, int | None] = field(default_factory=dict)

    def apply(self, folder: Path, plan: Mapping[str, Any]) -> None:
        """Take the plan."""
        self.plans[folder] = dict(plan)

    def ensure(self, folder: Path) -> bool:
        """Be alive."""
        if folder in self.alive:
            return False
        self.alive.add(folder)
        self.starts += 1
        return True

    def kill(self, folder: Path) -> None:
        """Be gone, as if killed."""
        self.alive.discard(folder)

    def observed(self, folder: Path) -> Observed | None:
        """Say what a front would say."""
        plan = self.plans.get(folder)
        if folder not in self.alive or plan is None:
            return None
        planned = [int(number) for number in plan["versions"]]
        versions = {
            n: Served("failed" if n in self.bad else "starting" if n in self.slow else "ready") for n in planned
        }
        live = int(plan["live"]) if plan["live"] else None
        if live is not None and versions[live].state == "ready":
            self._live[folder] = live
        rejected = {n: {"reason": why, "message": f"it failed: {why}"} for n, why in self.bad.items() if n in planned}
        return Observed(plan["revision"], 1, self._live.get(folder), plan["canary"], None, versions, rejected)

    def signs(self, folder: Path) -> object:
        """Change all the time."""
        return object()

    def wait(self, timeout_s: float) -> None:
        """Come back at once."""

    def stop(self, folder: Path, patience_s: float = 9.0) -> bool:
        """Be gone."""
        self.alive.discard(folder)
        self._live.pop(folder, None)
        return True
