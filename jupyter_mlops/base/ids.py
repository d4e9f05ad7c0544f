"""Identifiers, one NewType each: a run id is never taken for a step name."""

from __future__ import annotations

import uuid
from typing import NewType

RunId = NewType("RunId", str)
StepName = NewType("StepName", str)
JobName = NewType("JobName", str)
Digest = NewType("Digest", str)


def new_run_id() -> RunId:
    """Return a fresh run id: the 32 hexadecimal digits of a random UUID."""
    return RunId(uuid.uuid4().hex)
