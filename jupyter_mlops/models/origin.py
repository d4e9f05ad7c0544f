"""Where a version came from, as tags of it: read off the record of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlops.models.version import COMMIT, DIRTY, JOB, NOTEBOOK


def origin_tags(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a version that a run made.

    Parameters
    ----------
    record
        the run's ``run.json``.
    """
    facts, job = record.get("tracking") or {}, record.get("job") or {}
    commit = facts.get("git_commit")
    found = {
        NOTEBOOK: record.get("notebook"),
        JOB: f"{job['name']}@{job['version']}" if job else None,
        COMMIT: commit,
        DIRTY: str(bool(facts.get("git_dirty"))).lower() if commit else None,
    }
    return {name: str(value) for name, value in found.items() if value}
