"""Origin: which commit of which repository a notebook comes from. Asks git by an argument list; no git is no
error.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """A commit, and whether the notebook or a tracked file differs from it; both None outside a repository."""

    commit: str | None = None
    dirty: bool | None = None


def origin_of(notebook: Path) -> Origin:
    """Return the commit that the folder of `notebook` is checked out at.

    A repository that is somebody else's, has no commit yet, or takes longer than 5 s to answer gives no
    origin.
    """
    commit = _git(notebook.parent, "rev-parse", "--verify", "HEAD")
    if not commit:
        return Origin()
    tracked = _git(notebook.parent, "status", "--porcelain", "--untracked-files=no")
    itself = _git(notebook.parent, "status", "--porcelain", "--ignored", "--", notebook.name)
    return Origin(commit, None if tracked is None or itself is None else bool(tracked or itself))


def _git(folder: Path, *words: str) -> str | None:
    # An fsmonitor named in the repository's own configuration is a command: it must not run for a look.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *words]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
