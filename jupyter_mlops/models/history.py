"""The history of aliases: who moved which one when, from where to where, and on what evidence. MLflow keeps none.

A move is written before it is made, and confirmed after it. Moves that others made with MLflow's own means are written
when they are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from jupyter_mlops.db.session import Database
from jupyter_mlops.db.tables import AliasMoveRow


class Kind(StrEnum):
    """Why an alias moved; `OUTSIDE`: seen, not made, by us."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    OUTSIDE = "outside"


class MoveStatus(StrEnum):
    """How far a move is."""

    INTENDED = "intended"
    DONE = "done"
    UNDONE = "undone"


@dataclass(frozen=True)
class Move:
    """A move of an alias; a number that is None is no version.

    Attributes
    ----------
    reason
        why gates that failed were overridden, or why it was rolled back.
    run_id
        our run that the new version came from.
    gates
        what every gate said, in JSON form.
    """

    model: str
    alias: str
    from_version: int | None
    to_version: int | None
    kind: Kind
    author: str | None = None
    reason: str = ""
    run_id: str | None = None
    gates: tuple[Mapping[str, Any], ...] = ()
    status: MoveStatus = MoveStatus.INTENDED
    created_at: datetime | None = None
    seq: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return what the doors show."""
        return {
            "seq": self.seq,
            "model": self.model,
            "alias": self.alias,
            "from_version": self.from_version,
            "to_version": self.to_version,
            "kind": self.kind.value,
            "status": self.status.value,
            "author": self.author,
            "reason": self.reason,
            "run": self.run_id,
            "gates": [dict(gate) for gate in self.gates],
            "created_at": self.created_at.isoformat() if self.created_at else None,
        }


class History:
    """The moves of a store."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def write(self, move: Move) -> Move:
        """Write a move with the state it has, and return it with its number and moment."""
        now = self._now()
        row = AliasMoveRow(
            model=move.model,
            alias=move.alias,
            from_version=move.from_version,
            to_version=move.to_version,
            kind=move.kind.value,
            status=move.status.value,
            author=move.author,
            reason=move.reason or None,
            run_id=move.run_id,
            gates={"gates": [dict(gate) for gate in move.gates]} if move.gates else None,
            created_at=now,
            finished_at=now if move.status is not MoveStatus.INTENDED else None,
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            return _move(row)

    def settle(self, seq: int, status: MoveStatus) -> None:
        """Say what became of an intended move; no-op when that was said."""
        with self._database.writing() as session:
            row = session.get_one(AliasMoveRow, seq)
            if row.status == MoveStatus.INTENDED.value:
                row.status, row.finished_at = status.value, self._now()

    def moves(self, model: str, alias: str | None = None, limit: int | None = None) -> list[Move]:
        """Return the moves of a model, newest first."""
        wanted = select(AliasMoveRow).where(AliasMoveRow.model == model).order_by(AliasMoveRow.seq.desc()).limit(limit)
        if alias is not None:
            wanted = wanted.where(AliasMoveRow.alias == alias)
        with self._database.reading() as session:
            return [_move(row) for row in session.scalars(wanted)]

    def intended(self, model: str) -> list[Move]:
        """Return the moves of a model of which it is not known whether they were made, oldest first."""
        return [move for move in reversed(self.moves(model)) if move.status is MoveStatus.INTENDED]

    def held(self, model: str, at: datetime | None = None) -> dict[str, int]:
        """Return what the aliases pointed to at a moment, now when it is None, as far as it was written."""
        done = [m for m in reversed(self.moves(model)) if m.status is MoveStatus.DONE]
        found: dict[str, int] = {}
        for move in done:
            if at is not None and move.created_at is not None and move.created_at > at:
                break
            if move.to_version is None:
                found.pop(move.alias, None)
            else:
                found[move.alias] = move.to_version
        return found


def stack(moves: Iterable[Move]) -> list[int | None]:
    """Return what an alias pointed to one after the other, roll backs undone: the last one is where it is now.

    Parameters
    ----------
    moves
        the moves of one alias that were made, oldest first.
    """
    found: list[int | None] = []
    for move in moves:
        if not found:
            found.append(move.from_version)
        if move.kind is Kind.ROLLBACK and move.to_version in found:
            while found[-1] != move.to_version:
                found.pop()
        else:
            found.append(move.to_version)
    return found


def done(moves: Sequence[Move]) -> list[Move]:
    """Return the moves that were made, oldest first, from a list that begins with the newest."""
    return [move for move in reversed(moves) if move.status is MoveStatus.DONE]


def _move(row: AliasMoveRow) -> Move:
    return Move(
        row.model,
        row.alias,
        row.from_version,
        row.to_version,
        Kind(row.kind),
        row.author,
        row.reason or "",
        row.run_id,
        tuple((row.gates or {}).get("gates", ())),
        MoveStatus(row.status),
        row.created_at,
        row.seq,
    )
