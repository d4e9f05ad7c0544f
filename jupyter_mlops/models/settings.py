"""What is kept of a model beside MLflow: the gates that were written for it, and who approved which version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select

from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import ApprovalRow, ModelSettingsRow
from jupyter_mlops.models.gates import Approval


class ModelSettings:
    """Gates and approvals of a store."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def gates(self, model: str) -> list[Any] | None:
        """Return the gates of a model as plain data; None when none were written."""
        with self._database.reading() as session:
            row = session.get(ModelSettingsRow, model)
            return None if row is None else list(row.gates.get("gates", ()))

    def set_gates(self, model: str, gates: Sequence[Any] | None, author: str | None) -> None:
        """Write the gates of a model; None takes them away."""
        with self._database.writing() as session:
            session.execute(delete(ModelSettingsRow).where(ModelSettingsRow.model == model))
            if gates is not None:
                session.add(
                    ModelSettingsRow(model=model, gates={"gates": list(gates)}, author=author, updated_at=self._now())
                )

    def approvals(self, model: str, version: int, since: datetime | None = None) -> list[Approval]:
        """Return who approved a version, oldest first.

        Parameters
        ----------
        since
            when the version was made: a model that was deleted and made anew counts its versions from one again, and
            what was said of another of the same number does not hold.
        """
        wanted = select(ApprovalRow).where(ApprovalRow.model == model, ApprovalRow.version == version)
        with self._database.reading() as session:
            rows = session.scalars(wanted.order_by(ApprovalRow.id))
            return [
                Approval(row.author, row.note or "", row.is_verified)
                for row in rows
                if since is None or row.created_at >= since
            ]

    def approve(
        self,
        model: str,
        version: int,
        author: str,
        note: str = "",
        *,
        is_verified: bool = False,
        since: datetime | None = None,
    ) -> None:
        """Write a person's yes; again it changes the note.

        Parameters
        ----------
        is_verified
            whether a Jupyter server authenticated the person. What was said in another way does not change what an
            authenticated person said.
        since
            when the version was made, as in `approvals`.
        """
        wanted = select(ApprovalRow).where(
            ApprovalRow.model == model, ApprovalRow.version == version, ApprovalRow.author == author
        )
        with self._database.writing() as session:
            row = session.scalar(wanted)
            if row is None:
                row = ApprovalRow(model=model, version=version, author=author)
                session.add(row)
            elif row.is_verified and not is_verified and (since is None or row.created_at >= since):
                return
            row.note, row.created_at, row.is_verified = note or None, self._now(), is_verified
