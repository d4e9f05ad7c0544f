"""`executed.ipynb`: the notebook as far as it got, always the last valid version.

papermill writes its result in place, after each cell, and says `completed` of cells that never ran. This document
is replaced in one step, at most once a second and at the end, and says of each cell what really happened to it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import nbformat
from papermill.engines import NotebookExecutionManager
from papermill.iorw import write_ipynb

from jupyter_mlops.runs.files import is_disk_full, write_bytes

_INTERVAL_S = 1.0
_MAX_SHARE = 0.1


class Executed(NotebookExecutionManager):  # type: ignore[misc]
    """papermill's record of an execution (times and states in the metadata), on a file of ours.

    Parameters
    ----------
    path
        The file; None for none.
    output_path
        In its place, what papermill itself was given: a path, or an address that only papermill can write to.
    """

    def __init__(self, nb: Any, path: Path | None, output_path: str | None = None) -> None:
        super().__init__(nb, output_path=output_path, progress_bar=False, autosave_cell_every=0)
        self.path = path
        self.is_current = False
        self._next_save = 0.0
        self._text: Any = nbformat.v4.writes

    def save(self, **_: Any) -> None:
        """Write the notebook if it's time to."""
        if time.monotonic() >= self._next_save:
            self.write(sync=False)

    def write(self, sync: bool = True) -> None:
        """Write the notebook now. A full disk leaves the version before; `is_current` says which it is."""
        started = time.monotonic()
        try:
            if self.path is not None:
                text = self._text(self.nb)
                write_bytes(self.path, text.encode("utf-8", "backslashreplace"), sync)
            elif self.output_path is not None:
                write_ipynb(self.nb, self.output_path)
            self.is_current = True
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.is_current = False
        now = time.monotonic()
        # A notebook that takes long to write is written less often.
        self._next_save = now + max(_INTERVAL_S, (now - started) / _MAX_SHARE)

    def notebook_complete(self, **_: Any) -> None:
        """Close the record. Cells that were not reached stay `pending`."""
        self.end_time = self.now()
        self.nb.metadata.papermill["end_time"] = self.end_time.isoformat()
        self.nb.metadata.papermill["duration"] = (self.end_time - self.start_time).total_seconds()
        self.write()
