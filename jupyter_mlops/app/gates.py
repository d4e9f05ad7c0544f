"""Gates as verbs: which a model has, what they say of a version, who approved it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.app.modelfiles import ModelFiles
from jupyter_mlops.app.trials import Trials, try_in
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.base.identity import actor
from jupyter_mlops.models.formats import formats
from jupyter_mlops.models.gates import Evidence, Gate, Trial, Twin, Verdict
from jupyter_mlops.models.policy import read_rules, read_yaml, to_plain
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.rules import Rule
from jupyter_mlops.models.settings import ModelSettings
from jupyter_mlops.models.version import CHAMPION, COMMIT, DIRTY, SOURCE, LoggedModel, ModelVersion
from jupyter_mlops.runs.run import Run
from jupyter_mlops.runs.store import RunStore

# The newest runs that are looked at, and the most that are compared: each is asked for in MLflow.
_LOOKED_AT, _TWINS = 200, 10
_OF_A_HUB = ("JUPYTERHUB_USER", "JUPYTERHUB_API_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_SERVER_NAME")
Source = Literal["model", "notebook", "none"]


@dataclass(frozen=True)
class Policy:
    """The rules of a model, and where they are written."""

    source: Source
    rules: tuple[Rule, ...]

    def to_yaml(self) -> str:
        """Return them as they may be written."""
        import yaml

        plain = to_plain(self.rules)
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True) if plain else ""


class Gates:
    """The verbs of gates."""

    def __init__(
        self,
        home: Path,
        settings: ModelSettings,
        registry: Callable[[], Registry],
        runs: RunStore,
        files: ModelFiles,
        *,
        accepts_unverified: bool = False,
    ) -> None:
        self._home, self._settings, self._registry, self._runs = home, settings, registry, runs
        self._files, self._accepts_unverified = files, accepts_unverified
        # What was found out, by what it was found out from: gates may take seconds, and a list is looked at often.
        self._told: dict[tuple[object, ...], tuple[int, int]] = {}
        self._trials = Trials(try_in(home))

    def policy(self, model: str, version: ModelVersion | None = None) -> Policy:
        """Return the gates that were written for a model, or else those of the notebook that a version came from.

        Raises
        ------
        UsageError
            ``gates.invalid``: what the notebook says is not understood.
        """
        written = self._settings.gates(model)
        if written is not None:
            return Policy("model", tuple(read_rules(written)))
        if version is not None and version.run_id:
            found = _notebook_gates(RunFolder(self._home / "runs" / version.run_id))
            if found is not None:
                return Policy("notebook", tuple(read_rules(found)))
        return Policy("none", ())

    def write(self, model: str, yaml: str) -> Policy:
        """Write the gates of a model; an empty text takes them away, and those of the notebook are back."""
        name = self._registry().model(model).name
        rules = read_yaml(yaml)
        self._settings.set_gates(name, to_plain(rules) if yaml.strip() else None, actor().name)
        return self.policy(name)

    def approve(self, version: ModelVersion, note: str = "") -> None:
        """Write that the user says yes to a version."""
        who = actor()
        self._settings.approve(
            version.name, version.number, who.name, note, is_verified=who.is_verified, since=version.created_at
        )

    def check(self, version: ModelVersion, alias: str = CHAMPION) -> list[Gate]:
        """Return what every gate says of a version that `alias` may be moved to, in order."""
        policy = self.policy(version.name, version)
        if not policy.rules:
            return []
        champion = self._registry().model(version.name).aliases.get(alias)
        key = self._key(version, alias, champion)
        seen = self._evidence(version, champion)
        found = [rule.check(seen) for rule in policy.rules]
        judged = [gate.status for gate in found if gate.status is not Verdict.NA]
        self._told[key] = (judged.count(Verdict.PASS), len(judged))
        return found

    def told(self, version: ModelVersion, alias: str, champion: int | None) -> tuple[int, int] | None:
        """Return how many gates a version passed, of how many, when they were asked last; None when they were not.

        What they were asked of may have changed since: a metric, other runs. The rules, the champion and the approvals
        are those of now.
        """
        with contextlib.suppress(UsageError):
            return self._told.get(self._key(version, alias, champion))
        return None

    def _key(self, version: ModelVersion, alias: str, champion: int | None) -> tuple[object, ...]:
        approvals = tuple(self._settings.approvals(version.name, version.number, version.created_at))
        rules = self.policy(version.name, version).to_yaml()
        return version.name, version.number, alias, champion, rules, approvals

    def _evidence(self, version: ModelVersion, number: int | None) -> Evidence:
        registry = self._registry()
        champion = None
        if number is not None and number != version.number:
            with contextlib.suppress(NotFoundError):
                champion = registry.version(version.name, number)
        files = self._files.folder(version)
        dirty = version.tags.get(DIRTY)
        approvals = self._settings.approvals(version.name, version.number, version.created_at)

        def trial() -> Trial:
            return self._trials.of(files)

        return Evidence(
            version,
            registry.metrics(version),
            champion,
            registry.metrics(champion) if champion else {},
            self._files.facts(version),
            formats(files),
            trial,
            version.tags.get(COMMIT),
            None if dirty is None else dirty == "true",
            cache(partial(self._twins, version)),
            approvals,
            any(os.environ.get(name) for name in _OF_A_HUB) or any(each.is_verified for each in approvals),
            self._accepts_unverified,
        )

    def _twins(self, version: ModelVersion) -> list[Twin]:
        """Return other runs that succeeded with the same notebook and parameters."""
        if not version.run_id:
            return []
        try:
            own = self._runs.get(version.run_id)
        except NotFoundError:
            return []
        wanted = _inputs(RunFolder(own.folder))
        logged = self._logged(own, version.step)
        place = next((n for n, model in enumerate(logged) if model.id == version.tags.get(SOURCE)), None)
        found: list[Twin] = []
        for run in self._runs.list("succeeded", own.name, _LOOKED_AT):
            # What was taken over from another run was not computed again, and proves nothing.
            is_whole = run.id != own.id and not any(step.cached for step in run.steps)
            if is_whole and run.parameters == own.parameters and _inputs(RunFolder(run.folder)) == wanted:
                theirs = self._logged(run, version.step)
                is_alike = place is not None and [m.name for m in theirs] == [m.name for m in logged]
                same = self._registry().metrics(theirs[place]) if is_alike and place is not None else {}
                found.append(Twin(run.id, {**run.to_json()["metrics"], **same}))
                if len(found) == _TWINS:
                    break
        return found

    def _logged(self, run: Run, step: str | None) -> Sequence[LoggedModel]:
        """Return the models that a step of a run logged, in order."""
        tracked = (RunFolder(run.folder).tracking().get("steps") or {}).get(step)
        return self._registry().logged(str(tracked)) if tracked else []


def _inputs(folder: RunFolder) -> tuple[Any, ...]:
    facts = folder.record().get("tracking") or {}
    return (facts.get("notebook_sha256"),)


def _notebook_gates(folder: RunFolder) -> Any:
    """Return what the metadata of a run's notebook says under ``mlops``, ``gates``; None when nothing."""
    for name in ("source.ipynb", "notebook.ipynb"):
        try:
            found = json.loads((folder.path / name).read_bytes())["metadata"]["mlops"]["gates"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue
        return found
    return None
