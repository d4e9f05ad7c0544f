"""Batch scoring as a verb: a version of a model predicts a file of rows, in a worker that holds nothing of the user."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.app.models import Models
from jupyter_mlops.models.score import ROWS, Scored, score
from jupyter_mlops.models.version import ModelVersion

_EVERY_S = 5.0


@dataclass(frozen=True)
class Result:
    """What was scored, and by which version."""

    version: ModelVersion
    scored: Scored

    def to_json(self) -> dict[str, Any]:
        """Return what the doors show."""
        return {
            "model": self.version.name,
            "number": self.version.number,
            "run": self.version.run_id,
            "output": str(self.scored.output),
            "rows": self.scored.rows,
            "resumed": self.scored.resumed,
            "columns": list(self.scored.columns),
        }


def score_file(
    models: Models,
    model: str | ModelVersion,
    source: Path,
    output: Path,
    rows: int = ROWS,
    python: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Write the rows of a CSV or Parquet file with the predictions of a model; again after a kill, it goes on.

    Parameters
    ----------
    model
        ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``, or the version itself.
    rows
        of a chunk: so many are predicted, and written, at once.
    python
        of the environment that the model needs, where it is another one.

    Raises
    ------
    NotFoundError, UsageError, ConflictError, UnavailableError
        what `score` and `scorer` raise.
    """
    from jupyter_mlops.deployments.scorer import scorer

    version = models.resolve(model) if isinstance(model, str) else model
    signature = models.files.facts(version).signature
    with scorer(models.files.folder(version), python or sys.executable, models.home) as start:
        label = f"{version.label} {version.source}"
        return Result(version, score(start, label, signature, source, output, rows, progress))


def noted(note: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return a progress that says now and then how far it is."""
    said = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal said
        if done < total and time.monotonic() - said >= _EVERY_S:
            said = time.monotonic()
            note(f"scored {done:,} of {total:,} rows")

    return tell
