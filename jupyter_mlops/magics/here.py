"""Here: which notebook file this kernel belongs to, and whether what was executed is what is saved.

A kernel is not told its notebook: the Jupyter server leaves a path in JPY_SESSION_NAME, VS Code a name in
the namespace.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import NotFoundError, UsageError

MOST_REMEMBERED = 1000


def notebook_here(namespace: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the notebook that this kernel runs.

    Raises
    ------
    NotFoundError
        ``magic.no_notebook``: nothing says which, or the file it says is not there (moved, renamed or never
        saved).
    UsageError
        ``magic.inside_step``: the kernel runs a step of a run, where a run started from itself would never
        end.
    """
    if environ.get("JUPYTER_MLOPS_ATTEMPT_DIR"):
        raise UsageError(
            "magic.inside_step",
            "this cell runs inside a step of a run, so there is no notebook to take",
            "tag the cell `skip`, or name the notebook",
        )
    named = str(namespace.get("__vsc_ipynb_file__") or "") or environ.get("JPY_SESSION_NAME", "")
    hint = "name the notebook after the verb, as in `%mlops run train.ipynb`"
    if not named:
        raise NotFoundError("magic.no_notebook", "nothing says which notebook this kernel belongs to", hint)
    # Real-time collaboration puts the drive's name in front: "RTC:train.ipynb".
    folder, _, name = named.rpartition("/")
    bare = name.split(":", 1)[-1] if ":" in name else name
    for path in (Path(named), Path(folder) / bare, Path.cwd() / bare):
        if path.suffix in (".ipynb", ".py") and path.is_file():
            return path.absolute()
    raise NotFoundError(
        "magic.no_notebook", f"the kernel was started for `{named}`, and there is no such notebook file",
        f"it was renamed, moved or not saved yet; save it and {hint}",
    )  # fmt: skip


@dataclass
class Executed:
    """The cells that were executed since the extension was loaded: (wall clock, source, cell id)."""

    cells: list[tuple[float, str, str | None]] = field(default_factory=list)

    def remember(self, info: Any) -> None:
        """Take one cell; registered with IPython as ``pre_run_cell``."""
        source = getattr(info, "raw_cell", None)
        if isinstance(source, str):
            self.cells.append((time.time(), source, getattr(info, "cell_id", None)))
            del self.cells[:-MOST_REMEMBERED]

    def unsaved(self, notebook: Path) -> str:
        """Return what to tell when cells were executed after the last save and are not in the file; else an
        empty text.
        """
        from jupyter_mlops.notebook.document import read

        try:
            saved_at = notebook.stat().st_mtime
            saved = {cell.source.strip() for cell in read(notebook).cells}
        except (OSError, UsageError):
            return ""
        new = [
            s
            for at, s, _ in self.cells
            if at > saved_at and s.strip() and s.strip() not in saved and not _only_verbs(s)
        ]
        if not new:
            return ""
        first = next(line for line in new[0].splitlines() if line.strip())
        more = f" and {len(new) - 1} more" if len(new) > 1 else ""
        return (
            f"{notebook.name} has unsaved edits, which are not part of this: `{first.strip()[:60]}`{more}. "
            "Save the notebook and run this again to include them."
        )


def _only_verbs(source: str) -> bool:
    """Whether a cell does nothing but call us: it is never part of the pipeline's meaning."""
    lines = [line.strip() for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    return all(line.startswith(("%mlops", "%load_ext", "%reload_ext")) for line in lines)
