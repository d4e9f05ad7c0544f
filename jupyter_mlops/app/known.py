"""Known names for completion: read off the home folder, so that a Tab neither opens nor makes a store."""

from __future__ import annotations

from jupyter_mlops.app.config import MlopsSettings

MOST = 50


def known(kind: str) -> list[str]:
    """Return the names of a kind that a placeholder of the parser stands for: ``RUN``, or anything with
    ``JOB``; else nothing.
    """
    home = MlopsSettings().home_path
    if kind == "RUN":
        try:
            folders = [f for f in (home / "runs").iterdir() if not f.name.startswith(".")]
            newest = sorted(folders, key=lambda f: f.stat().st_mtime, reverse=True)
        except OSError:
            return []
        return ["latest", *(f.name[:8] for f in newest[:MOST])]
    if "JOB" in kind:
        try:
            return sorted(f.name for f in (home / "jobs").iterdir() if not f.name.startswith(".") and any(f.iterdir()))
        except OSError:
            return []
    return []
