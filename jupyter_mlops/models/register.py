"""Registering: a model that a step logged becomes a version, exactly one per run, step and model, whoever dies when.

First a row says what is meant to be; then MLflow makes the version, with tags that name the run, the step and the
logged model; then the row gets its number. Nobody makes a version without having looked for these tags, nor without
having looked for one that the step itself made with MLflow's own means: that one is taken over and gets the tags.

A server may make a version whose answer is lost, and MLflow's client then asks again: of two with the same tags the
later one goes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Select, select

from jupyter_mlops.base.errors import NotFoundError
from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import RegistrationRow
from jupyter_mlops.models.alone import alone
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.version import AUTHOR, CANDIDATE, RUN, SOURCE, STEP, LoggedModel, ModelVersion, model_name


@dataclass(frozen=True)
class Registration:
    """What was registered, or is meant to be: `version` is None until it is known."""

    run_id: str
    step: str
    source: str
    model: str
    version: int | None


class Registrar:
    """Makes versions.

    Parameters
    ----------
    lock
        a file that all processes of one store share.
    now
        the wall clock.
    """

    def __init__(
        self,
        database: Database,
        registry: Registry,
        lock: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._registry, self._lock, self._now = database, registry, lock, now

    def register(
        self,
        run_id: str,
        step: str,
        logged: LoggedModel,
        model: str,
        tags: Mapping[str, str] | None = None,
        author: str | None = None,
    ) -> ModelVersion:
        """Return the version that a logged model became; it is made when there is none yet.

        The newest version of a model that no alias points to becomes its candidate.

        Parameters
        ----------
        run_id, step
            ours.
        model
            the name to register it under.
        tags
            more tags of the version; used when it is made.

        Raises
        ------
        UsageError
            ``model.name``.
        UnavailableError
            ``mlflow.down``, ``model.busy``; asking again is safe.
        """
        name = model_name(model)
        key = {RUN: run_id, STEP: step, SOURCE: logged.id}
        with alone(self._lock):
            self._intend(run_id, step, logged.id, name, author)
            found = self._find(name, key) or self._made_by_the_step(name, logged, {**(tags or {}), **key})
            if found is None:
                self._registry.create_model(name)
                by = {AUTHOR: author} if author else {}
                made = self._registry.create_version(name, logged, {**(tags or {}), **by, **key})
                found = self._find(name, key) or made
            self._confirm(run_id, step, logged.id, name, found.number)
            now = self._registry.model(name)
            if now.latest == found.number and found.number not in now.aliases.values():
                self._registry.set_alias(name, CANDIDATE, found.number)
            return self._registry.version(name, found.number)

    def of_run(self, run_id: str) -> list[Registration]:
        """Return what was registered of a run, in order."""
        wanted = select(RegistrationRow).where(RegistrationRow.run_id == run_id).order_by(RegistrationRow.id)
        with self._database.reading() as session:
            return [
                Registration(row.run_id, row.step, row.source, row.model, row.version)
                for row in session.scalars(wanted)
            ]

    def repair(self) -> int:
        """Write down the numbers of versions that were made and not written down; return how many."""
        wanted = select(RegistrationRow).where(RegistrationRow.version.is_(None))
        with self._database.reading() as session:
            open_rows = [(row.run_id, row.step, row.source, row.model) for row in session.scalars(wanted)]
        repaired = 0
        for run_id, step, source, model in open_rows:
            with alone(self._lock):
                found = self._find(model, {RUN: run_id, STEP: step, SOURCE: source})
                if found is not None:
                    self._confirm(run_id, step, source, model, found.number)
                    repaired += 1
        return repaired

    def _find(self, name: str, key: Mapping[str, str]) -> ModelVersion | None:
        """Return the version with these tags; the store may have lost its row, or never got it."""
        made = [version for version in self._registry.tagged(key) if version.name == name]
        there = [found for version in made if (found := self._still(version)) is not None]
        if not there:
            return None
        # Somebody may have let an alias point to either.
        kept = next((version for version in there if version.aliases), there[0])
        for version in there:
            # A copy that a user made of it carries the same tags, but comes from elsewhere.
            if version.number != kept.number and not version.aliases and version.source == kept.source:
                self._registry.delete_version(name, version.number)
        return kept

    def _still(self, version: ModelVersion) -> ModelVersion | None:
        with contextlib.suppress(NotFoundError):
            return self._registry.version(version.name, version.number)
        return None

    def _made_by_the_step(self, name: str, logged: LoggedModel, tags: Mapping[str, str]) -> ModelVersion | None:
        """Return a version that was made of this very model already, as `registered_model_name` does; it is ours now.

        One that was registered by us already has the tag of its source, which is written last.
        """
        try:
            versions = self._registry.versions(name)
        except NotFoundError:
            return None
        is_theirs = (v for v in versions if v.model_id == logged.id and SOURCE not in v.tags)
        same = [v for v in is_theirs if v.run_id in (None, tags[RUN]) and v.step in (None, tags[STEP])]
        if not same:
            return None
        self._registry.tag(name, same[-1].number, tags)
        return self._registry.version(name, same[-1].number)

    def _intend(self, run_id: str, step: str, source: str, model: str, author: str | None) -> None:
        with self._database.writing() as session:
            if session.scalar(_row(run_id, step, source, model)) is None:
                row = RegistrationRow(run_id=run_id, step=step, source=source, model=model, author=author)
                row.created_at = self._now()
                session.add(row)

    def _confirm(self, run_id: str, step: str, source: str, model: str, number: int) -> None:
        with self._database.writing() as session:
            row = session.scalars(_row(run_id, step, source, model)).one()
            if row.version != number:
                row.version, row.finished_at = number, self._now()


def registered_from(database: Database, run_id: str) -> list[str]:
    """Return the versions that were registered from a run: ``churn/2``."""
    rows = select(RegistrationRow).where(RegistrationRow.run_id == run_id, RegistrationRow.version.is_not(None))
    with database.reading() as session:
        return [f"{row.model}/{row.version}" for row in session.scalars(rows)]


def the_one(logged: Sequence[LoggedModel], name: str) -> LoggedModel | None:
    """Return the model that is meant to become a version of `name`: the newest logged under it, or under any."""
    named = [model for model in logged if model.name == name]
    return next(reversed(named or logged), None)


def _row(run_id: str, step: str, source: str, model: str) -> Select[RegistrationRow]:
    return select(RegistrationRow).where(
        RegistrationRow.run_id == run_id,
        RegistrationRow.step == step,
        RegistrationRow.source == source,
        RegistrationRow.model == model,
    )
