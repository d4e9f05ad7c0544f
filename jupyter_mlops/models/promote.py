"""Promoting: an alias moves to a version, and back. Intended, made, confirmed; what a crash left is settled first.

The version that an alias pointed to before keeps the alias ``previous`` (``previous-ALIAS`` for others than the
champion), and the champion is no ``candidate`` any more. These two follow from the moves and have no history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import ConflictError, NotFoundError, UsageError
from jupyter_mlops.models.alone import alone
from jupyter_mlops.models.history import History, Kind, Move, MoveStatus, done, stack
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.version import CANDIDATE, CHAMPION, PREVIOUS, PROMOTED, READY, Model, alias_name


class Promoter:
    """Moves aliases.

    Parameters
    ----------
    lock
        a file that all processes of one store share.
    """

    def __init__(
        self,
        history: History,
        registry: Registry,
        lock: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._history, self._registry, self._lock, self._now = history, registry, lock, now

    def look(self, name: str) -> Model:
        """Return a model as it is now, after settling what a crash left and writing what others moved."""
        with alone(self._lock):
            return self._look(name)

    def promote(
        self,
        name: str,
        number: int,
        alias: str = CHAMPION,
        *,
        author: str | None = None,
        reason: str = "",
        gates: Sequence[Mapping[str, Any]] = (),
    ) -> Move:
        """Move an alias to a version and return the move.

        Parameters
        ----------
        gates
            what every gate said of it, in JSON form; kept as evidence. Whether they let it pass is decided before.

        Raises
        ------
        NotFoundError
            ``model.not_found``, ``model.no_version``.
        ConflictError
            ``model.already``: the alias points there; ``model.not_ready``: MLflow could not register it.
        """
        derived = alias_name(alias) in (PREVIOUS, CANDIDATE) or alias.startswith(f"{PREVIOUS}-")
        if derived and alias != CANDIDATE:
            raise UsageError("model.alias", f'"{alias}" follows the other aliases by itself', "promote to `champion`")
        with alone(self._lock):
            version = self._registry.version(name, number)
            if version.status != READY:
                raise ConflictError(
                    "model.not_ready", f"{version.label} is {version.status} in MLflow", "register the model again"
                )
            model = self._look(name)
            was = model.aliases.get(alias)
            if was == number:
                raise ConflictError("model.already", f'"{alias}" of {name} points to version {number} already')
            move = Move(name, alias, was, number, Kind.PROMOTE, author, reason, version.run_id, tuple(gates))
            return self._make(self._history.write(move))

    def roll_back(self, name: str, alias: str = CHAMPION, *, author: str | None = None, reason: str = "") -> Move:
        """Move an alias back to where it was before, and return the move; again and again leads further back.

        Raises
        ------
        NotFoundError
            ``model.not_found``.
        ConflictError
            ``model.no_way_back``: there is nothing before, or all of it was deleted.
        """
        with alone(self._lock):
            model = self._look(name)
            was = model.aliases.get(alias)
            before = stack(done(self._history.moves(name, alias)))[:-1]
            # An alias is gone with the version that it pointed to: then the way back is all the more wanted.
            if was is None and not before:
                raise ConflictError(
                    "model.no_way_back",
                    f'model "{name}" has no alias "{alias}", and had none',
                    f"`models promote {name} VERSION --to {alias}` makes it",
                )
            target = next((n for n in reversed(before) if n is not None and n != was and self._is_there(name, n)), None)
            if target is None:
                raise ConflictError(
                    "model.no_way_back",
                    f'there is nothing that "{alias}" of {name} pointed to before'
                    + (f" version {was}" if was is not None else ", apart from what was deleted"),
                    f"`models promote {name} VERSION` moves it to any version",
                )
            run = self._registry.version(name, target).run_id
            move = Move(name, alias, was, target, Kind.ROLLBACK, author, reason, run)
            return self._make(self._history.write(move))

    def _make(self, move: Move) -> Move:
        assert move.to_version is not None
        self._registry.set_alias(move.model, move.alias, move.to_version)
        return self._finish(move)

    def _finish(self, move: Move) -> Move:
        """Do what follows from a move that was made; can be repeated."""
        assert move.to_version is not None
        aliases = self._registry.model(move.model).aliases
        if move.alias == CHAMPION and aliases.get(CANDIDATE) == move.to_version:
            self._registry.delete_alias(move.model, CANDIDATE)
        if move.alias != CANDIDATE:
            self._keep_previous(move)
            evidence = {
                "at": (move.created_at or self._now()).isoformat(),
                "by": move.author,
                "from": move.from_version,
                "kind": move.kind.value,
                "run": move.run_id,
                "reason": move.reason,
                "gates": {str(gate.get("rule")): gate.get("status") for gate in move.gates},
            }
            self._registry.tag(move.model, move.to_version, {PROMOTED + move.alias: json.dumps(evidence)})
        self._history.settle(move.seq, MoveStatus.DONE)
        return replace(move, status=MoveStatus.DONE)

    def _keep_previous(self, move: Move) -> None:
        name = PREVIOUS if move.alias == CHAMPION else f"{PREVIOUS}-{move.alias}"
        before = stack([*done(self._history.moves(move.model, move.alias)), move])[:-1]
        last = next((n for n in reversed(before) if n is not None and self._is_there(move.model, n)), None)
        if last is None:
            self._registry.delete_alias(move.model, name)
        else:
            self._registry.set_alias(move.model, name, last)

    def _is_there(self, name: str, number: int) -> bool:
        try:
            self._registry.version(name, number)
        except NotFoundError:
            return False
        return True

    def _look(self, name: str) -> Model:
        model = self._registry.model(name)
        for move in self._history.intended(name):
            if model.aliases.get(move.alias) == move.to_version:
                self._finish(move)
            else:
                self._history.settle(move.seq, MoveStatus.UNDONE)
        model = self._registry.model(name)
        held = self._history.held(name)
        for alias in sorted({*held, *model.aliases}):
            was, now = held.get(alias), model.aliases.get(alias)
            if was != now and not follows(alias):
                self._history.write(Move(name, alias, was, now, Kind.OUTSIDE, status=MoveStatus.DONE))
        return model


def follows(alias: str) -> bool:
    """Return whether an alias follows from registering and the moves of others, and has no history of its own."""
    return alias in (CANDIDATE, PREVIOUS) or alias.startswith(f"{PREVIOUS}-")


def outside(moves: Sequence[Move]) -> set[str]:
    """Return the aliases that somebody else moved last, from moves that begin with the newest."""
    last: dict[str, Kind] = {}
    for move in moves:
        if move.status is MoveStatus.DONE:
            last.setdefault(move.alias, move.kind)
    return {alias for alias, kind in last.items() if kind is Kind.OUTSIDE}
