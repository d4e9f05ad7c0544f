"""Models as verbs: what runs logged, registering, aliases and their history. The same at every door.

MLflow is asked anew by every verb, so that what its own UI or clients changed is seen at the next look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.app.config import MlopsPolicy, MlopsSettings
from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.app.gates import Gates
from jupyter_mlops.app.modelfiles import ModelFiles, local
from jupyter_mlops.base.errors import ConflictError, NotFoundError, UsageError
from jupyter_mlops.base.identity import actor
from jupyter_mlops.models.embedded import is_empty
from jupyter_mlops.models.facts import read_facts
from jupyter_mlops.models.gates import Verdict
from jupyter_mlops.models.history import History, Move
from jupyter_mlops.models.origin import origin_tags
from jupyter_mlops.models.promote import Promoter, follows, outside
from jupyter_mlops.models.register import Registrar
from jupyter_mlops.models.settings import ModelSettings
from jupyter_mlops.models.version import (
    CANDIDATE,
    CHAMPION,
    LoggedModel,
    Model,
    ModelVersion,
    Reference,
    alias_name,
    reference,
)

if TYPE_CHECKING:
    from jupyter_mlops.db.session import Database
    from jupyter_mlops.models.registry import Registry
    from jupyter_mlops.runs.run import Run
    from jupyter_mlops.runs.store import RunStore


@dataclass(frozen=True)
class Logged:
    """A model that a step logged, and the versions it was registered as, as (model, number).

    `flavors` are known where its files are on this machine.
    """

    run_id: str
    step: str
    model: LoggedModel
    registered: tuple[tuple[str, int], ...]
    flavors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A model in a list; `outside` are the aliases that somebody moved with MLflow's own means.

    `known` are its versions by number, without their aliases, where the list had them at hand.
    """

    model: Model
    versions: int
    outside: frozenset[str]
    known: Mapping[int, ModelVersion] = field(default_factory=dict)


