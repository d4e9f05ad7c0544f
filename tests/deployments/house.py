"""A manager with its surroundings in memory, all but the store, and time that passes when told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.db.session import Database
from jupyter_mlops.deployments.deployment import Deployment
from jupyter_mlops.deployments.fetch import Fetcher
from jupyter_mlops.deployments.follow import Aliases
from jupyter_mlops.deployments.manager import Manager
from jupyter_mlops.deployments.rollout import Change
from jupyter_mlops.deployments.store import DeploymentStore
from jupyter_mlops.deployments.targets.memory import MemoryTarget
from jupyter_mlops.models.memory import MemoryRegistry
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.version import LoggedModel
from tests.deployments.wanted import wanted
from tests.pace import PATIENCE_S


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class House:
    """A manager with its surroundings; `turn` lets time pass and everything happen that can."""

    def __init__(self, home: Path) -> None:
        self.home, self.clock = home, Clock()
        self.database = Database(home)
        self.store = DeploymentStore(self.database)
        self.registry, self.target = MemoryRegistry(), MemoryTarget()
        self.is_away = False
        self.registry.create_model("churn")
        for number in range(1, 5):
            self.add(number)
        self.registry.set_alias("churn", "champion", 1)
        self.begin()

    def add(self, number: int, requirements: str = "") -> None:
        folder = self.home / "models" / str(number)
        folder.mkdir(parents=True)
        (folder / "MLmodel").write_text("flavors: {}\n")
        (folder / "requirements.txt").write_text(requirements)
        uri = folder.as_uri()
        self.registry.files[uri] = folder
        self.registry.create_version("churn", LoggedModel("", "churn", uri, ""), {})

    def begin(self) -> None:
        """Start a manager that knows nothing."""
        self.fetcher, self.aliases = Fetcher(self._open, clock=self.clock), Aliases(self._open)
        self.aliases._thread = object()  # type: ignore[assignment]  # asked by `turn`, not by a thread
        self.manager = Manager(self.store, self.target, self.fetcher, self.aliases, self.clock)

    def _open(self, uri: str | None) -> Registry:
        if self.is_away:
            raise UnavailableError("mlflow.down", "MLflow cannot be used")
        return self.registry

    def create(self, **changes: Any) -> Deployment:
        made = replace(wanted(self.home), **{"alias": "champion", "seen": 1, **changes})
        return self.store.create(made)

    def turn(self, turns: int = 4) -> bool:
        goes_on = True
        for _ in range(turns):
            self.clock.now += 1.0
            goes_on = self.manager.tick()
            self.aliases.look()
            for each in list(self.fetcher._tries.values()):
                until = time.monotonic() + PATIENCE_S
                while not each.future.done() and time.monotonic() < until:
                    time.sleep(0.002)
        return goes_on

    def now(self) -> Deployment:
        return self.store.get("churn")

    def kinds(self) -> list[str]:
        return [event.kind for event in self.store.events(self.now().id)]

    def decide(self, decide: Callable[[Deployment], Change]) -> None:
        self.store.apply("churn", decide)
        self.turn()
