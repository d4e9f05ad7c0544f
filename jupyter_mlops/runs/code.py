"""The code that a runner runs, and whether it is still the right one. Cheap: imports little, reads a few folders."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_DISTRIBUTION = "jupyter-mlops"


class Fate(StrEnum):
    """What is to become of a runner: it may stay, leave once it is idle, or leave now."""

    STAY = "stay"
    LEAVE_IDLE = "idle"
    LEAVE_NOW = "now"


@dataclass(frozen=True)
class Code:
    """A copy of the package: where it is, its version, and when the newest of its modules was written."""

    root: str
    version: str
    modified_ns: int

    @classmethod
    def here(cls) -> Code:
        """Return what this process would run if it started now."""
        from importlib.metadata import version

        return cls(str(ROOT), version(_DISTRIBUTION), modified_ns(ROOT))

    def to_json(self) -> dict[str, Any]:
        """Return the form that `from_json` reads."""
        return {"root": self.root, "version": self.version, "modified_ns": self.modified_ns}

    @classmethod
    def from_json(cls, form: dict[str, Any]) -> Code:
        """Return the code that `form` names; raise `KeyError` or `ValueError` when it names none."""
        return cls(str(form["root"]), str(form["version"]), int(form["modified_ns"]))


def fate(ran: Code, ours: Code, modified_ns_there: int) -> Fate:
    """Return what is to become of a runner with the code `ran`. Pure.

    Where two environments share a home folder the newer version wins, so that they never dismiss each other's runners
    in turn.

    Parameters
    ----------
    ours
        the code of whoever asks.
    modified_ns_there
        when the newest module at ``ran.root`` was written, as it is now.
    """
    if ran.root == ours.root and ran.version != ours.version:
        return Fate.LEAVE_NOW
    if _numbers(ran.version) < _numbers(ours.version):
        return Fate.LEAVE_NOW
    return Fate.STAY if ran.modified_ns == modified_ns_there else Fate.LEAVE_IDLE


def modified_ns(root: Path | str) -> int:
    """Return when the newest module below `root` was written; 0 where there is none."""
    newest = 0
    folders = [str(root)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        newest = max(newest, entry.stat().st_mtime_ns)
                    elif entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir():
                        folders.append(entry.path)
        except OSError:
            continue  # it is being replaced at this moment: what is left differs from what was
    return newest


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