class Models:
    """The verbs of models.

    Parameters
    ----------
    registry
        another one than MLflow's, for tests.
    """

    def __init__(
        self, settings: MlopsSettings, database: Database, runs: RunStore, registry: Registry | None = None
    ) -> None:
        self._home, self._runs = settings.home_path, runs
        self._accepts_unverified = MlopsPolicy(parent=settings).accept_unverified_approvals
        self.history = History(database)
        self._given, self._uri = registry, settings.tracking_uri or None
        self._database = database
        self.files = ModelFiles(self._home / "models" / "files", lambda: self.registry)

    @cached_property
    def registry(self) -> Registry:
        """MLflow's registry."""
        if self._given is not None:
            return self._given
        from jupyter_mlops.models.mlflow import MlflowRegistry

        return MlflowRegistry(self._home, self._uri)

    @cached_property
    def gates(self) -> Gates:
        """The verbs of gates."""
        settings = ModelSettings(self._database)
        return Gates(
            self._home,
            settings,
            lambda: self.registry,
            self._runs,
            self.files,
            accepts_unverified=self._accepts_unverified,
        )

    @property
    def home(self) -> Path:
        """The home folder of this product."""
        return self._home

    @property
    def _lock(self) -> Path:
        return self._home / "models" / ".lock"

    @cached_property
    def _registrar(self) -> Registrar:
        return Registrar(self._database, self.registry, self._lock)

    @cached_property
    def _promoter(self) -> Promoter:
        return Promoter(self.history, self.registry, self._lock)

    def logged(self, run_id: str) -> list[Logged]:
        """Return the models that the steps of a run logged, those of steps it took over from others too."""
        run = self._runs.get(run_id)
        found: list[Logged] = []
        owners = {step.name: self._owner(run, step.name) for step in run.steps}
        tracked = {owner: self._tracked(owner) for owner in set(owners.values())}
        asked = {step: str(known) for step, owner in owners.items() if (known := tracked[owner].get(step))}
        logged = self.registry.logged_by(list(dict.fromkeys(asked.values()))) if asked else {}
        for step in run.steps:
            if step.name not in asked:
                continue
            owner = owners[step.name]
            rows = [r for r in self._registrar.of_run(owner) if r.step == step.name and r.version is not None]
            for model in logged[asked[step.name]]:
                versions = [(r.model, r.version) for r in rows if r.source == model.id and r.version is not None]
                here = local(model.uri)
                flavors = read_facts(here).flavors if here else ()
                found.append(Logged(owner, step.name, model, tuple(versions), flavors))
        return found

    def _tracked(self, run_id: str) -> Mapping[str, str]:
        """Return the MLflow runs of the steps of a run."""
        found = RunFolder(self._home / "runs" / run_id).tracking().get("steps")
        return found if isinstance(found, dict) else {}

    def _owner(self, run: Run, step: str) -> str:
        """Return the run whose attempt made the result of a step."""
        manifest = next(s.manifest for s in run.steps if s.name == step)
        runs = (self._home / "runs").resolve()
        if manifest is not None and manifest.resolve().is_relative_to(runs):
            return manifest.resolve().relative_to(runs).parts[0]
        return run.id

    def register(
        self, run_id: str, name: str | None = None, step: str | None = None, logged: str | None = None
    ) -> ModelVersion:
        """Register a model that a run logged, once: asked again, it returns the version that there is.

        Parameters
        ----------
        name
            of the registered model; the one it was logged under when it is None.
        step, logged
            which one, where the run logged several: its step, its id or the name it was logged under.

        Raises
        ------
        NotFoundError
            ``model.not_logged``.
        UsageError
            ``model.several``, ``model.name``.
        """
        run = self._runs.get(run_id)
        every = self.logged(run.id)
        fitting = [
            each for each in every if step in (None, each.step) and logged in (None, each.model.id, each.model.name)
        ]
        if not fitting:
            what = f'"{logged}"' if logged else "a model"
            where = f'step "{step}" of run' if step else "run"
            known = ", ".join(f"{each.model.name} ({each.step})" for each in every[:10])
            hint = f"it logged {known}" if known else "a step logs one with `mlflow.sklearn.log_model(model, name=...)`"
            raise NotFoundError("model.not_logged", f"{where} {run.id[:8]} did not log {what}", hint)
        # Of models of one name in one step, as an attempt after a failed one leaves them, the newest is meant.
        newest = {(each.step, each.model.name): each for each in fitting}
        if len(newest) > 1:
            known = ", ".join(f"{each.model.name} ({each.step})" for each in newest.values())
            raise UsageError(
                "model.several", f"run {run.id[:8]} logged several models: {known}", "name the step or the model"
            )
        (chosen,) = newest.values()
        model = name or chosen.model.name
        tags = origin_tags(RunFolder(self._home / "runs" / chosen.run_id).record())
        return self._registrar.register(chosen.run_id, chosen.step, chosen.model, model, tags, actor().name)

    def listed(self) -> list[Entry]:
        """Return every registered model, by name."""
        if self._given is None and is_empty(self._home, self._uri):
            # Nothing was ever registered, and so nothing to repair: MLflow need not be imported to say so.
            return []
        self._registrar.repair()
        known: dict[str, dict[int, ModelVersion]] = {}
        for version in self.registry.every():
            known.setdefault(version.name, {})[version.number] = version
        return [self._entry(self._settled(m), known.get(m.name, {})) for m in self.registry.models()]

    def _settled(self, model: Model) -> Model:
        """Return a model after writing what others moved; what stands as it was written costs no lock."""
        held = {a: n for a, n in self.history.held(model.name).items() if not follows(a)}
        now = {a: n for a, n in model.aliases.items() if not follows(a)}
        return model if held == now and not self.history.intended(model.name) else self._promoter.look(model.name)

    def _entry(self, model: Model, known: Mapping[int, ModelVersion]) -> Entry:
        return Entry(model, len(known), frozenset(outside(self.history.moves(model.name))), known)

    def show(self, name: str) -> tuple[Entry, Sequence[ModelVersion]]:
        """Return a model and its versions, newest first; what a crash left of a promotion is settled."""
        model = self._promoter.look(reference(name).name)
        versions = self.registry.versions(model.name)
        return self._entry(model, {version.number: version for version in versions}), versions

    def resolve(self, wanted: str | Reference) -> ModelVersion:
        """Return the version that ``NAME@ALIAS`` or ``NAME/VERSION`` means; ``NAME`` is the champion, else the newest.

        Raises
        ------
        NotFoundError
            ``model.not_found``, ``model.no_version``, ``model.no_alias``.
        """
        ref = reference(wanted) if isinstance(wanted, str) else wanted
        if ref.number is not None:
            return self.registry.version(ref.name, ref.number)
        model = self.registry.model(ref.name)
        number = model.aliases.get(ref.alias or CHAMPION)
        if number is None and ref.alias is None:
            number = model.latest
        if number is None:
            known = ", ".join(sorted(model.aliases)) or "none"
            message = f'model "{ref.name}" has no alias "{ref.alias}"' if ref.alias else f'"{ref.name}" has no version'
            raise NotFoundError("model.no_alias", message, f"its aliases: {known}")
        return self.registry.version(ref.name, number)

    def metrics(self, version: ModelVersion) -> Mapping[str, float]:
        """Return the metrics of a version."""
        return self.registry.metrics(version)

    def params(self, version: ModelVersion) -> Mapping[str, str]:
        """Return the parameters that were logged with a version."""
        return self.registry.params(version)

    def promote(self, name: str, number: int | None = None, alias: str = CHAMPION, reason: str = "") -> Move:
        """Move an alias to a version, the candidate when no number is given; gates that fail refuse.

        Parameters
        ----------
        reason
            why it is done although a gate fails; recorded with what every gate said.

        Raises
        ------
        ConflictError
            ``model.gates``, ``model.already``, ``model.no_candidate``.
        """
        if number is None:
            number = self.registry.model(name).aliases.get(CANDIDATE)
            if number is None:
                raise ConflictError(
                    "model.no_candidate", f'model "{name}" has no candidate', f"name a version: `models show {name}`"
                )
        found = self.gates.check(self.registry.version(name, number), alias_name(alias))
        failed = [gate for gate in found if gate.status is Verdict.FAIL]
        if failed and not reason.strip():
            told = "; ".join(f"{gate.rule}: {gate.message}" for gate in failed)
            raise ConflictError(
                "model.gates",
                f"{name}/{number} does not pass: {told}",
                "mend it, or give a reason to do it all the same",
            )
        evidence = [gate.to_json() for gate in found]
        return self._promoter.promote(name, number, alias, author=actor().name, reason=reason.strip(), gates=evidence)

    def roll_back(self, name: str, alias: str = CHAMPION, reason: str = "") -> Move:
        """Move an alias back to where it was before."""
        return self._promoter.roll_back(name, alias, author=actor().name, reason=reason)

    def moves(self, name: str, alias: str | None = None) -> list[Move]:
        """Return the moves of the aliases of a model, newest first."""
        self._promoter.look(name)
        return self.history.moves(name, alias)

    def held(self, name: str, at: datetime | None = None) -> dict[str, int]:
        """Return what the aliases pointed to at a moment."""
        self._promoter.look(name)
        return self.history.held(name, at)
