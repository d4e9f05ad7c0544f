"""The store of deployments: a row each, what happened to them, and nothing that opens a door.

A row is changed by a function that decides on what it is at that moment, while nobody else may write: two who want
different things never overwrite each other with what they read before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from jupyter_mlops.base.errors import ConflictError, NotFoundError
from jupyter_mlops.base.identity import MANAGER, Actor
from jupyter_mlops.db.session import Database, Transaction
from jupyter_mlops.db.tables import DeploymentEventRow, DeploymentRow
from jupyter_mlops.deployments.deployment import (
    Deployment,
    DeploymentName,
    Event,
    Options,
    Rejection,
    Status,
    Wanted,
    deployment_name,
)
from jupyter_mlops.deployments.rollout import Change

_SEEN = "seen"
_DELETED = (Wanted.DELETED, Wanted.GONE)
# Between the name that a deployment had and its id; no name has it.
_FORMER = "~"


class DeploymentStore:
    """Deployments and their events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, deployment: Deployment, by: Actor | None = None) -> Deployment:
        """Keep a new deployment; raise `ConflictError` (``deployment.exists``) when its name is taken."""
        with self._database.writing() as session:
            found = session.get(DeploymentRow, deployment.name)
            if found is not None:
                raise _exists(deployment.name, found.wanted)
            row = DeploymentRow(name=deployment.name, id=deployment.id, created_at=deployment.created_at)
            _write(row, deployment)
            session.add(row)
            session.flush()
            message = f"{deployment.reference} is to be served"
            created = Event("created", {"message": message, "version": deployment.version})
            _record(session, deployment.id, [created], by)
        return self.get(deployment.name)

    def get(self, name: str) -> Deployment:
        """Return a deployment; raise `NotFoundError` (``deployment.not_found``)."""
        with self._database.reading() as session:
            row = session.get(DeploymentRow, deployment_name(name))
            if row is None or row.wanted in _DELETED:
                raise self._missing(session, name)
            return _read(row)

    def signs(self) -> tuple[object, ...] | None:
        """Return what changes with the store; None where that cannot be noticed."""
        return self._database.signs()

    def listed(self, *, with_deleted: bool = False) -> list[Deployment]:
        """Return all deployments, by name; also those that are being deleted, with `with_deleted`."""
        wanted = select(DeploymentRow).where(DeploymentRow.wanted != Wanted.GONE).order_by(DeploymentRow.name)
        if not with_deleted:
            wanted = wanted.where(DeploymentRow.wanted != Wanted.DELETED)
        with self._database.reading() as session:
            return [_read(row) for row in session.scalars(wanted)]

    def apply(self, name: str, decide: Callable[[Deployment], Change], by: Actor | None = None) -> Deployment:
        """Change a deployment by what `decide` makes of it, and record what happened; no-op when that is nothing.

        Parameters
        ----------
        by
            the person who wants it; None is the manager.

        Raises
        ------
        NotFoundError
            ``deployment.not_found``, and whatever `decide` raises: then nothing was changed.
        """
        with self._database.writing() as session:
            row = session.get(DeploymentRow, name)
            if row is None or row.wanted in _DELETED:
                raise self._missing(session, name)
            before = _read(row)
            change = decide(before)
            after = change.deployment
            if after != before:
                is_other = replace(after, status=before.status, error=before.error) != before
                after = replace(after, revision=before.revision + is_other, updated_at=datetime.now(UTC))
                _write(row, after)
            _record(session, before.id, change.events, by)
        return after

    def events(self, deployment_id: str, after: int = 0, limit: int = 200) -> list[Event]:
        """Return the newest events of a deployment after number `after`, oldest first."""
        rows = (
            select(DeploymentEventRow)
            .where(DeploymentEventRow.deployment == deployment_id, DeploymentEventRow.seq > after)
            .order_by(DeploymentEventRow.seq.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            found = [Event(row.kind, row.data, row.seq, row.at) for row in session.scalars(rows)]
        return found[::-1]

    def history(self, name: str, limit: int = 1000) -> list[Event]:
        """Return the newest events of the deployments that have or had a name, oldest first.

        Raises
        ------
        NotFoundError
            ``deployment.not_found``: there was never one.
        """
        found = deployment_name(name)
        with self._database.reading() as session:
            rows = select(DeploymentRow.id).where(
                (DeploymentRow.name == found) | DeploymentRow.name.startswith(f"{found}{_FORMER}", autoescape=True)
            )
            ids = list(session.scalars(rows))
            if not ids:
                raise self._missing(session, name)
            happened = select(DeploymentEventRow).where(DeploymentEventRow.deployment.in_(ids))
            newest = session.scalars(happened.order_by(DeploymentEventRow.seq.desc()).limit(limit))
            return [Event(row.kind, row.data, row.seq, row.at) for row in newest][::-1]

    def remove(self, deployment_id: str) -> None:
        """Mark a deployment as gone and give its name free; what happened to it stays. No-op if absent.

        Its files are not ours to remove.
        """
        with self._database.writing() as session:
            row = session.scalar(select(DeploymentRow).where(DeploymentRow.id == deployment_id))
            if row is None or row.wanted == Wanted.GONE:
                return
            row.name, row.wanted, row.tokens = f"{row.name}{_FORMER}{row.id}", Wanted.GONE, []
            row.status, row.updated_at = Status.STOPPED, datetime.now(UTC)
            _record(session, deployment_id, [Event("removed", {"message": "it is deleted, with its files"})], None)

    @staticmethod
    def _missing(session: Transaction, name: str) -> NotFoundError:
        rows = select(DeploymentRow.name).where(DeploymentRow.wanted.not_in(_DELETED)).order_by(DeploymentRow.name)
        names = list(session.scalars(rows.limit(10)))
        known = f"deployments: {', '.join(names)}" if names else "`deployments create NAME --model M@ALIAS` makes one"
        return NotFoundError("deployment.not_found", f'there is no deployment "{name}"', known)


def _exists(name: str, wanted: str) -> ConflictError:
    if wanted == Wanted.DELETED:
        return ConflictError("deployment.exists", f'deployment "{name}" is being deleted', "try again in a moment")
    return ConflictError(
        "deployment.exists", f'there is a deployment "{name}" already', f"`deployments update {name}` changes it"
    )


def _record(
    session: Transaction, deployment_id: str, events: tuple[Event, ...] | list[Event], by: Actor | None
) -> None:
    who = {"actor": by.name, "is_verified": by.is_verified} if by is not None else {"actor": MANAGER}
    for event in events:
        data = {**event.data, **who}
        session.add(DeploymentEventRow(deployment=deployment_id, kind=event.kind, at=datetime.now(UTC), data=data))


def _write(row: DeploymentRow, deployment: Deployment) -> None:
    row.model, row.alias, row.version = deployment.model, deployment.alias, deployment.version
    row.wanted, row.revision = deployment.wanted, deployment.revision
    row.live, row.previous = deployment.live, deployment.previous
    row.canary, row.percent, row.shadow = deployment.canary, deployment.percent, deployment.shadow
    row.rejected = {str(number): why.to_json() for number, why in deployment.rejected.items()} or None
    row.options = {**deployment.options.to_json(), _SEEN: deployment.seen}
    row.tokens = list(deployment.tokens)
    row.host, row.port, row.folder = deployment.host, deployment.port, str(deployment.folder)
    row.status, row.error = deployment.status, dict(deployment.error) if deployment.error else None
    row.author, row.updated_at = deployment.author, deployment.updated_at or datetime.now(UTC)


def _read(row: DeploymentRow) -> Deployment:
    return Deployment(
        id=row.id,
        name=DeploymentName(row.name),
        model=row.model,
        alias=row.alias,
        version=row.version or 0,
        folder=Path(row.folder),
        port=row.port,
        created_at=row.created_at,
        host=row.host,
        seen=row.options.get(_SEEN),
        wanted=Wanted(row.wanted),
        revision=row.revision,
        live=row.live,
        previous=row.previous,
        canary=row.canary,
        percent=row.percent,
        shadow=row.shadow,
        rejected={int(n): Rejection(**why) for n, why in (row.rejected or {}).items()},
        options=Options.from_json(row.options),
        tokens=tuple(row.tokens),
        status=Status(row.status),
        error=row.error,
        author=row.author,
        updated_at=row.updated_at,
    )
